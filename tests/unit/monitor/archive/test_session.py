"""The session folder."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import SessionError
from monitor.alarm import Alarm, AlarmState, AlarmStep, Transition
from monitor.archive.lock import is_in_use
from monitor.archive.log import AlarmLog
from monitor.archive.session import (
    LOG_NAME,
    Session,
    check_session_folder,
    default_session_folder,
)
from monitor.archive.verify import verify_session

ROOT = Path(__file__).parents[4]
START = datetime(2026, 1, 2, 3, 4, 5)


def read(folder):
    return json.loads((folder / "session.json").read_text(encoding="utf-8"))


def refusal(folder):
    with pytest.raises(SessionError) as caught:
        Session(folder, {})
    text = str(caught.value)
    assert "\n" not in text
    assert str(folder) in text
    return text


def test_running_then_finished(tmp_path):
    folder = tmp_path / "a" / "b"
    session = Session(folder, {"weights": "UNTRAINED", "name": "Größe"})
    running = read(folder)
    assert running["state"] == "running"
    assert running["weights"] == "UNTRAINED"
    assert "not a certified medical device" in running["notice"]
    assert "ended_utc" not in running
    assert session.log_path == folder / LOG_NAME
    session.finish({"events": [[1.0, 2.0, 0.9]]})
    finished = read(folder)
    assert finished["state"] == "finished"
    assert finished["summary"] == {"events": [[1.0, 2.0, 0.9]]}
    assert finished["name"] == "Größe"
    assert datetime.fromisoformat(finished["ended_utc"]) >= datetime.fromisoformat(
        finished["started_utc"]
    )
    assert sorted(p.name for p in folder.iterdir()) == ["session.json", "session.lock"]
    assert (session.run, session.offset_s, session.before) == (1, 0.0, None)
    assert (session.first_alarm_id, session.first_part) == (1, 1)


def test_failed(tmp_path):
    session = Session(tmp_path / "s", {})
    session.finish({}, state="failed")
    assert read(tmp_path / "s")["state"] == "failed"


def test_a_draft_that_cannot_be_written_leaves_the_old_file_whole(tmp_path):
    session = Session(tmp_path, {})
    (tmp_path / "session.json.part").mkdir()
    with pytest.raises(SessionError, match=r"session\.json: cannot be written"):
        session.finish({"events": []})
    assert read(tmp_path)["state"] == "running"


@pytest.mark.parametrize("name", ["session.json", LOG_NAME])
def test_a_folder_that_holds_a_session(tmp_path, name):
    (tmp_path / name).write_text("mine")
    assert "holds a session already; choose another folder" in refusal(tmp_path)
    assert (tmp_path / name).read_text() == "mine"


def test_a_look_beforehand_makes_nothing(tmp_path):
    check_session_folder(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
    Session(tmp_path / "interrupted", {}).close()
    check_session_folder(tmp_path / "interrupted")
    finished = Session(tmp_path / "finished", {})
    finished.finish({})
    with pytest.raises(SessionError, match="holds a session already; choose another folder"):
        check_session_folder(tmp_path / "finished")
    (tmp_path / "file").write_text("")
    check_session_folder(tmp_path / "file" / "s")  # the session itself says what is wrong


def test_a_folder_with_other_things_is_fine(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    Session(tmp_path, {})
    assert read(tmp_path)["state"] == "running"


def test_under_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be made (Not a directory)" in refusal(tmp_path / "file" / "session")
    assert "cannot be made (File exists)" in refusal(tmp_path / "file")


def test_a_name_too_long(tmp_path):
    assert "cannot be made (File name too long)" in refusal(tmp_path / ("n" * 300))


def test_a_folder_that_may_not_be_looked_into(tmp_path, monkeypatch):
    def deny(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", deny)
    assert "cannot be made (Permission denied)" in refusal(tmp_path / "s")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder no one can write")
def test_read_only():
    assert "cannot be made" in refusal(Path("/proc/self/session"))
    assert "cannot be made" in refusal(Path("/proc/self/fd/99/x"))


def test_default_folder_sorts_by_time_and_has_no_odd_characters():
    now = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    folder = default_session_folder(Path("recordings"), "Bed 3/a:b_eeg", now)
    assert folder == Path("recordings/20260304T050607_Bed-3-a-b_eeg")


def modes(folder):
    return {p.name: p.stat().st_mode & 0o777 for p in folder.iterdir()}


@pytest.mark.parametrize("mask", [0, 0o077, 0o777])
def test_only_its_owner_can_look_into_it(tmp_path, mask):
    before = os.umask(mask)
    try:
        session = Session(tmp_path / "s", {})
        session.finish({})
        session.close()
    finally:
        os.umask(before)
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o700
    assert modes(tmp_path / "s") == {"session.json": 0o600, "session.lock": 0o600}


def test_an_empty_folder_is_made_private_one_with_other_things_is_not(tmp_path):
    for name in ("empty", "shared"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o755)
    (tmp_path / "shared" / "notes.txt").write_text("mine")
    for name, mode in (("empty", 0o700), ("shared", 0o755)):
        Session(tmp_path / name, {}).close()
        assert (tmp_path / name).stat().st_mode & 0o777 == mode


def test_one_process_at_a_time(tmp_path):
    session = Session(tmp_path, {})
    assert "another process is writing to this session" in refusal(tmp_path)
    assert is_in_use(tmp_path)
    session.close()
    assert not is_in_use(tmp_path)
    Session(tmp_path, {}).close()  # it was never finished


def test_another_process_is_told_so_and_killed_it_lets_go(tmp_path):
    program = (
        "import sys; from pathlib import Path; from monitor.archive.session import Session;"
        "s = Session(Path(sys.argv[1]), {}); print('held', flush=True); input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout.readline() == "held\n"
        assert str(tmp_path) in refusal(tmp_path)
        with pytest.raises(SessionError, match="another process"):
            verify_session(tmp_path)
    finally:
        process.kill()
        process.communicate()
    session = Session(tmp_path, {})
    assert session.run == 2
    session.close()


def interrupted(folder, *, state="running", n_alarms=2):
    session = Session(folder, {"weights": "a"}, START)
    log = AlarmLog(session.log_path, session.run)
    log.run_began({"offset_s": session.offset_s, "start_time": START.isoformat()})
    for k in range(1, n_alarms + 1):
        alarm = Alarm(k, 256, 512, 0.9, AlarmState.RAISED, 2560 * k)
        log.record(AlarmStep(Transition.RAISED, alarm, 2560 * k))
    if state == "failed":
        log.run_ended({"state": "failed", "error": "boom"})
        session.finish({}, "failed", log.head)
    log.close()
    session.close()


@pytest.mark.parametrize("state", ["running", "failed"])
def test_taken_up_again(tmp_path, state):
    interrupted(tmp_path, state=state)
    started_utc = read(tmp_path)["started_utc"]
    session = Session(tmp_path, {"weights": "b"}, START)
    assert (session.run, session.offset_s) == (2, 20.0)
    assert session.first_alarm_id == 3
    assert [alarm.alarm_id for alarm in session.before.alarms] == [1, 2]
    told = read(tmp_path)
    assert (told["state"], told["weights"], told["started_utc"]) == ("running", "b", started_utc)
    assert [(run["number"], run["state"]) for run in told["runs"]] == [
        (1, "interrupted" if state == "running" else "failed"), (2, "running"),
    ]  # fmt: skip
    session.finish({})
    session.close()
    assert "holds a session already" in refusal(tmp_path)


def test_where_a_run_begins_on_the_sessions_clock(tmp_path):
    interrupted(tmp_path)
    later = START + timedelta(seconds=3600)
    session = Session(tmp_path, {}, later)
    assert session.offset_s == 3600
    session.close()
    for start_time in (None, later.replace(tzinfo=UTC), START - timedelta(days=1)):
        session = Session(tmp_path, {}, start_time)
        assert session.offset_s == 20.0
        session.close()


def test_killed_before_there_was_a_log(tmp_path):
    Session(tmp_path, {}).close()
    session = Session(tmp_path, {})
    assert (session.run, session.before, session.offset_s) == (2, None, 0.0)
    session.close()
    session.log_path.touch()  # killed while it was made
    session = Session(tmp_path, {})
    assert (session.run, session.before.alarms) == (3, ())
    session.close()


def test_a_log_that_is_gone_or_too_new_is_not_begun_anew(tmp_path):
    interrupted(tmp_path, state="failed")
    with closing(sqlite3.connect(tmp_path / LOG_NAME)) as db:
        db.execute("PRAGMA user_version = 4")
    assert "log of schema version 4" in refusal(tmp_path)
    (tmp_path / LOG_NAME).unlink()
    assert f"{LOG_NAME} is missing" in refusal(tmp_path)
    assert read(tmp_path)["state"] == "failed"
