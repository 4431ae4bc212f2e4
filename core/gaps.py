"""Missing samples: short gaps are bridged, long ones end the segment."""

import numpy as np
import numpy.typing as npt

from core.errors import SignalError
from core.types import Chunk, Gap

__all__ = ["GapBridge"]


class GapBridge:
    """Find jumps in the sample index; bridge the short ones.

    A gap of at most ``bridge_s`` is filled with a straight line between its neighbours, marked
    invalid. A longer one becomes a :class:`~core.types.Gap`.

    Parameters
    ----------
    sfreq
        Rate of the stream, Hz.
    bridge_s
        Longest gap to bridge.
    """

    def __init__(self, sfreq: float, bridge_s: float) -> None:
        self._sfreq = sfreq
        self._bridge_samples = round(bridge_s * sfreq)
        self._last: npt.NDArray[np.float64]
        self._next_sample: int | None
        self.reset()

    def push(self, item: Chunk) -> list[Chunk | Gap]:
        """Take a chunk; return it, behind the bridge or the gap that precedes it.

        Raises
        ------
        SignalError
            Where the chunk begins before the end of the one before.
        """
        if item.n_samples == 0:
            return []
        out: list[Chunk | Gap] = []
        if self._next_sample is not None and item.start_sample != self._next_sample:
            n_missing = item.start_sample - self._next_sample
            if n_missing < 0:
                raise SignalError(
                    f"samples go back in time by {-n_missing / self._sfreq:.3f} s "
                    f"at {self._next_sample / self._sfreq:.3f} s"
                )
            if n_missing <= self._bridge_samples:
                out.append(self._bridge(self._next_sample, item))
            else:
                out.append(Gap(self._next_sample, item.start_sample))
        self._next_sample = item.stop_sample
        self._last = item.data[:, -1].astype(np.float64)
        return [*out, item]

    def flush(self) -> list[Chunk | Gap]:
        self.reset()
        return []

    def reset(self) -> None:
        self._next_sample = None
        self._last = np.empty(0)

    def _bridge(self, start_sample: int, after: Chunk) -> Chunk:
        n = after.start_sample - start_sample
        weight = np.arange(1, n + 1) / (n + 1)
        first = after.data[:, 0].astype(np.float64)
        line = self._last[:, None] * (1 - weight) + first[:, None] * weight
        return Chunk(line.astype(np.float32), start_sample, np.zeros(line.shape, dtype=np.bool_))
