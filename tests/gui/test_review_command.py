"""``vigil review`` as it is called: pictures, and one clear line for each fault."""

import os
import sqlite3
import subprocess
import sys

import pytest
from PySide6.QtGui import QImage

from core.errors import VigilError
from monitor import reviewing
from monitor.archive.lock import SessionLock
from tests.session_folders import RunOf, make_session

PROGRAM = "from monitor.cli import main; main()"


def review(*arguments):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, "review", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        check=False,
    )


def assert_refused(done, *words):
    assert done.returncode == 1, done.stderr
    lines = [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("vigil: ")
    for word in words:
        assert word in lines[0]
    assert done.stdout == ""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_session(tmp_path_factory.mktemp("review") / "night", [RunOf()])


def test_a_picture_of_a_session(folder, tmp_path):
    done = review(folder, "--reviewer", "RK", "--screenshot", tmp_path / "a.png", "--after", 1)
    assert done.returncode == 0, done.stderr
    picture = QImage(str(tmp_path / "a.png"))
    assert picture.width() > 600


def test_a_folder_that_is_no_session(tmp_path):
    assert_refused(review(tmp_path), str(tmp_path))
    assert list(tmp_path.iterdir()) == [], "nothing is made in it"
    assert_refused(review(tmp_path / "nowhere"), "nowhere")


def test_an_empty_reviewer(folder):
    assert_refused(review(folder, "--reviewer", "  "), "reviewer", "empty")


def test_a_picture_inside_the_session(folder):
    done = review(folder, "--reviewer", "RK", "--screenshot", folder / "a.png")
    assert_refused(done, "a.png: lies inside the session")
    assert not (folder / "a.png").exists()


def test_no_display(folder, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(VigilError, match="no display found; set DISPLAY"):
        reviewing.review(reviewing.ReviewOptions(folder))


def test_a_session_in_use(folder):
    lock = SessionLock(folder)
    try:
        assert_refused(review(folder, "--reviewer", "RK"), str(folder), "another process")
    finally:
        lock.close()


def test_a_newer_schema(tmp_path):
    folder = make_session(tmp_path / "night", [RunOf()])
    with sqlite3.connect(folder / "alarms.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    assert_refused(review(folder, "--reviewer", "RK"), "99")


def test_settings_this_program_does_not_know(tmp_path):
    folder = make_session(tmp_path / "night", [RunOf()])
    path = folder / "session.json"
    path.write_text(path.read_text().replace('"clip_sigma"', '"clip_sigmas"'))
    assert_refused(review(folder, "--reviewer", "RK"), "session.json", "normalisation")


def test_a_picture_that_cannot_be_written(folder, tmp_path):
    target = tmp_path / "no" / "a.png"
    done = review(folder, "--reviewer", "RK", "--screenshot", target, "--after", 0)
    assert_refused(done, str(target))
