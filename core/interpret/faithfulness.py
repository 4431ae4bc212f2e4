"""Deletion and insertion: whether the electrodes that score high matter to the network."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.types import FloatArray

__all__ = ["deletion_insertion"]

_COUNTS = (0, 1, 2, 3, 4, 6, 8, 12, 19)

Floats = npt.NDArray[np.float64]


def deletion_insertion(
    score: Callable[[Tensor], Tensor], piece: FloatArray, channel_scores: Floats
) -> tuple[float, float]:
    """Silence the best electrodes one after the other, or let them speak one after the other.

    The areas under the mean logit against the share of electrodes (Petsiuk et al. 2018), where 1
    is the logit of the signal and 0 that of silence.

    Parameters
    ----------
    score
        Mean logit of the target: (1, 19, n) -> (1,).
    piece : (19, n) float32
        The signal.
    channel_scores : (19,)
        What is tested.

    Returns
    -------
    deletion, insertion
        A good score has a low deletion and a high insertion; NaN where the signal and silence
        give the same logit.
    """
    order = np.argsort(-np.nan_to_num(channel_scores, nan=-np.inf), kind="stable")
    x = torch.from_numpy(piece).unsqueeze(0)

    def kept(channels: npt.NDArray[np.intp]) -> float:
        shown = torch.zeros_like(x)
        shown[:, channels] = x[:, channels]
        with torch.inference_mode():
            return float(score(shown))

    n_channels = len(order)
    counts = sorted({min(count, n_channels) for count in _COUNTS})
    whole, silent = kept(order), kept(order[:0])
    if whole == silent:
        return float("nan"), float("nan")
    at = np.array(counts) / n_channels
    deleted = [(kept(order[count:]) - silent) / (whole - silent) for count in counts]
    inserted = [(kept(order[:count]) - silent) / (whole - silent) for count in counts]
    return float(np.trapezoid(deleted, at)), float(np.trapezoid(inserted, at))
