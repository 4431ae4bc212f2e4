"""Training of the line-length detector: a fit instead of gradient steps, on the same material."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.evaluation.metrics import ictal_mask
from core.model.checkpoint import Calibration, save_checkpoint
from core.model.engine import LineLengthEngine
from core.model.line_length import LineLength, fit
from core.training.calibrate import fit_calibration
from core.training.crops import Crop, Material
from core.training.dev_pass import Stitched, dev_scores
from core.training.loop import BEST, TrainingResult
from core.training.settings import TrainingSettings
from core.types import BoolArray, FloatArray

__all__ = ["fit_line_length", "run_line_length"]

_EPS = 1e-6


def fit_line_length(
    settings: TrainingSettings, train: Material, dev: Material, out: Path
) -> TrainingResult:
    """Fit slope and threshold on the training recordings, calibrate on dev.

    Parameters
    ----------
    settings
        Of the training; those of optimiser and sampler do not count.
    train, dev
        Recordings.
    out
        Folder of the checkpoint.

    Raises
    ------
    SignalError
        Where line length does not tell seizure from background.
    """
    network = fit((_windows(train, r) for r in range(len(train.recordings))), settings.detector)
    save_checkpoint(out / BEST, network, settings.detector)
    calibration, scores = Calibration(), None
    if dev.recordings:
        stitched = run_line_length(network, dev)
        calibration = fit_calibration(dev, stitched)
        scores = dev_scores(dev, stitched, settings.stopping.fa_per_24h)
        save_checkpoint(out / BEST, network, settings.detector, calibration)
    return TrainingResult(
        weights=out / BEST,
        best_epoch=0,
        n_epochs=1,
        n_steps=0,
        skipped=0,
        scores=scores,
        calibration=calibration,
    )


def _crops(material: Material, recording: int, segment: int) -> Iterator[tuple[Crop, int]]:
    """Windows of a segment in order, as the monitor cuts them, with their measured samples."""
    config = material.config
    n_samples = material.signals[recording].segments[segment].n_samples
    window, stride = config.window_samples, config.stride_samples
    n_windows = 1 + max(0, -(-(n_samples - window) // stride))
    for k in range(n_windows):
        yield Crop(recording, segment, k * stride, 0, window), min(window, n_samples - k * stride)


def _windows(material: Material, recording: int) -> Iterator[tuple[FloatArray, BoolArray, int]]:
    sfreq = float(material.config.conditioning.sfreq)
    for s, segment in enumerate(material.signals[recording].segments):
        for crop, n_valid in _crops(material, recording, s):
            first = segment.start_sample + crop.start
            labels = ictal_mask(first, crop.n_samples, material.seizures[recording], sfreq)
            yield material.cut(crop).data, labels, n_valid


def run_line_length(network: LineLength, material: Material) -> list[list[Stitched]]:
    """Score every recording as the monitor does, each with a baseline of its own.

    Parameters
    ----------
    network
        Its calibration does not count.
    material
        The recordings.

    Returns
    -------
    list
        For each recording, its segments, with mean logits over the windows at the monitor's stride.
    """
    engine = LineLengthEngine(network, material.config)
    out = []
    for r, signal in enumerate(material.signals):
        engine.reset()
        stitched = []
        for s, segment in enumerate(signal.segments):
            sums, votes = np.zeros(segment.n_samples), np.zeros(segment.n_samples)
            for crop, n_valid in _crops(material, r, s):
                p = np.clip(engine.predict(material.cut(crop).data)[:n_valid], _EPS, 1 - _EPS)
                covered = slice(crop.start, crop.start + n_valid)
                sums[covered] += np.log(p) - np.log1p(-p)
                votes[covered] += 1
            logits = (sums / votes).astype(np.float32)
            stitched.append(Stitched(segment.start_sample, logits, material.ictal(r, s)))
        out.append(stitched)
    return out
