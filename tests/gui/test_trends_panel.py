import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QPushButton

from core.types import Chunk, DetectionStep
from monitor.alarm import Alarm, AlarmState
from monitor.views import texts, theme
from monitor.views.plot_margins import label_width
from monitor.views.time_axis import AxisMode, TimeAxis
from monitor.views.trend_panel import TrendPanel

SFREQ = 256
RNG = np.random.default_rng(0)


@pytest.fixture
def panel(qtbot):
    widget = TrendPanel(0.86)
    qtbot.addWidget(widget)
    widget.resize(label_width() + 900, 420)
    widget.show()
    yield widget
    widget.close()


def noise(start_s, stop_s, amplitude_uv=20.0):
    shape = (19, round((stop_s - start_s) * SFREQ))
    return Chunk(RNG.normal(0, amplitude_uv, shape).astype(np.float32), round(start_s * SFREQ))


def step(start_s, stop_s, value, provisional=0):
    n_samples = round((stop_s - start_s) * SFREQ)
    return DetectionStep(
        round(start_s * SFREQ),
        np.full(n_samples, value, np.float32),
        np.full(provisional, value, np.float32),
    )


def alarm(onset_s, offset_s, state=AlarmState.ENDED):
    return Alarm(1, round(onset_s * SFREQ), round(offset_s * SFREQ), 0.9, state, 0)


def colours(panel, name, moment_s):
    """Return the colours of a row's pixels at a moment, top to bottom."""
    canvas = panel.canvas
    image = canvas.grab().toImage()
    row = canvas._picture.rows[name]
    x = canvas.x_of(round(moment_s * SFREQ))
    return [image.pixelColor(x, y).name() for y in range(row.top, row.stop)]


def test_the_probability_is_as_high_as_it_was(panel):
    panel.canvas.add_step(step(0, 600, 0.3))
    panel.canvas.add_step(step(600, 700, 0.95))
    low, high = (colours(panel, "probability", at) for at in (300, 650))
    assert low.index(theme.LEFT) == pytest.approx(0.7 * len(low), abs=2)
    assert high.index(theme.LEFT) == pytest.approx(0.05 * len(high), abs=2)


def test_what_is_provisional_has_its_own_colour(panel):
    panel.canvas.add_step(step(0, 600, 0.3, provisional=50 * SFREQ))
    assert theme.PROVISIONAL not in colours(panel, "probability", 300)
    assert theme.PROVISIONAL in colours(panel, "probability", 630)
    panel.canvas.add_step(step(600, 700, 0.3))
    assert theme.PROVISIONAL not in colours(panel, "probability", 630)


def test_burden_shows_each_5_min_and_the_last_60(panel):
    panel.canvas.add_chunk(noise(1500, 1504))
    panel.canvas.show_alarms((alarm(300, 450), alarm(1000, 1150, AlarmState.RETRACTED)))
    inside = colours(panel, "burden", 500)
    empty = {theme.PLOT, theme.GRID, theme.CAUTION, theme.TEXT}
    filled = [i for i, colour in enumerate(inside) if colour not in empty]
    # half of 5 min, on an axis of square roots
    assert filled[0] == pytest.approx((1 - np.sqrt(0.5)) * len(inside), abs=2)
    assert set(colours(panel, "burden", 1100)) <= empty
    hour = [colours(panel, "burden", at).index(theme.TEXT) for at in (200, 1400)]
    share = np.sqrt(150 / 3600)
    assert hour[0] - hour[1] == pytest.approx(share * len(inside), abs=1.5)


def test_the_louder_side_stands_higher(panel):
    chunk = noise(0, 400)
    chunk.data[:8] *= 3
    panel.canvas.add_chunk(chunk)
    left = colours(panel, "aeeg left", 200)
    right = colours(panel, "aeeg right", 200)
    assert left.index(theme.LEFT) < right.index(theme.RIGHT) - 5


def test_a_rhythm_is_a_bright_line_in_the_spectra(panel):
    times_s = np.arange(400 * SFREQ) / SFREQ
    chunk = noise(0, 400, 2.0)
    chunk.data[:8] += 60 * np.sin(2 * np.pi * 5 * times_s) * np.linspace(-1, 1, 8)[:, None]
    panel.canvas.add_chunk(Chunk(chunk.data, 0))
    left = [QColor(c).lightness() for c in colours(panel, "spectra left", 200)]
    assert np.argmax(left) == pytest.approx((1 - 5 / 20) * len(left), abs=3)
    assert max(left) > max(QColor(c).lightness() for c in colours(panel, "spectra right", 200)) + 40


def test_a_gap_in_the_signal_is_a_gap_in_the_trends(panel):
    panel.canvas.add_chunk(noise(0, 200))
    panel.canvas.add_chunk(noise(400, 600))
    for name in ("aeeg left", "spectra right"):
        assert set(colours(panel, name, 300)) <= {theme.PLOT, theme.GRID}
        assert len(set(colours(panel, name, 500))) > 1


def test_states_of_alarms_are_bars_above_the_probability(panel):
    panel.canvas.add_chunk(noise(900, 904))
    bars = {}
    for state in AlarmState:
        panel.canvas.show_alarms((alarm(100, 300, state),))
        image = panel.canvas.grab().toImage()
        left, right = (panel.canvas.x_of(s * SFREQ) for s in (110, 290))
        bars[state] = tuple(image.pixelColor(x, 2).name() for x in range(left, right))
    assert len(set(bars.values())) == len(AlarmState)


@pytest.mark.parametrize(("hours", "text"), texts.TREND_SPANS.items())
def test_the_length_is_chosen_by_its_button(panel, qtbot, hours, text):
    (button,) = [b for b in panel.findChildren(QPushButton) if b.text() == text]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert panel.canvas.hours == hours
    assert button.isChecked()
    assert panel.canvas.span.n_bins == round(hours * 900)
    panel.grab()


def test_a_click_names_the_sample_under_it(panel, qtbot):
    panel.canvas.add_chunk(noise(0, 8))
    x = panel.canvas.x_of(600 * SFREQ)
    with qtbot.waitSignal(panel.moment_chosen) as caught:
        qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(x, 40))
    assert caught.args[0] == pytest.approx(600 * SFREQ, abs=2 * SFREQ)
    with qtbot.assertNotEmitted(panel.moment_chosen):
        qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(5, 40))


def test_the_frozen_page_is_framed(panel):
    panel.canvas.add_chunk(noise(0, 8))
    panel.canvas.show_axis(TimeAxis(60 * SFREQ, 660 * SFREQ, AxisMode.SCROLL))
    image = panel.canvas.grab().toImage()
    x = panel.canvas.x_of(600 * SFREQ) - 2
    frame = [image.pixelColor(x + i, 150).name() for i in range(-2, 3)]
    assert theme.CAUTION in frame
    panel.canvas.show_axis(None)
    assert panel.canvas.grab().toImage() != image


def test_an_empty_session_has_empty_trends(panel):
    panel.set_hours(24.0)
    image = panel.grab()
    assert not image.isNull()
