"""The states that a live stream has gone through."""

import time
from collections.abc import Iterator

from monitor.sources.base import StreamState, StreamStatus

__all__ = ["StateLog"]

_REPORT_S = 10.0
_MAX_STATES = 10_000


class StateLog:
    """Say a state when it changes, and how things go from time to time while all is well.

    Parameters
    ----------
    sfreq
        Rate that samples count in, Hz.
    key
        What the states are about.
    """

    def __init__(self, sfreq: float, key: str = "stream") -> None:
        self._key = key
        self._sfreq = sfreq
        self._text = ""
        self._said_at = 0.0
        self.status: StreamStatus | None = None
        self.states: list[tuple[float, str, str]] = []
        """Session time in seconds, status and text; the first ten thousand."""

    def say(self, status: StreamStatus, sample: int, text: str) -> Iterator[StreamState]:
        """Yield the state where it is news."""
        connected = status is StreamStatus.CONNECTED
        changed = status is not self.status or (text != self._text and not connected)
        now = time.monotonic()
        if not changed and not (connected and now - self._said_at >= _REPORT_S):
            return
        self.status, self._text, self._said_at = status, text, now
        if changed and len(self.states) < _MAX_STATES:
            self.states.append((round(sample / self._sfreq, 3), status.value, text))
        yield StreamState(status, sample, text, self._key)
