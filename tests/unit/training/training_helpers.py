"""Small data, a small network and small settings for the tests of training."""

import csv
import os
from pathlib import Path

import numpy as np

from core.config import BLOCK_SAMPLES, Config
from core.evaluation.annotations import Annotations, Span
from core.evaluation.dataset import DatasetRecording
from core.model.presets import PRESETS, Preset
from core.training.cache import CachedSignal, Segment
from core.training.crops import Material
from core.training.dev_pass import Stitched
from core.training.settings import TrainingSettings

SFREQ = 256

SCRIPT = Path(__file__).with_name("run_training.py")
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(Path(__file__).parents[3]),
    "OMP_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
}
"""Of processes that run ``SCRIPT``."""

TINY = Preset(
    "vigil-13m",  # takes the place of the real one, so that checkpoints fit the configuration
    widths=(8, 8, 16, 16),
    residual_groups=2,
    residual_blocks=1,
    mamba_layers=1,
    d_state=4,
    head_dim=8,
)


def use_tiny_network(monkeypatch):
    monkeypatch.setattr("core.model.network.PRESETS", {**PRESETS, TINY.name: TINY})


def recording(name="r", patient="p", duration_s=60.0, seizures=(), folder=Path(), dataset="d"):
    spans = tuple(Span(*seizure) for seizure in seizures)
    annotations = Annotations(duration_s, spans, name)
    return DatasetRecording(folder / f"{name}.edf", name, patient, dataset, annotations)


def cached(*lengths, starts=None, seed=0, clip_sigma=10.0):
    """Noise in segments of these lengths; statistics that differ from block to block."""
    rng = np.random.default_rng(seed)
    starts = starts or np.cumsum([0, *(n + 1000 for n in lengths[:-1])]).tolist()
    segments, column, block = [], 0, 0
    for start, n in zip(starts, lengths, strict=True):
        segments.append(Segment(start, n, column, block))
        column += n
        block += -(-n // BLOCK_SAMPLES)
    return CachedSignal(
        tuple(segments),
        rng.normal(0, 1, (19, column)).astype(np.float32),
        rng.normal(0, 0.1, (block, 19)),
        rng.uniform(0.5, 2, (block, 19)),
        clip_sigma,
    )


def material(*parts, **settings):
    """Recordings and their signals: pairs of ``recording(...)`` and ``cached(...)``."""
    recordings, signals = zip(*parts, strict=True)
    return Material(recordings, signals, Config(), **settings)


def stitched(subject, logits):
    """What a network that says ``logits(recording, times_s)`` would give."""
    out = []
    for r, signal in enumerate(subject.signals):
        row = []
        for s, segment in enumerate(signal.segments):
            times_s = (np.arange(segment.n_samples) + segment.start_sample) / SFREQ
            values = np.asarray(logits(r, times_s), np.float32)
            row.append(Stitched(segment.start_sample, values, subject.ictal(r, s)))
        out.append(row)
    return out


def small_settings(**changes):
    """Settings of a training that takes seconds; nested keys as in TOML."""
    values = {
        "seed": 3,
        "threads": 1,
        "steps_per_epoch": 4,
        "checkpoint_steps": 2,
        "stages": ({"crop_s": 2, "epochs": 2},),
        "split": {"dev": ("b",)},
        "detector": {"inference": {"device": "cpu"}},
        "optimisation": {"batch": 4, "micro_batch": 4, "amp": "off"},
        "stopping": {"stride_s": 60},
    }
    for key, value in changes.items():
        old = values.get(key)
        values[key] = {**old, **value} if isinstance(old, dict) else value
    return TrainingSettings.model_validate(values)


def table(path):
    """Rows of a table of numbers."""
    with path.open(newline="") as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
