"""Rows of the log, as they are read."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import SessionError

__all__ = ["LogRow", "is_recording_failure", "read_rows"]


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row.

    Attributes
    ----------
    seq
        Its number.
    run
        Number of the run that wrote it.
    logged_utc
        When, by the computer's clock.
    kind
        What it tells of: ``alarm``, ``note``, ``run_began`` ...
    body
        What it says.
    """

    seq: int
    run: int
    logged_utc: datetime
    kind: str
    body: dict[str, Any]

    @property
    def sample(self) -> int | None:
        """How far the signal had come, at 256 Hz since the run began; None where it is not said."""
        return self.body.get("at_sample", self.body.get("sample"))


def is_recording_failure(row: LogRow) -> bool:
    """Whether a row tells that EEG or probability do not reach the disk."""
    body = row.body
    return row.kind == "technical" and body["key"] == "recording" and bool(body["active"])


def read_rows(db: sqlite3.Connection, name: str) -> Iterator[LogRow]:
    """Yield all rows in order.

    Parameters
    ----------
    db
        A log of today's schema.
    name
        Of the file, for messages.

    Raises
    ------
    SessionError
        Where a row cannot be read; the message names it.
    """
    db.text_factory = bytes
    found = db.execute("SELECT seq, run, logged_utc, kind, body FROM log ORDER BY seq")
    while True:
        try:
            row = found.fetchone()
        except sqlite3.Error as error:
            raise SessionError(f"{name}: cannot be read ({error})") from error
        if row is None:
            return
        seq, run, logged_utc, kind, body = row
        try:
            values = json.loads(body)
            if not isinstance(values, dict):
                raise TypeError(f"{type(values).__name__} instead of an object")
            yield LogRow(
                seq, run, datetime.fromisoformat(logged_utc.decode()), kind.decode(), values
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise SessionError(f"{name}: row {seq} is damaged ({error})") from error
