"""What is on the network, and which of it is meant."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from core.errors import StreamError
from monitor.sources.lsl_library import load_lsl

__all__ = ["FoundStream", "Resolver", "StreamQuery", "discover", "find_stream"]

_FORMATS = {1: "float32", 2: "double64", 3: "string", 4: "int32", 5: "int16", 6: "int8", 7: "int64"}
_POLL_S = 0.05
_SETTLE_S = 0.6
"""How long to go on looking once a stream was found: another one may answer later."""


@dataclass(frozen=True, slots=True)
class FoundStream:
    """A stream as it announces itself.

    Attributes
    ----------
    name, type, source_id, host, session
        As the sender set them; ``source_id`` may be empty.
    uid
        Of this very outlet; a restarted sender has another.
    n_channels, sfreq
        ``sfreq`` is 0 for an irregular stream.
    format
        ``float32``, ``double64``, ``int32``, ``int16``, ``string`` ...
    handle
        What pylsl opens an inlet with.
    """

    name: str
    type: str
    source_id: str
    uid: str
    host: str
    session: str
    n_channels: int
    sfreq: float
    format: str
    handle: Any

    @classmethod
    def from_lsl(cls, info: Any) -> Self:
        """Read pylsl's description."""
        return cls(
            name=info.name(),
            type=info.type(),
            source_id=info.source_id(),
            uid=info.uid(),
            host=info.hostname(),
            session=info.session_id(),
            n_channels=info.channel_count(),
            sfreq=float(info.nominal_srate()),
            format=_FORMATS.get(info.channel_format(), "unknown format"),
            handle=info,
        )

    def describe(self) -> dict[str, Any]:
        """Return what it announces, for JSON."""
        return {
            "name": self.name,
            "type": self.type,
            "n_channels": self.n_channels,
            "sfreq_hz": self.sfreq,
            "format": self.format,
            "source_id": self.source_id,
            "host": self.host,
        }

    def __str__(self) -> str:
        rate = f"{self.sfreq:g} Hz" if self.sfreq else "irregular"
        source = f", source id {self.source_id}" if self.source_id else ""
        return f"{self.name} ({self.type}, {self.n_channels} channels, {rate}{source}, {self.host})"


@dataclass(frozen=True, slots=True)
class StreamQuery:
    """Which stream is meant; None leaves a property open.

    Without any property, streams of type EEG are meant.
    """

    name: str | None = None
    source_id: str | None = None
    type: str | None = None

    def matches(self, stream: FoundStream) -> bool:
        """Whether a stream is one of those that are meant."""
        wanted_type = self.type
        if self.name is None and self.source_id is None and self.type is None:
            wanted_type = "EEG"
        return (
            self.name in (None, stream.name)
            and self.source_id in (None, stream.source_id)
            and (wanted_type is None or wanted_type.casefold() == stream.type.casefold())
        )

    def __str__(self) -> str:
        parts = [
            f"{what} {value!r}"
            for what, value in (
                ("name", self.name), ("source id", self.source_id), ("type", self.type),
            )
            if value is not None
        ]  # fmt: skip
        return "stream with " + " and ".join(parts) if parts else "stream of type 'EEG'"


class Resolver:
    """Looks for streams in the background for as long as it exists."""

    def __init__(self) -> None:
        self._resolver = load_lsl().ContinuousResolver(forget_after=2.0)

    def streams(self) -> list[FoundStream]:
        """Return what is visible now."""
        return [FoundStream.from_lsl(info) for info in self._resolver.results()]


def discover(timeout_s: float) -> list[FoundStream]:
    """List all streams that answer within a time, by name."""
    resolver = Resolver()
    time.sleep(timeout_s)
    return sorted(resolver.streams(), key=lambda stream: (stream.name, stream.source_id))


def find_stream(
    query: StreamQuery,
    timeout_s: float,
    matches: Callable[[FoundStream], bool] | None = None,
) -> FoundStream:
    """Wait for the one stream that is meant.

    Parameters
    ----------
    query
        Which one.
    timeout_s
        How long to wait for it.
    matches
        In place of the query's own rule.

    Raises
    ------
    StreamError
        Where there is none in time, or more than one.
    """
    fits = query.matches if matches is None else matches
    resolver = Resolver()
    deadline = time.monotonic() + timeout_s
    settled: float | None = None
    while True:
        seen = resolver.streams()
        found = [stream for stream in seen if fits(stream)]
        now = time.monotonic()
        if found and settled is None:
            settled = now + _SETTLE_S
        if settled is not None and now >= settled and found:
            break
        if settled is None and now >= deadline:
            raise StreamError(f"no {query} within {timeout_s:g} s; {_listed(seen)}")
        time.sleep(_POLL_S)
    if len(found) > 1:
        raise StreamError(
            f"{len(found)} streams match, choose one with --stream or --source-id: "
            + "; ".join(str(stream) for stream in found)
        )
    return found[0]


def _listed(seen: Sequence[FoundStream]) -> str:
    if not seen:
        return "no stream at all was seen (is the sender on this network and running?)"
    return "seen: " + "; ".join(str(stream) for stream in seen)
