"""What waits to be recorded."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from core.types import Chunk, FloatArray, Gap

__all__ = ["EegRemark", "FinalProbability", "QueueItem", "RecordingQueue", "Unrecorded"]

_MOST_OTHERS = 10_000
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class EegRemark:
    """An annotation; its time counts in seconds since the run began."""

    time_s: float
    text: str
    duration_s: float | None


@dataclass(frozen=True, slots=True, eq=False)
class FinalProbability:
    """Final probabilities at 256 Hz."""

    start_sample: int
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """Signal that found no room in the queue."""

    start_sample: int
    stop_sample: int


QueueItem = Chunk | Gap | EegRemark | FinalProbability | Unrecorded


class RecordingQueue:
    """A queue that holds so many samples at most, and never holds up who cannot wait.

    Once it has overflowed, it takes signal again when it has half emptied: one long gap can be
    read, a hundred short ones cannot.

    Parameters
    ----------
    most_samples
        How much signal may wait.
    """

    def __init__(self, most_samples: int) -> None:
        self._most_samples = most_samples
        self._items: deque[QueueItem] = deque()
        self._n_samples = 0
        self._n_others = 0
        self._busy = False
        self._ended = False
        self._unrecorded: Unrecorded | None = None
        self._changed = threading.Condition()

    @property
    def has_overflowed(self) -> bool:
        """Whether signal is being left out just now."""
        return self._unrecorded is not None

    def put(self, item: QueueItem) -> None:
        """Add an item; signal that finds no room is left out, and :class:`Unrecorded` tells it."""
        with self._changed:
            if isinstance(item, Chunk):
                self._put_chunk(item)
            elif self._n_others < _MOST_OTHERS:
                self._n_others += 1
                self._items.append(item)
            self._changed.notify_all()

    def _put_chunk(self, chunk: Chunk) -> None:
        limit = self._most_samples // (2 if self._unrecorded else 1)
        if self._n_samples and self._n_samples + chunk.n_samples > limit:
            start = self._unrecorded.start_sample if self._unrecorded else chunk.start_sample
            self._unrecorded = Unrecorded(start, chunk.stop_sample)
            return
        self._settle()
        self._n_samples += chunk.n_samples
        self._items.append(chunk)

    def _settle(self) -> None:
        """Tell what was left out, before what comes now."""
        if self._unrecorded is not None:
            self._items.append(self._unrecorded)
            self._n_others += 1
            self._unrecorded = None

    def get(self) -> QueueItem | None:
        """Wait for the next item; None at the end. The one before is done with."""
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            while not self._items and not self._ended:
                self._changed.wait()
            if not self._items:
                return None
            item = self._items.popleft()
            if isinstance(item, Chunk):
                self._n_samples -= item.n_samples
            else:
                self._n_others -= 1
            self._busy = True
            return item

    def wait_until_done(self, goes_on: Callable[[], bool]) -> None:
        """Wait until all items are done with, or it cannot go on."""
        with self._changed:
            while (self._items or self._busy) and goes_on():
                self._changed.wait(_POLL_S)

    def wake(self) -> None:
        """Let those who wait look whether it goes on."""
        with self._changed:
            self._changed.notify_all()

    def end(self) -> None:
        """Take nothing more into account than what is in."""
        with self._changed:
            self._settle()
            self._ended = True
            self._changed.notify_all()
