"""What a scorer counts for one label."""

import math
from collections.abc import Iterable
from dataclasses import astuple, dataclass

__all__ = ["Counts"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts for one label, in events (TAES: fractions of events; EPOCH: epochs).

    Attributes
    ----------
    targets
        Events of the reference.
    tp, fn, fp, tn
        Hits, misses, false positives, and hits of the other label.
    false_alarms
        As NEDC prints it; EPOCH prints none for the background although it has false positives.
    insertions, deletions
        As NEDC prints them.
    """

    targets: float
    tp: float
    fn: float
    fp: float
    tn: float
    false_alarms: float
    insertions: float
    deletions: float

    @classmethod
    def of_events(
        cls, targets: int, hits: float, misses: float, alarms: float, others: float
    ) -> "Counts":
        """Fill in the counts of a scorer that matches events (TAES, OVLP).

        Parameters
        ----------
        targets, hits, misses, alarms
            Of this label.
        others
            Hits of the other label.
        """
        return cls(targets, hits, misses, alarms, others, alarms, alarms, misses)

    @classmethod
    def total(cls, counts: Iterable["Counts"]) -> "Counts":
        """Sum over files or labels; exact, so that their order does not matter."""
        rows = [astuple(each) for each in counts]
        return cls(*(math.fsum(column) for column in zip(*rows, strict=True)))
