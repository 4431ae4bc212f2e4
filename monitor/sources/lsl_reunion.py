"""Finding a stream again that was lost: only the same patient's, only with the same channels."""

import time
from dataclasses import dataclass

from core.errors import ConfigError, StreamError
from monitor.sources.base import StreamStatus
from monitor.sources.channel_map import ChannelMap
from monitor.sources.lsl_connection import Connection
from monitor.sources.lsl_discovery import FoundStream, Resolver
from monitor.sources.lsl_library import StreamGoneError

__all__ = ["Refusal", "Reunion"]

_RETRY_S = 0.3


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why what was found is not taken up."""

    status: StreamStatus
    text: str


class Reunion:
    """Looks for the sender of a connection, or its successor.

    Parameters
    ----------
    first
        The connection that the session began with.
    names
        What the user says about the channels, or None.
    """

    def __init__(self, first: Connection, names: ChannelMap | None) -> None:
        self._first = first.stream
        self._layout = first.layout
        self._names = names
        self._resolver: Resolver | None = None
        self._retry_at = 0.0

    def begin(self) -> None:
        """Look with fresh eyes: what vanished is not remembered."""
        self._resolver = Resolver()

    def end(self) -> None:
        """Stop looking."""
        self._resolver = None

    def look(self, silent: Connection | None = None) -> Connection | Refusal | None:
        """Return a new connection, why what is there is not taken up, or None.

        Parameters
        ----------
        silent
            A connection that still stands but brings nothing; as long as its sender answers,
            no other is looked for.
        """
        if self._resolver is None:
            self.begin()
        if self._resolver is None or time.monotonic() < self._retry_at:
            return None
        self._retry_at = time.monotonic() + _RETRY_S
        seen = self._resolver.streams()
        if silent is not None and any(stream.uid == silent.stream.uid for stream in seen):
            return None
        candidates = [stream for stream in seen if self._may_be(stream)]
        exact = [stream for stream in candidates if stream.source_id == self._first.source_id]
        candidates = exact or candidates
        if len(candidates) > 1:
            text = f"{len(candidates)} streams are called {self._first.name}; waiting for one"
            return Refusal(StreamStatus.LOST, text)
        return self._try(candidates[0]) if candidates else None

    def _may_be(self, stream: FoundStream) -> bool:
        """Whether it may be the same patient's; any other EEG on the network is not."""
        same_sender = bool(self._first.source_id) and stream.source_id == self._first.source_id
        same_name = stream.name == self._first.name and stream.type == self._first.type
        return same_sender or same_name

    def _try(self, stream: FoundStream) -> Connection | Refusal | None:
        if stream.sfreq != self._first.sfreq:
            rate = f"at {stream.sfreq:g} Hz" if stream.sfreq else "without a fixed rate"
            text = f"{stream.name} is back {rate}, not at {self._first.sfreq:g} Hz"
            return Refusal(StreamStatus.RATE_CHANGED, text)
        try:
            connection = Connection(stream, self._names)
        except StreamGoneError:
            return None
        except (StreamError, ConfigError) as error:
            return Refusal(StreamStatus.CHANNELS_CHANGED, f"{stream.name} is back, but: {error}")
        difference = self._layout.difference(connection.layout)
        if difference:
            connection.close()
            text = f"{stream.name} is back {difference}"
            return Refusal(StreamStatus.CHANNELS_CHANGED, text)
        return connection
