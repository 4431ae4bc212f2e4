"""The recorded probability against the log."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from monitor.archive.record import SessionRecord
from monitor.archive.record_facts import SFREQ_HZ
from monitor.archive.record_signals import probability_path
from monitor.archive.rows import LogRow

__all__ = ["check_probability"]

_BLOCK_SAMPLES = 1 << 20
_SAMPLE_BYTES = 4


def check_probability(record: SessionRecord) -> list[str]:
    """Compare each run's file with what the log says at the run's end; return what is wrong.

    The log has the digest of all final probabilities, so that one that was changed shows.
    """
    recorded = {part.run for part in record.parts}
    faults = []
    for row in record.rows:
        if row.kind == "run_ended" and row.body["state"] == "finished" and row.run in recorded:
            path = probability_path(record.folder, row.run)
            fault = _fault(path, row)
            if fault:
                faults.append(f"{path.name}: {fault}")
    return faults


def _fault(path: Path, row: LogRow) -> str:
    body = row.body
    n_final = round(body["duration_s"] * SFREQ_HZ)
    gaps = [(round(a * SFREQ_HZ), round(b * SFREQ_HZ)) for a, b in body["gaps"]]
    if not path.is_file():
        return "is missing" if n_final else ""
    n_bytes = path.stat().st_size
    due = max(n_final + sum(stop - start for start, stop in gaps), 0)
    if gaps and gaps[-1][1] == due:  # nothing came behind the last gap
        due = gaps[-1][0]
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
