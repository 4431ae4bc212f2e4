"""A recording from file to events, in one thread, with the time of each part."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.config import Config
from core.decode import Decoder
from core.detector import Detection, Preprocessor, WindowScorer, detect, score_window
from core.errors import SignalError, VigilError
from core.io.edf import Recording, check_channels, open_recording
from core.montage import plan_montage
from core.stitch import Stitched, Stitcher
from core.types import DetectionStep, Gap, Probabilities, Window

__all__ = ["PARTS", "Stopwatch", "detect_in_parts", "measure_offline"]

PARTS = ("read", "condition", "infer", "stitch", "events")
"""``condition`` is everything between file and network: filters, statistics, windows."""

_CHUNK_S = 10.0


class Stopwatch:
    """Gives each moment to the innermost part that runs, so that no time counts twice."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self._running: list[str] = []
        self._since = 0.0

    @contextmanager
    def timing(self, part: str) -> Iterator[None]:
        """Time a part; the part around it is held as long."""
        self._credit()
        self._running.append(part)
        try:
            yield
        finally:
            self._credit()
            self._running.pop()

    def _credit(self) -> None:
        now = time.perf_counter()
        if self._running:
            self.seconds[self._running[-1]] += now - self._since
        self._since = now


class _TimedStitcher(Stitcher):
    def __init__(self, config: Config, watch: Stopwatch) -> None:
        super().__init__(config.window_samples, config.stride_samples)
        self._watch = watch

    def push(self, item: Probabilities) -> list[Stitched]:
        with self._watch.timing("stitch"):
            return super().push(item)

    def flush(self) -> list[Stitched]:
        with self._watch.timing("stitch"):
            return super().flush()


def detect_in_parts(
    recording: Recording, config: Config, scorer: WindowScorer, watch: Stopwatch
) -> Detection:
    """Do what :func:`core.detector.detect` does, one part after the other, and time each.

    Parameters
    ----------
    recording
        From its beginning.
    config, scorer
        As there.
    watch
        Is told the parts.

    Returns
    -------
    Detection
        The same as there.

    Raises
    ------
    MontageError, SignalError, RecordingError
        Where the recording cannot be analysed or read.
    """
    info = recording.info
    preprocessor = Preprocessor(info, config)
    decoder = Decoder(config, info.start_time, _TimedStitcher(config, watch))
    detection = Detection()
    scorer.reset()

    def decode(items: Iterable[Window | Gap]) -> None:
        for item in items:
            scored: Probabilities | Gap
            if isinstance(item, Window):
                detection.n_windows += 1
                with watch.timing("infer"):
                    scored = score_window(scorer, item)
            else:
                scored = item
            take(scored)

    def take(item: Probabilities | Gap | None) -> None:
        with watch.timing("events"):
            steps: list[DetectionStep | Gap]
            steps = decoder.flush() if item is None else decoder.push(item)
            for step in steps:
                detection.add(step)

    chunks = iter(recording.chunks(chunk_s=_CHUNK_S))
    while True:
        with watch.timing("read"):
            chunk = next(chunks, None)
        if chunk is None:
            break
        with watch.timing("condition"):
            ready = preprocessor.push(chunk)
        decode(ready)
    with watch.timing("condition"):
        ready = preprocessor.flush()
    decode(ready)
    take(None)
    if detection.n_samples == 0:
        raise SignalError(f"{info.name} holds no samples")
    return detection


def measure_offline(path: Path, config: Config, scorer: WindowScorer) -> dict[str, Any]:
    """Find the seizures of a recording, part by part, and once more as ever.

    Parameters
    ----------
    path
        EDF or BDF.
    config, scorer
        As for ``vigil detect``.

    Returns
    -------
    dict
        ``wall_s`` from opening the file to the last event, its ``parts_s`` (:data:`PARTS`, and
        ``other`` for the rest) and ``real_time_factor``, the recording's length over it;
        ``detect_wall_s`` of :func:`core.detector.detect`, which finds the same events.

    Raises
    ------
    VigilError
        Where the recording cannot be analysed, or the two runs differ.
    """
    watch = Stopwatch()
    began = time.perf_counter()
    with _opened(path, config) as recording:
        found = detect_in_parts(recording, config, scorer, watch)
    wall_s = time.perf_counter() - began

    began = time.perf_counter()
    with _opened(path, config) as recording:
        chunks = recording.chunks(chunk_s=_CHUNK_S)
        expected, _ = detect(chunks, recording.info, config, scorer, keep_steps=False)
    detect_wall_s = time.perf_counter() - began
    same = ("events", "gaps", "n_windows", "n_samples", "probabilities_sha256")
    if any(getattr(found, name) != getattr(expected, name) for name in same):
        raise VigilError(f"{path}: detection in parts differs from detection in one go")

    duration_s = found.n_samples / config.conditioning.sfreq
    parts_s = {**watch.seconds, "other": wall_s - sum(watch.seconds.values())}
    return {
        "recording": path.name,
        "duration_s": duration_s,
        "n_channels": len(recording.info.ch_names),
        "sfreq_hz": recording.info.sfreq,
        "n_windows": found.n_windows,
        "events": [[event.onset_s, event.offset_s, event.peak] for event in found.events],
        "wall_s": wall_s,
        "parts_s": parts_s,
        "real_time_factor": duration_s / wall_s,
        "detect_wall_s": detect_wall_s,
    }


def _opened(path: Path, config: Config) -> Recording:
    recording = open_recording(path)
    try:
        info = recording.info
        plan = plan_montage(info.ch_names, config.montage)
        check_channels(recording, [info.ch_names[i] for i in plan.source_channels])
    except BaseException:
        recording.close()
        raise
    return recording
