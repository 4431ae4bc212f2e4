"""The earliest stamp of each quarter of a second, and how noisy stamps are there."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["FloatStamps", "LowerEdges", "StampPoint"]

FloatStamps = npt.NDArray[np.float64]

_NOISE_WINDOWS = 240
_RARE = 1e-8
"""How often noise alone may look like a step; the lowest of n even draws over J s lies above
J * (1 - _RARE ** (1 / n)) so often."""


class StampPoint(NamedTuple):
    """A sample and its stamp."""

    sample: int
    stamp: float


class LowerEdges:
    """The windows of the last minute: the earliest stamp of each, and its noise."""

    def __init__(self) -> None:
        self.n_draws = self.n_gaps = 0
        self._samples = self._gaps = np.empty(0, dtype=np.int64)
        self._stamps = self._falls_s = self._draws = np.empty(0)

    def __len__(self) -> int:
        return len(self._samples)

    def add(self, low: StampPoint, fall_s: float, n_draws: int) -> None:
        """Take a window.

        Parameters
        ----------
        low
            Its earliest stamp.
        fall_s
            How far stamps fell back behind a late one.
        n_draws
            How many delays its stamps had: one for each chunk, or for each sample.
        """
        kept = slice(1 - _NOISE_WINDOWS, None)
        self.n_draws += n_draws
        self._samples = np.append(self._samples[kept], low.sample)
        self._stamps = np.append(self._stamps[kept], low.stamp)
        self._falls_s = np.append(self._falls_s[kept], fall_s)
        self._draws = np.append(self._draws[kept], n_draws)
        self._gaps = np.append(self._gaps[kept], self.n_gaps)

    def keep_newest(self) -> None:
        """Forget all but one."""
        newest = slice(-1, None)
        self._samples, self._stamps = self._samples[newest], self._stamps[newest]
        self._gaps = self._gaps[newest]
        self._falls_s, self._draws = self._falls_s[newest], self._draws[newest]

    def move(self, n_windows: int, n_samples: int) -> None:
        """Count so many samples more in the newest windows."""
        self._samples[-n_windows:] += n_samples

    def noise_s(self, levels_s: FloatStamps, n_windows: int) -> float:
        """How far levels fell again within so many windows; across a gap, nothing is known."""
        noise_s = 0.0
        for lag in range(1, min(n_windows, len(levels_s))):
            falls_s = (levels_s[:-lag] - levels_s[lag:])[self._gaps[:-lag] == self._gaps[lag:]]
            noise_s = max(noise_s, float(falls_s.max(initial=0.0)))
        return noise_s

    def bias_s(self, levels_s: FloatStamps, n_windows: int) -> float:
        """How far above the lowest of so many windows one is on average."""
        n_whole = len(levels_s) // n_windows * n_windows
        if n_whole == 0:
            return 0.0
        groups = levels_s[-n_whole:].reshape(-1, n_windows)
        return float((groups - groups.min(axis=1, keepdims=True)).mean())

    def levels_s(self, origin: int, origin_stamp: float, period_s: float) -> FloatStamps:
        """Return how far above a line the earliest stamps lie, s."""
        return np.asarray(self._stamps - origin_stamp - (self._samples - origin) * period_s)

    @property
    def fall_s(self) -> float:
        """The deepest fall."""
        return float(self._falls_s.max())

    def tail_s(self, n_windows: int = 1) -> float:
        """How far above the lower edge so many windows may lie by chance, all of them."""
        return float((self._falls_s * (1 - _RARE ** (1 / (n_windows * self._draws)))).max())
