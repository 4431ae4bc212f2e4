"""The session folder."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import SessionError
from monitor.session import LOG_NAME, Session, default_session_folder


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
    assert sorted(p.name for p in folder.iterdir()) == ["session.json"]


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
    assert "session.json: cannot be written" in refusal(Path("/proc/self"))


def test_default_folder_sorts_by_time_and_has_no_odd_characters():
    now = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    folder = default_session_folder(Path("recordings"), "Bed 3/a:b_eeg", now)
    assert folder == Path("recordings/20260304T050607_Bed-3-a-b_eeg")
