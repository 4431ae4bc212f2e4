"""Do samples come at the rate that was announced? Read from the time stamps."""

import time

import numpy as np
import numpy.typing as npt

from monitor.sources.lsl_connection import Pulled

__all__ = ["RateTrial", "RateWatch", "measure_rate"]

_TOLERANCE = 0.05
_TRIAL_S = 1.0
_TRIAL_LIMIT_S = 3.0
_WATCH_S = 4.0


def measure_rate(stamps: npt.NDArray[np.float64], sfreq: float) -> float | None:
    """Return the rate that most intervals between stamps speak for, Hz.

    None where they say nothing, because all samples of a burst were stamped on arrival.

    Parameters
    ----------
    stamps
        Of some hundred samples in a row.
    sfreq
        The rate that was announced, Hz.
    """
    if len(stamps) < 2:
        return None
    interval_s = float(np.median(np.diff(stamps)))
    if not 0.2 < interval_s * sfreq < 20:
        return None
    return 1 / interval_s


def _wrong_rate(stamps: npt.NDArray[np.float64], sfreq: float) -> float | None:
    rate_hz = measure_rate(stamps, sfreq)
    if rate_hz is None or abs(rate_hz / sfreq - 1) <= _TOLERANCE:
        return None
    return rate_hz


class RateTrial:
    """Samples of a new connection wait here for the second that it takes to see their rate.

    Parameters
    ----------
    sfreq
        The rate that was announced, Hz.

    Attributes
    ----------
    is_on
        Whether samples wait.
    first_arrival_s
        When the first one that waits arrived, on the monotonic clock.
    """

    def __init__(self, sfreq: float) -> None:
        self._sfreq = sfreq
        self._waiting: list[Pulled] = []
        self._began = 0.0
        self.first_arrival_s = 0.0
        self.is_on = False

    def begin(self) -> None:
        """Let what comes now wait."""
        self._waiting, self._began, self.is_on = [], time.monotonic(), True

    def add(self, pulled: Pulled) -> None:
        """Keep samples until the verdict."""
        if not self._waiting:
            self.first_arrival_s = time.monotonic()
        self._waiting.append(pulled)

    @property
    def is_due(self) -> bool:
        """Whether enough samples, or time, are in for a verdict."""
        n_waiting = sum(pulled.n_samples for pulled in self._waiting)
        late = time.monotonic() - self._began >= _TRIAL_LIMIT_S
        return n_waiting >= _TRIAL_S * self._sfreq or (late and n_waiting > 0)

    def end(self) -> tuple[list[Pulled], float | None]:
        """Return what waited, and the rate it came at where that is wrong."""
        waiting, self._waiting = self._waiting, []
        stamps = np.concatenate([np.empty(0), *(pulled.stamps for pulled in waiting)])
        wrong_hz = _wrong_rate(stamps, self._sfreq)
        self.is_on = not waiting or wrong_hz is not None
        self._began = time.monotonic()
        return waiting, wrong_hz


class RateWatch:
    """Look at the rate again and again while a stream runs.

    Parameters
    ----------
    sfreq
        The rate that was announced, Hz.
    """

    def __init__(self, sfreq: float) -> None:
        self._sfreq = sfreq
        self._stamps = np.empty(0)

    def reset(self) -> None:
        """Forget the stamps so far."""
        self._stamps = np.empty(0)

    def push(self, stamps: npt.NDArray[np.float64]) -> float | None:
        """Take stamps; return the rate where it has become wrong."""
        self._stamps = np.concatenate([self._stamps, stamps])
        if len(self._stamps) < _WATCH_S * self._sfreq:
            return None
        seen, self._stamps = self._stamps, np.empty(0)
        return _wrong_rate(seen, self._sfreq)
