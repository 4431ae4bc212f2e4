"""Operating points of a detector and the curves they form."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = [
    "FA_TARGETS",
    "SCORERS",
    "Calibration",
    "Curve",
    "Interval",
    "OperatingPoint",
    "Scorer",
    "Trace",
]

Scorer = Literal["taes", "ovlp", "szcore"]
SCORERS: tuple[Scorer, ...] = ("taes", "ovlp", "szcore")
"""NEDC v6 TAES and OVLP on the seizure label, and SzCORE's event scores."""

FA_TARGETS = (10.0, 5.0, 2.5, 1.0)
"""False alarms in 24 hours at which a sensitivity is reported."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """Limits of a 95 % interval; NaN where there is none."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Scores at one pair of thresholds; NaN where SzCORE defines none.

    Attributes
    ----------
    tau_on
        Threshold that begins an event; ``tau_off`` lies the locked distance below.
    sensitivity, precision, f1
        Over events.
    fa_per_24h
        False alarms in 24 hours of all recordings.
    """

    tau_on: float
    sensitivity: float
    precision: float
    f1: float
    fa_per_24h: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Operating points of one scorer over the sweep, by rising ``tau_on``.

    Attributes
    ----------
    sensitivity_intervals, fa_intervals
        One a point, over patients; may be empty.
    """

    scorer: Scorer
    points: tuple[OperatingPoint, ...]
    sensitivity_intervals: tuple[Interval, ...] = ()
    fa_intervals: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A curve for drawing: ROC (``x`` false, ``y`` true positive rate) or PR (recall, precision).

    Attributes
    ----------
    x, y : (n,) float64
        Thinned; the area is computed from every sample, not from these.
    """

    x: Floats
    y: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Reliability of the probabilities in bins of equal width.

    Attributes
    ----------
    centres : (n_bins,) float64
        Middle of each bin.
    predicted, observed : (n_bins,) float64
        Mean probability and share of seizure samples; NaN in an empty bin.
    counts : (n_bins,) int64
        Samples in each bin.
    """

    centres: Floats
    predicted: Floats
    observed: Floats
    counts: npt.NDArray[np.int64]
