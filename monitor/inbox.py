"""The bounded queue of messages to the desk."""

import queue
from collections.abc import Callable, Iterator

__all__ = ["Inbox"]

_POLL_S = 0.2


class Inbox:
    """Messages of any thread, in order; whoever writes waits for room.

    Parameters
    ----------
    limit
        Most messages that may wait.
    is_read
        Whether anybody reads; what is put in when nobody does is dropped.
    """

    def __init__(self, limit: int, is_read: Callable[[], bool]) -> None:
        self._queue: queue.Queue[object] = queue.Queue(limit)
        self._is_read = is_read

    def put(self, message: object) -> None:
        """Reach the desk, unless there is no desk any more."""
        while self._is_read():
            try:
                self._queue.put(message, timeout=_POLL_S)
            except queue.Full:
                continue
            return

    def get(self) -> object | None:
        """Take the next message; None where none comes for a while."""
        try:
            return self._queue.get(timeout=_POLL_S)
        except queue.Empty:
            return None

    def rest(self) -> Iterator[object]:
        """Take all that are there now."""
        while not self._queue.empty():
            yield self._queue.get()
