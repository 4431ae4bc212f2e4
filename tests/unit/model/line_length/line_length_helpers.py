"""Sizes, signals and windows for the line-length detector."""

import numpy as np

from core.config import Config, InferenceConfig, ModelConfig
from core.model.presets import LineLengthPreset
from core.types import FloatArray

CONFIG = Config(
    model=ModelConfig(preset="line-length"), inference=InferenceConfig(device="cpu", threads=1)
)
WINDOW, STRIDE, STEP = 15360, 2560, 256
SIZES = LineLengthPreset("line-length")


def signal(seconds: int, seed: int = 0) -> FloatArray:
    """Noise whose amplitude wanders by some 20 % from second to second."""
    rng = np.random.default_rng(seed)
    amplitude = np.exp(rng.normal(0, 0.2, seconds)).repeat(STEP)
    return (amplitude * rng.standard_normal((19, seconds * STEP))).astype(np.float32)


def windows(data: FloatArray) -> list[tuple[FloatArray, int, int]]:
    """Data, start and valid samples of every window, the padded one at the end included."""
    out, start, covered = [], 0, 0
    while covered < data.shape[1]:
        piece = data[:, start : start + WINDOW]
        covered = start + piece.shape[1]
        padded = np.zeros((19, WINDOW), dtype=np.float32)
        padded[:, : piece.shape[1]] = piece
        out.append((padded, start, piece.shape[1]))
        start += STRIDE
    return out
