"""What one trend picture shows: a value for each pixel column."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.seizure_time import SeizureTime
from core.trends import BinRing, TrendRecorder
from monitor.alarm import Alarm, AlarmState
from monitor.views.event_marks import PRIORITY

__all__ = ["AlarmTimes", "TrendSpan", "averages", "borders", "highest", "trend_rings"]

Values = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TrendSpan:
    """The hours on the screen; a new session fills them from the left, then they move.

    Attributes
    ----------
    n_bins
        How many bins of the recorder.
    stop_bin
        One past the newest.
    """

    n_bins: int
    stop_bin: int

    @classmethod
    def newest(cls, hours: float, newest_sample: int, trends: TrendRecorder) -> "TrendSpan":
        """Return the last hours before a sample."""
        n_bins = max(1, round(hours * 3600 * trends.sfreq / trends.bin_samples))
        return cls(n_bins, max(n_bins, -(-newest_sample // trends.bin_samples)))

    @classmethod
    def around(
        cls, hours: float, sample: int, stop_sample: int, trends: TrendRecorder
    ) -> "TrendSpan":
        """Return the hours around a sample, of a recording that ends at ``stop_sample``."""
        whole = max(1, -(-stop_sample // trends.bin_samples))
        n_bins = min(whole, max(1, round(hours * 3600 * trends.sfreq / trends.bin_samples)))
        stop = sample // trends.bin_samples + n_bins // 2
        return cls(n_bins, min(max(stop, n_bins), whole))

    @property
    def first_bin(self) -> int:
        return self.stop_bin - self.n_bins

    def edges(self, n_columns: int) -> Whole:
        """Return the bins at which columns begin, and where the last one ends."""
        return self.first_bin + np.arange(n_columns + 1, dtype=np.int64) * self.n_bins // n_columns

    def bins_at(self, n_columns: int) -> npt.NDArray[np.float64]:
        """Return where columns begin, in bins and their fractions."""
        return np.linspace(self.first_bin, self.stop_bin, n_columns + 1)


class AlarmTimes:
    """When there were seizures, and the states of their alarms.

    Parameters
    ----------
    alarms
        All alarms of the session. Those that were retracted do not count as seizures.
    """

    def __init__(self, alarms: Sequence[Alarm] = ()) -> None:
        n_alarms = len(alarms)
        sfreq = alarms[0].sfreq if alarms else 1.0
        onsets = np.fromiter((alarm.onset_sample for alarm in alarms), np.int64, n_alarms)
        offsets = np.fromiter((alarm.offset_sample for alarm in alarms), np.int64, n_alarms)
        ranks = {state: rank for rank, state in enumerate(PRIORITY)}
        self._rank = np.fromiter((ranks[alarm.state] for alarm in alarms), np.int8, n_alarms)
        self._onset_s, self._offset_s = onsets / sfreq, offsets / sfreq
        counted = self._rank != ranks[AlarmState.RETRACTED]
        self.seizures = SeizureTime(self._onset_s[counted], self._offset_s[counted])

    def states(self, edges_s: npt.NDArray[np.float64]) -> npt.NDArray[np.int8]:
        """Return for each column the place in ``PRIORITY`` of its gravest alarm; -1: none.

        A column in which an alarm begins and ends shows it, however short it was.
        """
        n_columns = len(edges_s) - 1
        states = np.full(n_columns, -1, dtype=np.int8)
        begins = np.searchsorted(edges_s, self._onset_s, side="right") - 1
        ends = np.searchsorted(edges_s, self._offset_s, side="left")
        seen = (ends > 0) & (begins < n_columns)
        for rank in range(len(PRIORITY)):
            chosen = seen & (self._rank == rank)
            change = np.bincount(np.maximum(begins[chosen], 0), minlength=n_columns + 1)
            change = change[: n_columns + 1] - np.bincount(
                np.minimum(ends[chosen], n_columns), minlength=n_columns + 1
            )
            states[np.cumsum(change)[:n_columns] > 0] = rank
        return states


def averages(bins: Values, begins: Whole) -> Values:
    """Return the mean of each stretch of bins; not a number where none is known."""
    known = ~np.isnan(bins)
    total = np.add.reduceat(np.where(known, bins, 0), begins, axis=0)
    count = np.add.reduceat(known, begins, axis=0, dtype=np.int64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def highest(bins: Values, begins: Whole) -> Values:
    """Return the highest value of each stretch of bins."""
    return np.asarray(np.fmax.reduceat(bins, begins, axis=0))


def borders(bins: Values, begins: Whole) -> Values:
    """Return the lowest lower and the highest upper border of each stretch of bins."""
    low = np.fmin.reduceat(bins[:, 0], begins)
    high = np.fmax.reduceat(bins[:, 1], begins)
    return np.stack([low, high], axis=1)


def trend_rings(trends: TrendRecorder) -> dict[str, BinRing]:
    """Return all that a recorder keeps, by name."""
    return {
        "probability mean": trends.probability_mean,
        "probability max": trends.probability_max,
        **{f"aeeg {side}": ring for side, ring in trends.aeeg.items()},
        **{f"spectra {side}": ring for side, ring in trends.spectra.items()},
    }
