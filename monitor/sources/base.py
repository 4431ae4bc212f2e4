"""What every source of signal offers the acquisition thread."""

from collections.abc import Iterator
from typing import Protocol

from core.types import Chunk, StreamInfo

__all__ = ["Source"]


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

    def chunks(self) -> Iterator[Chunk]:
        """Yield the signal as it becomes due; ends soon after :meth:`stop`."""
        ...

    def stop(self) -> None:
        """Ask the stream to end; safe from any thread."""
        ...

    def close(self) -> None:
        """Give back files and devices."""
        ...
