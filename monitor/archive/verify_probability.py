"""The recorded probability against the log."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from monitor.archive.record import SessionRecord
from monitor.archive.record_facts import SFREQ_HZ
from monitor.archive.record_signals import file_sha256, probability_path
from monitor.archive.rows import LogRow, is_recording_failure

__all__ = ["check_probability"]

_BLOCK_SAMPLES = 1 << 20
_SAMPLE_BYTES = 4


def check_probability(record: SessionRecord) -> tuple[list[str], list[str]]:
    """Compare each run's file with what the log says at the run's end.

    Returns what is wrong, and what is missing because the disk failed.

    The log has the digest of all final probabilities, so that one that was changed shows; of a run
    that was interrupted, the digest of the file as it was found.
    """
    recorded = {part.run for part in record.parts}
    failed = {row.run for row in record.rows if is_recording_failure(row)}
    faults: list[str] = []
    losses: list[str] = []
    for row in record.rows:
        if row.kind == "run_ended" and row.body["state"] == "finished" and row.run in recorded:
            path = probability_path(record.folder, row.run)
            fault = _fault(path, row)
            if fault and row.run in failed and _is_short(path, row):
                losses.append(f"{path.name}: {fault}: recording had failed")
            elif fault:
                faults.append(f"{path.name}: {fault}")
        elif row.kind == "recovery" and row.body.get("probability_sha256"):
            path = probability_path(record.folder, row.body["interrupted_run"])
            if not path.is_file():
                faults.append(f"{path.name}: is missing")
            elif file_sha256(path) != row.body["probability_sha256"]:
                faults.append(f"{path.name}: is not what was found after the crash (row {row.seq})")
    return faults + _strangers(record), losses


def _strangers(record: SessionRecord) -> list[str]:
    known = {probability_path(record.folder, run.number).name for run in record.runs}
    found = sorted(path.name for path in record.folder.glob("probability_run*.f32"))
    return [f"{name}: the log does not tell of this file" for name in found if name not in known]


def _fault(path: Path, row: LogRow) -> str:
    body = row.body
    gaps, due = _due(row)
    if not path.is_file():
        return "is missing" if body["duration_s"] else ""
    n_bytes = path.stat().st_size
    if n_bytes != due * _SAMPLE_BYTES:
        return (
            f"holds {n_bytes / _SAMPLE_BYTES / SFREQ_HZ:g} s, "
            f"the log says {due / SFREQ_HZ:g} s (row {row.seq})"
        )
    digest = hashlib.sha256()
    for values in _between(path, gaps, due):
        digest.update(values.tobytes())
    if digest.hexdigest() != body["probabilities_sha256"]:
        return f"is not what the log says was decided on (row {row.seq})"
    return ""


def _due(row: LogRow) -> tuple[list[tuple[int, int]], int]:
    """Return the gaps, and how many values the file must hold."""
    gaps = [(round(a * SFREQ_HZ), round(b * SFREQ_HZ)) for a, b in row.body["gaps"]]
    n_final = round(row.body["duration_s"] * SFREQ_HZ)
    due = max(n_final + sum(stop - start for start, stop in gaps), 0)
    if gaps and gaps[-1][1] == due:  # nothing came behind the last gap
        due = gaps[-1][0]
    return gaps, due


def _is_short(path: Path, row: LogRow) -> bool:
    return not path.is_file() or path.stat().st_size < _due(row)[1] * _SAMPLE_BYTES


def _between(
    path: Path, gaps: Sequence[tuple[int, int]], stop: int
) -> Iterator[np.ndarray[tuple[int], np.dtype[np.float32]]]:
    """Yield the values outside the gaps, a block at a time."""
    position = 0
    for gap_start, gap_stop in (*gaps, (stop, stop)):
        while position < gap_start:
            count = min(_BLOCK_SAMPLES, gap_start - position)
            yield np.fromfile(path, "<f4", count, offset=position * _SAMPLE_BYTES)
            position += count
        position = max(position, gap_stop)
