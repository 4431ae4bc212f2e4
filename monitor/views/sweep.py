"""The page of samples behind the picture, and what each pixel column shows of it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from core.types import BoolArray, FloatArray
from monitor.views.time_axis import TimeAxis

__all__ = ["TracePage"]


class TracePage:
    """The samples of one page, each at its index modulo the page.

    What lies ahead of the newest sample is not a number, so painting any columns from here gives
    the same picture as having painted them one by one.

    Parameters
    ----------
    n_rows
        Traces.
    n_page
        Samples on a page.
    """

    def __init__(self, n_rows: int, n_page: int) -> None:
        self.values: FloatArray = np.full((n_rows, n_page), np.nan, dtype=np.float32)
        self.valid: BoolArray = np.ones((n_rows, n_page), dtype=np.bool_)

    @property
    def n_rows(self) -> int:
        return len(self.values)

    @property
    def n_page(self) -> int:
        return int(self.values.shape[1])

    @property
    def nbytes(self) -> int:
        return self.values.nbytes + self.valid.nbytes

    def write(
        self, axis: TimeAxis, start: int, values: FloatArray, valid: BoolArray | None = None
    ) -> None:
        """Take samples from ``start`` to ``axis.stop``, and blank what lies ahead of them.

        Samples between the last ones and ``start`` must be given as not a number.
        """
        skipped = max(0, values.shape[1] - self.n_page)
        place = np.arange(start + skipped, start + values.shape[1]) % self.n_page
        self.values[:, place] = values[:, skipped:]
        self.valid[:, place] = True if valid is None else valid[:, skipped:]
        ahead = np.arange(axis.stop, axis.stop + axis.n_blank) % self.n_page
        self.values[:, ahead] = np.nan

    def extremes(
        self, first: int, stop: int, n_columns: int
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Return the lowest and highest value in each column, and whether all were measured.

        The trace is a line from sample to sample; it enters and leaves each column where it
        crosses the column's edges, so that columns join however few samples they hold. A column
        without a line is not a number.

        Parameters
        ----------
        first, stop
            Columns of the ring.
        n_columns
            Of the whole ring.
        """
        position = np.arange(first, stop + 1, dtype=np.int64) * self.n_page
        before, rest = position // n_columns, position % n_columns
        share = (rest / n_columns).astype(np.float32)
        left = self.values[:, before % self.n_page]
        right = self.values[:, (before + 1) % self.n_page]
        # where the edge falls on a sample, what comes next has no say
        crossing = np.where(rest == 0, left, left + share * (right - left))
        inner = before + (rest > 0)
        begins, counts = inner - inner[0], np.diff(inner)
        low = _reduce(np.fmin, self.values[:, inner[0] : inner[-1]], begins, counts, np.nan)
        high = _reduce(np.fmax, self.values[:, inner[0] : inner[-1]], begins, counts, np.nan)
        for edge in (crossing[:, :-1], crossing[:, 1:]):
            low, high = np.fmin(low, edge), np.fmax(high, edge)
        measured = self.valid[:, before[:-1] % self.n_page]
        valid = self.valid[:, inner[0] : inner[-1]]
        if not valid.all():
            measured &= _reduce(np.logical_and, valid, begins, counts, True)
        return low, high, measured


def _reduce(
    combine: np.ufunc,
    segment: npt.NDArray[Any],
    begins: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    neutral: float,
) -> npt.NDArray[Any]:
    """Reduce ``counts`` samples from each of ``begins``; an empty stretch is neutral."""
    padded = np.empty((len(segment), segment.shape[1] + 1), dtype=segment.dtype)
    padded[:, :-1] = segment
    padded[:, -1] = neutral
    out = combine.reduceat(padded, begins, axis=1)[:, :-1]
    out[:, counts == 0] = neutral
    return np.asarray(out)
