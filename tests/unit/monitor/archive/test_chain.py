"""Whatever is changed in a log shows, and the row is named."""

import re
import shutil
import sqlite3
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.types import Marker
from monitor.alarm import Alarm, AlarmState, AlarmStep, TechnicalAlarm, Transition
from monitor.archive.chain import canonical_json, check_chain, digest
from monitor.archive.history import Finding, Verdict
from monitor.archive.log import AlarmLog
from monitor.archive.verify_log import examine_log
from monitor.conditions import SignalStep, SignalTransition
from monitor.orders import Note
from monitor.priority import Priority

COLUMNS = ("seq", "run", "logged_utc", "kind", "body", "previous", "hash")
N_ROWS = 12
SOME = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def write_log(path):
    log = AlarmLog(path)
    log.describe({"weights": "UNTRAINED"})
    log.run_began({"offset_s": 0.0, "start_time": None})
    for k in range(1, 4):
        alarm = Alarm(k, 100 * k, 200 * k, 0.9, AlarmState.RAISED, 15360)
        log.record(AlarmStep(Transition.RAISED, alarm, 15360, "\u00e4"))
    log.record_technical(TechnicalAlarm("gap", "Signal interrupted", active=True, sample=12))
    log.record_signals([SignalStep(SignalTransition.RAISED, "x", Priority.HIGH, "t", "", 5)])
    log.record_note(Note(1, "turned", datetime(2026, 1, 2, tzinfo=UTC), "nurse"))
    log.record_marker(Marker(7, "button"))
    log.record_verdict(Verdict("alarm 1", Finding.SEIZURE, "sz", 1.0, 2.0, "", "Dr. A"))
    log.record_operator("export", "Dr. A")
    log.run_ended({"state": "finished", "duration_s": 60.0})
    log.close()


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "alarms.sqlite"
    write_log(path)
    assert examine_log(path).faults == []
    return path


@pytest.fixture
def path(original, tmp_path):
    return shutil.copyfile(original, tmp_path / "alarms.sqlite")


class Meddler:
    """Someone with sqlite3, who knows how to put the triggers back."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA synchronous = OFF")
        triggers = self.db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        self.triggers = triggers.fetchall()
        for name, _ in self.triggers:
            self.db.execute(f"DROP TRIGGER {name}")

    def __enter__(self):
        return self.db

    def __exit__(self, *_):
        for _, sql in self.triggers:
            self.db.execute(sql)
        self.db.close()


def rows_named(path):
    faults = examine_log(path).faults
    found = [re.match(r"rows? (-?\d+)(?: to (\d+))?: ", fault) for fault in faults]
    assert all(found), faults
    spans = [range(int(m[1]), int(m[2] or m[1]) + 1) for m in found]
    return {k for k in range(1, N_ROWS + 2) if any(k in span for span in spans)}


def test_what_is_hashed_is_written_down():
    """Anybody can follow the chain: lengths, colons, commas, SHA-256."""
    body = canonical_json({"b": 1, "a": None, "\u00e4": [1.5, True]})
    assert body == '{"a":null,"b":1,"\u00e4":[1.5,true]}'
    assert digest(b"00", [b"1", b"1", b"t", b"note", b"{}"]) == (
        __import__("hashlib").sha256(b"2:00,1:1,1:1,1:t,4:note,2:{},").hexdigest()
    )


def test_values_that_json_has_not():
    values = {"n": float("nan"), "t": datetime(2026, 1, 2, tzinfo=UTC), "p": Finding.UNSURE}
    assert canonical_json(values) == ('{"n":null,"p":"unsure","t":"2026-01-02T00:00:00.000+00:00"}')


@SOME
@given(
    seq=st.integers(1, N_ROWS),
    column=st.sampled_from(COLUMNS[2:]),
    place=st.integers(0, 10_000),
    mask=st.integers(1, 255),
)
def test_any_byte_of_any_text(original, tmp_path, seq, column, place, mask):
    path = shutil.copyfile(original, tmp_path / "alarms.sqlite")
    with Meddler(path) as db:
        (raw,) = db.execute(
            f"SELECT CAST({column} AS BLOB) FROM log WHERE seq = ?", (seq,)
        ).fetchone()
        changed = bytearray(raw)
        changed[place % len(raw)] ^= mask
        db.execute(
            f"UPDATE log SET {column} = CAST(? AS TEXT) WHERE seq = ?", (bytes(changed), seq)
        )
    assert seq in rows_named(path)


@pytest.mark.parametrize("seq", range(1, N_ROWS + 1))
@pytest.mark.parametrize("column", ["seq", "run"])
@pytest.mark.parametrize("bit", [0, 1, 5, 9, 17, 40, 62])
def test_any_bit_of_any_number(path, seq, column, bit):
    with Meddler(path) as db:
        (value,) = db.execute(f"SELECT {column} FROM log WHERE seq = ?", (seq,)).fetchone()
        changed = value ^ (1 << bit)
        if column == "seq" and db.execute("SELECT 1 FROM log WHERE seq = ?", (changed,)).fetchone():
            return  # there cannot be two; see the test of swapped rows
        db.execute(f"UPDATE log SET {column} = ? WHERE seq = ?", (changed, seq))
    assert seq in rows_named(path)


@pytest.mark.parametrize("seq", range(1, N_ROWS + 1))
def test_any_row_deleted(path, seq):
    with Meddler(path) as db:
        db.execute("DELETE FROM log WHERE seq = ?", (seq,))
    assert seq in rows_named(path)


def test_all_rows_deleted(path):
    with Meddler(path) as db:
        db.execute("DELETE FROM log")
    assert rows_named(path) == set(range(1, N_ROWS + 1))


@SOME
@given(st.integers(1, N_ROWS), st.integers(1, N_ROWS), st.booleans())
def test_any_two_rows_swapped(original, tmp_path, one, other, with_hashes):
    if one == other:
        return
    path = shutil.copyfile(original, tmp_path / "alarms.sqlite")
    columns = COLUMNS[1:] if with_hashes else COLUMNS[1:5]
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    with Meddler(path) as db:
        read = f"SELECT {names} FROM log WHERE seq = ?"
        a, b = (db.execute(read, (seq,)).fetchone() for seq in (one, other))
        write = f"UPDATE log SET ({names}) = ({marks}) WHERE seq = ?"
        db.execute(write, (*b, one))
        db.execute(write, (*a, other))
    assert {one, other} <= rows_named(path)


@pytest.mark.parametrize("behind", [1, 6, N_ROWS])
def test_a_row_put_in(path, behind):
    """The rows behind it are moved up, numbers and all; their digests tell."""
    with Meddler(path) as db:
        for seq in range(N_ROWS, behind, -1):
            db.execute("UPDATE log SET seq = ? WHERE seq = ?", (seq + 1, seq))
        db.execute(
            "INSERT INTO log SELECT seq + 1, run, logged_utc, 'note', '{}', hash, hash FROM log"
            " WHERE seq = ?",
            (behind,),
        )
    assert behind + 1 in rows_named(path)


def test_a_digest_that_is_made_to_fit_breaks_the_next_row(path):
    with Meddler(path) as db:
        run, utc, kind, previous = db.execute(
            "SELECT run, logged_utc, kind, previous FROM log WHERE seq = 4"
        ).fetchone()
        fields = [b"4", str(run).encode(), utc.encode(), kind.encode(), b"{}"]
        forged = digest(previous.encode(), fields)
        db.execute("UPDATE log SET body = '{}', hash = ? WHERE seq = 4", (forged,))
    assert rows_named(path) == {5}


def test_triggers_and_views_that_were_changed(path):
    db = sqlite3.connect(path)
    db.execute("DROP TRIGGER log_no_delete")
    db.execute("DROP VIEW notes")
    db.execute("CREATE VIEW notes AS SELECT 1")
    db.execute("CREATE TABLE extra (x)")
    db.commit()
    db.close()
    assert examine_log(path).faults == [
        "table, trigger or view extra of the log does not belong there",
        "table, trigger or view log_no_delete of the log is missing",
        "table, trigger or view notes of the log is not as it was made",
    ]


def content(path):
    state = examine_log(path)
    return state.faults, state.hashes


def test_any_byte_of_the_file(original, tmp_path):
    """Damage below SQLite: it is told of, or every row is still read as it was written."""
    raw = original.read_bytes()
    sound = content(original)[1]
    n_told = 0
    used = [k for k in range(len(raw)) if raw[k]]
    places = used[:: max(1, len(used) // 250)]
    for place in places:
        changed = bytearray(raw)
        changed[place] ^= 0x24
        path = tmp_path / "alarms.sqlite"
        path.write_bytes(changed)
        faults, hashes = content(path)
        assert faults or hashes == sound, place
        n_told += bool(faults)
    assert n_told > 0.9 * len(places)


@pytest.mark.parametrize("n_left", [0, 1, 50, 100, 4096, 8192, 12_000])
def test_a_file_that_was_cut_short(path, n_left):
    path.write_bytes(path.read_bytes()[:n_left])
    faults = examine_log(path).faults
    assert bool(faults) == (n_left > 1)  # what holds nothing is held against session.json
    assert all("\n" not in fault for fault in faults)


def test_the_check_alone():
    assert check_chain([], 0) == []
    assert check_chain([], 3) == ["rows 1 to 3: missing"]
