"""Conditioned signals on disk: each recording goes through the streaming pipeline once.

An entry holds what the pipeline made of a recording between conditioning and windows: the signal in
microvolts and the running statistics after every block. From these, any window that begins at a
block can be cut as the monitor would have cut it. Entries are read through memory maps.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from core.conditioning import Conditioner
from core.config import BLOCK_SAMPLES, Config
from core.errors import RecordingError, VigilError
from core.evaluation.dataset import DatasetRecording
from core.io.edf import open_recording
from core.montage import ELECTRODES
from core.stats import Welford
from core.types import Chunk, FloatArray
from core.window import normalise

__all__ = ["CacheError", "CachedSignal", "Segment", "SignalCache"]

_FORMAT = 1
_ABOUT = "cache.json"
_READ_BYTES = 1 << 20
_CHUNK_S = 10.0
_BYTES_PER_SAMPLE = len(ELECTRODES) * (4 + 2 * 8 / BLOCK_SAMPLES)
_SPARE_BYTES = 64 << 20

Floats = npt.NDArray[np.float64]
Progress = Callable[[float], None]


class CacheError(VigilError):
    """The cache cannot be used, or was made with other settings."""


@dataclass(frozen=True, slots=True)
class Segment:
    """An uninterrupted piece of a recording.

    Attributes
    ----------
    start_sample
        Its first sample in the recording, at 256 Hz.
    n_samples
        Its length.
    first_column, first_block
        Where it begins in the entry's arrays.
    """

    start_sample: int
    n_samples: int
    first_column: int
    first_block: int


@dataclass(frozen=True, slots=True, eq=False)
class CachedSignal:
    """One recording behind conditioning.

    Attributes
    ----------
    segments
        Its uninterrupted pieces.
    signal : (19, n) float32
        Microvolts.
    mean, std : (n_blocks, 19) float64
        Running statistics after each block of 32 samples (a segment's last may be shorter).
    clip_sigma
        Limit of the z-score.
    """

    segments: tuple[Segment, ...]
    signal: FloatArray
    mean: Floats
    std: Floats
    clip_sigma: float

    def cut(self, segment: Segment, start: int, n_samples: int, known: int) -> FloatArray:
        """Cut and normalise a piece of a segment.

        Parameters
        ----------
        segment
            One of :attr:`segments`.
        start, n_samples
            The piece, in samples since the segment began.
        known
            With the statistics after this many samples: a multiple of 32, or the segment's length.

        Returns
        -------
        (19, n_samples) float32 array
        """
        block = segment.first_block + -(-known // BLOCK_SAMPLES) - 1
        first = segment.first_column + start
        data = np.asarray(self.signal[:, first : first + n_samples])
        return normalise(data, self.mean[block], self.std[block], self.clip_sigma)


class SignalCache:
    """A folder of conditioned signals, all made with the same settings.

    Parameters
    ----------
    folder
        Is made where it is missing.
    config
        Its settings up to the windows are what the entries depend on.

    Raises
    ------
    CacheError
        Where the folder holds entries of other settings, or cannot be written.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self._folder = folder
        self._config = config
        # Through text, so that a tuple is the list that it will be read back as.
        self._settings = json.loads(json.dumps({"format": _FORMAT, **_conditioning(config)}))
        self._settle()

    def fill(self, recordings: Sequence[DatasetRecording], progress: Progress) -> None:
        """Condition what is not there yet.

        Raises
        ------
        CacheError
            Where the disk has too little room for it.
        VigilError
            Where a recording cannot be read.
        """
        missing = [each for each in recordings if not self._entry(each.path)[1].is_file()]
        total_s = sum(each.annotations.duration_s for each in missing)
        self._check_room(total_s)
        done_s = 0.0
        for recording in missing:
            self._condition(recording.path)
            done_s += recording.annotations.duration_s
            progress(done_s / total_s)

    def open(self, recording: Path) -> CachedSignal:
        """Map an entry.

        Raises
        ------
        CacheError
            Where it is missing or damaged.
        """
        array_path, record_path = self._entry(recording)
        try:
            record = json.loads(record_path.read_text(encoding="utf-8"))
            signal, mean, std = (
                np.load(_part(array_path, part), mmap_mode="r", allow_pickle=False)
                for part in ("signal", "mean", "std")
            )
            segments = tuple(Segment(**each) for each in record["segments"])
            _check_sizes(segments, signal, mean, std)
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise CacheError(f"{record_path}: damaged entry of {recording}; delete it") from error
        return CachedSignal(segments, signal, mean, std, self._config.normalisation.clip_sigma)

    def _settle(self) -> None:
        about = self._folder / _ABOUT
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not about.is_file():
                with _whole(about) as file:
                    file.write(json.dumps(self._settings, indent=2, sort_keys=True).encode())
            found = dict(json.loads(about.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise CacheError(f"{self._folder}: cannot be used as cache ({error})") from error
        for key in sorted(found.keys() | self._settings.keys()):
            have, want = found.get(key, "not set"), self._settings.get(key, "not set")
            if have != want:
                raise CacheError(
                    f"{self._folder}: made with other settings: {key} is {have}, expected {want}; "
                    "use another folder or delete this one"
                )

    def _check_room(self, total_s: float) -> None:
        needed = int(total_s * self._config.conditioning.sfreq * _BYTES_PER_SAMPLE) + _SPARE_BYTES
        free = shutil.disk_usage(self._folder).free
        if total_s and free < needed:
            raise CacheError(
                f"{self._folder}: {free >> 20} MiB free, the conditioned signals need "
                f"{needed >> 20} MiB"
            )

    def _entry(self, recording: Path) -> tuple[Path, Path]:
        """Arrays (one file a part) and description of a recording, by its content."""
        content = hashlib.sha256(json.dumps(self._settings, sort_keys=True).encode())
        try:
            with recording.open("rb") as file:
                while piece := file.read(_READ_BYTES):
                    content.update(piece)
        except OSError as error:
            raise RecordingError(f"{recording}: cannot be read ({error.strerror})") from error
        name = content.hexdigest()[:32]
        return self._folder / f"{name}.npy", self._folder / f"{name}.json"

    def _condition(self, path: Path) -> None:
        blocks = _blocks(path, self._config)
        welford = Welford(len(ELECTRODES))
        means, stds = [], []
        segments: list[Segment] = []
        n_columns = stop_sample = 0
        for k, block in enumerate(blocks):
            welford.update(block.data, block.valid)
            means.append(welford.mean)
            stds.append(welford.std)
            if not segments or block.start_sample != stop_sample:
                segments.append(Segment(block.start_sample, 0, n_columns, k))
            last = segments[-1]
            segments[-1] = replace(last, n_samples=last.n_samples + block.n_samples)
            n_columns += block.n_samples
            stop_sample = block.stop_sample
        if not blocks:
            raise RecordingError(f"{path}: holds no signal")
        array_path, record_path = self._entry(path)
        record = {"file": path.name, "segments": [asdict(each) for each in segments]}
        try:
            signal = np.concatenate([block.data for block in blocks], axis=1)
            for part, array in (
                ("signal", signal),
                ("mean", np.stack(means)),
                ("std", np.stack(stds)),
            ):
                with _whole(_part(array_path, part)) as file:
                    np.save(file, array, allow_pickle=False)
            # The description comes last: an entry without it does not count.
            with _whole(record_path) as file:
                file.write(json.dumps(record).encode())
        except OSError as error:
            raise CacheError(f"{self._folder}: cannot be written ({error.strerror})") from error


def _conditioning(config: Config) -> dict[str, Any]:
    """Every setting that the entries depend on, by dotted key."""
    settings = config.model_dump(
        mode="json", include={"montage", "conditioning", "gaps", "quality", "normalisation"}
    )
    return {f"{name}.{key}": v for name, part in settings.items() for key, v in part.items()}


def _blocks(path: Path, config: Config) -> list[Chunk]:
    """Push a whole recording through the pipeline's front half."""
    with open_recording(path) as recording:
        if not recording.complete:
            raise RecordingError(f"{path}: incomplete, not for training ({recording.shortfall})")
        try:
            conditioner = Conditioner(recording.info, config)
        except VigilError as error:
            raise type(error)(f"{path}: {error}") from error
        items: list[Any] = []
        for chunk in recording.chunks(chunk_s=_CHUNK_S):
            items += conditioner.push(chunk)
        items += conditioner.flush()
    return [item for item in items if isinstance(item, Chunk)]


def _check_sizes(
    segments: Sequence[Segment],
    *arrays: npt.NDArray[Any],
) -> None:
    """Compare an entry's arrays with its description."""
    n_columns = sum(segment.n_samples for segment in segments)
    n_blocks = sum(-(-segment.n_samples // BLOCK_SAMPLES) for segment in segments)
    expected = [(len(ELECTRODES), n_columns), *[(n_blocks, len(ELECTRODES))] * 2]
    found = [array.shape for array in arrays]
    if found != expected:
        raise ValueError(f"arrays of {found}, expected {expected}")


def _part(path: Path, part: str) -> Path:
    return path.with_name(f"{path.stem}-{part}.npy")


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file that appears complete or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
