import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ring import Ring

fewer = settings(deadline=None, database=None, derandomize=True, max_examples=60)


@fewer
@given(st.integers(1, 20), st.lists(st.integers(0, 50), max_size=12))
def test_holds_the_latest_samples(capacity, sizes):
    ring = Ring(2, capacity)
    written = np.arange(2 * sum(sizes), dtype=np.float32).reshape(2, -1)
    stop = 0
    for size in sizes:
        ring.write(written[:, stop : stop + size])
        stop += size
        assert ring.n_written == stop
        for n in {0, 1, capacity // 2, capacity}:
            if n <= min(stop, capacity):
                np.testing.assert_array_equal(ring.latest(n), written[:, stop - n : stop])


def test_latest_is_a_read_only_view():
    ring = Ring(1, 4)
    ring.write(np.ones((1, 6), dtype=np.float32))
    view = ring.latest(4)
    assert view.base is not None
    with pytest.raises(ValueError, match="read-only"):
        view[0, 0] = 2
    ring.write(np.full((1, 1), 3.0, dtype=np.float32))
    assert ring.latest(2).tolist() == [[1, 3]]


def test_more_than_held_is_refused():
    ring = Ring(1, 4)
    ring.write(np.ones((1, 2), dtype=np.float32))
    with pytest.raises(ValueError, match="3 samples asked for, 2 held"):
        ring.latest(3)
    ring.write(np.ones((1, 20), dtype=np.float32))
    with pytest.raises(ValueError, match="5 samples asked for, 4 held"):
        ring.latest(5)


def test_clear_forgets():
    ring = Ring(1, 4)
    ring.write(np.ones((1, 3), dtype=np.float32))
    ring.clear()
    assert ring.n_written == 0
    with pytest.raises(ValueError, match="0 held"):
        ring.latest(1)
