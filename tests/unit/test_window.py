import numpy as np
import pytest

from core.config import BLOCK_SAMPLES
from core.filters import Reblock
from core.stats import Welford
from core.stream import Chain
from core.types import Chunk, Gap, Window
from core.window import Windower

WINDOW, STRIDE = 15360, 2560


def _signal(n, seed=0, scale=20.0):
    rng = np.random.default_rng(seed)
    return (rng.normal(0, scale, (19, n)) + np.arange(19)[:, None]).astype(np.float32)


def _chain(clip_sigma=10.0):
    return Chain([Reblock(BLOCK_SAMPLES), Windower(WINDOW, STRIDE, clip_sigma)])


def _windows(data, start_sample=0, valid=None):
    chain = _chain()
    return [*chain.push(Chunk(data, start_sample, valid)), *chain.flush()]


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (1, [(0, 1)]),
        (2560, [(0, 2560)]),
        (15359, [(0, 15359)]),
        (15360, [(0, 15360)]),
        (15361, [(0, 15360), (2560, 12801)]),
        (17920, [(0, 15360), (2560, 15360)]),
        (17920 + 777, [(0, 15360), (2560, 15360), (5120, 13577)]),
        (30720, [(k * 2560, 15360) for k in range(7)]),
    ],
)
def test_schedule(n, expected):
    windows = _windows(_signal(n), start_sample=640)
    assert [(w.start_sample - 640, w.n_valid) for w in windows] == expected
    assert all(w.data.shape == (19, WINDOW) and w.data.dtype == np.float32 for w in windows)
    assert windows[-1].start_sample - 640 + windows[-1].n_valid == n  # the tail counts


def test_a_window_fires_with_its_last_sample():
    data = _signal(WINDOW + STRIDE)
    windower = Windower(WINDOW, STRIDE, 10.0)
    fired_at = [
        i + BLOCK_SAMPLES
        for i in range(0, data.shape[1], BLOCK_SAMPLES)
        if windower.push(Chunk(data[:, i : i + BLOCK_SAMPLES], i))
    ]
    assert fired_at == [WINDOW, WINDOW + STRIDE]


def test_each_window_is_normalised_by_all_that_is_known_at_its_last_sample():
    data = _signal(WINDOW + 2 * STRIDE + 500)
    data[:, WINDOW:] *= 3  # the statistics move on
    for window in _windows(data):
        stop = window.start_sample + window.n_valid
        known = data[:, :stop].astype(np.float64)
        z = (known - known.mean(axis=1, keepdims=True)) / known.std(axis=1, keepdims=True)
        expected = np.clip(z[:, window.start_sample :], -10, 10)
        np.testing.assert_allclose(window.data[:, : window.n_valid], expected, atol=2e-6)
        assert not window.data[:, window.n_valid :].any()  # zero-padded on the right


def test_a_later_sample_changes_no_earlier_window():
    data = _signal(WINDOW + STRIDE)
    other = data.copy()
    other[:, WINDOW:] += 1000
    np.testing.assert_array_equal(_windows(data)[0].data, _windows(other)[0].data)


def test_clipping_at_ten_sigma():
    data = _signal(WINDOW, scale=1.0)
    data[3, 100], data[4, 200] = 1e5, -1e5
    (window,) = _windows(data)
    assert window.data[3, 100] == 10
    assert window.data[4, 200] == -10
    assert np.abs(window.data).max() == 10
    assert np.isfinite(window.data).all()


def test_invalid_samples_do_not_enter_the_statistics():
    data = _signal(WINDOW)
    valid = np.ones(data.shape, dtype=np.bool_)
    valid[5, 3000:4000] = False
    spoilt = data.copy()
    spoilt[5, 3000:4000] = 1e5
    clean, window = _windows(data, valid=valid)[0], _windows(spoilt, valid=valid)[0]
    measured = valid[5]
    np.testing.assert_array_equal(window.data[5, measured], clean.data[5, measured])
    assert np.all(window.data[5, ~measured] == 10)


def test_a_silent_channel_is_zero_not_noise():
    data = _signal(WINDOW)
    data[7] = 123.0
    (window,) = _windows(data)
    assert not window.data[7].any()


def test_a_gap_ends_the_segment_and_keeps_the_statistics():
    first, second = _signal(3200, 1), _signal(3200, 2, scale=200.0)
    chain = _chain()
    gap = Gap(3200, 9000)
    out = chain.push(Chunk(first, 0)) + chain.push(gap)
    before, passed_on = out
    assert isinstance(before, Window)
    assert passed_on is gap
    (after,) = chain.push(Chunk(second, 9000)) + chain.flush()
    assert (after.start_sample, after.n_valid) == (9000, 3200)
    known = Welford(19).update(np.concatenate([first, second], axis=1))
    expected = (second - known.mean[:, None]) / known.std[:, None]
    np.testing.assert_allclose(after.data[:, :3200], np.clip(expected, -10, 10), atol=2e-6)
    # reset forgets the statistics as well
    chain.reset()
    (anew,) = chain.push(Chunk(second, 9000)) + chain.flush()
    np.testing.assert_array_equal(anew.data, _windows(second)[0].data)


def test_re_arming_counts_down():
    windower = Windower(WINDOW, STRIDE, 10.0)
    assert windower.samples_to_first_window == WINDOW
    windower.push(Chunk(_signal(32), 0))
    assert windower.samples_to_first_window == WINDOW - 32
    for i in range(32, WINDOW + 64, 32):
        windower.push(Chunk(_signal(32), i))
    assert windower.samples_to_first_window == 0
    windower.push(Gap(WINDOW + 64, 99_999))
    assert windower.samples_to_first_window == WINDOW


def test_wrong_blocks_are_refused():
    windower = Windower(WINDOW, STRIDE, 10.0)
    with pytest.raises(ValueError, match="3 channels, not 19"):
        windower.push(Chunk(np.zeros((3, 32), dtype=np.float32), 0))
    with pytest.raises(ValueError, match="stepped over"):
        windower.push(Chunk(_signal(WINDOW + 1), 0))
