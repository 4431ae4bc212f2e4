"""Verdicts are rows of the log: each stands beside those before it."""

import json
from contextlib import closing
from dataclasses import replace

import pytest

from core.errors import SessionError
from monitor.alarm import Alarm, AlarmState, AlarmStep, Transition
from monitor.archive.history import Finding, Verdict
from monitor.archive.log import AlarmLog
from monitor.archive.record import SessionRecord
from monitor.archive.session import Session
from monitor.archive.verdicts import ReviewDesk
from monitor.archive.verify_log import examine_log

SEIZURE = Verdict("alarm 1", Finding.SEIZURE, "sz_foc_ia", 3.5, 8.25, "clear", "Dr. A")


@pytest.fixture
def folder(tmp_path):
    session = Session(tmp_path / "s", {})
    log = AlarmLog(session.log_path)
    log.run_began({"offset_s": 0.0, "start_time": None})
    log.record(AlarmStep(Transition.RAISED, Alarm(1, 9, 99, 0.9, AlarmState.RAISED, 100), 100))
    log.run_ended({"state": "finished", "duration_s": 60.0})
    session.finish({"duration_s": 60.0}, log_head=log.head)
    log.close()
    session.close()
    return session.folder


def refusal(desk, verdict):
    with pytest.raises(SessionError) as caught:
        desk.give(verdict)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_given_and_read_back(folder):
    with closing(ReviewDesk(folder)) as desk:
        given = desk.give(SEIZURE)
        assert replace(given, logged_utc=None) == SEIZURE
        assert given.logged_utc is not None
        second = desk.give(replace(SEIZURE, finding=Finding.UNSURE, reviewer=" Dr. B "))
        assert second.reviewer == "Dr. B"
        missed = desk.give(Verdict("missed 1", Finding.SEIZURE, "sz", 20, 30, "", "Dr. B"))
        assert desk.verdicts == (given, second, missed)
        assert SessionRecord(folder).verdicts == desk.verdicts  # while the desk is open
    assert SessionRecord(folder).verdicts == (given, second, missed)
    with closing(ReviewDesk(folder)) as desk:
        assert desk.record.verdicts == desk.verdicts == (given, second, missed)
        assert len(desk.verdicts) == 3
    state = examine_log(folder / "alarms.sqlite")
    assert state.faults == []
    noted = json.loads((folder / "session.json").read_text())["log"]
    assert noted == {"rows": state.n_rows, "hash": state.last_hash}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"reviewer": ""}, "needs the name of its reviewer"),
        ({"reviewer": " \t"}, "needs the name of its reviewer"),
        ({"subject": "alarm 2"}, "has no 'alarm 2'"),
        ({"subject": "missed 0"}, "has no 'missed 0'"),
        ({"subject": "all"}, "has no 'all'"),
        ({"onset_s": 9.0}, "cannot last from 9 to 8.25 s"),
        ({"onset_s": -1.0}, "cannot last from -1 to 8.25 s"),
        ({"offset_s": float("inf")}, "cannot last from 3.5 to inf s"),
        ({"onset_s": float("nan")}, "cannot last from nan to 8.25 s"),
    ],
)
def test_what_is_no_verdict(folder, change, told):
    with closing(ReviewDesk(folder)) as desk:
        assert told in refusal(desk, replace(SEIZURE, **change))
        assert desk.verdicts == ()
    assert SessionRecord(folder).verdicts == ()


def test_two_reviewers_at_once(folder):
    with closing(ReviewDesk(folder)), pytest.raises(SessionError, match="another process"):
        ReviewDesk(folder)
    ReviewDesk(folder).close()


def test_looked_at_without_a_verdict_nothing_is_written(folder):
    names = ("session.json", "alarms.sqlite")
    before = [(folder / name).read_bytes() for name in names]
    ReviewDesk(folder).close()
    assert [(folder / name).read_bytes() for name in names] == before


def test_no_session_is_left_alone(tmp_path):
    with pytest.raises(SessionError, match="holds no session"):
        ReviewDesk(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "f").touch()
    with pytest.raises(SessionError, match="is no folder"):
        ReviewDesk(tmp_path / "f")
