"""What every source of signal offers the acquisition thread."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.types import Chunk, Marker, StreamInfo

__all__ = ["Source", "SourceItem", "StreamState", "StreamStatus"]


class StreamStatus(StrEnum):
    """How a live stream is doing; everything but ``CONNECTED`` is a technical alarm."""

    CONNECTED = "connected"
    STALLED = "stalled"
    LOST = "lost"
    RECONNECTING = "reconnecting"
    LOSING = "losing samples"
    RATE_CHANGED = "rate changed"
    CHANNELS_CHANGED = "channels changed"


@dataclass(frozen=True, slots=True)
class StreamState:
    """A live stream's status, in order with its samples.

    Attributes
    ----------
    status
        How it is doing.
    sample
        Since when, at the source's rate.
    text
        What to read on the screen.
    key
        What it is about: ``stream``, ``loss`` (of single samples) or ``markers``.
    """

    status: StreamStatus
    sample: int
    text: str
    key: str = "stream"


SourceItem = Chunk | StreamState | Marker
"""What a source yields; all of it counts at the source's rate."""


class Source(Protocol):
    """A stream of chunks with a beginning and, one day, an end."""

    @property
    def info(self) -> StreamInfo:
        """Channels, rate and start time."""
        ...

    @property
    def can_wait(self) -> bool:
        """Whether it may be held up without losing samples (a file may, an amplifier may not)."""
        ...

    @property
    def keeps_time(self) -> bool:
        """Whether chunks come at a pace of their own, so that one can fall behind them."""
        ...

    def chunks(self) -> Iterator[SourceItem]:
        """Yield the signal as it becomes due; ends soon after :meth:`stop`.

        A live source also yields its own state whenever that changes, and markers.
        """
        ...

    def stop(self) -> None:
        """Ask the stream to end; safe from any thread."""
        ...

    def close(self) -> None:
        """Give back files and devices."""
        ...
