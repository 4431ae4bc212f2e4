"""Samples of a live stream with their place in the session."""

from collections import deque
from collections.abc import Iterable, Iterator

from core.types import Chunk
from monitor.sources.lsl_connection import Pulled
from monitor.sources.sample_clock import SampleClock, SampleRun

__all__ = ["IndexedSamples"]


class IndexedSamples:
    """Give samples their indices; those that the clock is in doubt about wait here.

    Parameters
    ----------
    sfreq
        Nominal rate, Hz.
    limit
        Index behind the last sample that is wanted; None for all.
    """

    def __init__(self, sfreq: float, limit: int | None = None) -> None:
        self.clock = SampleClock(sfreq)
        self.received_samples = 0
        self._limit = limit
        self._waiting: deque[Pulled] = deque()

    def push(self, pulled: Pulled) -> Iterator[Chunk]:
        """Take samples; yield those whose place is certain."""
        self.received_samples += pulled.n_samples
        self._waiting.append(pulled)
        yield from self._cut(self.clock.push(pulled.stamps))

    def flush(self) -> Iterator[Chunk]:
        """Yield what waits: nothing more comes from this connection."""
        yield from self._cut(self.clock.flush())

    def _cut(self, runs: Iterable[SampleRun]) -> Iterator[Chunk]:
        for run in runs:
            position, stop = run.start_sample, run.start_sample + run.n_samples
            while position < stop:
                piece = self._waiting.popleft()
                n = min(piece.n_samples, stop - position)
                if n < piece.n_samples:
                    self._waiting.appendleft(piece.slice(n, piece.n_samples))
                n_wanted = n if self._limit is None else min(n, self._limit - position)
                if n_wanted > 0:
                    wanted = piece.slice(0, n_wanted)
                    yield Chunk(wanted.data, position, wanted.valid)
                position += n
