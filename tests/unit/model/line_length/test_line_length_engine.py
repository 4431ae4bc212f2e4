"""The line-length detector at work: its probabilities, its weights."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.config import Config
from core.errors import CheckpointError, SignalError
from core.model.checkpoint import Calibration, load_checkpoint, save_checkpoint
from core.model.engine import Engine, LineLengthEngine, load_engine
from core.model.line_length import LineLength
from core.types import FloatArray
from tests.unit.model.line_length.line_length_helpers import (
    CONFIG,
    STEP,
    STRIDE,
    WINDOW,
    signal,
    windows,
)

torch.set_num_threads(1)


def predict(engine: Engine, data: FloatArray) -> list[FloatArray]:
    engine.reset()
    return [engine.predict(window) for window, _, _ in windows(data)]


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
