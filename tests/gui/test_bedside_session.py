"""The demo recording in its window, with a stand-in network that sees both of its seizures."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import monitor.app
from core.config import Config
from core.errors import SignalError, VigilError
from monitor.alarm import Alarm
from monitor.app import ScreenOptions, SessionOptions
from monitor.archive.record import SessionRecord
from monitor.archive.session_file import read_description
from monitor.archive.verify import verify_session
from monitor.replaying import ReplayOptions, replay
from monitor.summary_text import print_session
from monitor.views import texts
from monitor.views.window import MonitorWindow
from tests.monitor_fakes import AmplitudeScorer, BrokenScorer

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "recordings" / "demo.edf"
GIVE_UP_S = 40


class Nurse:
    """Waits for what she expects to see, then does the next thing.

    Parameters
    ----------
    plan
        Pairs of a condition on the window and what to do once it holds.
    """

    def __init__(self, *plan) -> None:
        self.plan = list(plan)
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)
        self._timer.start(20)
        self._give_up_at = time.monotonic() + GIVE_UP_S

    def _look(self) -> None:
        shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, MonitorWindow)]
        window = next((w for w in shown if w.isVisible()), None)
        if window is None:
            return
        if not self.plan or time.monotonic() > self._give_up_at:
            self._timer.stop()
            window.close()
            return
        sees, acts = self.plan[0]
        if sees(window):
            self.plan.pop(0)
            acts(window)


def press(key, modifier=Qt.KeyboardModifier.NoModifier):
    return lambda window: QTest.keyClick(window, key, modifier)


def reads(title):
    return lambda window: window.alarm_panel.banner.sign.title == title


def row_texts(table):
    return [table.data(table.index(0, column)) for column in range(table.columnCount())]


def channels(window):
    """What the newest alarm's row says of its channels."""
    table = window.alarm_panel.alarm_table
    (row, *_) = [k for k in range(table.rowCount()) if isinstance(table.row_at(k), Alarm)]
    return table.data(table.index(row, texts.ALARM_COLUMNS.index("Channels")))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "session"


@pytest.fixture
def play(qapp, folder, monkeypatch):
    def start(scorer=None, speed=float("inf"), **screen):
        monkeypatch.setattr(monitor.app, "load_engine", lambda *_: scorer or AmplitudeScorer())
        session = SessionOptions(
            Config(), session_folder=folder, screen=ScreenOptions(**screen)
        )  # fmt: skip
        return replay(ReplayOptions(DEMO, session, speed=speed))

    return start


def logged(folder, query):
    db = sqlite3.connect(folder / "alarms.sqlite")
    rows = db.execute(query).fetchall()
    db.close()
    return rows


def test_a_night_at_the_bedside(play, folder):
    """Latched, paused, noted, acknowledged, and every step of it in the log."""
    note = "eyes turn left"
    nurse = Nurse(
        (reads(texts.SEIZURE_OVER), press(Qt.Key.Key_P)),
        (lambda w: w.board.audio.paused_until_s is not None, press(Qt.Key.Key_P)),
        (lambda w: w.board.audio.paused_until_s is None, press(Qt.Key.Key_M)),
        (lambda w: w.alarm_panel.audio_bar.sign.text == texts.AUDIO_OFF, press(Qt.Key.Key_M)),
        (lambda w: w.board.audio.on, press(Qt.Key.Key_E)),
        (lambda w: w.alarm_panel.note_table.rowCount() == 1, press(Qt.Key.Key_N)),
        (
            lambda w: w.alarm_panel.note_field.hasFocus(),
            lambda w: (
                QTest.keyClicks(w.alarm_panel.note_field, note),
                QTest.keyClick(w.alarm_panel.note_field, Qt.Key.Key_Return),
            ),
        ),
        (
            lambda w: row_texts(w.alarm_panel.note_table)[1] == note,
            press(Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier),
        ),
        (lambda w: w.appearance.palette == "day" and "ended" in w.status_line.text(),
         press(Qt.Key.Key_A)),
        (reads(texts.STOPPED), lambda _: None),
    )  # fmt: skip
    summary = play()
    assert nurse.plan == []
    assert len(summary["events"]) >= 2
    assert summary["alarms"]["acknowledged"] == summary["alarms"]["raised"]
    steps = logged(folder, "SELECT key, transition, priority, who FROM signal_steps ORDER BY id")
    transitions = [step[1] for step in steps]
    for name in ("raised", "latched", "acknowledged", "cleared"):
        assert name in transitions
    who = {step[3] for step in steps if step[0] == "sound"}
    assert [t for k, t, *_ in steps if k == "sound"][-4:] == [
        "audio paused", "audio pause ended", "audio off", "audio on",
    ]  # fmt: skip
    assert who == {step[3] for step in steps if step[1] == "acknowledged"}
    assert "" not in who
    latched = {step[0] for step in steps if step[1] == "latched"}
    assert {step[0] for step in steps if step[1] == "acknowledged"} >= latched
    assert all(step[2] == "high" for step in steps if step[1] == "latched")
    notes = logged(folder, "SELECT text, sample, noted_utc FROM notes ORDER BY id")
    assert [row[0] for row in notes] == [texts.EVENT, note]
    assert all(0 < row[1] <= 540 * 256 and row[2].endswith("+00:00") for row in notes)


def test_monitoring_stopped_is_said_with_light_and_sound(play, folder):
    """What people do then is logged nevertheless, and the session holds."""
    seen = []
    nurse = Nurse(
        (reads(texts.STOPPED), lambda w: seen.append((w.board, w.alarm_panel.banner.sign))),
        (lambda _: True, press(Qt.Key.Key_P)),
        (lambda w: w.board.audio.paused_until_s is not None, press(Qt.Key.Key_A)),
        (lambda w: not w.alarm_panel.banner.sign.flashing, press(Qt.Key.Key_E)),
        (lambda w: w.alarm_panel.note_table.rowCount() == 1, lambda _: None),
    )
    with pytest.raises(SignalError, match="the network broke"):
        play(BrokenScorer(SignalError("the network broke"), at=2))
    assert nurse.plan == []
    board, sign = seen[0]
    assert (board.sounding.name, sign.flashing) == ("HIGH", True)
    assert "the network broke" in sign.detail
    steps = logged(folder, "SELECT key, transition, who FROM signal_steps ORDER BY id")
    about = [step[1:] for step in steps if step[0] == "pipeline"]
    assert [transition for transition, _ in about] == ["raised", "acknowledged"]
    (paused,) = [who for key, transition, who in steps if transition == "audio paused"]
    assert about[1][1] == paused != ""
    assert logged(folder, "SELECT text, who FROM notes") == [(texts.EVENT, paused)]
    assert verify_session(folder).faults == ()


def test_a_picture_after_some_seconds_in_kiosk_mode(play, tmp_path):
    picture = tmp_path / "window.png"
    seen = []
    nurse = Nurse((lambda _: True, lambda w: seen.append(w.isFullScreen())))
    nurse.plan.append((lambda _: False, lambda _: None))
    play(speed=20.0, kiosk=True, screenshot=picture, after_s=1.0)
    nurse._timer.stop()
    assert seen == [True]
    assert picture.stat().st_size > 10_000


def test_a_picture_that_cannot_be_written(play, folder, tmp_path):
    """The session ends as one that failed; its threads are over, and its log is whole."""
    picture = tmp_path / "missing" / "window.png"
    with pytest.raises(VigilError, match="picture cannot be written"):
        play(speed=20.0, screenshot=picture, after_s=0.1)
    assert verify_session(folder).faults == ()
    assert read_description(folder)["state"] == "failed"


def test_from_decision_to_light_and_sound(play, folder, tmp_path, monkeypatch, capsys):
    seen = []
    player = tmp_path / "bin" / "aplay"
    player.parent.mkdir()
    player.write_text("#!/bin/sh\nexit 0\n")
    player.chmod(0o755)
    monkeypatch.setenv("PATH", str(player.parent), prepend=":")
    nurse = Nurse((reads(texts.SEIZURE_OVER), lambda w: seen.append(channels(w))))
    summary = play(speed=60.0)
    assert nurse.plan == []
    assert seen == ["n/a"]  # no network stands behind the stand-in
    delay_s = summary["signal_delay_s"]
    print_session(summary)
    light, sound = (f"{delay_s[f'{kind}_max_s']:.2f} s" for kind in ("light", "sound"))
    told = f"  from decision to light at most {light}, to sound at most {sound}\n"
    assert told in capsys.readouterr().out
    print(delay_s)
    assert delay_s["n"] >= 1
    assert 0 < delay_s["light_median_s"] < 1.0
    assert 0 < delay_s["sound_median_s"] < 1.0
    with SessionRecord(folder) as record:
        rows = [row.body for row in record.rows if row.kind == "delay"]
    for kind in ("light", "sound"):
        values = [row[f"{kind}_s"] for row in rows if row[f"{kind}_s"] is not None]
        assert len(values) >= 1
        assert max(values) == pytest.approx(delay_s[f"{kind}_max_s"], abs=1e-6)
    steps = set(logged(folder, "SELECT key, at_sample FROM signal_steps"))
    assert {(row["key"], row["sample"]) for row in rows if row["condition_s"] is None} <= steps


@pytest.mark.skipif(not shutil.which("Xvfb"), reason="no Xvfb here: only Qt's offscreen platform")
@pytest.mark.skipif("VIGIL_UNDER_XVFB" in os.environ, reason="under Xvfb already")
def test_the_same_on_a_real_x_server(tmp_path):
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"],
        pass_fds=[write], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        number = os.read(read, 16).decode().strip()
        here = [__file__, str(Path(__file__).with_name("test_window_keys.py"))]
        environment = os.environ | {
            "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb", "VIGIL_UNDER_XVFB": "1",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", *here],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        server.terminate()
        server.wait()
