"""The ring buffer that holds the latest samples."""

import numpy as np

from core.types import FloatArray

__all__ = ["Ring"]


class Ring:
    """The latest ``capacity`` samples of every channel.

    Each sample is written twice, ``capacity`` apart, so that any run of recent samples lies in
    one piece and is read without copying.

    Parameters
    ----------
    n_channels, capacity
        Shape of what it holds.
    """

    def __init__(self, n_channels: int, capacity: int) -> None:
        self._capacity = capacity
        self._buffer = np.zeros((n_channels, 2 * capacity), dtype=np.float32)
        self._n_written = 0

    @property
    def n_written(self) -> int:
        """Samples written since the ring was cleared."""
        return self._n_written

    def write(self, data: FloatArray) -> None:
        """Append samples, ``(n_channels, n_samples)``; only the latest ``capacity`` remain."""
        kept = data[:, -self._capacity :]
        self._n_written += data.shape[1] - kept.shape[1]
        while kept.shape[1]:
            start = self._n_written % self._capacity
            piece = kept[:, : self._capacity - start]
            n = piece.shape[1]
            self._buffer[:, start : start + n] = piece
            self._buffer[:, start + self._capacity : start + self._capacity + n] = piece
            self._n_written += n
            kept = kept[:, n:]

    def latest(self, n_samples: int) -> FloatArray:
        """Return a read-only view of the latest samples, valid until the next write.

        Raises
        ------
        ValueError
            Where more is asked for than the ring holds.
        """
        held = min(self._n_written, self._capacity)
        if n_samples > held:
            raise ValueError(f"{n_samples} samples asked for, {held} held")
        stop = (self._n_written - 1) % self._capacity + 1 + self._capacity
        view = self._buffer[:, stop - n_samples : stop]
        view.flags.writeable = False
        return view

    def clear(self) -> None:
        """Forget all samples."""
        self._n_written = 0
