"""The traces as they are drawn: gaps, scales, montages, filters."""

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from core.display_filter import DisplayFilterSettings
from core.stream import split
from core.types import Chunk
from monitor.alarm import AlarmState
from monitor.views import theme
from monitor.views.plot_margins import label_width, pixels_per_mm
from monitor.views.time_axis import AxisMode, TimeBase
from tests.gui.trace.trace_pictures import (
    MONTAGES,
    SFREQ,
    alarm,
    between,
    chunk,
    ink,
    lane,
    picture,
)


def repainted(view) -> QImage:
    """Return the picture after painting every column anew."""
    view._repaint_page()
    return picture(view)


def test_pixels_change_where_a_trace_is_drawn_and_only_there(view):
    assert ink(picture(view), between(view, 0, 7)) == 0
    view.add_chunk(chunk(0, 2))
    after = picture(view)
    for row in range(19):
        assert ink(after, between(view, 0, 2, row)) > 150
    assert ink(after, between(view, 2, 7)) == 0


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
    assert ink(image, between(view, 3.3, 7)) > 300


@pytest.mark.parametrize("mode", list(AxisMode))
@pytest.mark.parametrize("page_s", [3.0, 6.6, 10.0, 60.0])
def test_frame_by_frame_gives_the_picture_of_a_whole_repaint(view, mode, page_s):
    view.set_time_base(TimeBase(page_s=page_s))
    view.set_mode(mode)
    noise = np.random.default_rng(0).normal(0, 60, (19, 24 * SFREQ)).astype(np.float32)
    valid = np.ones(noise.shape, bool)
    valid[4, 500:900] = False
    pieces = list(split([Chunk(noise, 0, valid)], seed=2, max_samples=90))
    alarms = (alarm(1, 3, 5, AlarmState.CONFIRMED), alarm(2, 18, 30, AlarmState.RAISED))
    for i, piece in enumerate(pieces):
        if i in (40, 41, 42):
            continue
        view.add_chunk(piece)
        view.advance()
        if i == 100:
            view.show_events(alarms)
        if i % 37 == 0:
            picture(view)
    piecewise = picture(view)
    assert repainted(view) == piecewise


def test_resizing_paints_the_page_again(view):
    view.add_chunk(chunk(0, 5))
    view.resize(label_width() + 640, 450)
    image = picture(view)
    assert ink(image, between(view, 0, 5)) > 250
    assert ink(image, between(view, 5.2, 6.5)) == 0


def test_another_page_length_is_filled_from_the_history(view):
    view.add_chunk(chunk(0, 30))
    for page_s in (5.0, 20.0):
        view.set_time_base(TimeBase(page_s=page_s))
        assert view.page_s == page_s
        assert ink(picture(view), between(view, 0.6 * page_s, 0.7 * page_s)) > 50


def test_a_time_base_in_millimetres_is_measured_on_the_glass(view):
    view.set_time_base(TimeBase(speed_mm_s=30.0))
    view.add_chunk(chunk(0, 3))
    view.advance()
    second = view.x_of(2 * SFREQ) - view.x_of(SFREQ)
    assert second == pytest.approx(30 * pixels_per_mm(view.screen()), abs=1)
    view.resize(label_width() + 700, 600)
    assert view.x_of(2 * SFREQ) - view.x_of(SFREQ) == pytest.approx(second, abs=1)


@pytest.mark.parametrize("sensitivity_uv_mm", [5.0, 10.0, 20.0])
def test_sensitivity_is_microvolts_to_a_millimetre_and_positive_is_up(view, sensitivity_uv_mm):
    data = np.zeros((19, 512), np.float32)
    data[5] = 30.0
    view.add_chunk(Chunk(data, 0))
    view.set_sensitivity(sensitivity_uv_mm)
    image, centre, x = picture(view), lane(view, 5).center().y(), view.x_of(300)
    colour = QColor(theme.LEFT).rgb()
    rows = [y for y in range(centre - 26, centre + 10) if image.pixel(x, y) == colour]
    expected = 30 / sensitivity_uv_mm * pixels_per_mm(view.screen())
    assert centre - np.mean(rows) == pytest.approx(expected, abs=1.5)


def test_values_that_make_no_sense_are_refused(view):
    with pytest.raises(ValueError, match="positive"):
        view.set_sensitivity(0)


@pytest.mark.parametrize("name", list(MONTAGES))
def test_every_montage_shows_its_rows(view, name):
    view.add_chunk(chunk(0, 3))
    before = picture(view)
    view.set_montage(MONTAGES[name])
    image = picture(view)
    assert (image == before) == (name == "Referential")
    page = view._signal.page
    assert page.n_rows == MONTAGES[name].n_rows
    expected = MONTAGES[name].weights @ np.round(chunk(0, 3).data, 1)
    np.testing.assert_allclose(page.values[:, : 3 * SFREQ], expected, atol=0.3)


def test_filters_change_the_display_and_go_on_live(view):
    offset = Chunk(chunk(0, 6).data + 80, 0)
    view.add_chunk(offset)
    view.set_filters(DisplayFilterSettings(l_freq_hz=1.0))
    view.add_chunk(Chunk(chunk(6, 8).data + 80, 6 * SFREQ))
    picture(view)
    values = view._signal.page.values[:, : 8 * SFREQ]
    assert np.abs(values[:, 4 * SFREQ :].mean(axis=1)).max() < 2
    # no step where the filter went on from the history to live signal
    assert np.abs(np.diff(values[:, 6 * SFREQ - 5 : 6 * SFREQ + 5])).max() < 8
    view.set_filters(DisplayFilterSettings())
    assert view._signal.page.values[:, 100:2000].mean() == pytest.approx(80, abs=2)


def test_samples_that_were_not_measured_are_grey_in_every_row_they_enter(view):
    valid = np.ones((19, 512), bool)
    valid[3, 256:] = False  # P3
    view.add_chunk(chunk(0, 2, valid=valid))
    grey = QColor(theme.INVALID).rgb()

    def is_grey(row):
        image, place = picture(view), between(view, 1, 2, row)
        return any(
            image.pixel(x, y) == grey
            for x in range(place.left(), place.right())
            for y in range(place.top(), place.bottom())
        )

    assert is_grey(3)
    view.set_montage(MONTAGES["Longitudinal bipolar"])
    labels = view.montage.labels
    assert is_grey(labels.index("C3-P3"))
    assert is_grey(labels.index("P3-O1"))
    assert not is_grey(labels.index("P4-O2"))


def test_odd_chunks_do_no_harm(view):
    view.add_chunk(Chunk(np.empty((19, 0), np.float32), 0))
    view.add_chunk(chunk(100, 101))
    view.add_chunk(chunk(50, 51))  # older than what is shown
    view.add_chunk(Chunk(np.full((19, 64), np.nan, np.float32), 101 * SFREQ))
    view.add_chunk(chunk(10_000_000, 10_000_100))
    picture(view)
    assert view.axis.stop == 10_000_100 * SFREQ


def test_overlapping_samples_are_drawn_once(view):
    ramp = np.tile(np.arange(300, dtype=np.float32), (19, 1))
    view.add_chunk(Chunk(ramp[:, :200], 0))
    view.add_chunk(Chunk(-ramp[:, 100:], 100))
    picture(view)
    values = view._signal.page.values[0]
    np.testing.assert_allclose(values[:200], ramp[0, :200], atol=0.06)
    np.testing.assert_allclose(values[200:300], -ramp[0, 200:], atol=0.06)


def test_the_bar_ahead_of_the_newest_sample_is_blank(view):
    view.add_chunk(chunk(0, 10))
    view.add_chunk(chunk(10, 13))
    image = picture(view)
    bar = between(view, 3.02, 3.12)
    assert ink(image, bar) == 0
    bar.moveLeft(bar.left() + 40)
    assert ink(image, bar) > 5


def test_another_theme_paints_everything_anew(view):
    view.add_chunk(chunk(0, 5))
    picture(view)
    theme.use("day")
    view.setStyleSheet("QWidget { font-size: 14px; }")
    day = picture(view)
    theme.use()
    empty = between(view, 5.5, 6.5)
    assert QColor(day.pixel(empty.center())).lightness() > 200
