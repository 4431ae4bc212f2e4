"""Rates derived from counts, as NEDC v6 prints them; 0 where a denominator is 0."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from core.evaluation.annotations import BACKGROUND, LABELS
from core.evaluation.counts import Counts

__all__ = ["SECONDS_PER_DAY", "Rates", "Summary", "f1_score", "ratio", "summarise"]

SECONDS_PER_DAY = 86400.0


def ratio(part: float, whole: float) -> float:
    """Quotient, or 0 where there is nothing to divide by."""
    return part / whole if whole else 0.0


def f1_score(precision: float, sensitivity: float) -> float:
    """Harmonic mean of precision and sensitivity."""
    return ratio(2.0 * precision * sensitivity, precision + sensitivity)


@dataclass(frozen=True, slots=True)
class Rates:
    """Counts of one label over all files, and what follows from them.

    Attributes
    ----------
    counts
        Summed counts.
    duration_s
        Length of all files together, those without seizures included.
    unit_s
        Seconds that one count stands for in ``fa_per_24h``; None where counts are events.
    """

    counts: Counts
    duration_s: float
    unit_s: float | None = None

    @property
    def sensitivity(self) -> float:
        return ratio(self.counts.tp, self.counts.tp + self.counts.fn)

    @property
    def specificity(self) -> float:
        return ratio(self.counts.tn, self.counts.tn + self.counts.fp)

    @property
    def precision(self) -> float:
        return ratio(self.counts.tp, self.counts.tp + self.counts.fp)

    @property
    def npv(self) -> float:
        """Negative predictive value."""
        return ratio(self.counts.tn, self.counts.tn + self.counts.fn)

    @property
    def miss_rate(self) -> float:
        return 1.0 - self.sensitivity

    @property
    def false_positive_rate(self) -> float:
        return 1.0 - self.specificity

    @property
    def false_discovery_rate(self) -> float:
        return 1.0 - self.precision

    @property
    def false_omission_rate(self) -> float:
        return 1.0 - self.npv

    @property
    def accuracy(self) -> float:
        return ratio(self.counts.tp + self.counts.tn, self._everything)

    @property
    def misclassification(self) -> float:
        return 1.0 - self.accuracy

    @property
    def prevalence(self) -> float:
        return ratio(self.counts.tp + self.counts.fn, self._everything)

    @property
    def f1(self) -> float:
        return f1_score(self.precision, self.sensitivity)

    @property
    def mcc(self) -> float:
        """Matthews correlation; not a number where negative hits leave it without a real value."""
        tp, fn, fp, tn = self.counts.tp, self.counts.fn, self.counts.fp, self.counts.tn
        square = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
        if square < 0:
            return math.nan
        return ratio(tp * tn - fp * fn, math.sqrt(square))

    @property
    def fa_per_24h(self) -> float:
        """False alarms in 24 hours; EPOCH: seconds of false alarm in 24 hours."""
        scale = 1.0 if self.unit_s is None else self.unit_s
        return self.counts.fp * scale / self.duration_s * SECONDS_PER_DAY

    @property
    def _everything(self) -> float:
        return self.counts.tp + self.counts.fn + self.counts.fp + self.counts.tn


@dataclass(frozen=True, slots=True)
class Summary:
    """NEDC's summary: both labels pooled. It rates the background as much as the seizures.

    Attributes
    ----------
    pooled
        Counts of both labels added up.
    f1
        As NEDC has it: divided by precision and sensitivity of the background alone, so it is not
        the F1 score of the pooled counts.
    """

    pooled: Rates
    f1: float


def summarise(rates: Mapping[str, Rates]) -> Summary:
    """Pool the labels of one scorer."""
    first, last = rates[LABELS[0]], rates[BACKGROUND]
    pooled = Rates(
        Counts.total(rates[label].counts for label in LABELS), first.duration_s, first.unit_s
    )
    f1 = ratio(2.0 * pooled.precision * pooled.sensitivity, last.precision + last.sensitivity)
    return Summary(pooled, f1)
