"""How much of any stretch of time was spent in seizures."""

import numpy as np
import numpy.typing as npt

__all__ = ["SeizureTime"]

Times = npt.NDArray[np.float64]


class SeizureTime:
    """Seconds in seizures since the session began, as a function of time.

    Parameters
    ----------
    onset_s, offset_s : (n,)
        Of every seizure, in any order; what overlaps counts once.
    """

    def __init__(self, onset_s: Times, offset_s: Times) -> None:
        order = np.argsort(onset_s, kind="stable")
        latest_s = np.maximum.accumulate(offset_s[order])
        before_s = np.concatenate([[0.0], latest_s])[:-1]
        begin_s = np.maximum(onset_s[order], before_s)
        duration_s = np.maximum(offset_s[order] - begin_s, 0.0)
        counted = duration_s > 0
        begin_s, duration_s = begin_s[counted], duration_s[counted]
        total_s = np.concatenate([[0.0], np.cumsum(duration_s)])
        # the total stands still up to each onset, and rises up to each offset
        edges_s = np.stack([begin_s, begin_s + duration_s], axis=1).ravel()
        self._edges_s = np.concatenate([[0.0], edges_s])
        self._total_s = np.repeat(total_s, 2)[:-1]

    def until(self, moment_s: Times) -> Times:
        """Return the seconds in seizures before each moment."""
        return np.asarray(np.interp(moment_s, self._edges_s, self._total_s))

    def share(self, stop_s: Times, window_s: float) -> Times:
        """Return the part, 0 to 1, of the ``window_s`` seconds before each moment.

        Time before the session counts as free of seizures: 20 % of "any 60 min" must not be
        reached by 12 s in the first minute.
        """
        return (self.until(stop_s) - self.until(stop_s - window_s)) / window_s
