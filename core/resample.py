"""Resampling to the detector's rate, sample by sample in bounded memory."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import samplerate

from core.errors import SignalError
from core.types import BoolArray, Chunk, FloatArray

__all__ = ["MAX_RATIO", "MIN_SFREQ_HZ", "Resampler", "resampled_index"]

MIN_SFREQ_HZ = 100.0
"""Slowest source: below it, the band where seizures live is no longer covered."""

MAX_RATIO = 256
"""Largest ratio of two rates that libsamplerate converts."""


def _as_fraction(sfreq: float) -> Fraction:
    return Fraction(sfreq).limit_denominator(100_000)


def resampled_index(sample: int, sfreq: float, target_sfreq: float) -> int:
    """Return the index at ``target_sfreq`` nearest to ``sample`` at ``sfreq``."""
    return round(sample * _as_fraction(target_sfreq) / _as_fraction(sfreq))


class Resampler:
    """Band-limited sinc interpolation (libsamplerate, streaming).

    ``n`` input samples of a segment give ``ceil(n * target_sfreq / sfreq)`` output samples: those
    whose time lies inside the input. An output sample is invalid where the input sample at its
    time is. At equal rates samples pass unchanged.

    Parameters
    ----------
    sfreq, target_sfreq
        Rates before and after, Hz.
    converter
        ``sinc_fastest`` (75 ms lag), ``sinc_medium`` (180 ms) or ``sinc_best``.

    Raises
    ------
    SignalError
        Where ``sfreq`` is below :data:`MIN_SFREQ_HZ`, or above what can be converted.
    """

    def __init__(self, sfreq: float, target_sfreq: float, converter: str = "sinc_medium") -> None:
        if not math.isfinite(sfreq) or sfreq < MIN_SFREQ_HZ:
            raise SignalError(
                f"sampling rate {sfreq:g} Hz is below the minimum of {MIN_SFREQ_HZ:g} Hz"
            )
        highest_hz = MAX_RATIO * target_sfreq
        if sfreq > highest_hz:
            raise SignalError(
                f"sampling rate {sfreq:g} Hz is above the maximum of {highest_hz:g} Hz"
            )
        self._sfreq = sfreq
        self._target_sfreq = target_sfreq
        self._ratio = _as_fraction(target_sfreq) / _as_fraction(sfreq)
        self._converter = converter
        self._n_channels: int
        self._n_in: int
        self._n_out: int
        self._pending_start: int
        self._core: Any
        self._start_sample: int | None
        self._pending_valid: BoolArray | None
        self.reset()

    def push(self, item: Chunk) -> list[Chunk]:
        if item.n_samples == 0:
            return []
        if self._start_sample is None:
            self._start_sample = resampled_index(item.start_sample, self._sfreq, self._target_sfreq)
            self._n_channels = item.data.shape[0]
            if self._ratio != 1:
                self._core = samplerate.Resampler(self._converter, channels=self._n_channels)
        if self._core is None:
            out = Chunk(item.data, self._start_sample + self._n_out, item.valid)
            self._n_out += item.n_samples
            return [out]
        self._n_in += item.n_samples
        self._pending_valid = np.concatenate([self._pending_valid_or_empty(), item.validity()], 1)
        return self._emit(self._process(item.data, end=False), limit=None)

    def flush(self) -> list[Chunk]:
        out: list[Chunk] = []
        if self._core is not None:
            limit = math.ceil(self._n_in * self._ratio)
            # libsamplerate hands out its last samples only against further input: silence behind
            # the end of the segment, of which everything past the limit is cut off again.
            silence = np.zeros((self._n_channels, math.ceil(self._sfreq)), dtype=np.float32)
            while self._n_out < limit:
                out += self._emit(self._process(silence, end=False), limit)
        self.reset()
        return out

    def reset(self) -> None:
        self._core = None
        self._start_sample = None
        self._n_channels = 0
        self._n_in = 0
        self._n_out = 0
        self._pending_valid = None
        self._pending_start = 0

    def _pending_valid_or_empty(self) -> BoolArray:
        if self._pending_valid is None:
            return np.empty((self._n_channels, 0), dtype=np.bool_)
        return self._pending_valid

    def _process(self, data: FloatArray, *, end: bool) -> FloatArray:
        frames = np.ascontiguousarray(data.T)
        resampled = self._core.process(frames, float(self._ratio), end_of_input=end)
        return np.asarray(resampled, dtype=np.float32).reshape(-1, self._n_channels).T

    def _emit(self, data: FloatArray, limit: int | None) -> list[Chunk]:
        n = data.shape[1] if limit is None else min(data.shape[1], limit - self._n_out)
        if n == 0:
            return []
        assert self._start_sample is not None
        valid = self._valid_at(self._n_out, n)
        out = Chunk(np.ascontiguousarray(data[:, :n]), self._start_sample + self._n_out, valid)
        self._n_out += n
        return [out]

    def _valid_at(self, first: int, n: int) -> BoolArray:
        """Look up the input's validity at the time of output samples ``first .. first + n``."""
        pending = self._pending_valid_or_empty()
        numerator, denominator = self._ratio.numerator, self._ratio.denominator
        index = np.arange(first, first + n, dtype=np.int64) * denominator // numerator
        valid = pending[:, index - self._pending_start]
        keep_from = (first + n) * denominator // numerator - self._pending_start
        self._pending_valid = pending[:, keep_from:].copy()
        self._pending_start += min(keep_from, pending.shape[1])
        return np.ascontiguousarray(valid)
