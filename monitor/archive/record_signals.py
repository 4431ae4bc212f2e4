"""The EEG and the probability of a session, read from its files."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from core.errors import RecordingError, SessionError
from core.io.edf import open_recording
from core.io.edf_fields import header_digest
from core.io.edf_header import read_header
from core.types import Chunk, FloatArray
from monitor.archive.history import EegPart, Run
from monitor.archive.record_facts import SFREQ_HZ

__all__ = [
    "PROBABILITY_BYTES_PER_S",
    "file_ends_s",
    "file_sha256",
    "header_sha256",
    "part_path",
    "part_samples",
    "probability_path",
    "read_eeg",
    "read_probability",
    "records_sha256",
]

_SAMPLE_BYTES = 4
PROBABILITY_BYTES_PER_S = _SAMPLE_BYTES * SFREQ_HZ
_READ_BYTES = 1 << 20


def part_path(folder: Path, part: EegPart) -> Path:
    """Return where a part lies.

    Raises
    ------
    SessionError
        Where this is not inside the session folder.
    """
    path = folder / part.file
    inside = Path(part.file).name == part.file and path.resolve().parent == folder.resolve()
    if not inside:
        raise SessionError(
            f"{folder}: EEG part {part.number} ({part.file}) lies outside the session"
        )
    return path


def probability_path(folder: Path, run: int) -> Path:
    """Return where the probability of a run lies."""
    return folder / f"probability_run{run}.f32"


def part_samples(folder: Path, part: EegPart) -> int:
    """Return how many samples of each channel the file of a part holds.

    Raises
    ------
    SessionError
        Where it is missing or cannot be read.
    """
    path = part_path(folder, part)
    try:
        with open_recording(path) as recording:
            return recording.n_samples
    except RecordingError as error:
        raise SessionError(f"EEG part {part.number}: {error}") from error


def file_sha256(path: Path) -> str:
    """Return the digest of a whole file, as hexadecimal digits.

    Raises
    ------
    SessionError
        Where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SessionError(f"{path}: cannot be read ({error.strerror})") from error


def header_sha256(path: Path) -> str:
    """Return the digest of an EDF file's header without its count of records.

    Raises
    ------
    RecordingError
        Where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            n_bytes = read_header(file, str(path)).n_bytes
            file.seek(0)
            return header_digest(file.read(n_bytes))
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror})") from error


def records_sha256(path: Path) -> str:
    """Return the digest of all whole data records of an EDF file, as hexadecimal digits.

    Raises
    ------
    RecordingError
        Where the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            header = read_header(file, str(path))
            n_bytes = path.stat().st_size - header.n_bytes
            left = n_bytes - n_bytes % header.record_bytes
            file.seek(header.n_bytes)
            while left > 0 and (block := file.read(min(_READ_BYTES, left))):
                digest.update(block)
                left -= len(block)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror})") from error
    return digest.hexdigest()


def file_ends_s(folder: Path, parts: Sequence[EegPart], runs: Sequence[int]) -> dict[int, float]:
    """Return how far the files of each run reach, in seconds since it began.

    A part that is missing counts as far as the log tells: its time has passed nevertheless.
    """
    ends_s: dict[int, float] = {}
    for part in parts:
        n_samples = part.n_samples
        if n_samples is None:
            try:
                n_samples = part_samples(folder, part)
            except SessionError:
                n_samples = 0
        stop_s = (part.start_sample + n_samples) / part.sfreq_hz
        ends_s[part.run] = max(ends_s.get(part.run, 0.0), stop_s)
    for run in runs:
        path = probability_path(folder, run)
        if path.is_file():
            stop_s = path.stat().st_size // _SAMPLE_BYTES / SFREQ_HZ
            ends_s[run] = max(ends_s.get(run, 0.0), stop_s)
    return ends_s


def read_eeg(
    folder: Path, parts: Sequence[EegPart], runs: Sequence[Run], start_s: float, stop_s: float
) -> Iterator[tuple[EegPart, Chunk]]:
    """Read the raw signal of a stretch of the session, part by part, in chunks of 1 s or less.

    Raises
    ------
    SessionError
        Where a part is missing or damaged.
    """
    offsets_s = {run.number: run.offset_s for run in runs}
    starts_s = [offsets_s[part.run] + part.start_sample / part.sfreq_hz for part in parts]
    for part, begins_s, next_s in zip(parts, starts_s, [*starts_s, np.inf][1:], strict=True):
        # a part whose length nobody wrote down ends where the next one begins
        if start_s >= next_s:
            continue
        first = max(0, round((start_s - begins_s) * part.sfreq_hz))
        stop = round((stop_s - begins_s) * part.sfreq_hz)
        if stop <= first or (part.n_samples is not None and first >= part.n_samples):
            continue
        path = part_path(folder, part)
        try:
            with open_recording(path) as recording:
                n_samples = recording.n_samples if part.n_samples is None else part.n_samples
                stop = min(stop, n_samples)
                if first >= min(stop, recording.n_samples):
                    continue
                for chunk in recording.chunks(1.0, first / part.sfreq_hz):
                    if chunk.start_sample >= stop:
                        break
                    n_wanted = min(chunk.n_samples, stop - chunk.start_sample)
                    yield part, Chunk(chunk.data[:, :n_wanted], chunk.start_sample)
        except RecordingError as error:
            raise SessionError(f"EEG part {part.number}: {error}") from error


def read_probability(
    folder: Path, runs: Sequence[Run], start_s: float, stop_s: float
) -> FloatArray:
    """Read the final probability of a stretch of the session at 256 Hz, NaN where there is none.

    Raises
    ------
    SessionError
        Where a file cannot be read.
    """
    first, stop = round(start_s * SFREQ_HZ), round(stop_s * SFREQ_HZ)
    values = np.full(max(0, stop - first), np.nan, dtype=np.float32)
    for run in runs:
        begins = round(run.offset_s * SFREQ_HZ)
        skip, place = max(0, first - begins), max(0, begins - first)
        count = stop - max(first, begins)
        path = probability_path(folder, run.number)
        if count <= 0 or not path.is_file():
            continue
        try:
            found = np.fromfile(path, dtype="<f4", count=count, offset=skip * _SAMPLE_BYTES)
        except OSError as error:
            raise SessionError(f"{path}: cannot be read ({error.strerror})") from error
        values[place : place + len(found)] = found
    return values
