import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.stitch import Stitcher
from core.types import Probabilities

WINDOW, STRIDE = 600, 100
fewer = settings(deadline=None, database=None, derandomize=True, max_examples=40)


def _votes(n_samples, seed, skipped=()):
    """Windows over a recording as the Windower places them."""
    rng = np.random.default_rng(seed)
    starts = [k * STRIDE for k in range(max(1, -(-(n_samples - WINDOW) // STRIDE) + 1))]
    return [
        Probabilities(
            None if k in skipped else rng.uniform(size=WINDOW).astype(np.float32),
            start,
            min(WINDOW, n_samples - start),
        )
        for k, start in enumerate(starts)
    ]


def _mean_of_votes(windows, stop):
    """Brute force: the mean over all windows that cover a sample."""
    mean, n_votes = np.zeros(stop), np.zeros(stop, dtype=int)
    for sample in range(stop):
        votes = [
            float(w.values[sample - w.start_sample])
            for w in windows
            if w.values is not None and 0 <= sample - w.start_sample < w.n_valid
        ]
        n_votes[sample] = len(votes)
        mean[sample] = np.mean(votes) if votes else 0.0
    return mean, n_votes


@fewer
@given(st.integers(1, 2500), st.integers(0, 99), st.sets(st.integers(0, 20), max_size=6))
def test_plain_mean_of_the_covering_windows(n_samples, seed, skipped):
    windows = _votes(n_samples, seed, skipped)
    stitcher = Stitcher(WINDOW, STRIDE)
    steps = [step for window in windows for step in stitcher.push(window)] + stitcher.flush()
    final = np.concatenate([step.final for step in steps])
    expected, n_votes = _mean_of_votes(windows, n_samples)
    assert final.size == n_samples
    np.testing.assert_allclose(final, expected, atol=1e-6)
    assert sum(step.unscored_samples for step in steps) == np.count_nonzero(n_votes == 0)


def test_provisional_is_the_mean_of_the_votes_so_far():
    windows = _votes(1450, 3, skipped={2})
    stitcher = Stitcher(WINDOW, STRIDE)
    for k, window in enumerate(windows):
        (step,) = stitcher.push(window)
        assert step.start_sample == k * STRIDE
        assert len(step.final) == STRIDE  # samples before stride * (k + 1) are final
        known = np.concatenate([step.final, step.provisional])
        stop = window.start_sample + window.n_valid
        expected, _ = _mean_of_votes(windows[: k + 1], stop)
        np.testing.assert_allclose(known, expected[k * STRIDE :], atol=1e-6)


def test_final_never_changes():
    windows = _votes(1450, 4)
    stitcher = Stitcher(WINDOW, STRIDE)
    (first,) = stitcher.push(windows[0])
    copy = first.final.copy()
    for window in windows[1:]:
        stitcher.push(window)
    np.testing.assert_array_equal(first.final, copy)


def test_padded_samples_never_count():
    values = np.ones(WINDOW, dtype=np.float32)
    stitcher = Stitcher(WINDOW, STRIDE)
    (step,) = stitcher.push(Probabilities(values, 0, 250))
    (rest,) = stitcher.flush()
    assert len(step.final) + len(rest.final) == 250


@pytest.mark.parametrize("n_valid", [1, STRIDE])
def test_a_segment_no_longer_than_a_stride_leaves_nothing_to_flush(n_valid):
    stitcher = Stitcher(WINDOW, STRIDE)
    (step,) = stitcher.push(Probabilities(np.ones(WINDOW, dtype=np.float32), 0, n_valid))
    assert (len(step.final), len(step.provisional)) == (n_valid, 0)
    assert sum(len(rest.final) for rest in stitcher.flush()) == 0


def test_wrong_windows_are_refused():
    stitcher = Stitcher(WINDOW, STRIDE)
    stitcher.push(Probabilities(None, 0, WINDOW))
    with pytest.raises(ValueError, match="window at sample 200, expected 100"):
        stitcher.push(Probabilities(None, 200, WINDOW))
    with pytest.raises(ValueError, match=r"shape \(5,\)"):
        stitcher.push(Probabilities(np.zeros(5, dtype=np.float32), 100, WINDOW))
