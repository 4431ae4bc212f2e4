"""The line-length detector: its feature, its memory of the patient, its fit."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from core.config import Config, InferenceConfig, ModelConfig
from core.errors import CheckpointError, ConfigError, SignalError
from core.model.checkpoint import Calibration, load_checkpoint, save_checkpoint
from core.model.engine import Engine, LineLengthEngine, load_engine
from core.model.line_length import LineLength, RunningBaseline, count_valid, fit, score
from core.model.network import build_network
from core.model.presets import LineLengthPreset
from core.types import BoolArray, FloatArray

torch.set_num_threads(1)

CONFIG = Config(
    model=ModelConfig(preset="line-length"), inference=InferenceConfig(device="cpu", threads=1)
)
WINDOW, STRIDE, STEP = 15360, 2560, 256
SIZES = LineLengthPreset("line-length")


def signal(seconds: int, seed: int = 0) -> FloatArray:
    """Noise whose amplitude wanders by some 20 % from second to second."""
    rng = np.random.default_rng(seed)
    amplitude = np.exp(rng.normal(0, 0.2, seconds)).repeat(STEP)
    return (amplitude * rng.standard_normal((19, seconds * STEP))).astype(np.float32)


def windows(data: FloatArray) -> list[tuple[FloatArray, int, int]]:
    """Data, start and valid samples of every window, the padded one at the end included."""
    out, start, covered = [], 0, 0
    while covered < data.shape[1]:
        piece = data[:, start : start + WINDOW]
        covered = start + piece.shape[1]
        padded = np.zeros((19, WINDOW), dtype=np.float32)
        padded[:, : piece.shape[1]] = piece
        out.append((padded, start, piece.shape[1]))
        start += STRIDE
    return out


def predict(engine: Engine, data: FloatArray) -> list[FloatArray]:
    engine.reset()
    return [engine.predict(window) for window, _, _ in windows(data)]


@pytest.fixture
def network() -> LineLength:
    network = build_network("line-length")
    assert isinstance(network, LineLength)
    return network


@pytest.fixture
def engine(network: LineLength) -> LineLengthEngine:
    return LineLengthEngine(network, CONFIG)


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


# the engine


def test_a_burst_raises_the_probability(engine: LineLengthEngine) -> None:
    data = signal(180)
    data[:, 140 * STEP : 155 * STEP] *= 5
    for (_, start, n_valid), probability in zip(windows(data), predict(engine, data), strict=True):
        assert probability.shape == (WINDOW,)
        assert probability.dtype == np.float32
        seconds = start / STEP + np.arange(n_valid) / STEP
        valid = probability[:n_valid]
        assert (valid[(seconds >= 142) & (seconds < 153)] > 0.86).all()
        assert np.median(valid[(seconds < 137) | (seconds > 158)]) < 0.1


def test_an_alarming_channel_alone_does_not(engine: LineLengthEngine) -> None:
    data = signal(120)
    data[7, 80 * STEP : 95 * STEP] *= 100
    quiet = predict(engine, signal(120))[-1]
    np.testing.assert_allclose(predict(engine, data)[-1], quiet, atol=0.1)


def test_five_times_the_amplitude_gives_the_same(engine: LineLengthEngine) -> None:
    data = signal(120)
    data[:, 90 * STEP : 100 * STEP] *= 4
    large = (5 * data).astype(np.float32)
    for first, second in zip(predict(engine, data), predict(engine, large), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-4)


def test_the_threshold_follows_the_patient(engine: LineLengthEngine) -> None:
    data = signal(1200)
    data[:, 300 * STEP :] *= 4  # awake from here on
    probabilities = predict(engine, data)
    assert np.median(probabilities[30][-STRIDE:]) > 0.9  # at 360 s
    assert np.median(probabilities[110][-STRIDE:]) < 0.1  # at 1160 s


def test_reset_forgets(network: LineLength, engine: LineLengthEngine) -> None:
    predict(engine, signal(200, seed=1))
    loud = (6 * signal(60, seed=2)).astype(np.float32)
    assert np.median(engine.predict(loud)) > 0.9
    engine.reset()
    assert np.array_equal(engine.predict(loud), LineLengthEngine(network, CONFIG).predict(loud))


def test_two_runs_agree_bitwise(engine: LineLengthEngine) -> None:
    data = signal(130)
    for first, second in zip(predict(engine, data), predict(engine, data), strict=True):
        assert np.array_equal(first, second)


def test_silence_and_short_windows_are_no_seizure(engine: LineLengthEngine) -> None:
    zeros = np.zeros((19, WINDOW), dtype=np.float32)
    assert engine.predict(zeros).max() < 0.1
    assert engine.predict(zeros).max() < 0.1
    short = zeros.copy()
    short[:, :700] = signal(60)[:, :700]
    probabilities = engine.predict(short)
    assert np.isfinite(probabilities).all()
    assert probabilities.max() < 0.1


@pytest.mark.parametrize("shape", [(19, 15104), (18, 15360), (1, 19, 15360)])
def test_only_whole_windows_are_taken(engine: LineLengthEngine, shape: tuple[int, ...]) -> None:
    with pytest.raises(SignalError, match=r"takes windows of \(19, 15360\), not \("):
        engine.predict(np.zeros(shape, dtype=np.float32))


def test_a_bad_window_is_an_error_and_leaves_no_trace(
    network: LineLength, engine: LineLengthEngine
) -> None:
    data = signal(60)
    data[3, 100] = np.nan
    with pytest.raises(SignalError, match="the window itself is not finite"):
        engine.predict(data)
    fresh = LineLengthEngine(network, CONFIG)
    assert np.array_equal(engine.predict(signal(60)), fresh.predict(signal(60)))


def test_the_window_is_not_written_to(engine: LineLengthEngine) -> None:
    data = signal(60)
    data.flags.writeable = False
    engine.predict(data)
    assert np.array_equal(data, signal(60))


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


# weights


def test_defaults_say_untrained() -> None:
    engine = load_engine(CONFIG, None)
    assert isinstance(engine, LineLengthEngine)
    assert (engine.name, engine.weights) == ("line-length-cpu-float32", "UNTRAINED")


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_checkpoint_comes_back(network: LineLength, tmp_path: Path, dtype: str) -> None:
    with torch.no_grad():
        network.slope.fill_(2.25)
        network.threshold.fill_(-1.5)
    path = tmp_path / "ll.safetensors"
    save_checkpoint(path, network, CONFIG, Calibration(2.0, 0.5), dtype)  # type: ignore[arg-type]
    loaded, info = load_checkpoint(path, CONFIG)
    assert isinstance(loaded, LineLength)
    assert (loaded.slope.item(), loaded.threshold.item()) == (2.25, -1.5)
    assert info.preset == "line-length"
    engine = load_engine(CONFIG, path)
    assert engine.weights == info.weights
    data = signal(60)
    logits = network(torch.from_numpy(data)[None])[0]
    expected = torch.sigmoid(logits / 2 + 0.5).detach().numpy()
    assert np.array_equal(engine.predict(data), expected)


def test_its_weights_are_refused_elsewhere(network: LineLength, tmp_path: Path) -> None:
    path = tmp_path / "ll.safetensors"
    save_checkpoint(path, network, CONFIG)
    with pytest.raises(CheckpointError, match="preset is line-length, expected vigil-13m"):
        load_engine(Config(), path)


# the fit


def labelled(data: FloatArray, labels: BoolArray) -> list[tuple[FloatArray, BoolArray, int]]:
    out = []
    for window, start, n_valid in windows(data):
        inside = np.zeros(WINDOW, dtype=bool)
        inside[:n_valid] = labels[start : start + n_valid]
        inside[n_valid:] = True  # whatever stands behind the end must not count
        out.append((window, inside, n_valid))
    return out


def planted(slope: float, threshold: float) -> list[list[tuple[FloatArray, BoolArray, int]]]:
    """Recordings whose labels are drawn from the detector's own probabilities."""
    network = LineLength(SIZES)
    rng = np.random.default_rng(8)
    recordings = []
    for seed in range(12):
        baseline = RunningBaseline(SIZES, STRIDE)
        recording = []
        for window, _, n_valid in windows(signal(303, seed=100 + seed)):
            scores = baseline.push(network.levels(torch.from_numpy(window), n_valid), n_valid)
            chance = torch.sigmoid(slope * (scores - threshold)).numpy()
            labels = (rng.random(60) < chance).repeat(STEP)
            recording.append((window, labels, n_valid))
        recordings.append(recording)
    return recordings


def test_a_planted_threshold_is_recovered() -> None:
    # At threshold 0 both classes are about as frequent, so that balancing moves nothing.
    fitted = fit(planted(2.0, 0.0), CONFIG)
    assert fitted.slope.item() == pytest.approx(2.0, abs=0.2)
    assert fitted.threshold.item() == pytest.approx(0.0, abs=0.1)


def test_the_fit_separates_bursts_and_is_deterministic() -> None:
    recordings = []
    for seed in range(3):
        data, labels = signal(200, seed), np.zeros(200 * STEP, dtype=bool)
        data[:, 130 * STEP : 150 * STEP] *= 5
        labels[130 * STEP : 150 * STEP] = True
        recordings.append(labelled(data, labels))
    first, second = fit(recordings, CONFIG), fit(iter(recordings), CONFIG)
    assert first.state_dict() == second.state_dict()
    assert first.slope > 0
    assert 1 < first.threshold < 8
    engine = LineLengthEngine(first, CONFIG)
    for recording in recordings:
        engine.reset()
        for data, labels, n_valid in recording:
            probabilities = engine.predict(data)[:n_valid]
            agrees = (probabilities > 0.5) == labels[:n_valid]
            assert agrees.mean() > 0.9


def test_classes_weigh_the_same_however_rare() -> None:
    fitted = fit(planted(2.0, 3.0), CONFIG)
    assert 0 < fitted.threshold < 3  # half way between the classes, not where they are even


@pytest.mark.parametrize(("label", "missing"), [(False, "seizure"), (True, "other")])
def test_a_class_without_samples_is_an_error(label: bool, missing: str) -> None:
    recording = labelled(signal(60), np.full(60 * STEP, label))
    with pytest.raises(SignalError, match=f"no {missing} sample"):
        fit([recording], CONFIG)
    with pytest.raises(SignalError, match="no seizure sample"):
        fit([], CONFIG)


def test_line_length_that_falls_in_seizures_is_an_error() -> None:
    with pytest.raises(SignalError, match="falls in seizures"):
        fit(planted(-2.0, 0.0), CONFIG)


def test_only_its_own_preset_is_fitted() -> None:
    with pytest.raises(ConfigError, match="vigil-13m, not the line-length detector"):
        fit([], Config())
