"""Thousands of events in time, of which a screen shows a few."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["SpanIndex"]

Item = TypeVar("Item")


class SpanIndex(Generic[Item]):
    """Finds what lies within a stretch of samples without looking at the rest.

    Parameters
    ----------
    items
        Anything that begins and ends.
    starts, stops : (n_items,)
        First sample of each item, and one past its last one.
    """

    def __init__(
        self,
        items: Sequence[Item],
        starts: npt.NDArray[np.int64],
        stops: npt.NDArray[np.int64],
    ) -> None:
        order = np.argsort(starts, kind="stable")
        self._items = [items[i] for i in order.tolist()]
        self._starts = starts[order]
        self._stops = stops[order]
        # nothing up to here ends later than this, so that a search may begin behind it
        self._latest_stops = np.maximum.accumulate(self._stops)

    def __len__(self) -> int:
        return len(self._items)

    def within(self, first: int, stop: int) -> list[Item]:
        """Return what shares a sample with ``[first, stop)``, in the order of the first samples."""
        begin = int(np.searchsorted(self._latest_stops, first, side="right"))
        end = int(np.searchsorted(self._starts, stop, side="left"))
        found = begin + np.flatnonzero(self._stops[begin:end] > first)
        return [self._items[i] for i in found.tolist()]
