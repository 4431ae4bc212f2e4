"""The last hour of signal, for scrolling back; or a recorded session in its place."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.types import BoolArray, Chunk, FloatArray

__all__ = ["HISTORY_S", "RecordedHistory", "SignalHistory", "row_validity"]

HISTORY_S = 3600.0
STEP_UV = 0.1
"""Resolution: below the noise of an amplifier, and a third of a pixel at 1 uV/mm."""

_UNKNOWN = np.iinfo(np.int16).min
_LIMIT = np.iinfo(np.int16).max


class RecordedHistory(Protocol):
    """Signal that has come to its end, and is read from a file."""

    @property
    def start(self) -> int:
        """First sample."""
        ...

    @property
    def stop(self) -> int:
        """One past the last sample."""
        ...

    def read(self, first: int, stop: int) -> Chunk:
        """Return samples ``[first, stop)``; not a number where they are unknown."""
        ...


class SignalHistory:
    """Conditioned samples as 16-bit integers; the oldest make way for the newest.

    An hour of 19 channels at 256 Hz takes 38.7 MB. Swings beyond 3.28 mV are cut off, which no
    display shows.

    Parameters
    ----------
    n_channels
        At most 32.
    sfreq
        Sampling rate, Hz.
    kept_s
        Seconds that are kept.
    """

    def __init__(self, n_channels: int, sfreq: float, kept_s: float = HISTORY_S) -> None:
        self.n_kept = round(kept_s * sfreq)
        self._values = np.full((n_channels, self.n_kept), _UNKNOWN, dtype=np.int16)
        # one bit a channel: whether the sample was measured
        self._measured = np.zeros(self.n_kept, dtype=np.uint32)
        self._bits = np.uint32(1) << np.arange(n_channels, dtype=np.uint32)
        self._start: int | None = None
        self.stop = 0

    @property
    def nbytes(self) -> int:
        return self._values.nbytes + self._measured.nbytes

    @property
    def start(self) -> int:
        """Oldest sample that is kept; ``stop`` while there is none."""
        return self.stop if self._start is None else max(self._start, self.stop - self.n_kept)

    def write(self, chunk: Chunk) -> Chunk | None:
        """Take new samples; return them as they are kept, or None where none is new.

        Samples before the newest one are dropped; samples that were skipped are unknown.
        """
        first = self.stop if self._start is not None else chunk.start_sample
        begin = max(first, chunk.start_sample, chunk.stop_sample - self.n_kept)
        if begin >= chunk.stop_sample:
            return None
        if self._start is None:
            self._start = chunk.start_sample
        for place in self._places(max(first, chunk.stop_sample - self.n_kept), begin):
            self._values[:, place] = _UNKNOWN
        offset = begin - chunk.start_sample
        data = chunk.data[:, offset:]
        with np.errstate(invalid="ignore"):
            digital = np.clip(np.rint(data / STEP_UV), -_LIMIT, _LIMIT)
        kept = np.where(np.isfinite(data), digital, _UNKNOWN).astype(np.int16)
        valid = None if chunk.valid is None else chunk.valid[:, offset:]
        everything = np.full(kept.shape[1], self._bits.sum(), dtype=np.uint32)
        measured = everything if valid is None else self._bits @ valid
        done = 0
        for place in self._places(begin, chunk.stop_sample):
            n = place.stop - place.start
            self._values[:, place] = kept[:, done : done + n]
            self._measured[place] = measured[done : done + n]
            done += n
        self.stop = chunk.stop_sample
        return Chunk(_microvolts(kept), begin, valid)

    def read(self, first: int, stop: int) -> Chunk:
        """Return samples ``[first, stop)``; not a number where they are unknown."""
        n_channels = len(self._values)
        data = np.full((n_channels, stop - first), np.nan, dtype=np.float32)
        valid = np.ones((n_channels, stop - first), dtype=np.bool_)
        done = max(first, self.start) - first
        for place in self._places(max(first, self.start), min(stop, self.stop)):
            n = place.stop - place.start
            data[:, done : done + n] = _microvolts(self._values[:, place])
            valid[:, done : done + n] = self._measured[place] & self._bits[:, None] != 0
            done += n
        return Chunk(data, first, valid)

    def _places(self, first: int, stop: int) -> list[slice]:
        """Return where samples ``[first, stop)`` are kept, in one or two pieces."""
        if stop <= first:
            return []
        begin = first % self.n_kept
        end = begin + stop - first
        if end <= self.n_kept:
            return [slice(begin, end)]
        return [slice(begin, self.n_kept), slice(0, end - self.n_kept)]


def _microvolts(kept: npt.NDArray[np.int16]) -> FloatArray:
    values = kept.astype(np.float32) * np.float32(STEP_UV)
    values[kept == _UNKNOWN] = np.nan
    return values


def row_validity(uses: BoolArray, valid: BoolArray) -> BoolArray:
    """Return which samples of each row were measured at every electrode it is made of.

    Parameters
    ----------
    uses : (n_rows, n_channels)
        Which channels a row is made of.
    valid : (n_channels, n_samples)
        Which samples were measured.
    """
    if valid.all():
        return np.ones((len(uses), valid.shape[1]), dtype=np.bool_)
    n_unmeasured = uses.astype(np.uint8) @ (~valid).astype(np.uint8)
    return np.asarray(n_unmeasured == 0)
