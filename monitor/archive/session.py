"""The session folder: made, locked, taken up again after an interruption."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from core.errors import SessionError
from monitor.archive.lock import SessionLock
from monitor.archive.log import utc_text
from monitor.archive.part_recovery import next_part_number
from monitor.archive.record import SessionRecord
from monitor.archive.session_file import (
    DESCRIPTION_NAME,
    LOG_NAME,
    read_description,
    write_description,
)

__all__ = ["LOG_NAME", "Session", "check_session_folder", "default_session_folder"]


def default_session_folder(root: Path, name: str, now: datetime) -> Path:
    """Return a folder name that sorts by time and says what was monitored."""
    stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in name)
    return root / f"{now:%Y%m%dT%H%M%S}_{stem}"


def check_session_folder(folder: Path) -> None:
    """Refuse a folder that holds what no session can go on with; nothing is made or written.

    :class:`Session` looks again, and finds all else that is wrong.

    Raises
    ------
    SessionError
        Where the folder holds a session that was finished, or that cannot be read.
    """
    with suppress(OSError):
        _look_into(folder)


class Session:
    """A folder with ``session.json`` (what ran, how it ended), the log and the EEG.

    Only its owner can look into it, and only one process at a time writes to it. A session that
    was interrupted, by a crash or a fault, is taken up again with a new run.

    Parameters
    ----------
    folder
        Made where it does not exist.
    description
        What runs: source, channels, settings, weights.
    start_time
        Wall-clock time of the first sample, or None where unknown.

    Raises
    ------
    SessionError
        Where the folder cannot be written, is in use, or holds a session that was finished.

    Attributes
    ----------
    folder
        The session folder.
    before
        The interrupted session, as it was found; None for a new one.
    run
        Number of the run that begins.
    offset_s
        Where it begins on the session's clock.
    """

    def __init__(
        self, folder: Path, description: dict[str, Any], start_time: datetime | None = None
    ) -> None:
        self.folder = folder
        try:
            known = _look_into(folder)
            _make_private(folder, is_session=known is not None)
        except OSError as error:
            raise SessionError(
                f"{folder}: session folder cannot be made ({error.strerror})"
            ) from error
        self._lock = SessionLock(folder)
        try:
            self._begin(_look_into(folder), description, start_time)
        except BaseException:
            self._lock.close()
            raise

    @property
    def log_path(self) -> Path:
        return self.folder / LOG_NAME

    @property
    def first_part(self) -> int:
        """Number of the first EEG file of this run."""
        logged = () if self.before is None else self.before.parts
        return max([next_part_number(self.folder), *(part.number + 1 for part in logged)])

    @property
    def first_alarm_id(self) -> int:
        """Number of the first alarm of this run."""
        alarms = () if self.before is None else self.before.alarms
        return max((alarm.alarm_id for alarm in alarms), default=0) + 1

    @property
    def description(self) -> Mapping[str, Any]:
        """``session.json``."""
        return self._description

    def note_log(self, head: tuple[int, str]) -> None:
        """Write down where the log ends, so that rows cannot be cut off its end unseen."""
        self._description["log"] = {"rows": head[0], "hash": head[1]}
        write_description(self.folder, self._description)

    def finish(
        self,
        summary: dict[str, Any],
        state: str = "finished",
        log_head: tuple[int, str] | None = None,
    ) -> None:
        """Write how it ended, and where its log ends."""
        ending = {"state": state, "ended_utc": utc_text()}
        self._description["runs"][-1] |= ending
        self._description |= {**ending, "summary": summary}
        if log_head is not None:
            self._description["log"] = {"rows": log_head[0], "hash": log_head[1]}
        write_description(self.folder, self._description)

    def close(self) -> None:
        """Let others in; a second time does no harm."""
        self._lock.close()

    def _begin(
        self,
        known: dict[str, Any] | None,
        description: dict[str, Any],
        start_time: datetime | None,
    ) -> None:
        began_utc = utc_text()
        self.before = None
        runs: list[dict[str, Any]] = []
        if known is not None:
            self.before = _interrupted(self.folder, known)
            runs = known.get("runs") or [_first_run(known)]
            runs = [{**run, "state": _state_after(run)} for run in runs]
        self.run = 1 + len(runs)
        self.offset_s = 0.0 if self.before is None else _offset_s(self.before, start_time)
        runs.append(
            {
                "number": self.run,
                "began_utc": began_utc,
                "start_time": start_time and start_time.isoformat(timespec="milliseconds"),
                "offset_s": self.offset_s,
                "state": "running",
            }
        )
        self._description = {
            "notice": "Research software, not a certified medical device.",
            "state": "running",
            "started_utc": began_utc if known is None else known.get("started_utc", began_utc),
            **description,
            "runs": runs,
        }
        if known is not None and "log" in known:
            self._description["log"] = known["log"]
        write_description(self.folder, self._description)


def _look_into(folder: Path) -> dict[str, Any] | None:
    """Return the description of an interrupted session; None where there is no session.

    Raises
    ------
    SessionError
        Where the session was finished, or cannot be read.
    """
    known = None
    if (folder / DESCRIPTION_NAME).exists():
        try:
            known = read_description(folder)
        except SessionError:
            known = {}
        if known.get("state") in ("running", "failed"):
            return known
    if known is not None or (folder / LOG_NAME).exists():
        raise SessionError(f"{folder}: holds a session already; choose another folder")
    return None


def _interrupted(folder: Path, known: dict[str, Any]) -> SessionRecord | None:
    """Read a session that was interrupted; None where it ended before there was a log."""
    if (folder / LOG_NAME).exists():
        return SessionRecord(folder)
    if known.get("log"):
        raise SessionError(f"{folder}: {LOG_NAME} is missing; the session cannot be taken up again")
    return None


def _make_private(folder: Path, *, is_session: bool) -> None:
    """Make the folder for its owner only; one that holds other things is left as it is."""
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if made or is_session or not any(folder.iterdir()):
        folder.chmod(0o700)


def _offset_s(before: SessionRecord, start_time: datetime | None) -> float:
    """Return where a new run begins: never before the end of the last, else by the clock."""
    first = before.runs[0].start_time
    if first is None or start_time is None or (first.tzinfo is None) != (start_time.tzinfo is None):
        return before.duration_s
    return max(before.duration_s, (start_time - first).total_seconds())


def _state_after(run: dict[str, Any]) -> str:
    state = run.get("state", "running")
    return "interrupted" if state == "running" else str(state)


def _first_run(known: dict[str, Any]) -> dict[str, Any]:
    """Return the run of a session that was written before there were several."""
    start_time = (known.get("source") or {}).get("start_time")
    return {"number": 1, "began_utc": known.get("started_utc"), "start_time": start_time}
