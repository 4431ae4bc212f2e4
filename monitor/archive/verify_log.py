"""The log itself, and ``session.json`` against it."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from core.errors import SessionError
from monitor.archive.chain import GENESIS, canonical_json, check_chain
from monitor.archive.migrations import NewerLogError
from monitor.archive.record import SessionRecord
from monitor.archive.rows import LogRow
from monitor.archive.schema import SCHEMA_VERSION, expected_objects, stored_objects
from monitor.archive.snapshot import LogSnapshot

__all__ = ["LogState", "check_description", "examine_log"]

_COLUMNS = "seq, run, logged_utc, kind, body, previous, hash"
_TYPES = b"integer integer text text text text text"
_LATER_KINDS = frozenset({"verdict", "operator", "migrated"})
"""Rows that may follow upon the end of a session."""


class LogState:
    """What was found in a log.

    Attributes
    ----------
    faults
        What is wrong, a line each.
    n_rows
        Rows that could be read.
    last_hash
        Digest of the last one; worth noting elsewhere.
    hashes
        Digest of each row by its number.
    stored_version
        Schema of the file; below 3 there is no chain to follow. 0 where it could not be read.
    is_newer
        Whether a newer program wrote it.
    """

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.hashes: dict[int, str] = {}
        self.n_rows = 0
        self.last_hash = GENESIS
        self.stored_version = 0
        self.is_newer = False


def examine_log(path: Path) -> LogState:
    """Follow the chain of a log, and look at the file that it is in."""
    state = LogState()
    try:
        snapshot = LogSnapshot(path)
    except SessionError as error:
        state.faults.append(str(error))
        state.is_newer = isinstance(error, NewerLogError)
        return state
    with closing(snapshot):
        state.stored_version = snapshot.stored_version
        db = snapshot.db
        db.text_factory = bytes
        try:
            if snapshot.stored_version == SCHEMA_VERSION:
                _check_schema(db, state)
                rows = _raw_rows(db, state)
                n_given_out = _given_out(db)
                state.faults += check_chain(rows, n_given_out)
                last = max(state.hashes, default=0)
                if n_given_out < last:
                    state.faults.append(
                        f"row {last}: is beyond the log's counter of rows, which says {n_given_out}"
                    )
            _check_pages(db, state)
        except (sqlite3.Error, ValueError, TypeError) as error:
            state.faults.append(f"{path.name}: is damaged ({error})")
    return state


def _check_schema(db: sqlite3.Connection, state: LogState) -> None:
    """Triggers that are gone let rows be changed; views that are changed tell other tales."""
    stored, expected = stored_objects(db), expected_objects()
    for name in sorted(stored.keys() | expected.keys()):
        if stored.get(name) != expected.get(name):
            what = "is missing" if name not in stored else "is not as it was made"
            what = what if name in expected else "does not belong there"
            state.faults.append(f"table, trigger or view {name} of the log {what}")


def _raw_rows(db: sqlite3.Connection, state: LogState) -> Iterator[tuple[bytes, ...]]:
    types = " || ' ' || ".join(f"typeof({name})" for name in _COLUMNS.split(", "))
    found = db.execute(f"SELECT {_COLUMNS}, {types} FROM log ORDER BY seq")  # noqa: S608 - our own
    last = 0
    while True:
        try:
            row = found.fetchone()
        except sqlite3.Error as error:
            state.faults.append(f"row {last + 1}: cannot be read ({error})")
            return
        if row is None:
            return
        last = row[0]
        if row[-1] != _TYPES:
            state.faults.append(f"row {last}: a column has another type than it was given")
        raw = tuple(v if isinstance(v, bytes) else str(v).encode() for v in row[:-1])
        state.n_rows += 1
        state.last_hash = raw[-1].decode("utf-8", "replace")
        state.hashes[last] = state.last_hash
        yield raw


def _given_out(db: sqlite3.Connection) -> int:
    rows = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchall()
    return max((int(row[0]) for row in rows), default=0)


def _check_pages(db: sqlite3.Connection, state: LogState) -> None:
    findings = [row[0] for row in db.execute("PRAGMA integrity_check(3)").fetchall()]
    for finding in findings:
        text = " ".join(finding.decode("utf-8", "replace").split())
        if text != "ok":
            state.faults.append(f"the log's file is damaged: {text}")


def check_description(record: SessionRecord, state: LogState) -> list[str]:
    """Compare ``session.json`` with the log; return what does not agree, a line each."""
    told, rows = record.description, record.rows
    if 0 < state.stored_version < SCHEMA_VERSION:
        return []
    faults = [*_check_head(told, state), *_check_runs(record)]
    described: dict[str, Any] = {}
    for row in rows:
        if row.kind == "session":
            described |= row.body
    faults += [
        f"session.json: {key} is {told.get(key)!r}, the log says {described[key]!r}"
        for key in ("software", "engine", "weights", "config_hash")
        if key in described and told.get(key) != described[key]
    ]
    began = [row for row in rows if row.kind == "run_began"]
    if began:
        logged = began[-1].body
        values = {key: value for key, value in _as_began(told).items() if key in logged}
        faults += _differences(logged, values, f"row {began[-1].seq}")
    faults += _check_state(told, record)
    ended = [row for row in rows if row.kind == "run_ended" and row.body["state"] == "finished"]
    if told.get("state") == "finished":
        if not ended or ended[-1].run != record.runs[-1].number:
            faults.append("session.json: says that the session was finished, the log does not")
        else:
            faults += _differences(
                ended[-1].body, {"state": "finished", **told["summary"]}, f"row {ended[-1].seq}"
            )
            faults += _late_rows(rows, ended[-1].seq)
    return faults


def _check_head(told: Mapping[str, Any], state: LogState) -> list[str]:
    noted = told.get("log")
    if not isinstance(noted, dict):
        # A crash may come before it is first noted, but no session ends without.
        is_due = state.n_rows > 0 and told.get("state") == "finished"
        return ["session.json: does not note the last row of the log"] if is_due else []
    seq, noted_hash = noted.get("rows"), noted.get("hash")
    if seq not in state.hashes:
        return [f"row {seq}: is noted in session.json, and missing in the log"]
    if state.hashes[seq] != noted_hash:
        return [f"row {seq}: is not the one that session.json noted"]
    return []


def _check_runs(record: SessionRecord) -> list[str]:
    told = {run.get("number"): run for run in record.description.get("runs") or ()}
    faults = [
        f"session.json: does not know of run {run.number}, the log does"
        for run in record.runs
        if run.number not in told
    ]
    for row in record.rows:
        if row.kind == "run_began" and row.run in told:
            faults += [
                f"session.json: {key} of run {row.run} is not what row {row.seq} of the log says"
                for key in ("began_utc", "start_time", "offset_s")
                if key in row.body and told[row.run].get(key) != row.body[key]
            ]
    return faults


def _check_state(told: Mapping[str, Any], record: SessionRecord) -> list[str]:
    state, last = told.get("state"), record.runs[-1].number
    if state not in ("running", "finished", "failed"):
        return [f"session.json: its state is {state!r}, which no session has"]
    ends = [row for row in record.rows if row.kind == "run_ended" and row.run == last]
    if state == "failed" and ends and ends[-1].body["state"] != state:
        return [
            f"session.json: state is 'failed', row {ends[-1].seq} of the log says "
            f"{ends[-1].body['state']!r}"
        ]
    return []


def _as_began(told: Mapping[str, Any]) -> dict[str, Any]:
    source = told.get("source") or {}
    runs = told.get("runs") or [{}]
    return {
        "offset_s": runs[-1].get("offset_s"),
        "began_utc": runs[-1].get("began_utc"),
        "source": source,
        "start_time": source.get("start_time"),
        "source_sfreq_hz": source.get("sfreq_hz"),
        "ch_names": source.get("ch_names"),
        "montage_notes": told.get("montage_notes"),
        "config": told.get("config"),
    }


def _differences(logged: Mapping[str, Any], told: Mapping[str, Any], row: str) -> list[str]:
    return [
        f"session.json: {key} is not what {row} of the log says"
        for key in sorted(logged.keys() | told.keys())
        if canonical_json({"": logged.get(key)}) != canonical_json({"": told.get(key)})
    ]


def _late_rows(rows: tuple[LogRow, ...], last: int) -> list[str]:
    return [
        f"row {row.seq}: a step ({row.kind}) after the session was finished"
        for row in rows
        if row.seq > last and row.kind not in _LATER_KINDS
    ]
