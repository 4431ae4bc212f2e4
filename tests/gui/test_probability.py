import numpy as np
import pytest

from core.types import DetectionStep
from monitor.views import theme
from monitor.views.probability import ProbabilityView

SFREQ = 256
STRIDE = 10 * SFREQ


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


def colours_at(view, x):
    image = view.grab().toImage()
    return {y: image.pixelColor(x, y).name() for y in range(view.height())}


def test_both_thresholds_are_drawn_at_their_values(view):
    image = view.grab().toImage()
    plot = view.plot_rect()
    for value, colour in ((0.86, theme.ALARM), (0.78, theme.CAUTION)):
        y = view.y_of(value)
        assert y == plot.bottom() - round(value * (plot.height() - 1))
        row = [image.pixelColor(x, y).name() for x in range(plot.left(), plot.right())]
        assert row.count(colour) > plot.width() / 3


def test_final_and_provisional_are_told_apart_at_their_heights(view):
    for k in range(10):
        view.add_step(step(k))
    final = colours_at(view, view.x_of(5 * STRIDE))
    assert final[view.y_of(0.2)] == theme.LEFT
    assert theme.PROVISIONAL not in final.values()
    tail = colours_at(view, view.x_of(12 * STRIDE))
    assert tail[view.y_of(0.5)] == theme.PROVISIONAL
    assert theme.LEFT not in tail.values()


def test_provisional_values_give_way_to_final_ones(view):
    view.add_step(step(0, provisional=0.95))
    view.add_step(step(1, final=0.1))
    column = colours_at(view, view.x_of(STRIDE + STRIDE // 2))
    assert column[view.y_of(0.1)] == theme.LEFT
    assert theme.PROVISIONAL not in column.values()


def test_a_gap_leaves_a_blank(view):
    view.add_step(step(0, n_provisional=0))
    view.add_step(step(5, n_provisional=0))
    assert theme.LEFT in colours_at(view, view.x_of(STRIDE // 2)).values()
    assert theme.LEFT not in colours_at(view, view.x_of(3 * STRIDE)).values()
    assert theme.LEFT in colours_at(view, view.x_of(5 * STRIDE + STRIDE // 2)).values()


def test_the_plot_fills_from_the_left_then_moves(view):
    plot = view.plot_rect()
    assert view.x_of(0) == plot.left()
    for k in range(80):
        view.add_step(step(k, n_provisional=0))
    assert view.x_of(80 * STRIDE) == plot.right() + 1


def test_the_history_is_bounded(view):
    limit = 600 * SFREQ * 4 * 2
    for k in range(400):
        view.add_step(step(k))
    view.add_step(step(10**9))
    assert view.history_nbytes <= limit


def test_empty_and_undefined_values_are_survived(view):
    nothing = np.empty(0, np.float32)
    view.add_step(DetectionStep(0, nothing, nothing))
    view.add_step(DetectionStep(0, np.full(100, np.nan, np.float32), nothing))
    view.grab()
    view.clear()
    view.grab()
