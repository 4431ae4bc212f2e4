"""Changes to a crop that leave its label true. All off unless asked for."""

import numpy as np

from core.config import BLOCK_SAMPLES
from core.montage import ELECTRODES
from core.training.settings import AugmentationSettings
from core.types import FloatArray

__all__ = ["MIRRORED", "augment", "draw_shift"]


def _mirrored(name: str) -> str:
    """Electrode on the other side: odd numbers are left, even ones right."""
    if name[-1].isdigit():
        number = int(name[-1])
        return f"{name[:-1]}{number + 1 if number % 2 else number - 1}"
    return name


MIRRORED = tuple(ELECTRODES.index(_mirrored(name)) for name in ELECTRODES)
"""For each electrode, the index of the one on the other side."""


def draw_shift(settings: AugmentationSettings, stride: int, rng: np.random.Generator) -> int:
    """Draw by how many samples a window is moved: whole blocks, half a stride at most."""
    if not settings.offset_jitter:
        return 0
    limit = stride // BLOCK_SAMPLES // 2
    return int(rng.integers(-limit, limit + 1)) * BLOCK_SAMPLES


def augment(
    data: FloatArray, settings: AugmentationSettings, clip_sigma: float, rng: np.random.Generator
) -> FloatArray:
    """Change a crop.

    Parameters
    ----------
    data : (19, n) float32
        Normalised.
    settings
        What is changed and how far.
    clip_sigma
        The z-score's limit, which holds behind the change too.
    rng
        The crop's.
    """
    if settings.mirror and rng.random() < 0.5:
        data = data[list(MIRRORED)]
    if settings.amplitude_db:
        gain_db = rng.uniform(-settings.amplitude_db, settings.amplitude_db)
        data = np.clip(data * np.float32(10 ** (gain_db / 20)), -clip_sigma, clip_sigma)
    if settings.channel_dropout:
        kept = rng.random(len(data)) >= settings.channel_dropout
        data = data * kept[:, None].astype(np.float32)
    return data
