import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.views.time_axis import AxisMode, TimeAxis, TimeBase

modes = st.sampled_from(AxisMode)
pages = st.integers(16, 4000)
stops = st.integers(0, 200_000)
widths = st.integers(300, 1600)


def seen(axis, width):
    return range(axis.start, axis.stop)


@given(pages, stops, modes, widths)
def test_every_sample_on_the_page_has_its_column(n_page, stop, mode, width):
    axis = TimeAxis(n_page, stop, mode)
    for sample in (axis.start, (axis.start + axis.stop) // 2, axis.stop - 1):
        ((left, right),) = axis.spans(sample, sample + 1, width)
        assert 0 <= left < right <= width
        assert axis.cells(sample, sample + 1, width) == [
            ((left + axis.turn(width)) % width, (left + axis.turn(width)) % width + 1)
        ]


@given(pages, stops, widths)
def test_scrolling_puts_time_from_left_to_right(n_page, stop, width):
    axis = TimeAxis(n_page, stop, AxisMode.SCROLL)
    places = [axis.spans(s, s + 1, width)[0][0] for s in range(axis.start, axis.stop, 7)]
    assert places == sorted(places)
    assert axis.spans(stop - 1, stop, width) == [(width - 1, width)]


@given(pages, stops, modes, widths)
def test_what_is_not_on_the_page_has_no_place(n_page, stop, mode, width):
    axis = TimeAxis(n_page, stop, mode)
    assert axis.spans(axis.stop, axis.stop + 10, width) == []
    assert axis.spans(axis.start - 10, axis.start, width) == []


@given(stops, modes, widths)
def test_a_column_leads_back_to_its_sample(stop, mode, width):
    axis = TimeAxis(3000, stop, mode)
    for sample in range(axis.start, axis.stop, 97):
        x = axis.spans(sample, sample + 1, width)[0][0]
        assert abs(axis.sample_at(x, width) - sample) <= 3000 / width + 1


def test_a_sweep_wraps_into_two_pieces():
    axis = TimeAxis(1000, 1300)
    assert axis.spans(900, 1100, 500) == [(450, 500), (0, 50)]
    assert TimeAxis(1000, 1300, AxisMode.SCROLL).spans(900, 1100, 500) == [(300, 400)]


def test_due_columns_reach_to_the_neighbouring_samples():
    axis = TimeAxis(100, 250)
    assert axis.due(20, 25, 400) == [(76, 101)]
    assert axis.due(0, 5, 400) == [(396, 400), (0, 21)]
    assert axis.due(0, 1000, 400) == [(0, 400)]
    assert axis.cells(7, 7, 400) == []


def test_a_time_base_is_seconds_or_millimetres_a_second():
    assert TimeBase(page_s=10).n_samples(300.0, 256.0) == 2560
    assert TimeBase(speed_mm_s=30).n_samples(300.0, 256.0) == 2560
    assert TimeBase(page_s=0.001).n_samples(300.0, 256.0) == 16
    for wrong in ({}, {"page_s": 5, "speed_mm_s": 30}, {"page_s": 0}, {"speed_mm_s": -1}):
        with pytest.raises(ValueError, match="one positive number"):
            TimeBase(**wrong)
