"""Windows for the network: the latest 60 s, every 10 s, normalised by what is known by then."""

import numpy as np
import numpy.typing as npt

from core.montage import ELECTRODES
from core.ring import Ring
from core.stats import Welford
from core.types import Chunk, FloatArray, Gap, Window

__all__ = ["Windower", "normalise"]

_MIN_STD_UV = 1e-6
"""A channel that has never moved more than this is silent: its z-score is 0, not noise."""


def normalise(
    data: FloatArray,
    mean: npt.NDArray[np.float64],
    std: npt.NDArray[np.float64],
    clip_sigma: float,
) -> FloatArray:
    """Take the z-score of each channel, clipped.

    Parameters
    ----------
    data : (n_channels, n_samples) float32
        Microvolts.
    mean, std : (n_channels,) float64
        Microvolts; a channel whose ``std`` is practically 0 gives 0.
    clip_sigma
        Limit.
    """
    scale = np.where(std > _MIN_STD_UV, 1.0 / np.maximum(std, _MIN_STD_UV), 0.0)
    z = (data - mean[:, None]) * scale[:, None]
    return np.clip(z, -clip_sigma, clip_sigma).astype(np.float32)


class Windower:
    """Ring buffer and running statistics; emits a window whenever one is due.

    Window ``k`` of a segment covers samples ``[k * stride, k * stride + window)``. It is
    normalised with the statistics at exactly its last sample, then clipped. When the segment
    ends, samples that no full window covered up to the end get one more, zero-padded on the
    right. The statistics live on across gaps.

    Parameters
    ----------
    window_samples, stride_samples
        Length and distance of windows.
    clip_sigma
        Limit of the z-score.
    """

    def __init__(self, window_samples: int, stride_samples: int, clip_sigma: float) -> None:
        self._window_samples = window_samples
        self._stride_samples = stride_samples
        self._clip_sigma = clip_sigma
        self._ring = Ring(len(ELECTRODES), window_samples)
        self._welford = Welford(len(ELECTRODES))
        self._n_windows: int
        self._segment_start: int | None
        self.reset()

    @property
    def samples_to_first_window(self) -> int:
        """Samples of this segment still missing until its first window is due (re-arming)."""
        return max(0, self._window_samples - self._ring.n_written)

    def push(self, item: Chunk | Gap) -> list[Window | Gap]:
        """Take a block of at most one stride, aligned to the stride (or a gap).

        Raises
        ------
        ValueError
            Where the block has not 19 channels or would step over a due window.
        """
        if isinstance(item, Gap):
            return [*self.flush(), item]
        if item.n_samples == 0:
            return []
        if item.data.shape[0] != len(ELECTRODES):
            raise ValueError(f"{item.data.shape[0]} channels, not {len(ELECTRODES)}")
        if self._segment_start is None:
            self._segment_start = item.start_sample
        self._ring.write(item.data)
        self._welford.update(item.data, item.valid)
        due = self._n_windows * self._stride_samples + self._window_samples
        if self._ring.n_written < due:
            return []
        if self._ring.n_written > due:
            raise ValueError("a block stepped over the end of a window")
        return [self._fire(self._window_samples)]

    def flush(self) -> list[Window | Gap]:
        out: list[Window | Gap] = []
        covered = 0
        if self._n_windows:
            covered = (self._n_windows - 1) * self._stride_samples + self._window_samples
        if self._ring.n_written > covered:
            out.append(self._fire(self._ring.n_written - self._n_windows * self._stride_samples))
        self._begin_segment()
        return out

    def reset(self) -> None:
        self._welford.reset()
        self._begin_segment()

    def _begin_segment(self) -> None:
        self._ring.clear()
        self._segment_start = None
        self._n_windows = 0

    def _fire(self, n_valid: int) -> Window:
        assert self._segment_start is not None
        data = np.zeros((len(ELECTRODES), self._window_samples), dtype=np.float32)
        data[:, :n_valid] = normalise(
            self._ring.latest(n_valid), self._welford.mean, self._welford.std, self._clip_sigma
        )
        start_sample = self._segment_start + self._n_windows * self._stride_samples
        self._n_windows += 1
        return Window(data, start_sample, n_valid)
