import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.views.span_index import SpanIndex

spans = st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 300)), max_size=40)


def index(pieces):
    starts = np.array([start for start, _ in pieces], dtype=np.int64)
    stops = np.array([start + length for start, length in pieces], dtype=np.int64)
    return SpanIndex([(s, s + n) for s, n in pieces], starts, stops)


@given(spans, st.integers(-50, 1200), st.integers(1, 200))
def test_it_finds_what_a_search_through_all_finds(pieces, first, length):
    stop = first + length
    expected = [(s, s + n) for s, n in pieces if s < stop and s + n > first]
    found = index(pieces).within(first, stop)
    assert sorted(found) == sorted(expected)
    assert [start for start, _ in found] == sorted(start for start, _ in found)


def test_nothing_is_found_in_nothing():
    assert index([]).within(0, 100) == []
    assert len(index([])) == 0


class Counting(list):
    """Counts how many items are looked at."""

    def __init__(self, items):
        super().__init__(items)
        self.n_looks = 0

    def __getitem__(self, place):
        self.n_looks += 1
        return super().__getitem__(place)


def test_of_ten_thousand_only_the_visible_ones_are_visited():
    many = index([(100 * i, 50) for i in range(10_000)])
    many._items = Counting(many._items)
    assert len(many.within(500_000, 501_000)) == 10
    assert many._items.n_looks == 10
