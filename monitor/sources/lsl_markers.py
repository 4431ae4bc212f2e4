"""A stream of markers beside the signal: event buttons, a nurse call."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from core.errors import StreamError
from core.types import Marker
from monitor.sources.base import StreamState, StreamStatus
from monitor.sources.lsl_discovery import FoundStream, Resolver, StreamQuery, find_stream
from monitor.sources.lsl_library import StreamGoneError, load_lsl, lsl_errors

__all__ = ["MarkerStream"]

_ANSWER_S = 3.0
_RETRY_S = 1.0
_UNPLACED_S = 5.0
"""So long a marker waits until the signal's clock can tell its sample."""

_KEY = "markers"


class MarkerStream:
    """Receive markers, and find the stream again when its sender restarts.

    Parameters
    ----------
    name
        Of the stream.
    timeout_s
        How long to wait for it.

    Raises
    ------
    StreamError
        Where it is not there, or carries no text.
    """

    def __init__(self, name: str, timeout_s: float) -> None:
        self._query = StreamQuery(name=name)
        self._retry_at = 0.0
        self._inlet: Any = None
        self._resolver: Resolver | None = None
        # Time on our own LSL clock, arrival on the monotonic one, text.
        self._waiting: deque[tuple[float, float, str]] = deque()
        self._open(find_stream(self._query, timeout_s, self._fits))

    def poll(
        self, now_sample: int, sample_at: Callable[[float], int | None], *, last: bool = False
    ) -> Iterator[Marker | StreamState]:
        """Yield what has come in.

        Parameters
        ----------
        now_sample
            The present, for states, and for markers whose sample nothing can tell.
        sample_at
            From a time on our own LSL clock to the session's sample; None while there is none,
            as in a stream's first second: markers wait for it.
        last
            Whether nothing will be asked again.
        """
        yield from self._receive(now_sample)
        while self._waiting:
            stamp, arrival, text = self._waiting[0]
            sample = sample_at(stamp)
            if sample is None and not last and time.monotonic() - arrival < _UNPLACED_S:
                return
            self._waiting.popleft()
            yield Marker(now_sample if sample is None else sample, text)

    def _receive(self, now_sample: int) -> Iterator[StreamState]:
        if self._inlet is None:
            yield from self._look(now_sample)
            return
        try:
            with lsl_errors(self._name):
                texts, stamps = self._inlet.pull_chunk(timeout=0.0, max_samples=256)
                correction_s = self._inlet.time_correction(_ANSWER_S) if stamps else 0.0
        except StreamError:
            self._inlet, self._resolver = None, Resolver()
            text = f"Marker stream {self._name} is lost"
            yield StreamState(StreamStatus.LOST, now_sample, text, _KEY)
            return
        arrival = time.monotonic()
        for values, stamp in zip(texts, stamps, strict=True):
            self._waiting.append((stamp + correction_s, arrival, " ".join(values)))

    def _fits(self, stream: FoundStream) -> bool:
        return self._query.matches(stream)

    def _open(self, stream: FoundStream) -> None:
        if stream.format != "string":
            raise StreamError(f"{stream}: format {stream.format}, markers must be text")
        self._name = stream.name
        with lsl_errors(stream.name):
            self._inlet = load_lsl().StreamInlet(stream.handle, recover=False)
            self._inlet.open_stream(_ANSWER_S)
            # The first measurement takes most of a second: not when a marker comes.
            self._inlet.time_correction(_ANSWER_S)

    def _look(self, now_sample: int) -> Iterator[StreamState]:
        if self._resolver is None or time.monotonic() < self._retry_at:
            return
        self._retry_at = time.monotonic() + _RETRY_S
        for stream in self._resolver.streams():
            if not self._fits(stream):
                continue
            try:
                self._open(stream)
            except StreamGoneError:
                self._inlet = None
                continue
            self._resolver = None
            text = f"Marker stream {self._name} is back"
            yield StreamState(StreamStatus.CONNECTED, now_sample, text, _KEY)
            return
