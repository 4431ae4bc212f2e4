"""Onset and offset of the event that is being judged, and how they are moved."""

from dataclasses import dataclass
from enum import Enum, auto

__all__ = ["MIN_SAMPLES", "Edge", "Edges"]

MIN_SAMPLES = 256
"""Shortest event that can be marked: 1 s."""


class Edge(Enum):
    """Which end of an event."""

    ONSET = auto()
    OFFSET = auto()


@dataclass(frozen=True, slots=True)
class Edges:
    """Where an event begins and ends, in samples at 256 Hz since the session began."""

    onset: int
    offset: int

    def moved(self, edge: Edge, sample: int, n_samples: int) -> "Edges":
        """Return these with one edge elsewhere, within the session and not past the other one."""
        if edge is Edge.ONSET:
            return Edges(min(max(0, sample), self.offset - MIN_SAMPLES), self.offset)
        return Edges(self.onset, max(min(sample, n_samples), self.onset + MIN_SAMPLES))

    @classmethod
    def between(cls, first: int, second: int, n_samples: int) -> "Edges":
        """Return the event between two samples, in either order, within the session."""
        onset = max(0, min(first, second, n_samples - MIN_SAMPLES))
        return cls(onset, min(max(first, second, onset + MIN_SAMPLES), n_samples))
