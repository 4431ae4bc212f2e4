"""Logs that earlier programs wrote (``logs/``, made by those programs) are read and continued."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import SessionError
from monitor.archive.history import SessionNote, TechnicalSpan
from monitor.archive.log import AlarmLog
from monitor.archive.record import SessionRecord
from monitor.archive.schema import SCHEMA_VERSION, expected_objects, stored_objects
from monitor.archive.verdicts import ReviewDesk
from monitor.archive.verify_log import examine_log

LOGS = Path(__file__).parent / "logs"
TABLES = {
    "session": "*",
    "alarm_steps": "logged_utc, at_sample, transition, alarm_id, onset_sample, offset_sample,"
    " onset_time, peak, state, acknowledged, reason",
    "technical_steps": "logged_utc, sample, key, text, active",
    "signal_steps": "logged_utc, at_sample, transition, key, priority, text, who",
    "notes": "logged_utc, sample, noted_utc, text, who",
    "markers": "logged_utc, sample, text",
}
SINCE = {1: ("session", "alarm_steps", "technical_steps"), 2: tuple(TABLES)}


@pytest.fixture(params=[1, 2])
def version(request):
    return request.param


@pytest.fixture
def session(tmp_path, version):
    shutil.copyfile(LOGS / f"schema{version}.sqlite", tmp_path / "alarms.sqlite")
    description = {"state": "finished", "summary": {"duration_s": 140.0}, "source": {}}
    (tmp_path / "session.json").write_text(json.dumps(description))
    return tmp_path


def tables(path, names):
    with closing(sqlite3.connect(path)) as db:
        return {name: db.execute(f"SELECT {TABLES[name]} FROM {name}").fetchall() for name in names}


def kinds(path):
    with closing(sqlite3.connect(path)) as db:
        return [row[0] for row in db.execute("SELECT kind FROM log ORDER BY seq")]


def test_every_value_is_kept_in_order_of_time(session, version):
    path = session / "alarms.sqlite"
    before = tables(path, SINCE[version])
    log = AlarmLog(path)
    log.close()
    after = tables(path, SINCE[version])
    assert {k: sorted(v, key=str) for k, v in before.items()} == {
        k: sorted(v, key=str) for k, v in after.items()
    }
    middle = ["signal", "signal", "note", "marker"] if version == 2 else []
    assert kinds(path) == ["session", "alarm", "technical", "alarm", *middle, "alarm",
                           "technical", "alarm", "alarm", "migrated"]  # fmt: skip
    with closing(sqlite3.connect(path)) as db:
        assert stored_objects(db) == expected_objects()
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        body = db.execute("SELECT body FROM log WHERE kind = 'migrated'").fetchone()[0]
    assert json.loads(body) == {
        "from_version": version, "to_version": 3, "rows": len(kinds(path)) - 2,
    }  # fmt: skip
    assert examine_log(path).faults == []


def test_opened_again_it_is_left_as_it_is(session):
    path = session / "alarms.sqlite"
    AlarmLog(path).close()
    first = kinds(path)
    AlarmLog(path).close()
    assert kinds(path) == first


def test_a_migration_that_fails_leaves_the_old_log(session, version, monkeypatch):
    path = session / "alarms.sqlite"
    before = tables(path, SINCE[version])

    def fail(*_):
        raise sqlite3.OperationalError("disk full")

    monkeypatch.setattr("monitor.archive.migrations.create", fail)
    with pytest.raises(SessionError, match="disk full"):
        AlarmLog(path)
    assert tables(path, SINCE[version]) == before


def test_read_without_touching_it(session, version):
    raw = (session / "alarms.sqlite").read_bytes()
    record = SessionRecord(session)
    assert (session / "alarms.sqlite").read_bytes() == raw
    assert sorted(p.name for p in session.iterdir()) == ["alarms.sqlite", "session.json"]
    first, second = record.alarms
    assert (first.alarm_id, first.onset_s, first.state, first.acknowledged) == (
        1,
        30,
        "ended",
        True,
    )
    assert [m.transition for m in first.moments] == ["raised", "confirmed", "acknowledged", "ended"]
    assert first.moments[2].reason == "nurse"
    assert second.state == "raised"
    gap = "Signal interrupted for 3.0 s; detection re-arming"
    assert record.technical == (TechnicalSpan("gap", gap, 20000 / 256, 35000 / 256),)
    if version == 2:
        assert record.notes == (
            SessionNote(18000 / 256, "turned: \u00e4 'quoted'", "nurse"),
            SessionNote(19000 / 256, "button", None),
        )
    (run,) = record.runs
    assert (run.number, run.duration_s, run.ended) == (1, 140.0, True)
    assert record.duration_s == 140.0


def test_read_from_a_folder_that_cannot_be_written(session):
    (session / "alarms.sqlite").chmod(0o400)
    session.chmod(0o500)
    try:
        assert len(SessionRecord(session).alarms) == 2
    finally:
        session.chmod(0o700)


def test_reviewed_it_is_brought_to_today(session):
    with closing(ReviewDesk(session)) as desk:
        assert [alarm.alarm_id for alarm in desk.record.alarms] == [1, 2]
    assert kinds(session / "alarms.sqlite")[-1] == "migrated"


def test_a_newer_schema_is_refused_in_one_line(session):
    with closing(sqlite3.connect(session / "alarms.sqlite")) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    for open_it in (SessionRecord, ReviewDesk, lambda folder: AlarmLog(folder / "alarms.sqlite")):
        with pytest.raises(SessionError) as caught:
            open_it(session)
        assert str(caught.value) == (
            f"{session / 'alarms.sqlite'}: log of schema version 4; this program reads up to 3"
        )
