"""The line-length detector: its feature, its module, its memory of the patient."""

import math

import numpy as np
import pytest
import torch

from core.model.engine import LineLengthEngine
from core.model.line_length import LineLength, RunningBaseline, count_valid, score
from core.model.presets import LineLengthPreset
from tests.unit.model.line_length.line_length_helpers import SIZES, STEP, STRIDE, WINDOW, signal

torch.set_num_threads(1)

# the feature


def test_the_level_equals_a_hand_computation() -> None:
    network = LineLength(LineLengthPreset("plain", smoothing_steps=1, lag_samples=1))
    data = signal(60, seed=3)
    data[4] *= 50  # an electrode pops
    rate = np.abs(np.diff(data[:, 9 * STEP - 1 : 10 * STEP].astype(float), axis=1)).mean(1)
    expected = np.sort(np.log(rate))[2:-2].mean()
    levels = network.levels(torch.from_numpy(data), WINDOW)
    assert levels.shape == (60,)
    assert levels[9].item() == pytest.approx(expected, abs=1e-5)


def test_the_line_is_that_of_a_running_mean(network: LineLength) -> None:
    data = signal(60, seed=4).astype(float)
    means = np.lib.stride_tricks.sliding_window_view(data, 8, axis=1).mean(-1)
    moves = np.zeros_like(data)
    moves[:, 8:] = np.abs(np.diff(means, axis=1))
    rate = moves.reshape(19, 60, STEP).mean(-1) * 8
    expected = np.sort(np.log(rate), axis=0)[2:-2].mean(0)
    levels = network.levels(torch.from_numpy(data), WINDOW)
    assert levels[30].item() == pytest.approx(expected[28:33].mean(), abs=1e-5)


def test_neighbouring_steps_are_averaged(network: LineLength) -> None:
    x = torch.from_numpy(signal(60))
    plain = LineLength(LineLengthPreset("plain", smoothing_steps=1)).levels(x, WINDOW)
    smooth = network.levels(x, WINDOW)
    torch.testing.assert_close(smooth[30], plain[28:33].mean())
    torch.testing.assert_close(smooth[0], plain[:3].mean())  # fewer at the edges


@pytest.mark.parametrize("n_valid", [WINDOW, 10 * STEP, 10 * STEP + 200, 10 * STEP + 5, 1, 0])
def test_padding_is_recognised_and_not_measured(network: LineLength, n_valid: int) -> None:
    data = torch.from_numpy(signal(60)) + 3  # the fall to zero must not count
    data[:, n_valid:] = 0
    assert count_valid(data) == n_valid
    levels = network.levels(data, n_valid)
    n_steps = n_valid // STEP if n_valid % STEP < 2 else n_valid // STEP + 1
    assert levels.isfinite().sum() == n_steps
    if n_steps > 4:
        whole = network.levels(torch.from_numpy(signal(60)) + 3, WINDOW)
        torch.testing.assert_close(levels[: n_steps - 4], whole[: n_steps - 4])
        assert abs(levels[n_steps - 1] - whole[n_steps - 1]) < 0.3


def test_silence_is_not_measured(network: LineLength) -> None:
    data = signal(60)
    data[:, 20 * STEP : 40 * STEP] = data[:, [20 * STEP - 1]]  # the cable is pulled
    levels = network.levels(torch.from_numpy(data), WINDOW)
    assert levels[23:37].isnan().all()
    assert levels[:21].isfinite().all()
    assert levels[:23].nan_to_num(0.0).min() > -1  # silence does not drag its neighbours down


# the module


@pytest.mark.parametrize("n_samples", [256, 2560, 5120, 15360])
def test_any_crop(network: LineLength, n_samples: int) -> None:
    logits = network(torch.randn(2, 19, n_samples))
    assert logits.shape == (2, n_samples)
    assert torch.isfinite(logits).all()
    with pytest.raises(ValueError, match="a multiple of 256 samples"):
        network(torch.randn(2, 19, n_samples + 16))


def test_both_parameters_learn(network: LineLength) -> None:
    network(torch.from_numpy(signal(60))[None]).square().mean().backward()
    for parameter in network.parameters():
        assert parameter.grad is not None
        assert parameter.grad != 0
    assert {name for name, _ in network.named_parameters()} == {"slope", "threshold"}


def test_the_first_window_is_compared_with_itself(
    network: LineLength, engine: LineLengthEngine
) -> None:
    data = signal(60)
    expected = network.probabilities(torch.from_numpy(data)[None])[0].numpy()
    assert np.array_equal(engine.predict(data), expected)


# the baseline


def test_overlapping_windows_count_each_step_once() -> None:
    baseline = RunningBaseline(SIZES, STRIDE)
    level = torch.arange(100, dtype=torch.float32)
    for start in range(0, 50, 10):
        baseline.push(level[start : start + 60], WINDOW)
    assert list(baseline._past) == list(range(100))
    padded = torch.cat([level[50:], torch.tensor([100.0, 101.0]), torch.full((8,), math.nan)])
    baseline.push(padded, 52 * STEP)
    assert list(baseline._past) == list(range(102))


def test_a_short_segment_behind_a_gap_counts_whole() -> None:
    baseline = RunningBaseline(SIZES, STRIDE)
    baseline.push(torch.zeros(60), WINDOW)
    short = torch.cat([torch.ones(20), torch.full((40,), math.nan)])
    baseline.push(short, 20 * STEP)
    assert list(baseline._past) == [0.0] * 60 + [1.0] * 20


def test_memory_is_bounded() -> None:
    baseline = RunningBaseline(SIZES, STRIDE)
    for _ in range(100):
        baseline.push(torch.rand(60), WINDOW)
    assert len(baseline._past) == 600


def test_the_window_at_hand_is_not_its_own_yardstick() -> None:
    baseline = RunningBaseline(SIZES, STRIDE)
    calm = torch.linspace(-1, 1, 60)
    baseline.push(calm, WINDOW)
    scores = baseline.push(calm + 10, WINDOW)
    torch.testing.assert_close(scores, score(calm + 10, calm))
    assert scores.min() > 5


def test_scores_are_spreads_above_the_median() -> None:
    past = torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0, math.nan])
    scores = score(torch.tensor([2.0, 2 + 1.4826, math.nan]), past)
    torch.testing.assert_close(scores, torch.tensor([0.0, 1.0, 0.0]))
    assert score(torch.tensor([3.0]), torch.tensor([math.nan])).item() == 0
