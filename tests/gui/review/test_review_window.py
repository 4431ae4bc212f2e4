"""The review window: its pages, its list of alarms, its trends."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from core.conditioning import Conditioner
from core.config import Config
from core.io.edf import open_recording
from core.stream import concatenate
from core.types import Chunk
from monitor.views import texts
from tests.gui.review_stage import SFREQ, listed, logged, page_s

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def test_it_opens_on_the_first_alarm_30_s_before_to_60_s_behind_its_onset(stage):
    assert listed(stage) == ["alarm 1", "alarm 2", "alarm 3"]
    assert stage.window.cases.current.subject == "alarm 1"
    # the session's first page is a little longer than that
    assert page_s(stage) == pytest.approx((0.25, 90.25), abs=0.15)


def test_n_and_p_go_to_the_next_and_the_previous_alarm(stage):
    stage.type("nn")
    assert stage.window.cases.current.subject == "alarm 3"
    assert page_s(stage) == pytest.approx((120, 210), abs=1 / SFREQ)
    stage.type("n")
    assert stage.window.cases.current.subject == "alarm 3"
    stage.type("pp")
    assert stage.window.cases.current.subject == "alarm 1"


def test_arrows_and_page_keys_turn_pages(stage):
    begin = page_s(stage)[1]
    stage.press(Qt.Key.Key_PageDown)
    assert page_s(stage)[1] == pytest.approx(begin + 90.35, abs=0.02)
    stage.press(Qt.Key.Key_PageUp)
    stage.press(Qt.Key.Key_Right)
    assert page_s(stage)[1] == pytest.approx(begin + 0.2 * 90.35, abs=0.02)


def test_the_traces_are_what_the_bedside_window_showed(stage, folder, qtbot):
    stage.type("nn")
    qtbot.waitUntil(lambda: stage.has_page, timeout=20_000)
    config = Config()
    with open_recording(folder / "eeg.edf") as recording:
        live = Conditioner(recording.info, config)
        chunks = [c for piece in recording.chunks() for c in live.push(piece)]
        # what the log calls a gap is no gap in the file's samples
        whole = concatenate([c for c in chunks if isinstance(c, Chunk)])
    first, stop = 150 * SFREQ, 180 * SFREQ
    shown = stage.window.pane.recorded.read(first, stop)
    np.testing.assert_allclose(shown.data, whole.data[:, first:stop], atol=0.05)


def test_a_page_of_another_length_keeps_the_onset_at_one_third(stage):
    stage.type("nn")
    stage.window.pane.controls.time_box.setCurrentText("30 s")
    start, stop = page_s(stage)
    assert stop - start == pytest.approx(30, abs=0.2)
    assert start + (stop - start) / 3 == pytest.approx(150, abs=0.1)


def test_filters_of_the_list(stage):
    cases = stage.window.cases
    stage.type("1")
    cases.which_box.setCurrentText("Not reviewed by me")
    assert listed(stage) == ["alarm 2", "alarm 3"]
    cases.which_box.setCurrentText("Reviewed by me")
    assert listed(stage) == ["alarm 1"]
    cases.which_box.setCurrentText("All")
    cases.state_box.setCurrentText("retracted")
    assert listed(stage) == ["alarm 2"]
    cases.state_box.setCurrentIndex(0)
    cases.duration_box.setCurrentText("\u2265 10.0 s")
    assert listed(stage) == ["alarm 1", "alarm 3"]
    cases.peak_box.setCurrentText("peak \u2265 0.95")
    assert listed(stage) == []
    assert cases.count.text() == texts.NO_CASE
    cases.duration_box.setCurrentIndex(0)
    cases.peak_box.setCurrentIndex(0)
    cases.technical_button.click()
    cases.notes_button.click()
    kinds = [case.kind.value for case in cases.listed]
    assert kinds.count("technical") == 2
    assert kinds.count("note") == 2


def test_technical_alarms_can_be_gone_to_but_not_judged(stage, folder):
    cases = stage.window.cases
    cases.technical_button.click()
    row = next(i for i, case in enumerate(cases.listed) if case.text.startswith("O2"))
    cases.view.selectRow(row)
    assert page_s(stage)[0] == pytest.approx(20000 / 256 - 30, abs=1 / SFREQ)
    stage.type("1")
    assert not logged(folder)
    assert stage.trace.edges is None
    assert stage.window.status_line.text() == texts.NO_SUBJECT
    stage.type("n")
    assert stage.window.cases.current.subject == "alarm 2"


def test_trends_of_the_whole_session_and_a_click_jumps_there(stage, qtbot):
    qtbot.waitUntil(lambda: stage.has_trends, timeout=30_000)
    canvas = stage.window.pane.trends.canvas
    bins = canvas.recorder.aeeg["left"].read(0, 60)
    assert np.isfinite(bins).mean() > 0.8
    loud = slice(32 // 4 + 1, 52 // 4)
    assert bins[loud, 1].min() > 1.3 * np.nanmedian(bins[20:37, 1])
    peaks = canvas.recorder.probability_max.read(0, 57)[:, 0]
    assert peaks[10] == pytest.approx(0.9375)
    assert canvas.span.n_bins == 60
    x = canvas.x_of(150 * SFREQ)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(x, 60))
    start, stop = page_s(stage)
    assert start + (stop - start) / 3 == pytest.approx(150, abs=1.0)


def test_the_probability_shows_what_stood_in_an_event(stage):
    values, inside, final = stage.window.pane.probability._recorded.read(28 * SFREQ, 60 * SFREQ)
    assert inside.sum() == pytest.approx(22 * SFREQ, abs=SFREQ)
    assert values[10 * SFREQ] == pytest.approx(0.9375)
    assert final.all()


def test_nothing_of_the_source_is_in_the_window(stage):
    said = " ".join(label.text() for label in stage.window.header.findChildren(QLabel))
    assert "Roe" not in said
    assert texts.NOTICE in said
    assert stage.window.header.untrained_badge.isVisible()


def test_every_key_is_listed_once_and_f1_shows_them(stage):
    keys = [key for action in stage.window.keys.actions for key in action.keys]
    assert len(keys) == len(set(keys))
    stage.press(Qt.Key.Key_F1)
    assert stage.window._key_help.isVisible()
