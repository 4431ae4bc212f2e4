"""Logs of earlier versions, turned into today's: everything they say is kept, in order of time."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from core.errors import SessionError
from monitor.archive.chain import GENESIS, canonical_json, digest
from monitor.archive.schema import SCHEMA_VERSION, create

__all__ = ["NewerLogError", "append_row", "migrate", "require_known", "schema_version"]

_TABLES = {
    "alarm": "alarm_steps",
    "technical": "technical_steps",
    "signal": "signal_steps",
    "note": "notes",
    "marker": "markers",
}
"""Which kind of row each table of versions 1 and 2 becomes; version 1 had the first two only."""


class NewerLogError(SessionError):
    """A newer program wrote the log."""


def schema_version(db: sqlite3.Connection) -> int:
    """Return the version of a log; 0 for an empty file."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def require_known(db: sqlite3.Connection, name: str) -> int:
    """Return the version of a log that this program can read.

    Parameters
    ----------
    db
        The log.
    name
        Of the file, for messages.

    Raises
    ------
    NewerLogError
        Where a newer program wrote it.
    SessionError
        Where it is another program's database.
    """
    version = schema_version(db)
    if version > SCHEMA_VERSION:
        raise NewerLogError(
            f"{name}: log of schema version {version}; this program reads up to {SCHEMA_VERSION}"
        )
    if version < 0 or (version == 0 and db.execute("SELECT 1 FROM sqlite_master").fetchone()):
        raise SessionError(f"{name}: a database, but not an alarm log")
    return version


def append_row(db: sqlite3.Connection, run: int, logged_utc: str, kind: str, body: str) -> int:
    """Append one row in an open transaction; return its number."""
    last = db.execute("SELECT hash FROM log ORDER BY seq DESC LIMIT 1").fetchone()
    # Numbers are never given out twice, not even where someone has removed the last row.
    given_out = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
    seq = 1 + (0 if given_out is None else int(given_out[0]))
    previous = GENESIS if last is None else str(last[0])
    columns = [str(field).encode() for field in (seq, run, logged_utc, kind, body)]
    db.execute(
        "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)",
        (seq, run, logged_utc, kind, body, previous, digest(previous.encode(), columns)),
    )
    return seq


def migrate(db: sqlite3.Connection, logged_utc: str) -> None:
    """Bring a log of version 1 or 2 to today's, in an open transaction.

    Parameters
    ----------
    db
        The log.
    logged_utc
        Of the row that tells of it.
    """
    version = schema_version(db)
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    old = [(kind, table) for kind, table in _TABLES.items() if table in tables]
    session = dict(db.execute("SELECT key, value FROM session").fetchall())
    steps = [step for kind, table in old for step in _read(db, kind, table)]
    # Versions 1 and 2 kept a table each, so rows of the same millisecond go table by table.
    steps.sort(key=lambda step: step[0])
    for table in ("session", *(table for _, table in old)):
        db.execute(f"DROP TABLE {table}")
    create(db)
    began_utc = steps[0][0] if steps else logged_utc
    if session:
        append_row(db, 1, began_utc, "session", canonical_json(session))
    for step_utc, kind, body in steps:
        append_row(db, 1, step_utc, kind, canonical_json(body))
    report = {"from_version": version, "to_version": SCHEMA_VERSION, "rows": len(steps)}
    append_row(db, 1, logged_utc, "migrated", json.dumps(report, separators=(",", ":")))


def _read(
    db: sqlite3.Connection, kind: str, table: str
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    found = db.execute(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608 - our own names
    names = [column[0] for column in found.description]
    for row in found.fetchall():
        body = dict(zip(names, row, strict=True))
        del body["id"]
        for flag in {"active", "acknowledged"} & body.keys():
            body[flag] = bool(body[flag])
        yield body.pop("logged_utc"), kind, body
