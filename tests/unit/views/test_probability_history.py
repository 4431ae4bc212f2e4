import numpy as np
import pytest

from core.events import Hysteresis
from core.types import DetectionStep
from monitor.views.probability_history import ProbabilityHistory

SFREQ = 256
STRIDE = 2560
RNG = np.random.default_rng(9)


def history(kept_s=3600.0):
    return ProbabilityHistory(0.86, 0.78, SFREQ, kept_s)


def step(k, final, provisional=(), segment_end=False):
    return DetectionStep(
        k * STRIDE,
        np.full(STRIDE, final, np.float32),
        np.asarray(provisional, np.float32),
        segment_end=segment_end,
    )


def test_events_are_where_the_detector_has_them():
    values = np.clip(0.8 + np.cumsum(RNG.normal(0, 0.01, 12 * STRIDE)), 0, 1).astype(np.float32)
    values[5000:9000] = 0.95
    kept = history()
    for k in range(10):
        final = values[k * STRIDE : (k + 1) * STRIDE]
        kept.add_step(DetectionStep(k * STRIDE, final, values[(k + 1) * STRIDE : (k + 3) * STRIDE]))
    read, inside, final = kept.read(0, 12 * STRIDE)
    np.testing.assert_array_equal(read, values)
    np.testing.assert_array_equal(inside, Hysteresis(0.86, 0.78).push(values)[0])
    assert final.sum() == 10 * STRIDE
    assert inside.any()


def test_provisional_values_give_way_and_do_not_disturb_the_state():
    kept = history()
    kept.add_step(step(0, 0.1, [0.95] * STRIDE))
    assert kept.read(STRIDE, 2 * STRIDE)[1].all()
    kept.add_step(step(1, 0.8))
    values, inside, final = kept.read(STRIDE, 2 * STRIDE)
    np.testing.assert_allclose(values, 0.8)
    assert not inside.any()
    assert final.all()


def test_a_gap_and_the_end_of_a_segment_close_the_event():
    kept = history()
    kept.add_step(step(0, 0.95))
    kept.add_step(step(3, 0.8))
    values, inside, _ = kept.read(0, 4 * STRIDE)
    assert np.isnan(values[STRIDE : 3 * STRIDE]).all()
    assert inside[:STRIDE].all()
    assert not inside[STRIDE:].any()
    kept.add_step(step(4, 0.95, segment_end=True))
    kept.add_step(step(5, 0.8))
    assert not kept.read(5 * STRIDE, 6 * STRIDE)[1].any()


def test_only_the_newest_are_kept_in_bounded_memory():
    kept = history(60.0)
    before = kept.nbytes
    for k in range(40):
        kept.add_step(step(k, k / 100))
    kept.add_step(step(10**6, 0.5))
    assert kept.nbytes == before
    assert np.isnan(kept.read(0, STRIDE)[0]).all()
    values = kept.read(10**6 * STRIDE - 10, 10**6 * STRIDE + 10)[0]
    assert np.isnan(values[:10]).all()
    assert values[10:] == pytest.approx(0.5)


def test_samples_that_came_before_are_taken_once():
    kept = history()
    kept.add_step(DetectionStep(0, np.full(300, 0.1, np.float32), np.empty(0, np.float32)))
    kept.add_step(DetectionStep(200, np.full(300, 0.9, np.float32), np.empty(0, np.float32)))
    values = kept.read(0, 500)[0]
    np.testing.assert_allclose(values[:300], 0.1)
    np.testing.assert_allclose(values[300:], 0.9)
