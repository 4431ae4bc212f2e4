"""Whether the computer's clock is set while the monitor runs: pure logic on two clocks."""

import time
from collections.abc import Callable

__all__ = ["JUMP_S", "HostClock"]

JUMP_S = 0.5
_AT_ONCE_S = 0.05
"""Readings of two clocks that are further apart were not taken together."""


class HostClock:
    """Compare the wall clock with the monotonic one, look by look.

    A clock that is led slowly to the right time does not jump; one that is set, and a computer
    that slept, do.

    Parameters
    ----------
    wall, monotonic
        Seconds of either clock.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._difference_s: float | None = None

    def look(self) -> float | None:
        """Return by how much the wall clock was put forward since the last look, s; or None."""
        before_s, wall_s, after_s = self._monotonic(), self._wall(), self._monotonic()
        if after_s - before_s > _AT_ONCE_S:
            return None
        known_s, self._difference_s = self._difference_s, wall_s - before_s
        if known_s is None or abs(self._difference_s - known_s) <= JUMP_S:
            return None
        return self._difference_s - known_s
