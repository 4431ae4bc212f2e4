import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage

from core.types import Chunk, Quality
from monitor.views import theme
from monitor.views.sweep import SweepHistory
from monitor.views.trace import LABEL_WIDTH, TraceView

SFREQ = 256
EMPTY = {QColor(theme.PLOT).rgb(), QColor(theme.GRID).rgb()}


@pytest.fixture
def view(qtbot, ch_names):
    widget = TraceView(ch_names)
    qtbot.addWidget(widget)
    widget.resize(LABEL_WIDTH + 1000, 600)
    widget.show()
    yield widget
    widget.close()


def chunk(start_s, stop_s, amplitude_uv=50.0, valid=None):
    sample = np.arange(round(start_s * SFREQ), round(stop_s * SFREQ))
    wave = amplitude_uv * np.sin(2 * np.pi * 3 * sample / SFREQ)
    return Chunk(np.tile(wave, (19, 1)).astype(np.float32), int(sample[0]), valid)


def picture(view) -> QImage:
    return view.grab().toImage()


def ink(image: QImage, place: QRect) -> int:
    """Count the pixels that belong to a trace."""
    return sum(
        image.pixel(x, y) not in EMPTY
        for x in range(place.left(), place.right() + 1)
        for y in range(place.top(), place.bottom() + 1)
    )


def between(view, start_s, stop_s, row=3) -> QRect:
    place = view.lane_rect(row)
    place.setLeft(view.column_of(round(start_s * SFREQ)) + 2)
    place.setRight(view.column_of(round(stop_s * SFREQ)) - 2)
    return place


def test_pixels_change_where_a_trace_is_drawn_and_only_there(view):
    before = picture(view)
    assert ink(before, between(view, 0, 9.9)) == 0
    view.add_chunk(chunk(0, 2))
    after = picture(view)
    for row in range(19):
        assert ink(after, between(view, 0, 2, row)) > 150
    assert ink(after, between(view, 2, 9.9)) == 0


def test_a_gap_leaves_a_blank_and_the_trace_goes_on_behind_it(view):
    view.add_chunk(chunk(0, 2))
    view.add_chunk(chunk(4, 6))
    image = picture(view)
    assert ink(image, between(view, 0, 2)) > 150
    assert ink(image, between(view, 2, 4)) == 0
    assert ink(image, between(view, 4, 6)) > 150


def test_a_gap_blanks_what_the_sweep_before_left_there(view):
    view.add_chunk(chunk(0, 10))
    picture(view)
    view.add_chunk(chunk(12, 13))
    image = picture(view)
    assert ink(image, between(view, 0, 2)) == 0
    assert ink(image, between(view, 2, 3)) > 60
    assert ink(image, between(view, 3.3, 9.7)) > 400


def test_chunk_by_chunk_gives_the_picture_that_a_repaint_gives(view):
    for start in range(14 * 8):
        view.add_chunk(chunk(start / 8, (start + 1) / 8, 40 + start))
        if start % 5 == 0:
            picture(view)
    piecewise = picture(view)
    view.set_sensitivity(view.sensitivity_uv)
    assert picture(view) == piecewise


def test_resizing_paints_the_page_again(view):
    view.add_chunk(chunk(0, 5))
    view.resize(LABEL_WIDTH + 640, 450)
    image = picture(view)
    assert ink(image, between(view, 0, 5)) > 250
    assert ink(image, between(view, 5.2, 9.9)) == 0


def test_another_page_keeps_the_newest_samples(view):
    view.add_chunk(chunk(0, 9))
    view.set_page(5.0)
    image = picture(view)
    assert ink(image, between(view, 0, 3.9)) > 250
    view.set_page(20.0)
    assert ink(picture(view), between(view, 5, 9)) > 100


def test_sensitivity_scales_the_deflection_and_positive_is_up(view):
    view.add_chunk(Chunk(np.full((19, 512), 40.0, np.float32), 0))
    lane = view.lane_rect(5)
    x = view.column_of(256)

    def height_of_line():
        image = picture(view)
        rows = [y for y in range(lane.top(), lane.bottom()) if image.pixel(x, y) not in EMPTY]
        return lane.center().y() - np.mean(rows)

    view.set_sensitivity(200.0)
    assert height_of_line() == pytest.approx(40 / 200 * lane.height(), abs=1.5)
    view.set_sensitivity(100.0)
    assert height_of_line() == pytest.approx(40 / 100 * lane.height(), abs=1.5)


def test_samples_that_were_not_measured_are_grey(view):
    valid = np.ones((19, 512), np.bool_)
    valid[3, 256:] = False
    view.add_chunk(chunk(0, 2, valid=valid))
    image = picture(view)
    grey = QColor(theme.INVALID).rgb()
    place = between(view, 1, 2)
    assert any(
        image.pixel(x, y) == grey
        for x in range(place.left(), place.right())
        for y in range(place.top(), place.bottom())
    )
    assert QColor(theme.LEFT).rgb() != grey


def test_a_bad_channel_is_marked_at_its_name_and_cleared_again(view):
    view.add_chunk(chunk(0, 1))
    clean = picture(view)
    view.show_quality({"T3": Quality.FLAT, "unknown": Quality.FLAT})
    marked = picture(view)
    lane = view.lane_rect(5)
    yellow = QColor(theme.CAUTION).rgb()
    assert marked.pixel(44, lane.center().y() - 7) == yellow
    other = view.lane_rect(6)
    assert marked.pixel(44, other.center().y() - 7) != yellow
    view.show_quality({"T3": Quality.GOOD})
    assert picture(view) == clean


def test_the_memory_of_the_page_is_bounded(view):
    before = view.history_nbytes
    for start in range(0, 600, 20):
        view.add_chunk(chunk(start, start + 20))
    assert view.history_nbytes == before


def test_odd_chunks_do_no_harm(view):
    view.add_chunk(Chunk(np.empty((19, 0), np.float32), 0))
    view.add_chunk(chunk(100, 101))
    view.add_chunk(chunk(50, 51))  # older than what is shown
    view.add_chunk(Chunk(np.full((19, 64), np.nan, np.float32), 101 * SFREQ))
    view.add_chunk(chunk(10_000_000, 10_000_100))
    picture(view)
    with pytest.raises(ValueError, match="positive"):
        view.set_sensitivity(0)
    with pytest.raises(ValueError, match="positive"):
        view.set_page(0)


def test_overlapping_samples_are_drawn_once():
    history = SweepHistory(1, 1000)
    ramp = np.arange(300, dtype=np.float32)[None]
    history.write(Chunk(ramp[:, :200], 0))
    history.write(Chunk(-ramp[:, 100:], 100))
    np.testing.assert_array_equal(history.values[0, :200], ramp[0, :200])
    np.testing.assert_array_equal(history.values[0, 200:300], -ramp[0, 200:])


def test_the_bar_ahead_of_the_newest_sample_is_blank(view):
    view.add_chunk(chunk(0, 10))
    view.add_chunk(chunk(10, 13))
    image = picture(view)
    bar = view.lane_rect(3)
    bar.setLeft(view.column_of(13 * SFREQ) + 2)
    bar.setWidth(10)
    assert ink(image, bar) == 0
    bar.moveLeft(bar.left() + 40)
    assert ink(image, bar) > 5
