"""Bring slower channels of a recording to its main rate while it is being read."""

import math

import numpy as np
import samplerate

from core.types import FloatArray

__all__ = ["SETTLE_SAMPLES", "RateRaiser"]

SETTLE_SAMPLES = 128
"""Input samples on either side within which the filter of sinc_medium still feels an edge."""


class RateRaiser:
    """Channels of one rate raised to another by libsamplerate: any split, exact length.

    Both ends are continued by their outermost sample, so that a channel with an offset does not
    ring there, and output sample ``i`` stands for the instant of input sample ``i * n_in /
    n_out``. Output is held back by about 50 input samples; :meth:`flush` hands out the rest.

    Parameters
    ----------
    n_channels
        How many; libsamplerate takes at most 128.
    n_in, n_out
        Samples of one data record before and after; ``n_out >= n_in``.
    """

    def __init__(self, n_channels: int, n_in: int, n_out: int) -> None:
        self._n_channels = n_channels
        self._n_in, self._n_out = n_in, n_out
        # Whole records, so that the padding makes a whole number of output samples.
        records = math.ceil(SETTLE_SAMPLES / n_in)
        self._n_pad, self._n_skip = records * n_in, records * n_out
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._resampler = samplerate.Resampler("sinc_medium", channels=self._n_channels)
        self._last: FloatArray | None = None
        self._to_skip = self._n_skip
        self._n_taken = self._n_given = 0

    def push(self, data: FloatArray) -> FloatArray:
        """Take ``(n_channels, n)`` samples; return those that are due at the main rate."""
        if data.shape[1] == 0:
            return data
        if self._last is None:
            self._process(np.repeat(data[:, :1], self._n_pad, axis=1))
        self._last = data[:, -1:].copy()
        output = self._process(data)
        self._n_taken += data.shape[1]
        self._n_given += output.shape[1]
        return output

    def flush(self) -> FloatArray:
        """End the segment: return what was held back, so that the length is exact."""
        if self._last is None:
            return np.empty((self._n_channels, 0), dtype=np.float32)
        tail = self._process(np.repeat(self._last, self._n_pad, axis=1))
        n_due = self._n_taken * self._n_out // self._n_in - self._n_given
        self.reset()
        return tail[:, :n_due]

    def _process(self, data: FloatArray) -> FloatArray:
        raw = self._resampler.process(np.ascontiguousarray(data.T), self._n_out / self._n_in)
        output: FloatArray = np.asarray(raw, dtype=np.float32).reshape(-1, self._n_channels).T
        n_skipped = min(self._to_skip, output.shape[1])
        self._to_skip -= n_skipped
        return output[:, n_skipped:]
