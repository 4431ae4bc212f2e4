"""How well probabilities tell seizure samples from background, over every sample.

The areas are exact, with ties counted as half (AUROC) and taken together (AUPRC). Only the seizure
samples, the rarer class, are held and sorted; the background passes by in pieces.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from core.evaluation.curves import Calibration, Trace
from core.types import BoolArray, FloatArray

__all__ = ["Labelled", "Ranking", "calibration", "ictal_mask", "labelled"]

Labelled = tuple[FloatArray, BoolArray]
"""Probabilities of a piece, and which of its samples are seizure."""

Counts = npt.NDArray[np.int64]

_PIECE = 1 << 20
_TRACE_POINTS = 1000
_N_BINS = 20


def ictal_mask(
    start_sample: int, n_samples: int, ref: Iterable[tuple[float, float]], sfreq: float
) -> BoolArray:
    """Mark the samples of a piece that lie in an annotated seizure.

    Parameters
    ----------
    start_sample, n_samples
        The piece.
    ref
        Onset and offset in seconds.
    sfreq
        Rate in Hz.
    """
    mask = np.zeros(n_samples, dtype=np.bool_)
    for onset_s, offset_s in ref:
        first = max(0, round(onset_s * sfreq) - start_sample)
        mask[first : max(first, round(offset_s * sfreq) - start_sample)] = True
    return mask


def labelled(
    segments: Iterable[tuple[int, FloatArray]],
    ref: Sequence[tuple[float, float]],
    sfreq: float,
) -> Iterator[Labelled]:
    """Cut segments into pieces of bounded length, each with its labels."""
    for start, values in segments:
        for first in range(0, len(values), _PIECE):
            piece = values[first : first + _PIECE]
            yield piece, ictal_mask(start + first, len(piece), ref, sfreq)


class Ranking:
    """Where background probabilities fall between those of the seizure samples.

    Parameters
    ----------
    source
        Gives all pieces; it is called twice and must give the same.

    Attributes
    ----------
    values : (n,) float32
        Probabilities of seizure samples, each once, rising.
    """

    def __init__(self, source: Callable[[], Iterable[Labelled]]) -> None:
        positives = [values[mask] for values, mask in source()]
        held = np.concatenate([np.empty(0, np.float32), *positives])
        self.values: FloatArray
        self.values, positive = np.unique(held, return_counts=True)
        self._positive: Counts = positive.astype(np.int64)
        # Bin 2j: below value j and above the one before it; bin 2j + 1: equal to value j.
        self._negative: Counts = np.zeros(2 * len(self.values) + 1, dtype=np.int64)
        for values, mask in source():
            self._negative += np.bincount(self._bins(values[~mask]), minlength=len(self._negative))
        self.n_positive = int(self._positive.sum())
        self.n_negative = int(self._negative.sum())

    def _bins(self, values: FloatArray) -> Counts:
        values = np.sort(values)  # neighbours in the search are then neighbours in memory
        left = np.searchsorted(self.values, values, side="left")
        equal = np.searchsorted(self.values, values, side="right") > left
        bins: Counts = 2 * left + equal
        return bins

    @property
    def both(self) -> bool:
        """Whether both classes occur."""
        return self.n_positive > 0 and self.n_negative > 0

    @property
    def auroc(self) -> float:
        """Area under the ROC curve; NaN where only one class occurs."""
        if not self.both:
            return math.nan
        at_or_above = _sum_from(self._positive)  # seizure samples from value j on
        above = at_or_above - self._positive
        # In halves, and in Python's integers, which do not overflow.
        between = int(np.dot(self._negative[0:-1:2].astype(object), 2 * at_or_above))
        equal = int(np.dot(self._negative[1::2].astype(object), above + at_or_above))
        return (between + equal) / (2 * self.n_positive * self.n_negative)

    @property
    def auprc(self) -> float:
        """Average precision; NaN where only one class occurs."""
        if not self.both:
            return math.nan
        hits, alarms = self._counts()
        return math.fsum(self._positive * (hits / (hits + alarms))) / self.n_positive

    def _counts(self) -> tuple[Counts, Counts]:
        """Hits and false alarms at each value as threshold."""
        return _sum_from(self._positive), _sum_from(self._negative)[1::2]

    def roc(self) -> Trace:
        """Return false against true positive rate, thinned, from (0, 0) to (1, 1)."""
        hits, alarms = self._counts()
        chosen = _thin(hits)
        x = alarms[chosen] / self.n_negative
        y = hits[chosen] / self.n_positive
        return Trace(np.concatenate([[0.0], x, [1.0]]), np.concatenate([[0.0], y, [1.0]]))

    def pr(self) -> Trace:
        """Return recall against precision, thinned, by rising recall."""
        hits, alarms = self._counts()
        chosen = _thin(hits)
        return Trace(hits[chosen] / self.n_positive, hits[chosen] / (hits[chosen] + alarms[chosen]))


def _sum_from(counts: Counts) -> Counts:
    """Sum of each element and all behind it."""
    total: Counts = counts[::-1].cumsum()[::-1]
    return total


def _thin(hits: Counts) -> npt.NDArray[np.intp]:
    """Choose indices by rising hits, about evenly spaced in them."""
    wanted = np.linspace(hits[-1], hits[0], min(_TRACE_POINTS, len(hits)))
    found = len(hits) - 1 - np.searchsorted(hits[::-1], wanted)
    thinned: npt.NDArray[np.intp] = np.unique(np.clip(found, 0, len(hits) - 1))[::-1]
    return thinned


def calibration(pieces: Iterable[Labelled]) -> Calibration:
    """Compare probabilities with what was annotated, in bins of equal width."""
    counts = np.zeros(_N_BINS, dtype=np.int64)
    seizure = np.zeros(_N_BINS, dtype=np.int64)
    sums = np.zeros(_N_BINS)
    for values, mask in pieces:
        bins = np.minimum((values * np.float32(_N_BINS)).astype(np.int64), _N_BINS - 1)
        counts += np.bincount(bins, minlength=_N_BINS)
        seizure += np.bincount(bins[mask], minlength=_N_BINS)
        sums += np.bincount(bins, weights=values.astype(np.float64), minlength=_N_BINS)
    divisor = np.where(counts > 0, counts, np.nan)
    centres = (np.arange(_N_BINS) + 0.5) / _N_BINS
    return Calibration(centres, sums / divisor, seizure / divisor, counts)
