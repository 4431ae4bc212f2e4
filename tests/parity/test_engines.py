"""The fast engine against the float32 reference, on the demo recording around its first seizure."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from core.config import Config, InferenceConfig, ModelConfig
from core.detector import WindowScorer, detect
from core.io.edf import open_recording
from core.model import cpu_engine
from core.model.checkpoint import Calibration
from core.model.engine import TorchEngine, choose_engine
from core.model.network import build_network
from core.types import Chunk, FloatArray, StreamInfo

torch.set_num_threads(1)

DEMO = Path(__file__).parents[2] / "recordings" / "demo.edf"
FIRST_S, LAST_S = 110, 190
"""The seizure begins at 156 s; four windows fit."""

MAX_DIFFERENCE = 2e-5
"""Of probabilities, in float32; found: 6e-6."""
MAX_DIFFERENCE_BFLOAT16 = 0.1
"""Found: 0.03 with random weights, 0.001 with trained ones."""


@pytest.fixture(scope="module")
def recording() -> tuple[list[Chunk], StreamInfo]:
    with open_recording(DEMO) as source:
        sfreq = round(source.info.sfreq)
        pieces = [
            dataclasses.replace(chunk, start_sample=chunk.start_sample - FIRST_S * sfreq)
            for chunk in source.chunks(chunk_s=10.0)
            if FIRST_S * sfreq <= chunk.start_sample < LAST_S * sfreq
        ]
        return pieces, source.info


class Recorder:
    """Scores windows, and keeps them and their probabilities."""

    def __init__(self, scorer: WindowScorer) -> None:
        self.scorer = scorer
        self.name, self.weights = scorer.name, scorer.weights
        self.windows: list[FloatArray] = []
        self.scores: list[FloatArray] = []

    def predict(self, data: FloatArray) -> FloatArray:
        self.windows.append(data.copy())
        self.scores.append(self.scorer.predict(data))
        return self.scores[-1]

    def reset(self) -> None:
        self.scorer.reset()


def configured(preset: str, precision: str = "float32") -> Config:
    return Config(
        model=ModelConfig.model_validate({"preset": preset}),
        inference=InferenceConfig.model_validate({"device": "cpu", "precision": precision}),
    )


def sharp(preset: str, window: FloatArray) -> Calibration:
    """Make an untrained network's logits cross the thresholds for events within a window."""
    with torch.inference_mode():
        logits = build_network(preset).eval()(torch.from_numpy(window).unsqueeze(0)).squeeze(0)
    low, high = torch.quantile(logits, torch.tensor([0.02, 0.3])).tolist()
    temperature = (high - low) / 2  # from 0.78 down to 0.33 over a third of the samples
    return Calibration(temperature, 1.27 - low / temperature)


def test_events_and_probabilities_are_those_of_the_reference(
    recording: tuple[list[Chunk], StreamInfo],
) -> None:
    chunks, info = recording
    config = configured("vigil-13m")
    probe = Recorder(_Silent())
    detect(chunks, info, config, probe)
    calibration = sharp("vigil-13m", probe.windows[0])
    found = []
    scores = []
    for choice in ("torch-cpu-reference", "torch-cpu"):
        chosen = choose_engine(config, choice)
        network = build_network("vigil-13m")
        recorder = Recorder(TorchEngine(network, chosen, calibration=calibration))
        detection, _ = detect(chunks, info, chosen, recorder)
        found.append([(event.onset_sample, event.offset_sample) for event in detection.events])
        scores.append(np.stack(recorder.scores))
    assert len(found[0]) > 0
    assert found[0] == found[1]
    assert scores[0].std() > 0.02
    assert 0 < np.abs(scores[0] - scores[1]).max() < MAX_DIFFERENCE


@pytest.mark.parametrize("preset", ["stock-31m", "seizure-transformer", "small-cnn"])
def test_probabilities_are_those_of_the_reference(
    recording: tuple[list[Chunk], StreamInfo], preset: str
) -> None:
    chunks, info = recording
    probe = Recorder(_Silent())
    detect(chunks, info, Config(), probe)
    config = configured(preset)
    network = build_network(preset)
    reference = TorchEngine(network, choose_engine(config, "torch-cpu-reference"))
    expected = reference.predict(probe.windows[1])
    fast = TorchEngine(network, config)
    scores = fast.predict(probe.windows[1])
    assert expected.std() > 0.02
    assert np.abs(scores - expected).max() < MAX_DIFFERENCE
    assert np.array_equal(fast.predict(probe.windows[1]), scores)


@pytest.mark.skipif(
    not cpu_engine.has_bfloat16_units(), reason="this processor has no units for bfloat16"
)
def test_bfloat16_is_close(recording: tuple[list[Chunk], StreamInfo]) -> None:
    chunks, info = recording
    probe = Recorder(_Silent())
    detect(chunks, info, Config(), probe)
    network = build_network("vigil-13m")
    exact = TorchEngine(network, configured("vigil-13m")).predict(probe.windows[0])
    rough = TorchEngine(network, configured("vigil-13m", "bfloat16")).predict(probe.windows[0])
    assert 0 < np.abs(rough - exact).max() < MAX_DIFFERENCE_BFLOAT16


class _Silent:
    """Scores nothing, to get at the windows."""

    name, weights = "silent", "none"

    def predict(self, data: FloatArray) -> FloatArray:
        return np.zeros(data.shape[1], dtype=np.float32)

    def reset(self) -> None:
        """Nothing is remembered."""
