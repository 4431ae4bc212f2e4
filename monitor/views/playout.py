"""When samples that came in blocks go to the screen, so that traces move evenly."""

from collections import deque

import numpy as np

from core.types import Chunk

__all__ = ["DELAY_S", "Playout"]

DELAY_S = 0.2
"""How far the screen stays behind the newest sample: a block of 125 ms, and 75 ms that one may be
late."""

_LINE_BLOCKS = 32
"""So many blocks, 4 s of a live stream, say where the newest sample is expected to be."""

_STALL_S = 1.0
"""Silence of this length says nothing about the samples that come behind it."""


class Playout:
    """Holds samples back for at most :data:`DELAY_S`, and gives them out by the clock.

    Blocks that come in time lie on a line: sample index over time of arrival. The screen follows
    that line :data:`DELAY_S` behind. The line goes through the earliest of the latest blocks, so a
    late block moves nothing, and behind a stall the screen is as close to the signal as before. A
    stream that is faster than real time raises the line with every block, and is never held up.

    Parameters
    ----------
    sfreq
        Sampling rate of the chunks, Hz.
    """

    def __init__(self, sfreq: float) -> None:
        self._sfreq = sfreq
        self._waiting: deque[Chunk] = deque()
        # sample index that each of the latest blocks would make of time 0
        self._leads: deque[float] = deque(maxlen=_LINE_BLOCKS)
        self._arrived_s = float("-inf")

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def add(self, chunk: Chunk, now_s: float) -> None:
        """Take a block that has just come in; times are seconds on any monotonic clock."""
        if now_s - self._arrived_s > _STALL_S:
            self._leads.clear()
        self._arrived_s = now_s
        self._leads.append(chunk.stop_sample - self._sfreq * now_s)
        self._waiting.append(chunk)

    def due(self, now_s: float) -> list[Chunk]:
        """Return what is to be on the screen now and was not yet."""
        if not self._waiting:
            return []
        stop = int(max(self._leads) + self._sfreq * (now_s - DELAY_S))
        chunks = []
        while self._waiting and self._waiting[0].stop_sample <= stop:
            chunks.append(self._waiting.popleft())
        if self._waiting and self._waiting[0].start_sample < stop:
            first, rest = _cut(self._waiting[0], stop)
            self._waiting[0] = rest
            chunks.append(first)
        return chunks

    def all(self) -> list[Chunk]:
        """Return all that waits, at once."""
        chunks = list(self._waiting)
        self._waiting.clear()
        return chunks


def _cut(chunk: Chunk, sample: int) -> tuple[Chunk, Chunk]:
    """Return what is before a sample, and what is not."""
    n = sample - chunk.start_sample
    valid = (None, None) if chunk.valid is None else np.split(chunk.valid, [n], axis=1)
    return (
        Chunk(chunk.data[:, :n], chunk.start_sample, valid[0]),
        Chunk(chunk.data[:, n:], sample, valid[1]),
    )
