"""Running mean and variance."""

from typing import Self

import numpy as np
import numpy.typing as npt

from core.types import BoolArray, FloatArray

__all__ = ["Welford"]


class Welford:
    """Mean and variance of each channel over everything seen so far, in float64.

    Blocks are merged with the pairwise update of Chan, Golub & LeVeque (1979), the parallel form
    of Welford's recurrence: no cancellation, one pass, constant memory.

    Parameters
    ----------
    n_channels
        Number of channels.
    """

    def __init__(self, n_channels: int) -> None:
        self._n_channels = n_channels
        self._n: npt.NDArray[np.float64]
        self._mean: npt.NDArray[np.float64]
        self._m2: npt.NDArray[np.float64]
        self.reset()

    def update(self, data: FloatArray, valid: BoolArray | None = None) -> Self:
        """Merge a block.

        Parameters
        ----------
        data : (n_channels, n_samples) float32
            Samples.
        valid : (n_channels, n_samples) bool, optional
            Samples where it is False are left out.
        """
        x = data.astype(np.float64)
        weight = np.ones(x.shape) if valid is None else valid.astype(np.float64)
        n_block = weight.sum(axis=1)
        n_safe = np.maximum(n_block, 1.0)
        mean_block = (x * weight).sum(axis=1) / n_safe
        m2_block = (weight * (x - mean_block[:, None]) ** 2).sum(axis=1)
        n_total = self._n + n_block
        delta = mean_block - self._mean
        share = n_block / np.maximum(n_total, 1.0)
        self._mean = self._mean + delta * share
        self._m2 = self._m2 + m2_block + delta**2 * self._n * share
        self._n = n_total
        return self

    @property
    def n(self) -> npt.NDArray[np.float64]:
        """Samples that entered, ``(n_channels,)``."""
        return self._n

    @property
    def mean(self) -> npt.NDArray[np.float64]:
        """Mean, ``(n_channels,)``; 0 before the first sample."""
        return self._mean

    @property
    def std(self) -> npt.NDArray[np.float64]:
        """Population standard deviation, ``(n_channels,)``; 0 before the first sample."""
        return np.asarray(np.sqrt(self._m2 / np.maximum(self._n, 1.0)))

    def reset(self) -> None:
        self._n = np.zeros(self._n_channels)
        self._mean = np.zeros(self._n_channels)
        self._m2 = np.zeros(self._n_channels)
