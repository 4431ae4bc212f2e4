"""Windows in use leave nothing of Qt's to Python's garbage collector.

It runs in whatever thread has just made an object, and a widget that another thread than Qt's
destroys takes the program with it.
"""

import gc
from contextlib import contextmanager

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.types import Chunk, DetectionStep
from monitor.alarm import Alarm, AlarmState
from tests.gui.review_stage import ReviewStage
from tests.session_folders import RunOf, Told, make_session

CLOSING = {"Ctrl+Q"}


@contextmanager
def garbage_kept():
    """Yield what the collector finds inside, once the block is left."""
    found: list[object] = []
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
        gc.collect()
        found.extend(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


def of_qt(found):
    return [type(one) for one in found if isinstance(one, QObject)]


def press_every_key(window):
    """Press each key of the window twice; whatever asks a question gets Escape."""
    escape = QTimer()
    escape.timeout.connect(_dismiss)
    escape.start(50)
    for action in window.keys.actions:
        for key in set(action.keys) - CLOSING:
            QTest.keySequence(window, QKeySequence(key))
            QTest.keySequence(window, QKeySequence(key))
    QTest.qWait(200)
    escape.stop()


def _dismiss():
    asking = QApplication.activeModalWidget()
    if asking is not None:
        QTest.keyClick(asking, Qt.Key.Key_Escape)


def test_the_collector_is_watched():
    """A cycle through Qt's objects would be found."""
    with garbage_kept() as found:
        one, other = QObject(), QObject()
        one.other, other.other = other, one
        del one, other
    assert len(of_qt(found)) == 2


def test_the_bedside_window_leaves_none(window):
    rng = np.random.default_rng(0)
    with garbage_kept() as found:
        for second in range(90):
            start = 256 * second
            window.show_chunk(Chunk(rng.normal(0, 20, (19, 256)).astype(np.float32), start))
            values = rng.random(256).astype(np.float32)
            window.show_step(DetectionStep(start, values, values[:0]))
        alarms = [
            Alarm(n, 2560 * n, 2560 * n + 2000, 0.9, AlarmState.ENDED, 2560 * n + 2000)
            for n in range(1, 9)
        ]
        for shown in range(1, 9):
            window.show_alarms(tuple(alarms[:shown]))
        press_every_key(window)
    assert of_qt(found) == []


def test_the_review_window_leaves_none(qtbot, tmp_path):
    alarms = (Told(30.25, 52.5), Told(80, 84))
    stage = ReviewStage(make_session(tmp_path / "night", [RunOf(240, alarms=alarms, parts=(240,))]))
    try:
        qtbot.waitUntil(lambda: stage.has_page and stage.has_trends, timeout=20_000)
        with garbage_kept() as found:
            press_every_key(stage.window)
            stage.window.ask_reviewer()
            QTest.qWait(100)
        assert of_qt(found) == []
    finally:
        stage.close()
