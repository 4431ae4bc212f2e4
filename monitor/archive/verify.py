"""Whether a recorded session can be trusted: what was changed, and what a crash cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import SessionError
from monitor.archive.history import Run
from monitor.archive.interruption import crash_cost
from monitor.archive.lock import is_in_use
from monitor.archive.record import SessionRecord
from monitor.archive.record_signals import PROBABILITY_BYTES_PER_S, probability_path
from monitor.archive.schema import SCHEMA_VERSION
from monitor.archive.session_file import DESCRIPTION_NAME, LOG_NAME
from monitor.archive.verify_attribution import check_attributions
from monitor.archive.verify_eeg import check_eeg
from monitor.archive.verify_log import LogState, check_description, examine_log
from monitor.archive.verify_probability import check_probability

__all__ = ["Verification", "verify_session"]

_FILTER_LAG_S = 2.0
"""The analysis may reach that far beyond the last sample."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of it.

    Attributes
    ----------
    folder
        The session folder.
    faults
        What was changed, is damaged or missing; a line each.
    losses
        What is missing without anybody's doing: after a crash, or with a full disk; a line each.
    remarks
        What else is worth knowing.
    n_rows, last_hash
        Rows of the log, and the digest of the last.
    n_runs, n_parts
        Starts of the monitor, and files of EEG.
    eeg_s
        Seconds of EEG in the files.
    n_annotations
        Annotations of the EEG that were compared with the log.
    """

    folder: Path
    faults: tuple[str, ...]
    losses: tuple[str, ...]
    remarks: tuple[str, ...]
    n_rows: int
    last_hash: str
    n_runs: int = 0
    n_parts: int = 0
    eeg_s: float = 0.0
    n_annotations: int = 0

    @property
    def verdict(self) -> str:
        """One of ``sound``, ``loss`` and ``fault``."""
        if self.faults:
            return "fault"
        return "loss" if self.losses else "sound"


def verify_session(folder: Path) -> Verification:
    """Check the log, its agreement with ``session.json`` and the EEG, and what a crash cost.

    Nothing in the folder is changed.

    Raises
    ------
    SessionError
        Where there is no session, a newer program wrote it, or a process is still writing to it.
    """
    if not folder.is_dir():
        what = "is no folder, so no session" if folder.exists() else "no such session folder"
        raise SessionError(f"{folder}: {what}")
    if not any((folder / name).exists() for name in (DESCRIPTION_NAME, LOG_NAME)):
        raise SessionError(f"{folder}: holds no session ({DESCRIPTION_NAME} is missing)")
    if is_in_use(folder):
        raise SessionError(
            f"{folder}: another process is writing to this session; verify it once that has ended"
        )
    state = examine_log(folder / LOG_NAME)
    if state.is_newer:
        raise SessionError(f"{state.faults[0]}, so it cannot be verified")
    try:
        record = SessionRecord(folder)
        return _compare(record, state)
    except (SessionError, KeyError, TypeError, ValueError) as error:
        text = str(error) if isinstance(error, SessionError) else f"{LOG_NAME}: {error!r}"
        # What cannot be read for a reason that is known already is not said twice.
        faults = state.faults if text in state.faults else [*state.faults, text]
        return Verification(folder, _short(faults, folder), (), (), state.n_rows, state.last_hash)


def _compare(record: SessionRecord, state: LogState) -> Verification:
    eeg = check_eeg(record)
    faults = [*state.faults, *check_description(record, state), *eeg.faults]
    faults += check_attributions(record)
    probability_faults, probability_losses = check_probability(record)
    faults += probability_faults
    return Verification(
        folder=record.folder,
        faults=_short(faults, record.folder),
        losses=(*_crashes(record), *eeg.losses, *probability_losses),
        remarks=tuple(_remarks(record, state)),
        n_rows=state.n_rows,
        last_hash=state.last_hash,
        n_runs=len(record.runs),
        n_parts=len(record.parts),
        eeg_s=eeg.seconds,
        n_annotations=eeg.n_annotations,
    )


def _crashes(record: SessionRecord) -> Iterator[str]:
    """Say what each run cost that was not closed in order."""
    told: dict[int, dict[str, Any]] = {
        row.body["interrupted_run"]: row.body for row in record.rows if row.kind == "recovery"
    }
    for run in record.runs:
        if run.ended:
            if run is record.runs[-1] and record.description.get("state") == "running":
                yield (
                    f"session.json: does not say that run {run.number} ended, the log does; "
                    "the program died then, or somebody changed it"
                )
            yield from _unrecorded_end(record, run)
            continue
        if run.number in told:
            yield str(told[run.number]["text"])
        else:
            yield f"run {run.number}: was not closed in order: {crash_cost(record, run)}"


def _unrecorded_end(record: SessionRecord, run: Run) -> Iterator[str]:
    """Say where a run's EEG ends too early: what no file follows upon, no file tells."""
    if not any(row.kind == "run_began" and row.run == run.number for row in record.rows):
        return  # of a program that recorded no EEG
    path = probability_path(record.folder, run.number)
    analysed_s = path.stat().st_size / PROBABILITY_BYTES_PER_S if path.is_file() else 0.0
    eeg_s = crash_cost(record, run).eeg_ends_s or 0.0
    if analysed_s - eeg_s > _FILTER_LAG_S:
        yield (
            f"run {run.number}: its EEG ends at {eeg_s:.1f} s, and {analysed_s:.1f} s were "
            "monitored: what came then was not recorded"
        )


def _remarks(record: SessionRecord, state: LogState) -> Iterator[str]:
    if 0 < state.stored_version < SCHEMA_VERSION:
        yield (
            f"log of schema version {state.stored_version}: its rows are not chained, "
            "so changes to them cannot be seen"
        )
    for row in record.rows:
        if row.kind == "run_ended" and row.body.get("state") == "failed":
            yield f"run {row.run}: ended with a fault ({row.body.get('error')})"
        elif row.kind == "migrated":
            yield (
                f"row {row.seq}: rows before it come from schema version "
                f"{row.body.get('from_version')}, which had no chain"
            )


def _short(faults: list[str], folder: Path) -> tuple[str, ...]:
    """Name files without their folder, each finding once, on one line."""
    lines = (" ".join(text.replace(f"{folder}/", "").split()) for text in faults)
    return tuple(dict.fromkeys(lines))
