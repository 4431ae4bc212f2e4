"""From logits to probabilities, and what every engine refuses."""

import numpy as np
import torch
from torch import Tensor

from core.errors import SignalError
from core.model.checkpoint import Calibration
from core.types import FloatArray

__all__ = ["calibrated", "check_finite", "check_shape"]


def calibrated(logits: Tensor, calibration: Calibration) -> Tensor:
    """Probabilities of logits: (..., L) -> the same."""
    return torch.sigmoid(logits / calibration.temperature + calibration.bias)


def check_shape(data: FloatArray, shape: tuple[int, ...]) -> None:
    """Refuse what is not a window.

    Raises
    ------
    SignalError
        For any other shape.
    """
    if data.shape != shape:
        raise SignalError(f"the network takes windows of {shape}, not {data.shape}")


def check_finite(engine: str, data: FloatArray, probabilities: FloatArray) -> None:
    """Refuse probabilities that are not finite.

    Raises
    ------
    SignalError
        Naming the engine, and the window where that is the cause.
    """
    if not np.isfinite(probabilities).all():
        bad_input = "" if np.isfinite(data).all() else "; the window itself is not finite"
        raise SignalError(f"{engine}: probabilities are not finite{bad_input}")
