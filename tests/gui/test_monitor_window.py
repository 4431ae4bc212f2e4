import threading
from datetime import datetime

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from core.config import Config
from core.types import Chunk, DetectionStep, Quality, QualityReport
from monitor.alarm import Alarm, AlarmState, AlarmStep, TechnicalAlarm, Transition
from monitor.annunciator import Annunciator
from monitor.orders import Note
from monitor.views import texts
from monitor.views.bridge import MAX_CHUNKS, PipelineBridge
from monitor.views.window import MonitorWindow

RAISED = Alarm(3, 2560, 5120, 0.9, AlarmState.RAISED, 5120)
STEP = DetectionStep(0, np.full(2560, 0.1, np.float32), np.full(2560, 0.2, np.float32))


def board_of(*alarms, faults=()):
    desk = Annunciator()
    for one in alarms:
        desk.seizure(AlarmStep(Transition.RAISED, one, 5120), 0.0)
    for key, text in faults:
        desk.technical([TechnicalAlarm(key, text, True, 0)], 0.0)
    return desk.board


def chunk(start_sample, n_samples=32):
    return Chunk(np.ones((19, n_samples), np.float32), start_sample)


def labels(window):
    return [label.text() for label in window.findChildren(QLabel) if label.isVisible()]


def test_untrained_weights_are_conspicuous_and_no_all_clear_is_given(window):
    assert window.header.untrained_badge.isVisible()
    assert "UNTRAINED" in window.header.untrained_badge.text()
    window.show_step(STEP)
    window.show_arming(0)
    assert window.alarm_panel.banner.sign.title == texts.UNTRAINED


def test_the_notice_stands_once(window):
    assert labels(window).count(texts.NOTICE) == 1


def test_trained_weights_are_named_and_have_no_badge(qtbot, ch_names):
    window = MonitorWindow("a.edf", Config(), ch_names, "vigil-13m 1234", can_pause=False)
    qtbot.addWidget(window)
    window.show()
    assert not window.header.untrained_badge.isVisible()
    assert not window.header.pause_button.isVisible()
    assert "vigil-13m 1234" in labels(window)
    window.show_arming(0)
    assert window.alarm_panel.banner.sign.title == texts.NO_ALARM
    window.close()


def test_times_follow_the_newest_sample(window):
    window.show_chunk(chunk(256 * 3700 - 32))
    assert "01:01:40" in labels(window)
    assert texts.UNKNOWN in labels(window)
    window.show_start_time(datetime(2026, 11, 21, 22, 0, 0))
    assert "23:01:40" in labels(window)


def test_warm_up_and_re_arming_are_counted_down(window):
    sign = window.alarm_panel.banner.sign
    assert (sign.title, sign.detail[:4]) == (texts.WARMING_UP, "60 s")
    window.show_step(STEP)
    assert window.alarm_panel.banner.sign.title == texts.WARMING_UP
    window.show_arming(0)
    window.show_arming(31.5)
    sign = window.alarm_panel.banner.sign
    assert (sign.title, sign.detail[:4]) == (texts.RE_ARMING, "32 s")


def test_quality_reaches_the_electrodes_that_a_source_channel_feeds(qtbot, ch_names, monkeypatch):
    feeds = {"FP1-F7": ("Fp1", "F7"), "EEG T3-REF": ("T3",)}
    window = MonitorWindow("a.edf", Config(), ch_names, "w", electrodes=feeds)
    qtbot.addWidget(window)
    told = []
    monkeypatch.setattr(window.signals, "show_quality", told.append)
    names = ("FP1-F7", "EEG T3-REF", "fz", "ECG")
    flags = (Quality.FLAT, Quality.LOOSE, Quality.RAILED, Quality.LINE_NOISE)
    window.show_quality(QualityReport(0, 256, names, flags))
    shown = {name: flag for name, flag in told[-1].items() if flag}
    expected = {"Fp1": Quality.FLAT, "F7": Quality.FLAT, "T3": Quality.LOOSE, "Fz": Quality.RAILED}
    assert shown == expected
    assert "FP1-F7 (flat)" in window.quality_line.text()
    window.show_quality(QualityReport(256, 512, names, (Quality.GOOD,) * 4))
    assert not any(told[-1].values())
    assert window.quality_line.text() == texts.ALL_CHANNELS_GOOD
    window.close()


@pytest.mark.parametrize("size", [(1600, 900), (1280, 720)])
def test_the_window_fits_common_screens(window, size):
    window.resize(*size)
    assert (window.width(), window.height()) == size
    hint = window.minimumSizeHint()
    assert hint.width() <= 1280
    assert hint.height() <= 720


def test_the_end_is_said_and_pausing_is_over(window):
    window.show_finished("Analysed 00:30:00, 2 events")
    assert window.alarm_panel.banner.sign.title == texts.STOPPED
    assert not window.header.pause_button.isEnabled()
    assert window.status_line.text() == "Analysed 00:30:00, 2 events"


def test_text_from_files_is_never_taken_for_markup(qtbot, ch_names):
    window = MonitorWindow("<b>x</b>.edf", Config(), ch_names, "<i>w</i>")
    qtbot.addWidget(window)
    window.show_status("<u>u</u>")
    for text in ("<b>x</b>.edf", "<i>w</i>", "<u>u</u>"):
        (label,) = [one for one in window.findChildren(QLabel) if one.text() == text]
        assert label.textFormat() is Qt.TextFormat.PlainText
    window.close()


def test_closing_says_so_and_leaves_nothing_running(window, qtbot):
    window.show_alarms((RAISED,))
    with qtbot.waitSignal(window.closed):
        assert window.close()
    assert not window.isVisible()
    window.show_chunk(chunk(0))
    qtbot.wait(1)


def test_the_bridge_carries_messages_from_another_thread_in_order(window, qtbot):
    bridge = PipelineBridge()
    bridge.connect_to(window)
    report = QualityReport(0, 256, ("Fz",), (Quality.FLAT,))

    def pipeline():
        for start in range(0, 2560, 32):
            bridge.chunk.emit(chunk(start))
        bridge.step.emit(STEP)
        bridge.alarms.emit((RAISED,))
        bridge.board.emit(board_of(RAISED, faults=(("gap", "Signal lost"),)))
        bridge.note.emit(Note(0, "turned", datetime(2026, 1, 1), "nurse"))
        bridge.quality.emit(report)
        bridge.arming.emit(0.0)
        bridge.status.emit("analysing")
        bridge.finished.emit("done")

    thread = threading.Thread(target=pipeline)
    thread.start()
    thread.join()
    assert window.alarm_panel.alarm_table.rowCount() == 0  # nothing happens off Qt's thread
    qtbot.waitUntil(lambda: window.status_line.text() == "done", timeout=5000)
    assert window.alarm_panel.alarm_table.rowCount() == 1
    assert window.alarm_panel.technical_table.rowCount() == 1
    assert window.alarm_panel.note_table.rowCount() == 1
    assert "Fz (flat)" in window.quality_line.text()
    assert "00:00:10" in labels(window)


def test_a_screen_that_falls_behind_drops_the_oldest_signal_only(qtbot):
    bridge = PipelineBridge()
    received = []
    bridge._due_chunk.connect(received.append)
    for number in range(MAX_CHUNKS + 100):
        bridge.chunk.emit(chunk(32 * number))
    assert len(bridge._waiting) == MAX_CHUNKS
    qtbot.waitUntil(lambda: len(received) == MAX_CHUNKS, timeout=5000)
    assert received[-1].start_sample == 32 * (MAX_CHUNKS + 99)
    assert not bridge._waiting
