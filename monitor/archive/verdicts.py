"""The reviewer's desk: verdicts on a recorded session, each a row of its log."""

import math
import re
from dataclasses import replace
from pathlib import Path

from core.errors import SessionError
from monitor.archive.history import Finding, Verdict
from monitor.archive.lock import SessionLock
from monitor.archive.log import AlarmLog
from monitor.archive.record import SessionRecord
from monitor.archive.session_file import LOG_NAME, read_description, write_description

__all__ = ["ReviewDesk"]

_SUBJECT = re.compile(r"(alarm|missed) ([1-9]\d*)")


class ReviewDesk:
    """Where verdicts are given; nobody else can write to the session meanwhile.

    A log of an earlier schema is brought to today's.

    Parameters
    ----------
    folder
        The session folder.

    Raises
    ------
    SessionError
        Where it is no session, is in use, or cannot be written.

    Attributes
    ----------
    record
        The session as it stood when the desk was opened.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Read first: a folder that is no session is not touched.
        self.record = SessionRecord(folder)
        self._lock = SessionLock(folder)
        try:
            self.record = SessionRecord(folder)
            self._log = AlarmLog(folder / LOG_NAME, self.record.runs[-1].number)
        except BaseException:
            self._lock.close()
            raise
        self._verdicts = list(self.record.verdicts)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """All verdicts in the order they were given, those before this desk was opened included."""
        return tuple(self._verdicts)

    def give(self, verdict: Verdict) -> Verdict:
        """Log a verdict; return it with the time it was logged.

        Raises
        ------
        SessionError
            Where it names no reviewer, no alarm of the session, or an empty stretch, or cannot be
            written.
        """
        verdict = self._log.record_verdict(self._checked(verdict))
        self._verdicts.append(verdict)
        return verdict

    def close(self) -> None:
        """Note in ``session.json`` where the log ends now, and let others in."""
        try:
            rows, last_hash = self._log.head
            self._log.close()
            description = read_description(self._folder)
            noted = {"rows": rows, "hash": last_hash}
            if description.get("log") != noted:
                write_description(self._folder, {**description, "log": noted})
        finally:
            self._lock.close()

    def _checked(self, verdict: Verdict) -> Verdict:
        reviewer = verdict.reviewer.strip()
        if not reviewer:
            raise SessionError(f"{self._folder}: a verdict needs the name of its reviewer")
        found = _SUBJECT.fullmatch(verdict.subject)
        known = {alarm.alarm_id for alarm in self.record.alarms}
        if found is None or (found[1] == "alarm" and int(found[2]) not in known):
            raise SessionError(f"{self._folder}: has no {verdict.subject!r} to give a verdict on")
        times_s = (verdict.onset_s, verdict.offset_s)
        if not (all(map(math.isfinite, times_s)) and 0 <= times_s[0] < times_s[1]):
            raise SessionError(
                f"{self._folder}: a seizure cannot last from {times_s[0]:g} to {times_s[1]:g} s"
            )
        return replace(verdict, reviewer=reviewer, finding=Finding(verdict.finding))
