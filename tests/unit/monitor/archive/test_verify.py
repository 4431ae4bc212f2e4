"""A recorded session that was meddled with is found out; a sound one is not."""

import json
import os
import sqlite3
from contextlib import closing

import pytest

from core.errors import SessionError
from monitor.archive.history import Finding, Verdict
from monitor.archive.log import AlarmLog
from monitor.archive.record import SessionRecord
from monitor.archive.verdicts import ReviewDesk
from monitor.archive.verify import verify_session
from tests.unit.monitor.archive.session_checks import change_json, faults, only_fault


def test_as_the_monitor_left_it(session):
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in session.iterdir()}
    found = verify_session(session)
    assert (found.faults, found.losses, found.remarks) == ((), (), ())
    assert found.verdict == "sound"
    assert (found.n_runs, found.n_parts, found.eeg_s) == (1, 2, 130.0)
    assert found.n_annotations >= 6  # two alarms, raised, confirmed and ended
    told = json.loads((session / "session.json").read_text())
    assert told["log"] == {"rows": found.n_rows, "hash": found.last_hash}
    after = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in session.iterdir()}
    assert {k: v for k, v in after.items() if k != "session.lock"} == {
        k: v for k, v in before.items() if k != "session.lock"
    }


def test_with_verdicts(session):
    with closing(ReviewDesk(session)) as desk:
        desk.give(Verdict("alarm 1", Finding.SEIZURE, "sz", 30.0, 40.0, "", "Dr. A"))
    assert faults(session) == ()
    with closing(sqlite3.connect(session / "alarms.sqlite", isolation_level=None)) as db:
        (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'log_no_delete'").fetchone()
        (last,) = db.execute("SELECT max(seq) FROM log").fetchone()
        db.execute("DROP TRIGGER log_no_delete")
        db.execute("DELETE FROM log WHERE seq = ?", (last,))
        db.execute("UPDATE sqlite_sequence SET seq = ?", (last - 1,))
        db.execute(sql)
    assert only_fault(session) == f"row {last}: is noted in session.json, and missing in the log"


def test_rows_cut_off_the_end_with_care(session):
    """The counter is set back and session.json forged: the rest still tells."""
    with closing(sqlite3.connect(session / "alarms.sqlite", isolation_level=None)) as db:
        (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'log_no_delete'").fetchone()
        db.execute("DROP TRIGGER log_no_delete")
        db.execute("DELETE FROM log WHERE seq > 8")
        db.execute("UPDATE sqlite_sequence SET seq = 8")
        db.execute(sql)
        rows, digest = db.execute("SELECT seq, hash FROM log ORDER BY seq DESC").fetchone()
    change_json(session, lambda told: told.update(log={"rows": rows, "hash": digest}))
    found = faults(session)
    assert "session.json: says that the session was finished, the log does not" in found
    assert any("the log lacks it" in fault for fault in found)


@pytest.mark.parametrize("name", ["alarms.sqlite", "session.json", "eeg.edf", "eeg_part2.edf",
                                  "probability_run1.f32"])  # fmt: skip
def test_a_file_that_is_missing(session, name):
    (session / name).unlink()
    assert any(name in fault for fault in faults(session))


@pytest.mark.parametrize("name", ["alarms.sqlite", "session.json", "eeg.edf", "eeg_part2.edf",
                                  "probability_run1.f32"])  # fmt: skip
@pytest.mark.parametrize("kept", [0, 0.5, 0.999])
def test_a_file_that_was_cut(session, name, kept):
    path = session / name
    os.truncate(path, int(kept * path.stat().st_size))
    assert faults(session)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda v: v.update(weights="other"), "weights is 'other', the log says 'UNTRAINED'"),
        (lambda v: v.update(config_hash="0"), "config_hash is '0'"),
        (lambda v: v["config"]["events"].update(onset_threshold=0.1), "config is not what row 2"),
        (lambda v: v["source"].update(start_time="2020-01-01T00:00:00"), "start_time is not what"),
        (lambda v: v["source"]["ch_names"].reverse(), "ch_names is not what row 2"),
        (lambda v: v["summary"]["events"].pop(), "events is not what row"),
        (lambda v: v["summary"].update(skipped_windows=4), "skipped_windows is not what row"),
        (lambda v: v["log"].update(hash="0" * 64), "is not the one that session.json noted"),
        (lambda v: v["log"].update(rows=9999), "row 9999: is noted in session.json"),
        (lambda v: v["runs"].clear(), "does not know of run 1"),
        (lambda v: v["runs"][0].update(offset_s=5.0), "offset_s of run 1 is not what row 2"),
        (lambda v: v["runs"][0].update(began_utc="2020-01-01"), "began_utc of run 1 is not what"),
        (lambda v: v["source"].update(file="/data/other.edf"), "source is not what row 2"),
        (lambda v: v.pop("log"), "does not note the last row of the log"),
        (lambda v: v.pop("state"), "its state is None, which no session has"),
        (lambda v: v.update(state="failed"), "state is 'failed', row"),
    ],
)
def test_a_description_that_was_changed(session, change, told):
    change_json(session, change)
    assert any(told in fault for fault in faults(session))


def test_a_counter_that_was_set_back(session):
    with closing(sqlite3.connect(session / "alarms.sqlite", isolation_level=None)) as db:
        db.execute("UPDATE sqlite_sequence SET seq = 3")
    assert "is beyond the log's counter of rows, which says 3" in only_fault(session)


def test_a_part_outside_the_session(session):
    """A row that names a file elsewhere, written by someone who can make digests."""
    log = AlarmLog(session / "alarms.sqlite")
    part = SessionRecord(session).parts[0]
    body = {"number": 3, "file": "../eeg.edf", "run": 1, "start_sample": 0, "sfreq_hz": 256.0,
            "ch_names": list(part.ch_names), "start_time": None, "n_samples": None}  # fmt: skip
    log.append("part_opened", body)
    log.close()
    text = "EEG part 3 (../eeg.edf) lies outside the session"
    assert any(text in fault for fault in faults(session))
    record = SessionRecord(session)
    with pytest.raises(SessionError, match="lies outside the session"):
        list(record.eeg(0, 200))


def test_a_step_after_the_end(session):
    log = AlarmLog(session / "alarms.sqlite")
    seq = log.append("note", {"sample": 1, "text": "late", "who": "", "noted_utc": ""})
    log.close()
    assert f"row {seq}: a step (note) after the session was finished" in faults(session)


def test_not_a_session(tmp_path):
    with pytest.raises(SessionError, match="no such session folder"):
        verify_session(tmp_path / "nothing")
    with pytest.raises(SessionError, match=r"holds no session \(session.json is missing\)"):
        verify_session(tmp_path)
    (tmp_path / "night.edf").touch()
    with pytest.raises(SessionError, match=r"night\.edf: is no folder, so no session"):
        verify_session(tmp_path / "night.edf")


def test_a_log_of_a_newer_program_is_not_called_a_forgery(session):
    with closing(sqlite3.connect(session / "alarms.sqlite")) as db:
        db.execute("PRAGMA user_version = 4")
    with pytest.raises(SessionError, match=r"version 4; this program reads up to 3, so it cannot"):
        verify_session(session)
