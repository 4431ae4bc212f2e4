"""The line-length detector's fit to labelled recordings."""

import numpy as np
import pytest
import torch

from core.config import Config
from core.errors import ConfigError, SignalError
from core.model.engine import LineLengthEngine
from core.model.line_length import LineLength, RunningBaseline, fit
from core.types import BoolArray, FloatArray
from tests.unit.model.line_length.line_length_helpers import (
    CONFIG,
    SIZES,
    STEP,
    STRIDE,
    WINDOW,
    signal,
    windows,
)

torch.set_num_threads(1)


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
