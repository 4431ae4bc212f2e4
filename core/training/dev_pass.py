"""The pass over held-out recordings after each epoch: probabilities, scores, hardest background."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from core.evaluation.curves import SCORERS, Scorer
from core.evaluation.metrics import Labelled, Ranking
from core.evaluation.reference import settle_reference
from core.evaluation.sweep import (
    best_sensitivities,
    count_recording,
    operating_point,
    thresholds,
)
from core.training.crops import Crop, Material, count_windows
from core.types import BoolArray, FloatArray

__all__ = ["DevScores", "Stitched", "dev_scores", "hardest_background", "run_network", "sigmoid"]

_BATCH = 2
"""Windows at a time: more do not run faster on a CPU."""


@dataclass(frozen=True, slots=True, eq=False)
class Stitched:
    """One segment of a recording: mean logits over the windows that cover each sample."""

    start_sample: int
    logits: FloatArray
    ictal: BoolArray

    @property
    def probabilities(self) -> FloatArray:
        return sigmoid(self.logits)


@dataclass(frozen=True, slots=True)
class DevScores:
    """How a network does on the dev recordings.

    Attributes
    ----------
    auroc, auprc
        Over samples; NaN where one class is missing.
    loss
        Balanced cross-entropy, nats a sample.
    sensitivity
        Best for each scorer with at most so many false alarms in 24 hours.
    """

    auroc: float
    auprc: float
    loss: float
    sensitivity: dict[Scorer, float]

    def key(self, scorer: Scorer) -> tuple[float, float]:
        """Order networks: by sensitivity, and by AUROC among equals."""
        return self.sensitivity[scorer], self.auroc


def run_network(
    network: nn.Module,
    material: Material,
    stride_s: int,
    autocast: Callable[[], AbstractContextManager[object]],
    progress: Callable[[float], None] = lambda _: None,
) -> list[list[Stitched]]:
    """Score every recording window by window, as the monitor cuts them.

    Parameters
    ----------
    network
        Gives logits; is left in evaluation mode.
    material
        The recordings.
    stride_s
        Distance of the windows.
    autocast
        Makes the number format to compute in.
    progress
        Takes the share that is done.

    Returns
    -------
    list
        For each recording, its segments.
    """
    network.eval()
    device = next(network.parameters()).device
    config = material.config
    stride = stride_s * config.conditioning.sfreq
    total = sum(s.n_samples for signal in material.signals for s in signal.segments)
    done = 0
    out: list[list[Stitched]] = []
    for r, signal in enumerate(material.signals):
        stitched = []
        for s, segment in enumerate(signal.segments):
            sums = np.zeros(segment.n_samples)
            votes = np.zeros(segment.n_samples)
            windows = list(_windows(material, r, s, stride))
            for first in range(0, len(windows), _BATCH):
                batch = windows[first : first + _BATCH]
                data = np.stack([material.cut(window).data for window in batch])
                with torch.inference_mode(), autocast():
                    logits = network(torch.from_numpy(data).to(device)).float().cpu().numpy()
                for window, row in zip(batch, logits, strict=True):
                    stop = min(window.start + window.n_samples, segment.n_samples)
                    sums[window.start : stop] += row[: stop - window.start]
                    votes[window.start : stop] += 1
            mean = (sums / np.maximum(votes, 1)).astype(np.float32)
            stitched.append(Stitched(segment.start_sample, mean, material.ictal(r, s)))
            done += segment.n_samples
            progress(done / total)
        out.append(stitched)
    return out


def _windows(material: Material, r: int, s: int, stride: int) -> Iterator[Crop]:
    window = material.config.window_samples
    n_samples = material.signals[r].segments[s].n_samples
    for k in range(count_windows(n_samples, window, stride)):
        yield Crop(r, s, k * stride, 0, window)


def dev_scores(
    material: Material, stitched: Sequence[Sequence[Stitched]], fa_per_24h: float
) -> DevScores:
    """Score stitched outputs with the very scorers of an evaluation."""

    def pieces() -> Iterator[Labelled]:
        return ((each.probabilities, each.ictal) for segments in stitched for each in segments)

    ranking = Ranking(pieces)
    pairs = thresholds(material.config)
    counts, seconds = [], []
    for recording, segments in zip(material.recordings, stitched, strict=True):
        annotations = settle_reference(recording.annotations).annotations
        one, lengths = count_recording(
            [(each.start_sample, each.probabilities) for each in segments],
            annotations,
            material.config,
            pairs,
        )
        counts.append(one)
        seconds.append(lengths)
    table = np.stack(counts)  # (recordings, thresholds, scorers, 3)
    sensitivity = {
        scorer: best_sensitivities(
            operating_point(scorer, tau_on, table[:, t, k], [row[k] for row in seconds])
            for t, (tau_on, _) in enumerate(pairs)
        )[fa_per_24h]
        for k, scorer in enumerate(SCORERS)
    }
    return DevScores(ranking.auroc, ranking.auprc, _balanced_loss(stitched), sensitivity)


def _balanced_loss(stitched: Sequence[Sequence[Stitched]]) -> float:
    logits = np.concatenate([each.logits for segments in stitched for each in segments])
    ictal = np.concatenate([each.ictal for segments in stitched for each in segments])
    losses = np.logaddexp(0.0, np.where(ictal, -logits, logits).astype(np.float64))
    sides = [losses[side].mean() for side in (ictal, ~ictal) if side.any()]
    return float(np.mean(sides))


def hardest_background(
    material: Material, stitched: Sequence[Sequence[Stitched]], crop_samples: int, top_k: int
) -> list[Crop]:
    """Find the false positives: pieces without seizure that the network believes in most.

    Pieces do not overlap. Each is part of the last window that holds it, as in the monitor.
    """
    config = material.config
    found: list[tuple[float, Crop]] = []
    for r, segments in enumerate(stitched):
        for s, each in enumerate(segments):
            n_samples = len(each.logits)
            n_windows = count_windows(n_samples, config.window_samples, config.stride_samples)
            latest = (n_windows - 1) * config.stride_samples
            for start in range(0, n_samples - crop_samples + 1, crop_samples):
                piece = slice(start, start + crop_samples)
                if each.ictal[piece].any():
                    continue
                window_start = min(start - start % config.stride_samples, latest)
                crop = Crop(r, s, window_start, start - window_start, crop_samples)
                found.append((float(each.logits[piece].mean()), crop))
    found.sort(key=lambda pair: -pair[0])
    return [crop for _, crop in found[:top_k]]


def sigmoid(logits: npt.NDArray[np.float32]) -> FloatArray:
    """Probabilities of logits, in float32; large logits do not overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)), dtype=np.float32)
