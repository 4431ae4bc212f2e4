"""What an interruption cost: read off the folder, before a session is taken up again."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from core.errors import RecordingError, SessionError
from core.io.annotations import Annotation
from core.io.edf import Recording, open_recording
from monitor.archive.history import EegPart, Run
from monitor.archive.part_recovery import part_number, part_paths, recover_parts
from monitor.archive.record import SessionRecord
from monitor.archive.record_facts import SFREQ_HZ
from monitor.archive.record_signals import (
    file_sha256,
    header_sha256,
    part_path,
    probability_path,
    records_sha256,
)

__all__ = ["RECORD_S", "CrashCost", "Interruption", "crash_cost", "n_samples_of", "take_stock"]

RECORD_S = 1.0
"""The EEG is written once a record is full, so that much of it may be missing without a trace."""

_STARTS = "Recording starts "


@dataclass(frozen=True, slots=True)
class CrashCost:
    """What is missing of a run that was not closed in order.

    Attributes
    ----------
    log_ends_s
        The last moment of the signal that a row tells of, in seconds since the run began.
    known_s
        The last moment that anything tells of, the probability included.
    eeg_ends_s
        End of the last whole record; None where no EEG was recorded.
    """

    log_ends_s: float
    known_s: float
    eeg_ends_s: float | None

    @property
    def eeg_lost_s(self) -> float:
        """EEG that must have been there, going by the rest, and is not."""
        return 0.0 if self.eeg_ends_s is None else max(0.0, self.known_s - self.eeg_ends_s)

    def __str__(self) -> str:
        if self.eeg_ends_s is None:
            return f"the log ends at {self.log_ends_s:.1f} s; no EEG was recorded"
        lost_s = self.eeg_lost_s
        lost = f"{lost_s:.1f} s" if lost_s > RECORD_S else f"at most {RECORD_S:.0f} s"
        return (
            f"the log ends at {self.log_ends_s:.1f} s, the EEG at {self.eeg_ends_s:.1f} s; "
            f"{lost} of EEG behind that lost, no logged step"
        )


@dataclass(frozen=True, slots=True)
class Interruption:
    """How a session was found that is taken up again.

    Attributes
    ----------
    run
        Number of the run that was interrupted.
    text
        What happened, in one line.
    adopted
        Files of the EEG that the log did not tell of.
    parts
        Files of the EEG that had not been closed, with their length now.
    cost
        What is missing.
    repairs
        What was done to files, a line each.
    probability_sha256
        Digest of the file with the run's probability; None where there is none.
    """

    run: int
    text: str
    adopted: tuple[EegPart, ...]
    parts: tuple[EegPart, ...]
    cost: CrashCost | None
    repairs: tuple[str, ...]
    probability_sha256: str | None = None

    def report(self) -> Mapping[str, Any]:
        """Return what the log says about it."""
        values: dict[str, Any] = {
            "interrupted_run": self.run,
            "text": self.text,
            "repairs": list(self.repairs),
            "probability_sha256": self.probability_sha256,
        }
        if self.cost is not None:
            values |= {
                "log_ends_s": self.cost.log_ends_s,
                "eeg_ends_s": self.cost.eeg_ends_s,
                "eeg_lost_s": self.cost.eeg_lost_s,
            }
        return values


def crash_cost(record: SessionRecord, run: Run, adopted: Sequence[EegPart] = ()) -> CrashCost:
    """Return what is missing of a run that was not closed in order.

    Parameters
    ----------
    record, run
        The session, and which of its runs.
    adopted
        Files of that run that the log does not tell of.
    """
    ends_s = [
        (part.start_sample + n_samples_of(record.folder, part)) / part.sfreq_hz
        for part in (*record.parts, *adopted)
        if part.run == run.number
    ]
    samples = [row.sample for row in record.rows if row.run == run.number]
    log_ends_s = max((sample for sample in samples if sample is not None), default=0) / SFREQ_HZ
    return CrashCost(log_ends_s, run.duration_s, max(ends_s, default=None))


def take_stock(record: SessionRecord) -> Interruption:
    """Repair the files of an interrupted session, and say what is missing.

    Parameters
    ----------
    record
        The session as it was found; nobody else writes to it.

    Raises
    ------
    SessionError
        Where a file cannot be repaired.
    """
    run = record.runs[-1]
    repairs = tuple(str(repair) for repair in recover_parts(record.folder) if repair.changed)
    adopted = _adopted_parts(record, run)
    unclosed = (part for part in (*record.parts, *adopted) if part.n_samples is None)
    parts = tuple(_measured(record.folder, part) for part in unclosed)
    cost = None if run.ended else crash_cost(record, run, adopted)
    if cost is None:
        text = f"run {run.number} was closed in order, the session not; nothing is missing"
    else:
        text = f"session was interrupted in run {run.number}: {cost}"
    path = probability_path(record.folder, run.number)
    probability = file_sha256(path) if path.is_file() else None
    return Interruption(run.number, text, adopted, parts, cost, repairs, probability)


def _measured(folder: Path, part: EegPart) -> EegPart:
    """Return a part with what a file that was closed tells: from now on, changes to it show."""
    n_samples = n_samples_of(folder, part)
    if not n_samples:
        return replace(part, n_samples=0)
    path = part_path(folder, part)
    header = part.header_sha256 or header_sha256(path)
    return replace(
        part, n_samples=n_samples, records_sha256=records_sha256(path), header_sha256=header
    )


def n_samples_of(folder: Path, part: EegPart) -> int:
    """Return how many samples a part holds; 0 where there is no whole record."""
    if part.n_samples is not None:
        return part.n_samples
    try:
        with open_recording(part_path(folder, part)) as recording:
            return recording.n_samples
    except (RecordingError, SessionError):
        return 0


def _adopted_parts(record: SessionRecord, run: Run) -> tuple[EegPart, ...]:
    """Return the files that were begun so late that the log does not tell of them."""
    known = {part.file for part in record.parts}
    adopted: list[EegPart] = []
    for path in part_paths(record.folder):
        if path.name in known:
            continue
        before = [part for part in (*record.parts, *adopted) if part.run == run.number]
        try:
            with open_recording(path) as recording:
                adopted.append(_adopted_part(record.folder, recording, run, before))
        except RecordingError as error:
            raise SessionError(str(error)) from error
    return tuple(adopted)


def _adopted_part(
    folder: Path, recording: Recording, run: Run, before: Sequence[EegPart]
) -> EegPart:
    info = recording.info
    start_time = _told_start(recording.annotations)
    if start_time is not None and run.start_time is not None:
        start_sample = round((start_time - run.start_time).total_seconds() * info.sfreq)
    else:  # it goes on where the one before ends
        stops = [part.start_sample + n_samples_of(folder, part) for part in before]
        start_sample = max(stops, default=0)
    return EegPart(
        number=part_number(recording.path),
        file=recording.path.name,
        run=run.number,
        start_sample=max(0, start_sample),
        sfreq_hz=info.sfreq,
        ch_names=info.ch_names,
        start_time=start_time,
    )


def _told_start(annotations: Iterable[Annotation]) -> datetime | None:
    for annotation in annotations:
        if annotation.text.startswith(_STARTS):
            with suppress(ValueError):
                return datetime.fromisoformat(annotation.text.removeprefix(_STARTS))
    return None
