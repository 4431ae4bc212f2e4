"""Bootstrap intervals over patients: what another sample of patients might have given.

Patients, not recordings, are drawn with replacement: recordings of one patient are alike. Events
are counted per patient once, so that a draw is a weighted sum. For the areas the probabilities are
binned, at quantiles of the seizure samples; with some 2,000 bins the areas move by less than 0.001.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.curves import FA_TARGETS, SCORERS, Interval, Scorer
from core.evaluation.metrics import Labelled
from core.evaluation.rates import SECONDS_PER_DAY
from core.types import FloatArray

__all__ = ["LEVEL", "N_RESAMPLES", "Bootstrap", "PatientCounts", "bin_edges", "bin_scores"]

N_RESAMPLES = 1000
LEVEL = 0.95
_SEED = 20240229
_N_BINS = 2000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PatientCounts:
    """All that a draw of patients is made of.

    Attributes
    ----------
    events : (n_patients, n_thresholds, n_scorers, 3) float64
        Hits, misses, false alarms.
    seconds : (n_patients, n_scorers) float64
        Length of the recordings.
    samples : (n_patients, 2, n_bins) float64
        Background and seizure samples by probability, bins rising.
    """

    events: Floats
    seconds: Floats
    samples: Floats


def bin_edges(seizure_values: FloatArray) -> FloatArray:
    """Choose edges of bins from the sorted probabilities of seizure samples."""
    if not len(seizure_values):
        return np.empty(0, dtype=np.float32)
    chosen = np.linspace(0, len(seizure_values) - 1, min(_N_BINS, len(seizure_values)))
    edges: FloatArray = np.unique(seizure_values[np.round(chosen).astype(np.int64)])
    return edges


def bin_scores(pieces: Iterable[Labelled], edges: FloatArray) -> Floats:
    """Count background and seizure samples in each bin, ``(2, n_bins)``."""
    counts = np.zeros((2, len(edges) + 1))
    for values, mask in pieces:
        for row, chosen in enumerate((values[~mask], values[mask])):
            bins = np.searchsorted(edges, np.sort(chosen), side="right")
            counts[row] += np.bincount(bins, minlength=len(edges) + 1)
    return counts


class Bootstrap:
    """Draw patients and take all rates anew.

    Parameters
    ----------
    counts
        Of all patients.
    locked
        Which of the thresholds is the locked one.
    """

    def __init__(self, counts: PatientCounts, locked: int) -> None:
        n_patients = len(counts.seconds)
        rng = np.random.default_rng(_SEED)
        drawn = rng.integers(0, n_patients, (N_RESAMPLES, n_patients))
        offsets = n_patients * np.arange(N_RESAMPLES)[:, None]
        self._weights: Floats = (
            np.bincount((drawn + offsets).ravel(), minlength=N_RESAMPLES * n_patients)
            .reshape(N_RESAMPLES, n_patients)
            .astype(np.float64)
        )
        self._counts = counts
        self._locked = locked
        events = np.einsum("rp,ptsk->srtk", self._weights, counts.events)
        seconds = self._weights @ counts.seconds  # (n_resamples, n_scorers)
        tp, fn, fp = (events[..., k] for k in range(3))  # (n_scorers, n_resamples, n_thresholds)
        self._sensitivity = _ratio(tp, tp + fn)
        self._precision = _ratio(tp, tp + fp)
        self._f1 = _ratio(2 * tp, 2 * tp + fn + fp)
        self._rate = _ratio(fp * SECONDS_PER_DAY, np.broadcast_to(seconds.T[..., None], fp.shape))

    def intervals(self) -> dict[str, Interval]:
        """Intervals of every number that is reported, by name."""
        auroc, auprc = self._areas()
        found = {"auroc": _interval(auroc), "auprc": _interval(auprc)}
        for k, scorer in enumerate(SCORERS):
            for name, values in (
                ("sensitivity", self._sensitivity),
                ("precision", self._precision),
                ("f1", self._f1),
                ("fa_per_24h", self._rate),
            ):
                found[f"locked.{scorer}.{name}"] = _interval(values[k, :, self._locked])
            for target in FA_TARGETS:
                allowed = self._rate[k] <= target
                known = np.isfinite(self._sensitivity[k]).any(axis=1)
                best = np.where(allowed, np.nan_to_num(self._sensitivity[k]), 0.0).max(axis=1)
                found[f"sensitivity_at_fa.{scorer}.{target:g}"] = _interval(best[known])
        return found

    def curves(self) -> Mapping[Scorer, tuple[tuple[Interval, ...], tuple[Interval, ...]]]:
        """Intervals of sensitivity and of false alarms in 24 hours at each threshold."""
        return {
            scorer: (
                tuple(_interval(column) for column in self._sensitivity[k].T),
                tuple(_interval(column) for column in self._rate[k].T),
            )
            for k, scorer in enumerate(SCORERS)
        }

    def _areas(self) -> tuple[Floats, Floats]:
        """AUROC and AUPRC of each draw, from the bins."""
        background = self._weights @ self._counts.samples[:, 0]  # (n_resamples, n_bins)
        seizure = self._weights @ self._counts.samples[:, 1]
        below = background.cumsum(axis=1) - 0.5 * background
        area = (seizure * below).sum(axis=1)
        auroc = _ratio(area, seizure.sum(axis=1) * background.sum(axis=1))
        hits = seizure[:, ::-1].cumsum(axis=1)
        alarms = background[:, ::-1].cumsum(axis=1)
        precision = np.nan_to_num(_ratio(hits, hits + alarms))
        area = (seizure[:, ::-1] * precision).sum(axis=1)
        auprc = _ratio(area, seizure.sum(axis=1))
        auprc[background.sum(axis=1) == 0] = np.nan
        return auroc, auprc


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Quotient, NaN where there is nothing to divide by."""
    out = np.full(part.shape, np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


def _interval(values: Floats) -> Interval:
    """Take the middle 95 % of the draws that gave a number."""
    values = values[np.isfinite(values)]
    if not len(values):
        return Interval(np.nan, np.nan)
    low, high = np.percentile(values, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Interval(float(low), float(high))
