"""Waiting for a file that another program is still writing."""

import time
from collections.abc import Callable

__all__ = ["Growth"]


class Growth:
    """Decides how long to wait for more.

    Parameters
    ----------
    poll_s
        Between two looks at the file.
    idle_s
        Without growth, after which waiting is over.
    stop
        Asked again and again; True ends the waiting.
    """

    def __init__(self, poll_s: float, idle_s: float, stop: Callable[[], bool]) -> None:
        self._poll_s, self._idle_s, self._stop = poll_s, idle_s, stop
        self.seen()

    @property
    def stopped(self) -> bool:
        """Whether the caller wants no more."""
        return self._stop()

    @property
    def goes_on(self) -> bool:
        """Whether to look again."""
        return not self._stop() and time.monotonic() - self._last_growth_s < self._idle_s

    def seen(self) -> None:
        """Note that something came in."""
        self._last_growth_s = time.monotonic()

    def wait(self) -> None:
        time.sleep(self._poll_s)
