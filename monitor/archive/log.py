"""The log of a session: every step of every alarm, safe on disk before it is shown."""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.errors import SessionError
from core.types import Marker
from monitor.alarm import AlarmStep, TechnicalAlarm
from monitor.archive.attribution_rows import attribution_body
from monitor.archive.chain import GENESIS, canonical_json
from monitor.archive.history import EegPart, Verdict
from monitor.archive.migrations import append_row, migrate, require_known
from monitor.archive.schema import SCHEMA_VERSION, create
from monitor.attributions import AlarmAttribution
from monitor.conditions import SignalStep
from monitor.orders import AlarmDelay, Note

__all__ = ["SCHEMA_VERSION", "AlarmLog", "alarm_body", "note_body", "utc_text"]


class AlarmLog:
    """Append-only SQLite log, each row chained to the one before.

    WAL with ``synchronous=FULL``, one transaction a step: once a method returns, the step
    survives kill -9 and loss of power. Used by one thread at a time. Every method that appends
    returns the number of its row, or of its rows.

    Parameters
    ----------
    path
        Made where it does not exist, readable by its owner only. A log of an earlier schema is
        brought to today's.
    run
        Number of the run that the rows belong to.

    Raises
    ------
    SessionError
        Where the file cannot be opened or written, or was written by a newer program.
    """

    def __init__(self, path: Path, run: int = 1) -> None:
        self._path = path
        self.run = run
        with self._one_line_errors():
            _make_private(path)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise

    @property
    def head(self) -> tuple[int, str]:
        """Number and digest of the last row."""
        with self._one_line_errors():
            last = self._db.execute("SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1")
            seq, digest = last.fetchone() or (0, GENESIS)
        return int(seq), str(digest)

    def describe(self, values: Mapping[str, str]) -> int:
        """Keep what the session is: software, weights, configuration, source."""
        return self.append("session", values)

    def run_began(self, values: Mapping[str, Any]) -> int:
        """Keep that the monitor was started, and where this lies on the session's clock."""
        return self.append("run_began", values)

    def run_ended(self, values: Mapping[str, Any]) -> int:
        """Keep that the run was closed in order, and what it came to."""
        return self.append("run_ended", values)

    def record_recovery(self, values: Mapping[str, Any]) -> int:
        """Keep what was found when an interrupted session was taken up again."""
        return self.append("recovery", values)

    def record_operator(self, action: str, who: str = "", text: str = "") -> int:
        """Keep what a person did beside answering alarms."""
        return self.append("operator", {"action": action, "who": who, "text": text})

    def record_verdict(self, verdict: Verdict) -> Verdict:
        """Keep what a reviewer said; return it with the time it was logged."""
        values = asdict(verdict)
        del values["logged_utc"]
        logged_utc = utc_text()
        self._append_all("verdict", [values], logged_utc)
        return replace(verdict, logged_utc=datetime.fromisoformat(logged_utc))

    def record(self, *steps: AlarmStep) -> tuple[int, ...]:
        """Append steps of alarms in one transaction: a hundred acknowledged at once are one."""
        return self._append_all("alarm", [alarm_body(step) for step in steps])

    def record_technical(self, alarm: TechnicalAlarm) -> int:
        """Append one step of a technical alarm."""
        return self.append("technical", asdict(alarm))

    def record_signals(self, steps: Sequence[SignalStep]) -> tuple[int, ...]:
        """Append what was signalled to the bedside: all of it or nothing."""
        bodies = [
            {
                "at_sample": step.at_sample,
                "transition": step.transition,
                "key": step.key,
                "priority": None if step.priority is None else step.priority.name.lower(),
                "text": step.text,
                "who": step.who,
            }
            for step in steps
        ]
        return self._append_all("signal", bodies)

    def record_note(self, note: Note) -> int:
        """Append a remark of the operator."""
        return self.append("note", note_body(note))

    def record_marker(self, marker: Marker) -> int:
        """Append a remark from outside; its sample counts at 256 Hz, as all others do."""
        return self.append("marker", {"sample": marker.sample, "text": marker.text})

    def record_part_opened(self, part: EegPart) -> int:
        """Append that a file of the EEG was begun."""
        return self.append("part_opened", _part_body(part))

    def record_part_closed(self, part: EegPart) -> int:
        """Append that a file of the EEG was closed, and its length."""
        return self.append("part_closed", _part_body(part))

    def record_delay(self, delay: AlarmDelay) -> int:
        """Append how long an alarm took."""
        return self.append("delay", asdict(delay))

    def record_attribution(self, sample: int, attribution: AlarmAttribution) -> int:
        """Append what an alarm went back to; by then the signal had been analysed up to here."""
        return self.append("attribution", attribution_body(sample, attribution))

    def record_clock_jump(self, sample: int, seconds: float) -> int:
        """Append that the computer's clock was set, by so much."""
        return self.append("clock_jump", {"sample": sample, "seconds": seconds})

    def append(self, kind: str, body: Mapping[str, Any]) -> int:
        """Append one row of any kind."""
        return self._append_all(kind, [body])[0]

    def close(self) -> None:
        """Fold the write-ahead log into the file and close it."""
        self._db.close()

    def _append_all(
        self, kind: str, bodies: Sequence[Mapping[str, Any]], logged_utc: str | None = None
    ) -> tuple[int, ...]:
        logged_utc = logged_utc or utc_text()
        texts = [canonical_json(body) for body in bodies]
        with self._transaction():
            return tuple(append_row(self._db, self.run, logged_utc, kind, text) for text in texts)

    def _open(self) -> None:
        self._db.execute("PRAGMA busy_timeout = 5000")
        version = require_known(self._db, str(self._path))
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        if version == SCHEMA_VERSION:
            return
        with self._transaction():
            if version == 0:
                create(self._db)
            else:
                migrate(self._db, utc_text())

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._one_line_errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _one_line_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise SessionError(f"{self._path}: alarm log cannot be written ({error})") from error


def utc_text() -> str:
    """Return the computer's time, UTC in milliseconds, as the log writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _make_private(path: Path) -> None:
    """Make the file before SQLite does: what SQLite puts beside it gets the same permissions."""
    # Where it cannot be made, SQLite says so itself.
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)


def alarm_body(step: AlarmStep) -> dict[str, Any]:
    """Return what the log says of a step of a seizure alarm."""
    alarm = step.alarm
    onset = alarm.onset_time
    return {
        "at_sample": step.at_sample,
        "transition": step.transition,
        "alarm_id": alarm.alarm_id,
        "onset_sample": alarm.onset_sample,
        "offset_sample": alarm.offset_sample,
        "onset_time": None if onset is None else onset.isoformat(timespec="milliseconds"),
        "peak": alarm.peak,
        "state": alarm.state,
        "acknowledged": alarm.acknowledged,
        "reason": step.reason,
    }


def note_body(note: Note) -> dict[str, Any]:
    """Return what the log says of a remark of the operator."""
    return {"sample": note.sample, "noted_utc": note.time, "text": note.text, "who": note.who}


def _part_body(part: EegPart) -> dict[str, Any]:
    start = part.start_time
    return {
        **asdict(part),
        "start_time": None if start is None else start.isoformat(timespec="microseconds"),
    }
