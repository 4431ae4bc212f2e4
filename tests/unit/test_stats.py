import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.stats import Welford

fewer = settings(deadline=None, database=None, derandomize=True, max_examples=30)


def _blocks(data, cuts):
    return np.split(data, sorted(cuts), axis=1)


@fewer
@given(
    st.integers(0, 2**31),
    st.lists(st.integers(0, 4000), max_size=30),
    st.sampled_from([-3.0, 40.0, 1e4]),
)
def test_equals_numpy_in_float64(seed, cuts, offset):
    rng = np.random.default_rng(seed)
    data = (offset + rng.normal(0, 30, (4, 4000))).astype(np.float32)
    welford = Welford(4)
    for block in _blocks(data, cuts):
        welford.update(block)
    x = data.astype(np.float64)
    np.testing.assert_array_equal(welford.n, 4000)
    # the mean's error scales with the size of what was summed, not of what cancelled
    np.testing.assert_allclose(welford.mean, x.mean(axis=1), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(welford.std, x.std(axis=1), rtol=1e-12)


@fewer
@given(st.integers(0, 2**31), st.floats(0, 1))
def test_invalid_samples_stay_out(seed, share):
    rng = np.random.default_rng(seed)
    data = rng.normal(10, 20, (3, 960)).astype(np.float32)
    valid = rng.uniform(size=data.shape) < share
    valid[0] = False
    data[~valid] = 1e5
    welford = Welford(3)
    for i in range(0, 960, 32):
        welford.update(data[:, i : i + 32], valid[:, i : i + 32])
    np.testing.assert_array_equal(welford.n, valid.sum(axis=1))
    assert (welford.n[0], welford.mean[0], welford.std[0]) == (0, 0, 0)
    for channel in range(1, 3):
        kept = data[channel, valid[channel]].astype(np.float64)
        if kept.size:
            assert welford.mean[channel] == pytest.approx(kept.mean(), rel=1e-12, abs=1e-11)
            assert welford.std[channel] == pytest.approx(kept.std(), rel=1e-12, abs=1e-11)


def test_a_large_offset_does_not_cancel():
    rng = np.random.default_rng(0)
    small = rng.integers(-4, 5, (2, 256_000)).astype(np.float64)
    data = (small + 1e6).astype(np.float32)  # whole numbers: exact in float32
    welford = Welford(2)
    for i in range(0, data.shape[1], 32):
        welford.update(data[:, i : i + 32])
    np.testing.assert_allclose(welford.mean - 1e6, small.mean(axis=1), atol=1e-9)
    np.testing.assert_allclose(welford.std, small.std(axis=1), rtol=1e-10)


def test_one_pop_marked_invalid_does_not_inflate_the_deviation():
    rng = np.random.default_rng(1)
    data = rng.normal(0, 20, (1, 3200)).astype(np.float32)
    valid = np.ones(data.shape, dtype=np.bool_)
    data[0, 1000:1100] = 1e5
    valid[0, 1000:1100] = False
    assert 15 < Welford(1).update(data, valid).std[0] < 25
    assert Welford(1).update(data).std[0] > 1000


def test_before_the_first_sample_and_after_reset():
    welford = Welford(2)
    assert (welford.mean.tolist(), welford.std.tolist()) == ([0, 0], [0, 0])
    welford.update(np.full((2, 10), 5.0, dtype=np.float32))
    assert (welford.mean.tolist(), welford.std.tolist()) == ([5, 5], [0, 0])
    welford.update(np.empty((2, 0), dtype=np.float32))
    assert welford.n.tolist() == [10, 10]
    welford.reset()
    assert (welford.n.tolist(), welford.mean.tolist()) == ([0, 0], [0, 0])
