"""What an alarm saw: which channels, when, where on the head, at which frequency.

Pure functions of one normalised window and the alarm's span in it, away from the live path. The
score that is explained is the mean logit over the first seconds of the span: a seizure is where it
begins, and later it is everywhere.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from core.config import Config
from core.electrodes import ELECTRODES
from core.errors import CheckpointError
from core.interpret.localisation import dominant_channels, dominant_frequency_hz, region_of
from core.model.builtin import NO_WEIGHTS, UNTRAINED, weights_file
from core.model.checkpoint import load_checkpoint
from core.model.inference import inference_network
from core.model.network import build_network
from core.types import FloatArray

__all__ = [
    "BUDGET_S",
    "METHOD",
    "Attribution",
    "Method",
    "Scorer",
    "attribute",
    "excerpt",
    "load_attribution_network",
    "score_channels",
]

Method = Literal["occlusion", "integrated-gradients"]
METHOD: Method = "occlusion"
"""Chosen by a deletion and insertion test and by known foci; docs/interpret.md has the results."""

BUDGET_S = 10.0
SFREQ = 256
TARGET_S, CONTEXT_S = 10, 3
_GRID = 512
"""Excerpts begin and end on this grid: a multiple of every network's compression."""

_STEPS = (4, 8)
_BACKWARD_COST = 3.0
"""A pass with its gradient takes about so many times a pass without."""

Floats = npt.NDArray[np.float64]


class Scorer(Protocol):
    """Anything that gives a probability for each sample of a whole window."""

    def predict(self, data: FloatArray) -> FloatArray:
        """Score a window, (19, 15360) -> (15360,)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """Why the network called a span a seizure.

    Attributes
    ----------
    method
        How the scores were found.
    channel_scores : (19,) float64
        By how much each electrode raises the mean logit of the target; NaN where the time budget
        was used up before it.
    time_scores : (n_seconds,) float64
        The same for each second of the excerpt, over all electrodes.
    first_sample
        Where the excerpt, and its first second, begin in the window.
    target : tuple of int
        Samples of the window whose mean logit was explained.
    logit
        That mean.
    dominant_channels
        Electrodes that matter most, first of all first; empty where none raises the logit.
    region
        Where they lie, as in ``left temporal``; ``undetermined`` where there are none.
    frequency_hz
        Strongest rhythm of theirs in the target; NaN where there is none.
    complete
        Whether the budget sufficed for every electrode and every second.
    wall_s
        What it took.
    """

    method: Method
    channel_scores: Floats
    time_scores: Floats
    first_sample: int
    target: tuple[int, int]
    logit: float
    dominant_channels: tuple[str, ...]
    region: str
    frequency_hz: float
    complete: bool
    wall_s: float


def load_attribution_network(
    config: Config, weights: Path | None, method: Method = METHOD, identity: str = ""
) -> nn.Module:
    """Make a network of one's own for attributions.

    Parameters
    ----------
    config
        Preset and settings.
    weights
        A checkpoint; None for the built-in weights.
    method
        For occlusion the network is folded, as the monitor's engine has it; that form has no
        gradients.
    identity
        Of the weights that raised the alarms; empty: any will do.

    Raises
    ------
    CheckpointError
        Where the weights cannot be used, or are others.
    TypeError
        Where the detector is not a network.
    """
    file = weights_file(weights, config.model.preset)
    if file is None:
        network, found = build_network(config.model.preset), UNTRAINED
    else:
        network, info = load_checkpoint(file, config)
        found = info.weights
    if identity not in ("", found):
        raise CheckpointError(f"{file or NO_WEIGHTS}: its weights are {found}, not {identity}")
    if method == "occlusion":
        return inference_network(network, winograd=True)
    return network.eval().requires_grad_(False)


def attribute(
    scorer: nn.Module | Scorer,
    window: FloatArray,
    span: tuple[int, int],
    budget_s: float = BUDGET_S,
    method: Method = METHOD,
) -> Attribution:
    """Explain an alarm.

    Parameters
    ----------
    scorer
        A network that gives logits for windows of any length, or an engine that gives
        probabilities for whole windows (slower, and by occlusion only).
    window : (19, n) float32
        Normalised, as the network saw it.
    span
        First sample of the event in the window, and the one behind its last.
    budget_s
        Time after which the rest is left out, or by which fewer steps are taken. At least one
        electrode is always tried, and four steps are always taken.
    method
        The default was chosen by test.

    Raises
    ------
    ValueError
        Where the span does not lie in the window or the window has not 19 channels.
    """
    began = time.perf_counter()
    if window.shape[0] != len(ELECTRODES):
        raise ValueError(f"{window.shape[0]} channels, not {len(ELECTRODES)}")
    if not 0 <= span[0] < span[1] <= window.shape[1]:
        raise ValueError(f"span {span} does not lie in a window of {window.shape[1]} samples")
    target = (span[0], min(span[1], span[0] + TARGET_S * SFREQ))
    whole = not isinstance(scorer, nn.Module)
    first, stop = (0, window.shape[1]) if whole else excerpt(target, window.shape[1])
    piece = np.ascontiguousarray(window[:, first:stop])
    score = _scoring(scorer, (target[0] - first, target[1] - first))
    if whole:
        method = "occlusion"
    deadline = began + budget_s
    logit, channels, seconds, complete = score_channels(score, piece, method, deadline)
    names = dominant_channels(channels)
    inside = window[:, target[0] : target[1]]
    return Attribution(
        method=method,
        channel_scores=channels,
        time_scores=seconds,
        first_sample=first,
        target=target,
        logit=logit,
        dominant_channels=names,
        region=region_of(channels),
        frequency_hz=dominant_frequency_hz(inside[[ELECTRODES.index(name) for name in names]]),
        complete=complete,
        wall_s=time.perf_counter() - began,
    )


def excerpt(target: tuple[int, int], n_samples: int) -> tuple[int, int]:
    """Choose the piece of the window that is passed through the network.

    The target with some context on either side, grown to the grid, never out of the window.
    """
    length = target[1] - target[0] + 2 * CONTEXT_S * SFREQ
    length = min(-(-length // _GRID) * _GRID, n_samples - n_samples % _GRID)
    first = target[0] - CONTEXT_S * SFREQ
    first = max(0, min(first - first % 32, n_samples - length))
    return first, first + length


def score_channels(
    score: Callable[[Tensor], Tensor], piece: FloatArray, method: Method, deadline: float
) -> tuple[float, Floats, Floats, bool]:
    """Score electrodes and seconds of a piece of signal.

    Parameters
    ----------
    score
        Mean logit of the target: (B, 19, n) -> (B,), on batches of one.
    piece : (19, n) float32
        Normalised.
    method
        Either.
    deadline
        On :func:`time.perf_counter`.

    Returns
    -------
    logit
        Of the piece as it is.
    channels : (19,) float64
    seconds : (n // 256,) float64
    complete
        Whether time sufficed for all.
    """
    x = torch.from_numpy(piece).unsqueeze(0)  # (1, 19, n)
    if method == "occlusion":
        return _occlude(score, x, deadline)
    return _integrate(score, x, deadline)


def _scoring(scorer: nn.Module | Scorer, target: tuple[int, int]) -> Callable[[Tensor], Tensor]:
    inside = slice(*target)
    if isinstance(scorer, nn.Module):
        return lambda x: scorer(x)[:, inside].float().mean(1)

    def from_probabilities(x: Tensor) -> Tensor:
        p = torch.from_numpy(np.array(scorer.predict(x[0].numpy())))[inside].double()
        return torch.logit(p.clamp(1e-6, 1 - 1e-6)).mean().view(1)

    return from_probabilities


def _occlude(
    score: Callable[[Tensor], Tensor], x: Tensor, deadline: float
) -> tuple[float, Floats, Floats, bool]:
    """Silence one electrode, then one second, at a time: 0 is the mean of a z-score.

    The loudest electrodes come first, so that what the budget cuts off matters least.
    """
    n_seconds = x.shape[-1] // SFREQ
    channels = np.full(x.shape[1], np.nan)
    seconds = np.full(n_seconds, np.nan)
    with torch.inference_mode():
        logit = float(score(x))
        loudest = torch.argsort(x[0].square().sum(1), descending=True).tolist()
        for k, channel in enumerate(loudest):
            if k and time.perf_counter() > deadline:
                return logit, channels, seconds, False
            hidden = x.clone()
            hidden[:, channel] = 0
            channels[channel] = logit - float(score(hidden))
        for second in range(n_seconds):
            if time.perf_counter() > deadline:
                return logit, channels, seconds, False
            hidden = x.clone()
            hidden[..., second * SFREQ : (second + 1) * SFREQ] = 0
            seconds[second] = logit - float(score(hidden))
    return logit, channels, seconds, True


def _integrate(
    score: Callable[[Tensor], Tensor], x: Tensor, deadline: float
) -> tuple[float, Floats, Floats, bool]:
    """Integrate gradients from silence on (Sundararajan et al. 2017), in as many steps as fit."""
    began = time.perf_counter()
    with torch.inference_mode():
        logit = float(score(x))
    cost_s = (1 + _BACKWARD_COST) * (time.perf_counter() - began)
    affordable = int((deadline - time.perf_counter()) / max(cost_s, 1e-6))
    n_steps = max(_STEPS[0], min(_STEPS[1], affordable))
    total = torch.zeros_like(x)
    for k in range(n_steps):
        at = (x * ((k + 0.5) / n_steps)).requires_grad_(True)
        total += torch.autograd.grad(score(at).sum(), at)[0] / n_steps
    parts = (total * x)[0].double().numpy()  # (19, n)
    n_seconds = parts.shape[1] // SFREQ
    seconds = parts[:, : n_seconds * SFREQ].reshape(len(parts), n_seconds, SFREQ).sum((0, 2))
    return logit, parts.sum(1), seconds, affordable >= _STEPS[0]
