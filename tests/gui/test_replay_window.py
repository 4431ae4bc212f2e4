"""A replay in its window, from the file to the session folder."""

import json
import os
import signal
import sqlite3

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

import monitor.app
from core.config import Config
from core.errors import SignalError
from core.simulate import simulate_recording
from core.types import FloatArray
from monitor.app import SessionOptions
from monitor.orders import Acknowledge
from monitor.replaying import ReplayOptions, replay
from monitor.views.window import MonitorWindow
from tests.monitor_fakes import AmplitudeScorer, BrokenScorer


class BurstScorer(AmplitudeScorer):
    """Certain of a seizure in the second quarter of every window."""

    def predict(self, data: FloatArray) -> FloatArray:
        probabilities = 0 * super().predict(data)
        probabilities[3840:7680] = 1.0
        return probabilities


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "night.edf"
    simulate_recording(path, 75 / 60, 0, seed=3)
    return path


@pytest.fixture
def options(recording, tmp_path, monkeypatch):
    monkeypatch.setattr(monitor.app, "load_engine", lambda *_: BurstScorer())
    session = SessionOptions(Config(), session_folder=tmp_path / "session")
    return ReplayOptions(recording, session, speed=float("inf"))


def _windows() -> list[MonitorWindow]:
    """Windows on screen; those of other tests may still exist, closed."""
    widgets = QApplication.topLevelWidgets()
    return [w for w in widgets if isinstance(w, MonitorWindow) and w.isVisible()]


def _window() -> MonitorWindow:
    (window,) = _windows()
    return window


def _when(condition, act) -> QTimer:
    """Act once, as soon as the window is in the state that is waited for."""
    timer = QTimer()
    timer.setInterval(50)

    def look() -> None:
        if _windows() and condition():
            timer.stop()
            act()

    timer.timeout.connect(look)
    timer.start()
    return timer


def _transitions(folder) -> list[str]:
    db = sqlite3.connect(folder / "alarms.sqlite")
    rows = [row[0] for row in db.execute("SELECT transition FROM alarm_steps ORDER BY id")]
    db.close()
    return rows


def test_an_alarm_is_acknowledged_in_the_window_even_behind_the_end(qapp, options, tmp_path):
    picture = tmp_path / "window.png"
    folder = tmp_path / "session"

    def close() -> None:
        _window().grab().save(str(picture))
        _window().close()

    def acknowledge() -> None:
        _window().ordered.emit(Acknowledge(None, "nurse"))

    timers = [
        _when(lambda: "ended" in _window().status_line.text(), acknowledge),
        _when(lambda: folder.exists() and "acknowledged" in _transitions(folder), close),
    ]
    summary = replay(options)
    assert not any(timer.isActive() for timer in timers)
    assert summary["alarms"]["acknowledged"] == summary["alarms"]["raised"] >= 1
    transitions = _transitions(folder)
    assert transitions[0] == "raised"
    assert transitions[-1] == "acknowledged"
    session = json.loads((folder / "session.json").read_text())
    assert (session["state"], session["weights"]) == ("finished", "UNTRAINED")
    assert picture.stat().st_size > 10_000


def test_the_window_is_destroyed_with_its_session(qapp, options):
    before = QApplication.topLevelWidgets()
    timer = _when(lambda: "ended" in _window().status_line.text(), lambda: _window().close())
    replay(options)
    assert not timer.isActive()
    assert [widget for widget in QApplication.topLevelWidgets() if widget not in before] == []


def test_a_failure_is_shown_and_ends_with_its_error(qapp, options, monkeypatch):
    scorer = BrokenScorer(SignalError("the network broke"), at=0)
    monkeypatch.setattr(monitor.app, "load_engine", lambda *_: scorer)
    shown = []

    def close() -> None:
        shown.append(_window().status_line.text())
        _window().close()

    timer = _when(lambda: "STOPPED" in _window().status_line.text(), close)
    with pytest.raises(SignalError, match="the network broke"):
        replay(options)
    assert not timer.isActive()
    assert shown
    session = json.loads((options.session.session_folder / "session.json").read_text())
    assert session["state"] == "failed"


def test_sigterm_closes_the_window_and_the_session(qapp, options, tmp_path):
    slow = ReplayOptions(options.path, options.session, speed=1)
    timer = _when(lambda: True, lambda: os.kill(os.getpid(), signal.SIGTERM))
    summary = replay(slow)
    assert not timer.isActive()
    assert summary["duration_s"] < 75
    session = json.loads((tmp_path / "session" / "session.json").read_text())
    assert session["state"] == "finished"
