"""The whole pane on real chunks: what the pipeline conditions from a recording."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QWidget

from core.conditioning import Conditioner
from core.config import Config
from core.types import Chunk, DetectionStep, Marker
from monitor.alarm import Alarm, AlarmState
from monitor.sources.replay import ReplaySource
from monitor.views import texts
from monitor.views.keys import KeyTable
from monitor.views.signals import SignalPane
from monitor.views.time_axis import AxisMode

SFREQ = 256
ROOT = Path(__file__).parents[2]
DEMO = ROOT / "recordings" / "demo.edf"


def conditioned(path: Path, seconds: float) -> list[Chunk]:
    source = ReplaySource(path, float("inf"))
    conditioner = Conditioner(source.info, Config())
    chunks = []
    for piece in source.chunks():
        chunks += [item for item in conditioner.push(piece) if isinstance(item, Chunk)]
        if chunks and chunks[-1].stop_sample >= seconds * SFREQ:
            break
    source.close()
    return chunks


@pytest.fixture(scope="module", params=["demo", "real"])
def recording(request) -> list[Chunk]:
    if request.param == "demo":
        return conditioned(DEMO, 120)
    return conditioned(request.getfixturevalue("real_recordings")["chb01"], 120)


@pytest.fixture
def pane(qtbot) -> SignalPane:
    widget = SignalPane(0.86, 0.78)
    qtbot.addWidget(widget)
    widget.resize(1120, 760)
    widget.show()
    qtbot.waitExposed(widget)
    yield widget
    widget.close()


def feed(pane, chunks):
    for chunk in chunks:
        pane.show_chunk(chunk)
    pane.trace.advance()


def alarm(onset_s, offset_s, state):
    return Alarm(1, onset_s * SFREQ, offset_s * SFREQ, 0.9, state, 0)


def traces(pane):
    return pane.trace.grab().toImage()


def test_every_control_changes_the_picture_of_a_recording(pane, recording):
    feed(pane, recording)
    controls = pane.controls
    seen = [traces(pane)]
    for box, choice in (
        (controls.montage_box, "Longitudinal bipolar"),
        (controls.montage_box, "Laplacian"),
        (controls.sensitivity_box, "5 µV/mm"),
        (controls.time_box, "30 s"),
        (controls.time_box, "30 mm/s"),
        (controls.low_cut_box, "LF 5 Hz"),
        (controls.high_cut_box, "HF 15 Hz"),
        (controls.notch_box, "Notch 60 Hz"),
        (controls.mode_box, "Scroll"),
    ):
        assert box.findText(choice) >= 0
        box.setCurrentText(choice)
        seen.append(traces(pane))
        assert seen[-1] != seen[-2], choice
    assert pane.trace.montage.name == "Laplacian"
    assert pane.trace.sensitivity_uv_mm == 5.0


@pytest.mark.parametrize("mode", ["Sweep", "Scroll"])
def test_a_replay_frame_by_frame_equals_a_whole_repaint(pane, recording, mode):
    pane.controls.mode_box.setCurrentText(mode)
    pane.controls.montage_box.setCurrentText("Transverse")
    for i, chunk in enumerate(recording[:250]):
        pane.show_chunk(chunk)
        pane.trace.advance()
        if i % 50 == 0:
            traces(pane)
    before = traces(pane)
    pane.trace._repaint_page()
    assert traces(pane) == before


def test_freeze_scroll_back_and_return_while_signal_comes_in(pane, recording, qtbot):
    half = len(recording) // 2
    feed(pane, recording[:half])
    keys = KeyTable(pane)
    pane.add_keys(keys)
    pane.activateWindow()
    pane.setFocus()
    live = pane.trace.axis.stop
    qtbot.keyClick(pane, Qt.Key.Key_F)
    assert pane.trace.frozen
    assert pane.controls.freeze_button.text() == texts.GO_LIVE
    qtbot.keyClick(pane, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert pane.trace.axis.stop == live - pane.trace.axis.n_page
    shown = pane.trace._signal.page.values.copy()
    feed(pane, recording[half:])
    np.testing.assert_array_equal(pane.trace._signal.page.values, shown)
    assert pane.trace.history_span[1] == recording[-1].stop_sample
    assert pane.scroll_bar.value() == pane.trace.axis.stop
    assert pane.scroll_bar.maximum() == recording[-1].stop_sample
    qtbot.keyClick(pane, Qt.Key.Key_F)
    assert not pane.trace.frozen
    assert pane.trace.axis.stop == recording[-1].stop_sample
    assert pane.trace.axis.mode is AxisMode.SWEEP
    assert {action.group for action in keys.actions} == {texts.GROUP_SIGNAL}


def test_the_probability_stands_below_the_signal_it_belongs_to(pane, recording):
    feed(pane, recording)
    for k in range(10):
        values = np.full(2560, 0.95 if k == 6 else 0.1, np.float32)
        pane.show_step(DetectionStep(k * 2560, values, values[:0]))
    for act in (lambda: None, lambda: pane.jump(66 * SFREQ), pane.trace.go_live):
        act()
        assert pane.probability.axis == pane.trace.axis
        probe = pane.trace.axis.stop - 3 * SFREQ
        assert pane.probability.x_of(probe) == pane.trace.x_of(probe)
        assert pane.probability.plot_rect().width() == pane.trace.plot_rect().width()


def test_an_event_is_shaded_live_and_scrolled_back(pane, recording):
    pane.controls.time_box.setCurrentText("60 s")
    feed(pane, recording)
    plain = traces(pane)
    stop_s = recording[-1].stop_sample // SFREQ
    pane.show_alarms((alarm(stop_s - 30, stop_s - 20, AlarmState.RAISED),))
    raised = traces(pane)
    assert raised != plain
    pane.show_alarms((alarm(stop_s - 30, stop_s - 20, AlarmState.CONFIRMED),))
    assert traces(pane) != raised
    pane.jump((stop_s - 25) * SFREQ)
    x = pane.trace.x_of((stop_s - 25) * SFREQ)
    assert x is not None
    pane.show_markers([Marker((stop_s - 25) * SFREQ, "eyes to the left")])
    pane.show_alarms(())
    traces(pane)


def test_a_click_in_the_trends_leads_there_or_says_why_not(pane, recording, qtbot):
    pane.set_start_time(datetime(2026, 11, 21, 22, 0, 0))
    feed(pane, recording)
    pane.controls.trends_button.click()
    assert pane.trends.isVisible()
    canvas = pane.trends.canvas
    canvas.grab()

    def click(second):
        place = QPoint(canvas.x_of(round(second * SFREQ)), 30)
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place)
        return pane.trends.message.text()

    assert click(60).startswith(texts.shown_from("22:0"))
    assert pane.trace.frozen
    assert pane.trace.axis.start < 60 * SFREQ < pane.trace.axis.stop
    assert click(1500).startswith(texts.not_recorded("22:2"))
    feed(pane, [Chunk(np.zeros((19, 3700 * SFREQ), np.float32), recording[-1].stop_sample)])
    pane.trends.set_hours(2.0)
    assert click(30).startswith(texts.history_ends("22:0"))
    pane.trace.go_live()
    assert pane.trends.message.text() == texts.TREND_HINT


def test_wheel_and_scroll_bar_move_through_the_history(pane, recording):
    feed(pane, recording)
    live = pane.trace.axis.stop
    n_page = pane.trace.axis.n_page
    turned = QWheelEvent(
        QPointF(300, 300),
        QPointF(300, 300),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    pane.wheelEvent(turned)
    assert pane.trace.axis.stop == live - round(0.2 * n_page)
    pane.scroll_bar.triggerAction(pane.scroll_bar.SliderAction.SliderPageStepSub)
    assert pane.trace.axis.stop == live - round(0.2 * n_page) - n_page
    pane.scroll_bar.triggerAction(pane.scroll_bar.SliderAction.SliderToMinimum)
    assert pane.trace.axis.stop == n_page
    assert pane.trace.frozen


def test_montages_of_ones_own_are_offered_and_bad_files_complained_of(pane, tmp_path, qtbot):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('[montage.Temporal]\nchannels = ["F7-T3", "F8-T4"]\n', encoding="utf-8")
    bad.write_text('[montage.x]\nchannels = ["F7-Q1"]\n', encoding="utf-8")
    pane.controls.load_montages(good)
    assert pane.trace.montage.labels == ("F7-T3", "F8-T4")
    with qtbot.waitSignal(pane.complained) as caught:
        pane.controls.load_montages(bad)
    assert "F7-Q1" in caught.args[0]
    assert pane.trace.montage.name == "Temporal"
    names = [pane.controls.montage_box.itemText(i) for i in range(7)]
    for name in names[:6]:
        pane.controls.next_montage()
        assert pane.trace.montage.name == name


def test_ten_thousand_events_cost_no_more_than_the_visible_ones(pane, recording, monkeypatch):
    feed(pane, recording)
    painted = []
    import monitor.views.event_flags as flags

    paint = flags._paint_bar

    def counted(*args):
        painted.append(args)
        paint(*args)

    monkeypatch.setattr(flags, "_paint_bar", counted)
    pane.show_alarms(tuple(alarm(2 * i, 2 * i + 1, AlarmState.ENDED) for i in range(10_000)))
    pane.show_markers([Marker(2 * i * SFREQ, f"{i}") for i in range(10_000)])
    for _ in range(3):
        painted.clear()
        pane.trace.step(-0.2)
        pane.trace.repaint()
        assert 1 <= len(painted) <= 12


def test_switches_leave_the_keyboard_to_the_window(pane):
    focused = [w for w in pane.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.ClickFocus]
    assert pane.controls.freeze_button not in focused
    assert pane.scroll_bar not in focused
