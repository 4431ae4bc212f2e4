"""From chunks of any length to the data records of EDF."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from core.types import BoolArray, Chunk, FloatArray

__all__ = ["RawRecord", "RecordAssembly"]

LONGEST_FILL_S = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class RawRecord:
    """A record's worth of signal.

    Attributes
    ----------
    start_sample
        Index of its first sample.
    data : (n_channels, n_samples) float32
        Microvolts.
    n_known
        Samples that belong to it; the rest repeats the last one, because the segment has ended.
    invalid : (n_channels,) bool
        Channels with samples that were not measured, other than in gaps.
    gaps
        ``(start_sample, stop_sample)`` of every gap that begins in it.
    """

    start_sample: int
    data: FloatArray
    n_known: int
    invalid: BoolArray
    gaps: tuple[tuple[int, int], ...] = field(default=())

    @property
    def is_last(self) -> bool:
        """Whether the segment ends within it."""
        return self.n_known < int(self.data.shape[1])


class RecordAssembly:
    """Cut a stream into records; the result does not depend on the chunks.

    A gap of up to 60 s is filled with the value before it. A longer one ends the segment, and the
    next record begins with the sample behind it.

    Parameters
    ----------
    n_channels
        Of the stream.
    n_samples
        In a record.
    sfreq_hz
        Rate of the stream.
    """

    def __init__(self, n_channels: int, n_samples: int, sfreq_hz: float) -> None:
        self._n_samples = n_samples
        self._longest_fill = round(LONGEST_FILL_S * sfreq_hz)
        self._data: FloatArray = np.empty((n_channels, n_samples), dtype=np.float32)
        self._invalid: BoolArray = np.zeros(n_channels, dtype=np.bool_)
        self._gaps: list[tuple[int, int]] = []
        self._held: FloatArray = np.zeros((n_channels, 1), dtype=np.float32)
        self._n_filled = 0
        self.next_sample: int | None = None

    def push(self, chunk: Chunk) -> Iterator[RawRecord]:
        """Take a chunk; yield the records that it completes."""
        position = 0
        if self.next_sample is None:
            self.next_sample = chunk.start_sample
        n_missing = chunk.start_sample - self.next_sample
        if n_missing < 0:  # what is known already is not recorded twice
            position = min(-n_missing, chunk.n_samples)
        elif n_missing > self._longest_fill:
            yield from self.flush()
            self.next_sample = chunk.start_sample
        elif n_missing and chunk.n_samples:
            yield from self._fill(n_missing)
        while position < chunk.n_samples:
            stop = position + min(self._n_samples - self._n_filled, chunk.n_samples - position)
            if chunk.valid is not None:
                self._invalid |= ~chunk.valid[:, position:stop].all(axis=1)
            yield from self._append(chunk.data[:, position:stop])
            position = stop
        if chunk.n_samples:
            self._held = chunk.data[:, -1:].copy()

    def flush(self) -> Iterator[RawRecord]:
        """End the segment: yield the record that is not whole."""
        if self._n_filled:
            self._data[:, self._n_filled :] = self._data[:, self._n_filled - 1, None]
            yield self._take()
        self.next_sample = None

    def drop(self) -> None:
        """Forget what is in no record yet; the next chunk begins a new segment."""
        self._clear()
        self.next_sample = None

    def _fill(self, n_missing: int) -> Iterator[RawRecord]:
        assert self.next_sample is not None
        self._gaps.append((self.next_sample, self.next_sample + n_missing))
        while n_missing:
            n = min(n_missing, self._n_samples - self._n_filled)
            n_missing -= n
            yield from self._append(np.broadcast_to(self._held, (len(self._held), n)))

    def _append(self, piece: FloatArray) -> Iterator[RawRecord]:
        assert self.next_sample is not None
        n = piece.shape[1]
        self._data[:, self._n_filled : self._n_filled + n] = piece
        self._n_filled += n
        self.next_sample += n
        if self._n_filled == self._n_samples:
            yield self._take()

    def _take(self) -> RawRecord:
        assert self.next_sample is not None
        record = RawRecord(
            self.next_sample - self._n_filled,
            self._data.copy(),
            self._n_filled,
            self._invalid.copy(),
            tuple(self._gaps),
        )
        self._clear()
        return record

    def _clear(self) -> None:
        self._n_filled = 0
        self._gaps.clear()
        self._invalid[:] = False
