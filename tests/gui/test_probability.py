import numpy as np
import pytest
from PySide6.QtGui import QColor

from core.types import DetectionStep
from monitor.views import theme
from monitor.views.probability import ProbabilityView
from monitor.views.time_axis import AxisMode, TimeAxis

SFREQ = 256
STRIDE = 10 * SFREQ
PAGE = 60 * SFREQ
NOTHING = np.empty(0, np.float32)


@pytest.fixture
def view(qtbot):
    widget = ProbabilityView(0.86, 0.78)
    qtbot.addWidget(widget)
    widget.resize(1000, 200)
    widget.show()
    yield widget
    widget.close()


def step(k, final=0.2, provisional=0.5, n_provisional=5 * STRIDE):
    return DetectionStep(
        k * STRIDE,
        np.full(STRIDE, final, np.float32),
        np.full(n_provisional, provisional, np.float32),
    )


def column(view, x):
    image = view.grab().toImage()
    return {y: image.pixelColor(x, y).name() for y in range(view.height())}


def share_of(view, y, colour, left=0.0, right=1.0):
    image, plot = view.grab().toImage(), view.plot_rect()
    xs = range(plot.left() + int(left * plot.width()), plot.left() + int(right * plot.width()))
    return np.mean([image.pixelColor(x, y).name() == colour for x in xs])


def test_out_of_events_the_upper_threshold_is_the_bright_one(view):
    view.show_axis(TimeAxis(PAGE, PAGE, AxisMode.SCROLL))
    assert share_of(view, view.y_of(0.86), theme.ALARM) > 0.95
    assert 0.1 < share_of(view, view.y_of(0.78), theme.CAUTION) < 0.5


def test_inside_an_event_the_lower_threshold_is_the_bright_one_and_the_curve_is_filled(view):
    for k, final in enumerate((0.2, 0.2, 0.95, 0.82, 0.82, 0.2)):
        view.add_step(step(k, final, n_provisional=0))
    view.show_axis(TimeAxis(PAGE, PAGE, AxisMode.SCROLL))
    assert share_of(view, view.y_of(0.78), theme.CAUTION, 0.36, 0.8) > 0.9
    assert share_of(view, view.y_of(0.86), theme.ALARM, 0.55, 0.8) < 0.5
    inside = column(view, view.x_of(3 * STRIDE + 900))
    outside = column(view, view.x_of(STRIDE + 900))
    y = view.y_of(0.80)
    assert inside[y] != outside[y]
    assert QColor(inside[y]).red() > 100


def test_final_and_provisional_are_told_apart_at_their_heights_and_by_their_grounds(view):
    for k in range(4):
        view.add_step(step(k, n_provisional=STRIDE))
    view.show_axis(TimeAxis(PAGE, 5 * STRIDE + 200, AxisMode.SCROLL))
    final = column(view, view.x_of(2 * STRIDE))
    assert final[view.y_of(0.2)] == theme.LEFT
    assert theme.PROVISIONAL not in final.values()
    tails = [column(view, view.x_of(4 * STRIDE + 900) + i) for i in range(6)]
    assert tails[0][view.y_of(0.5)] == theme.PROVISIONAL
    assert theme.LEFT not in tails[0].values()
    y = view.y_of(0.3)
    assert theme.PLOT not in {tail[y] for tail in tails}
    assert len({tail[y] for tail in tails}) == 2


def test_provisional_values_give_way_to_final_ones(view):
    view.show_axis(TimeAxis(PAGE, PAGE // 2))
    view.add_step(step(0, provisional=0.95))
    view.add_step(step(1, final=0.1))
    seen = column(view, view.x_of(STRIDE + STRIDE // 2))
    assert seen[view.y_of(0.1)] == theme.LEFT
    assert theme.PROVISIONAL not in seen.values()


def test_a_gap_leaves_a_blank(view):
    view.show_axis(TimeAxis(PAGE, PAGE - 2000))
    view.add_step(step(0, n_provisional=0))
    view.add_step(step(4, n_provisional=0))
    assert theme.LEFT in column(view, view.x_of(STRIDE // 2)).values()
    assert theme.LEFT not in column(view, view.x_of(3 * STRIDE)).values()
    assert theme.LEFT in column(view, view.x_of(4 * STRIDE + STRIDE // 2)).values()


@pytest.mark.parametrize("mode", list(AxisMode))
def test_following_the_traces_gives_the_picture_of_a_whole_repaint(view, mode):
    values = np.random.default_rng(1).random(9 * STRIDE).astype(np.float32)
    axis = TimeAxis(PAGE, 0, mode)
    for stop in range(0, 9 * STRIDE, 61):
        if stop % STRIDE < 61 and stop >= 2 * STRIDE:
            k = stop // STRIDE - 2
            tail = values[(k + 1) * STRIDE : (k + 2) * STRIDE]
            view.add_step(DetectionStep(k * STRIDE, values[k * STRIDE : (k + 1) * STRIDE], tail))
        view.show_axis(axis.at(stop))
        if stop % 977 == 0:
            view.grab()
    piecewise = view.grab().toImage()
    view.reload()
    assert view.grab().toImage() == piecewise


def test_a_page_that_was_scrolled_to_shows_its_own_probabilities(view):
    for k in range(30):
        view.add_step(step(k, final=k / 30, n_provisional=0))
    view.show_axis(TimeAxis(PAGE, 12 * STRIDE, AxisMode.SCROLL))
    seen = column(view, view.x_of(11 * STRIDE + 900))
    assert seen[view.y_of(11 / 30)] == theme.LEFT


def test_the_history_is_bounded(view):
    before = view.history_nbytes
    for k in range(400):
        view.add_step(step(k))
    view.add_step(step(10**6))
    assert view.history_nbytes <= before + 5 * STRIDE * 5


def test_empty_and_undefined_values_are_survived(view):
    view.add_step(DetectionStep(0, NOTHING, NOTHING))
    view.add_step(DetectionStep(0, np.full(100, np.nan, np.float32), NOTHING))
    view.show_axis(TimeAxis(PAGE, 100))
    view.grab()
