"""The alarm log: every step of every alarm, safe on disk before it is shown."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from core.errors import SessionError
from core.types import Marker
from monitor.alarm import AlarmStep, TechnicalAlarm
from monitor.conditions import SignalStep
from monitor.orders import Note

__all__ = ["SCHEMA_VERSION", "AlarmLog"]

SCHEMA_VERSION = 2

_SCHEMA = """
CREATE TABLE session (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
CREATE TABLE alarm_steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    logged_utc TEXT NOT NULL,
    at_sample INTEGER NOT NULL,
    transition TEXT NOT NULL,
    alarm_id INTEGER NOT NULL,
    onset_sample INTEGER NOT NULL,
    offset_sample INTEGER NOT NULL,
    onset_time TEXT,
    peak REAL NOT NULL,
    state TEXT NOT NULL,
    acknowledged INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE TABLE technical_steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    logged_utc TEXT NOT NULL,
    sample INTEGER NOT NULL,
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    active INTEGER NOT NULL
) STRICT;
CREATE TABLE signal_steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    logged_utc TEXT NOT NULL,
    at_sample INTEGER NOT NULL,
    transition TEXT NOT NULL,
    key TEXT NOT NULL,
    priority TEXT,
    text TEXT NOT NULL,
    who TEXT NOT NULL
) STRICT;
CREATE TABLE notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    logged_utc TEXT NOT NULL,
    sample INTEGER NOT NULL,
    noted_utc TEXT NOT NULL,
    text TEXT NOT NULL,
    who TEXT NOT NULL
) STRICT;
CREATE TABLE markers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    logged_utc TEXT NOT NULL,
    sample INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;
"""


class AlarmLog:
    """Append-only SQLite log.

    WAL with ``synchronous=FULL``, one transaction a step: once a method returns, the step
    survives kill -9 and loss of power. Used by one thread at a time.

    Parameters
    ----------
    path
        Made where it does not exist.

    Raises
    ------
    SessionError
        Where the file cannot be opened or written, or has another schema version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._one_line_errors():
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise

    def describe(self, values: Mapping[str, str]) -> None:
        """Keep what the session is: software, weights, configuration, source."""
        with self._transaction():
            self._db.executemany("INSERT INTO session VALUES (?, ?)", list(values.items()))

    def record(self, *steps: AlarmStep) -> None:
        """Append steps of alarms in one transaction: a hundred acknowledged at once are one."""
        logged = _now()
        rows = []
        for step in steps:
            alarm = step.alarm
            onset_time = alarm.onset_time
            row = (
                logged,
                step.at_sample,
                step.transition.value,
                alarm.alarm_id,
                alarm.onset_sample,
                alarm.offset_sample,
                None if onset_time is None else onset_time.isoformat(timespec="milliseconds"),
                alarm.peak,
                alarm.state.value,
                int(alarm.acknowledged),
                step.reason,
            )
            rows.append(row)
        with self._transaction():
            self._db.executemany(
                "INSERT INTO alarm_steps (logged_utc, at_sample, transition, alarm_id,"
                " onset_sample, offset_sample, onset_time, peak, state, acknowledged, reason)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def record_technical(self, alarm: TechnicalAlarm) -> None:
        """Append one step of a technical alarm."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO technical_steps (logged_utc, sample, key, text, active)"
                " VALUES (?, ?, ?, ?, ?)",
                (_now(), alarm.sample, alarm.key, alarm.text, int(alarm.active)),
            )

    def record_signals(self, steps: Sequence[SignalStep]) -> None:
        """Append what was signalled to the bedside: all of it or nothing."""
        logged = _now()
        rows = [
            (
                logged,
                step.at_sample,
                step.transition.value,
                step.key,
                None if step.priority is None else step.priority.name.lower(),
                step.text,
                step.who,
            )
            for step in steps
        ]
        with self._transaction():
            self._db.executemany(
                "INSERT INTO signal_steps (logged_utc, at_sample, transition, key, priority,"
                " text, who) VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def record_note(self, note: Note) -> None:
        """Append a remark of the operator."""
        noted = note.time.astimezone(UTC).isoformat(timespec="milliseconds")
        with self._transaction():
            self._db.execute(
                "INSERT INTO notes (logged_utc, sample, noted_utc, text, who)"
                " VALUES (?, ?, ?, ?, ?)",
                (_now(), note.sample, noted, note.text, note.who),
            )

    def record_marker(self, marker: Marker) -> None:
        """Append a remark from outside; its sample counts at 256 Hz, as all others do."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO markers (logged_utc, sample, text) VALUES (?, ?, ?)",
                (_now(), marker.sample, marker.text),
            )

    def close(self) -> None:
        """Fold the write-ahead log into the file and close it."""
        self._db.close()

    def _open(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._db.executescript(
                f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
        elif version != SCHEMA_VERSION:
            raise SessionError(
                f"{self._path}: log of schema version {version}, this program writes "
                f"{SCHEMA_VERSION}"
            )

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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
