"""The traces frozen and scrolled back."""

import numpy as np
import pytest

from core.types import Chunk
from monitor.views.time_axis import AxisMode
from monitor.views.trace import TraceView
from tests.gui.trace.trace_pictures import SFREQ, between, chunk, picture


@pytest.mark.parametrize("mode", list(AxisMode))
def test_frozen_the_picture_stands_still_while_signal_is_taken_in(view, mode):
    view.set_mode(mode)
    view.add_chunk(chunk(0, 13))
    view.freeze()
    traces = between(view, 0.5, 7).adjusted(0, 0, 0, 200)
    before = picture(view).copy(traces)
    view.add_chunk(chunk(13, 17))
    assert picture(view).copy(traces) == before
    assert view.axis.stop == 13 * SFREQ
    assert view.history_span == (0, 17 * SFREQ)
    view.go_live()
    assert view.axis.stop == 17 * SFREQ
    assert view.axis.mode is mode


def test_going_back_to_live_gives_the_picture_as_if_never_frozen(view, qtbot):
    other = TraceView()
    qtbot.addWidget(other)
    other.resize(view.size())
    other.show()
    for start in range(0, 30, 2):
        for one in (view, other):
            one.add_chunk(chunk(start, start + 2))
        if start == 12:
            view.freeze()
            view.step(-0.5)
            picture(view)
        if start == 24:
            view.go_live()
    assert picture(view) == picture(other)
    other.close()


def test_scrolling_back_shows_what_was_there(view):
    ramp = np.arange(40 * SFREQ, dtype=np.float32) / 50
    view.add_chunk(Chunk(np.tile(ramp, (19, 1)), 0))
    view.go_to(25 * SFREQ)
    assert view.frozen
    assert view.x_of(25 * SFREQ - 1) == view.plot_rect().right()
    page = view._signal.page.values[0]
    kept = np.sort(page[np.isfinite(page)])
    np.testing.assert_allclose(kept[[0, -1]], ramp[[view.axis.start, 25 * SFREQ - 1]], atol=0.06)
    view.step(-100)
    assert view.axis.stop == 10 * SFREQ
    view.step(100)
    assert view.axis.stop == 40 * SFREQ
    assert view.frozen


def test_the_oldest_hour_makes_way_while_frozen(view):
    view.add_chunk(chunk(0, 20))
    view.freeze()
    view.add_chunk(chunk(20, 3700))
    view.step(-0.2)
    assert view.axis.stop - view.axis.n_page == view.history_span[0] == 100 * SFREQ


def test_memory_is_that_of_the_hour(view):
    before = view._signal.history.nbytes
    assert before < 40e6
    for start in range(0, 600, 20):
        view.add_chunk(chunk(start, start + 20))
        view.advance()
    assert view._signal.history.nbytes == before
    assert view._signal.page.nbytes < 500_000
    assert not view._waiting
