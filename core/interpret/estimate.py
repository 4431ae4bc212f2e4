"""Numbers with intervals over patients."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

__all__ = ["LEVEL", "ByPatient", "Estimate", "auroc", "difference", "estimate"]

LEVEL = 0.95
_RESAMPLES = 2000
_SEED = 20260131

ByPatient = Mapping[str, float]
"""One number for each held-out patient."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over patients.

    Attributes
    ----------
    mean, low, high
        With its 95 % interval, from patients drawn with replacement; NaN where there is none.
    n_patients
        Behind it.
    """

    mean: float
    low: float
    high: float
    n_patients: int

    def text(self, decimals: int = 2) -> str:
        """Write it as ``0.84 (0.76 to 0.91)``."""
        if not math.isfinite(self.mean):
            return "not defined"
        number = f"{{:.{decimals}f}}".format
        return f"{number(self.mean)} ({number(self.low)} to {number(self.high)})"


def estimate(values: ByPatient) -> Estimate:
    """Average over patients; those without a number are left out."""
    known = np.array([values[name] for name in sorted(values)], dtype=np.float64)
    known = known[np.isfinite(known)]
    if not len(known):
        return Estimate(math.nan, math.nan, math.nan, 0)
    rng = np.random.default_rng(_SEED)
    means = known[rng.integers(len(known), size=(_RESAMPLES, len(known)))].mean(axis=1)
    low, high = np.percentile(means, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Estimate(float(known.mean()), float(low), float(high), len(known))


def difference(one: ByPatient, other: ByPatient) -> Estimate:
    """Average the difference within patients."""
    return estimate({name: one[name] - other[name] for name in one if name in other})


def auroc(
    values: npt.NDArray[np.floating], ictal: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Area under the ROC curve of every column, for every row of labels.

    Parameters
    ----------
    values : (n, n_units)
        Higher should mean seizure. Ties count half.
    ictal : (n_labellings, n) bool
        Labels.

    Returns
    -------
    (n_labellings, n_units) float64 array
        NaN where a labelling lacks a class.
    """
    ranks = rankdata(values, axis=0)  # (n, n_units)
    positive = ictal.sum(axis=1, keepdims=True).astype(np.float64)  # (n_labellings, 1)
    negative = ictal.shape[1] - positive
    wins = ictal.astype(np.float64) @ ranks - positive * (positive + 1) / 2
    pairs = positive * negative
    area = np.full(wins.shape, np.nan)
    np.divide(wins, pairs, out=area, where=np.broadcast_to(pairs > 0, wins.shape))
    return area
