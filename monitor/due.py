"""The bounded queue of due windows between acquisition and inference."""

import threading
from collections import deque

from core.types import Gap, Probabilities, Window

__all__ = ["DueWindows"]


class DueWindows:
    """Windows that wait for the network, in order.

    A source that can wait is held up while the queue is full. One that cannot (an amplifier)
    never is: the oldest waiting window is given up instead, and its place is kept, so that the
    stream says which samples got a vote less.

    Parameters
    ----------
    limit
        Most windows that may wait.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: deque[Window | Gap | Probabilities] = deque()
        self._n_windows = 0
        self._closed = False
        self._cancelled = False
        self._changed = threading.Condition()

    @property
    def n_windows(self) -> int:
        """Windows that wait now."""
        with self._changed:
            return self._n_windows

    @property
    def is_full(self) -> bool:
        """Whether no further window has room."""
        return self.n_windows >= self._limit

    def put(self, item: Window | Gap, *, wait: bool) -> None:
        """Append an item.

        Parameters
        ----------
        item
            A window, or the gap that follows the last window of its segment.
        wait
            Whether to wait for room; else the oldest window is given up.
        """
        with self._changed:
            full = isinstance(item, Window) and self._n_windows >= self._limit
            if full and wait:
                self._changed.wait_for(lambda: self._n_windows < self._limit or self._cancelled)
            elif full:
                self._give_up_oldest()
            self._items.append(item)
            self._n_windows += isinstance(item, Window)
            self._changed.notify_all()

    def get(self) -> Window | Gap | Probabilities | None:
        """Take the next item; None when the queue was closed and is empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closed)
            if not self._items or self._cancelled:
                return None
            item = self._items.popleft()
            self._n_windows -= isinstance(item, Window)
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Say that nothing more will come."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def cancel(self) -> None:
        """Let go of everyone who waits, because the pipeline has failed."""
        with self._changed:
            self._closed = self._cancelled = True
            self._changed.notify_all()

    def _give_up_oldest(self) -> None:
        for i, item in enumerate(self._items):
            if isinstance(item, Window):
                self._items[i] = Probabilities(None, item.start_sample, item.n_valid)
                self._n_windows -= 1
                return
