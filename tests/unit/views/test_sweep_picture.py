import numpy as np
import pytest

from monitor.views.sweep import TracePage
from monitor.views.time_axis import AxisMode, TimeAxis


def page_of(values, n_page=None, mode=AxisMode.SCROLL):
    values = np.atleast_2d(np.asarray(values, np.float32))
    axis = TimeAxis(n_page or values.shape[1] + 2, values.shape[1], mode)
    page = TracePage(len(values), axis.n_page)
    page.write(axis, 0, values)
    return page


def reference(values, column, n_columns):
    """Extremes of a polyline within a pixel column, by brute force."""
    n_page = len(values)
    at = np.linspace(column * n_page / n_columns, (column + 1) * n_page / n_columns, 2001)
    left = np.floor(at).astype(int)
    share = at - left
    line = (1 - share) * values[left % n_page] + share * values[(left + 1) % n_page]
    return line.min(), line.max()


@pytest.mark.parametrize("n_columns", [7, 40, 333])
def test_a_column_spans_what_the_line_covers_in_it(n_columns):
    values = np.random.default_rng(3).normal(0, 10, 100).astype(np.float32)
    page = TracePage(1, 100)
    page.values[0] = values
    low, high, _ = page.extremes(0, n_columns, n_columns)
    for column in range(n_columns):
        expected = reference(values, column, n_columns)
        assert low[0, column] == pytest.approx(expected[0], abs=0.05)
        assert high[0, column] == pytest.approx(expected[1], abs=0.05)


@pytest.mark.parametrize("n_columns", [30, 100, 457])
def test_neighbouring_columns_join(n_columns):
    values = np.random.default_rng(4).normal(0, 10, 98)
    low, high, _ = page_of(values, 100).extremes(0, n_columns, n_columns)
    drawn = ~np.isnan(low[0])
    overlap = np.minimum(high[0, 1:], high[0, :-1]) - np.maximum(low[0, 1:], low[0, :-1])
    assert (overlap[drawn[1:] & drawn[:-1]] >= -1e-4).all()


@pytest.mark.parametrize("n_columns", [30, 100, 457])
@pytest.mark.parametrize("pieces", [1, 7])
def test_any_columns_alone_are_what_they_are_in_the_whole(n_columns, pieces):
    page = page_of(np.random.default_rng(5).normal(0, 10, (3, 97)), 99)
    page.valid[1, 20:30] = False
    whole = page.extremes(0, n_columns, n_columns)
    for first in range(0, n_columns, pieces):
        stop = min(first + pieces, n_columns)
        for part, all_ in zip(page.extremes(first, stop, n_columns), whole, strict=True):
            np.testing.assert_array_equal(part, all_[:, first:stop])


def test_ahead_of_the_newest_sample_there_is_nothing():
    axis = TimeAxis(1000, 0)
    page = TracePage(1, 1000)
    for start in range(0, 2500, 50):
        axis = axis.at(start + 50)
        page.write(axis, start, np.full((1, 50), start, np.float32))
    assert np.isnan(page.values[0, 500:515]).all()
    assert page.values[0, 515] == 1500
    assert page.values[0, 499] == 2450


def test_more_than_a_page_leaves_the_newest_page():
    axis = TimeAxis(100, 350)
    page = TracePage(1, 100)
    page.write(axis, 0, np.arange(350, dtype=np.float32)[None])
    assert page.values[0, 49] == 349
    assert page.values[0, 60] == 260


def test_a_gap_is_not_bridged():
    values = np.full(200, 5.0)
    values[80:120] = np.nan
    low, _, _ = page_of(values, 202).extremes(0, 101, 101)
    assert np.isnan(low[0, 41:59]).all()
    assert not np.isnan(low[0, :39]).any()


def test_a_column_is_measured_where_all_its_samples_are():
    page = page_of(np.zeros(198), 200)
    page.valid[0, 50] = False
    _, _, measured = page.extremes(0, 100, 100)
    assert np.flatnonzero(~measured[0]).tolist() == [25]
