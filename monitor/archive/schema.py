"""The tables of the log, version 3."""

import sqlite3

__all__ = ["SCHEMA_VERSION", "create", "expected_objects", "stored_objects"]

SCHEMA_VERSION = 3

_TABLE = """
CREATE TABLE log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL,
    logged_utc TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
"""

# An INSERT OR REPLACE deletes without asking the second trigger, so the third one looks, too.
_TRIGGERS = """
CREATE TRIGGER log_no_update BEFORE UPDATE ON log
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_no_delete BEFORE DELETE ON log
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_in_order BEFORE INSERT ON log
WHEN NEW.seq <= (SELECT coalesce(max(seq), 0) FROM log)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
"""

_VIEWS = {
    "alarm_steps": (
        "alarm",
        "at_sample transition alarm_id onset_sample offset_sample onset_time peak state"
        " acknowledged reason",
    ),
    "technical_steps": ("technical", "sample key text active"),
    "signal_steps": ("signal", "at_sample transition key priority text who"),
    "notes": ("note", "sample noted_utc text who"),
    "markers": ("marker", "sample text"),
    "parts": ("part_opened", "number file start_sample sfreq_hz start_time"),
    "verdicts": (
        "verdict",
        "subject finding seizure_type onset_s offset_s comment reviewer",
    ),
}

_SESSION_VIEW = """
CREATE VIEW session AS SELECT key, value FROM (
    SELECT entry.key AS key, entry.value AS value, max(log.seq)
    FROM log, json_each(log.body) AS entry WHERE log.kind = 'session' GROUP BY entry.key
);
"""


def _view(name: str, kind: str, fields: str) -> str:
    columns = ", ".join(f"json_extract(body, '$.{field}') AS {field}" for field in fields.split())
    return (
        f"CREATE VIEW {name} AS SELECT seq AS id, run, logged_utc, {columns}"  # noqa: S608 - our own names
        f" FROM log WHERE kind = '{kind}';\n"
    )


_STATEMENTS = (
    _TABLE
    + _TRIGGERS
    + _SESSION_VIEW
    + "".join(_view(name, kind, fields) for name, (kind, fields) in _VIEWS.items())
)


def create(db: sqlite3.Connection) -> None:
    """Make the table, its triggers and its views in an open transaction."""
    statement = ""
    for line in _STATEMENTS.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def stored_objects(db: sqlite3.Connection) -> dict[str, str]:
    """Return how each table, trigger and view of a database is defined."""
    rows = db.execute("SELECT name, sql FROM sqlite_master").fetchall()
    return {_text(name): _text(sql) for name, sql in rows}


def expected_objects() -> dict[str, str]:
    """Return how they are defined in a log that nobody has meddled with."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        create(db)
        return stored_objects(db)
    finally:
        db.close()


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
