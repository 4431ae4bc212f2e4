"""Probabilities of whole recordings, kept on disk so that no recording is analysed twice.

A recording is known by its content: the entry is named after the SHA-256 of the file, of the
configuration and of the weights, so that a changed file, setting or network never meets an old
entry. Each entry is two files: ``.npy``, the final probabilities (float32, 256 Hz), which is read
through a memory map, and ``.json``, where they belong and what stood after each window.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.config import Config
from core.detector import WindowScorer, detect
from core.errors import RecordingError, VigilError
from core.io.edf import check_channels, open_recording
from core.montage import plan_montage
from core.types import Chunk, DetectionStep, Event, FloatArray

__all__ = ["Analysis", "Standing", "analyse", "cache_key", "read_segments"]

_FORMAT = 2
"""Counts up when the same engine gives other digits."""
_CHUNK_S = 10.0
_READ_BYTES = 1 << 20

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Standing:
    """The events that stood after one window, final or provisional, in samples at 256 Hz.

    Attributes
    ----------
    sample
        One past the last sample of the window: what had to be in to know this.
    events
        (onset, offset) of each.
    """

    sample: int
    events: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the detector made of one recording.

    Attributes
    ----------
    path
        The ``.npy`` file.
    duration_s
        Of the recording, gaps included.
    segments
        (first sample, number of samples) of each uninterrupted piece.
    gaps
        (start, stop) in samples.
    events
        Final events at the locked thresholds.
    standing
        After each window at which an event stood.
    """

    path: Path
    duration_s: float
    segments: tuple[tuple[int, int], ...]
    gaps: tuple[tuple[int, int], ...]
    events: tuple[Event, ...]
    standing: tuple[Standing, ...]


def cache_key(recording: Path, config: Config, scorer: WindowScorer) -> str:
    """Name an entry after all that its content depends on.

    Raises
    ------
    RecordingError
        Where the recording cannot be read.
    """
    content = hashlib.sha256()
    try:
        with recording.open("rb") as file:
            while piece := file.read(_READ_BYTES):
                content.update(piece)
    except OSError as error:
        raise RecordingError(f"{recording}: cannot be read ({error.strerror})") from error
    computed = json.dumps([_FORMAT, config.hash, scorer.name, scorer.weights])
    return f"{content.hexdigest()[:24]}-{hashlib.sha256(computed.encode()).hexdigest()[:16]}"


def analyse(
    recording: Path,
    config: Config,
    scorer: WindowScorer,
    folder: Path,
    progress: Progress | None = None,
) -> Analysis:
    """Run the detector over a recording, or take what an earlier run left in ``folder``.

    Raises
    ------
    VigilError
        Where the recording cannot be analysed, or the folder not be written.
    """
    key = cache_key(recording, config, scorer)
    array_path, record_path = folder / f"{key}.npy", folder / f"{key}.json"
    if known := _read(array_path, record_path):
        return known
    try:
        analysis, probabilities = _run(recording, array_path, config, scorer, progress)
    except VigilError as error:
        text = str(error)
        if recording.name in text:
            raise
        raise type(error)(f"{recording}: {text}") from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _replacing(array_path) as temporary, temporary.open("wb") as file:
            np.save(file, probabilities, allow_pickle=False)
        # The record comes last: an entry without it does not count.
        with _replacing(record_path) as temporary:
            temporary.write_text(json.dumps(_as_record(analysis)), encoding="utf-8")
    except OSError as error:
        raise RecordingError(f"{folder}: cannot be written ({error.strerror})") from error
    return analysis


def read_segments(
    path: Path, segments: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, FloatArray]]:
    """Yield the first sample and the probabilities of each uninterrupted piece.

    Parameters
    ----------
    path
        An ``.npy`` file of this module; it is mapped, not loaded.
    segments
        (first sample, number of samples) of each piece.

    Raises
    ------
    RecordingError
        Where the file is gone or was cut short.
    """
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise RecordingError(f"{path}: cannot be read as probabilities") from error
    if values.dtype != np.float32 or values.shape != (sum(n for _, n in segments),):
        raise RecordingError(f"{path}: does not hold the probabilities that it should")
    position = 0
    for start, n_samples in segments:
        # as a plain array: the subclass for maps makes every small operation slow
        yield start, np.asarray(values[position : position + n_samples])
        position += n_samples


def _run(
    path: Path, array_path: Path, config: Config, scorer: WindowScorer, progress: Progress | None
) -> tuple[Analysis, FloatArray]:
    with open_recording(path) as recording:
        if not recording.complete:
            raise RecordingError(f"{path}: incomplete, cannot be scored ({recording.shortfall})")
        info = recording.info
        plan = plan_montage(info.ch_names, config.montage)
        check_channels(recording, [info.ch_names[i] for i in plan.source_channels])

        def watched() -> Iterator[Chunk]:
            for chunk in recording.chunks(chunk_s=_CHUNK_S):
                yield chunk
                if progress is not None:
                    progress(chunk.stop_sample / max(1, recording.n_samples))

        detection, steps = detect(watched(), info, config, scorer)
        duration_s = recording.duration_s
    analysis = Analysis(
        path=array_path,
        duration_s=duration_s,
        segments=_segments(steps),
        gaps=tuple((gap.start_sample, gap.stop_sample) for gap in detection.gaps),
        # Without the wall-clock time: the same EEG gives the same entry.
        events=tuple(
            Event(event.onset_sample, event.offset_sample, event.peak, event.sfreq)
            for event in detection.events
        ),
        standing=_standing(steps),
    )
    return analysis, np.concatenate([step.final for step in steps])


def _segments(steps: Sequence[DetectionStep]) -> tuple[tuple[int, int], ...]:
    segments: list[tuple[int, int]] = []
    begins = True
    for step in steps:
        if begins:
            segments.append((step.start_sample, 0))
        start, n_samples = segments[-1]
        segments[-1] = (start, n_samples + len(step.final))
        begins = step.segment_end
    return tuple(segments)


def _standing(steps: Sequence[DetectionStep]) -> tuple[Standing, ...]:
    standing = []
    for step in steps:
        open_events = () if step.open_event is None else (step.open_event,)
        events = sorted(
            {
                (event.onset_sample, event.offset_sample)
                for event in (*step.final_events, *open_events, *step.provisional_events)
            }
        )
        if events:
            standing.append(Standing(step.stop_sample, tuple(events)))
    return tuple(standing)


def _as_record(analysis: Analysis) -> dict[str, Any]:
    record = asdict(analysis)
    del record["path"]
    record["events"] = [
        [event.onset_sample, event.offset_sample, event.peak, event.sfreq]
        for event in analysis.events
    ]
    record["standing"] = [[each.sample, each.events] for each in analysis.standing]
    return record


def _read(array_path: Path, record_path: Path) -> Analysis | None:
    """Read an entry; None where there is none, or a crash or another hand damaged it."""
    try:
        record = json.loads(record_path.read_text(encoding="utf-8"))
        analysis = Analysis(
            path=array_path,
            duration_s=record["duration_s"],
            segments=tuple((start, n) for start, n in record["segments"]),
            gaps=tuple((start, stop) for start, stop in record["gaps"]),
            events=tuple(Event(*fields) for fields in record["events"]),
            standing=tuple(
                Standing(sample, tuple((onset, offset) for onset, offset in events))
                for sample, events in record["standing"]
            ),
        )
        next(read_segments(array_path, analysis.segments))
    except (OSError, ValueError, KeyError, TypeError, StopIteration, RecordingError):
        return None
    return analysis


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Give a file to write; it takes the place of ``path`` in one step when it is whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
