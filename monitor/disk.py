"""How full the disk is, and for how many hours it lasts: logic on readings, no threads."""

import shutil
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path

__all__ = ["CHECK_S", "LOW_GB", "LOW_HOURS", "DiskForecast", "DiskState", "DiskWatch", "free_bytes"]

CHECK_S = 10.0
LOW_GB = 1.0
LOW_HOURS = 2.0
_CLEAR_GB, _CLEAR_HOURS = 1.1, 3.0
"""An alarm that stands goes away behind these: a rate is never quite even."""

_WINDOW_S = 600.0
_LEAST_S = 300.0
"""A rate is that of the last 10 min, and unknown before 5 min."""

_STEPS_H = (1, 2, 3, 4, 6, 8, 12, 24)
"""Hours that are written: an alarm's text must not change with every reading."""


@dataclass(frozen=True, slots=True)
class DiskState:
    """One reading.

    Attributes
    ----------
    free_gb
        Room left, GB (10^9 bytes).
    hours_left
        Until it is used up at the rate of the last minutes, or at what is known to be written;
        infinite where it does not shrink, or that is not known yet.
    """

    free_gb: float
    hours_left: float = inf


class DiskForecast:
    """How fast the room on a disk shrinks, whoever writes there.

    Parameters
    ----------
    known_bytes_per_s
        What is known to be written there: it shrinks no slower.
    """

    def __init__(self, known_bytes_per_s: float = 0.0) -> None:
        self.known_bytes_per_s = known_bytes_per_s
        self._readings: deque[tuple[float, float]] = deque()

    def update(self, free: float, now_s: float) -> DiskState:
        """Take the free bytes at a moment of any monotonic clock."""
        self._readings.append((now_s, free))
        while now_s - self._readings[0][0] > _WINDOW_S:
            self._readings.popleft()
        first_s, before = self._readings[0]
        rate = self.known_bytes_per_s
        if now_s - first_s >= _LEAST_S:
            rate = max(rate, (before - free) / (now_s - first_s))
        return DiskState(free / 1e9, free / rate / 3600 if rate > 0 else inf)


def free_bytes(folder: Path) -> int | None:
    """Return the room on the disk of a folder, None where that cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


class DiskWatch:
    """Says what is wrong with the disk; asked often, it looks every 10 s.

    Parameters
    ----------
    folder
        Where the session is kept.
    free
        Returns the free bytes there, or None.
    """

    def __init__(self, folder: Path, free: Callable[[Path], float | None] = free_bytes) -> None:
        self._folder = folder
        self._free = free
        self._was_there = folder.is_dir()
        self._forecast = DiskForecast()
        self._looked_s = -inf
        self._low = False

    def expect(self, bytes_per_s: float) -> None:
        """Say what will be written there for certain, so that hours are known from the start."""
        self._forecast.known_bytes_per_s = bytes_per_s

    def look(self, now_s: float) -> str | None:
        """Return what is wrong, empty while nothing is; None where it was not looked at."""
        if now_s - self._looked_s < CHECK_S:
            return None
        self._looked_s = now_s
        if self._was_there and not self._folder.is_dir():
            return "Session folder is gone: it was moved, or its drive is not there"
        free = self._free(self._folder)
        if free is None:
            return None
        state = self._forecast.update(free, now_s)
        low_gb, low_hours = (_CLEAR_GB, _CLEAR_HOURS) if self._low else (LOW_GB, LOW_HOURS)
        self._low = state.free_gb < low_gb or state.hours_left < low_hours
        return _words(state) if self._low else ""


def _words(state: DiskState) -> str:
    text = f"Disk almost full: {state.free_gb:.1f} GB left"
    hours = next((step for step in _STEPS_H if state.hours_left < step), None)
    return text if hours is None else f"{text}, for less than {hours} h at the current rate"
