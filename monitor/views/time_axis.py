"""Where a sample stands on the screen; shared by the traces and the probability below them.

Pictures are painted into a ring of pixel columns: a sample always falls into the same column of
its page. A sweep shows the ring as it is; scrolling shows it turned, so that the newest column is
at the right edge. Either way only the columns of new samples are painted.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = ["AxisMode", "TimeAxis", "TimeBase"]

BAR_FRACTION = 0.015
"""Part of the page that a sweep keeps blank ahead of the newest sample."""

MIN_PAGE_SAMPLES = 16


class AxisMode(StrEnum):
    """How new samples take the place of old ones."""

    SWEEP = "sweep"
    SCROLL = "scroll"


@dataclass(frozen=True, slots=True)
class TimeBase:
    """How fast the traces move: seconds from edge to edge, or millimetres a second as on paper.

    Raises
    ------
    ValueError
        Where neither or both are given, or one is not positive.
    """

    page_s: float | None = None
    speed_mm_s: float | None = None

    def __post_init__(self) -> None:
        given = [value for value in (self.page_s, self.speed_mm_s) if value is not None]
        if len(given) != 1 or given[0] <= 0:
            raise ValueError(
                f"a time base is one positive number, not {self.page_s} s, {self.speed_mm_s} mm/s"
            )

    def n_samples(self, width_mm: float, sfreq: float) -> int:
        """Return the samples on a page of this width."""
        seconds = width_mm / self.speed_mm_s if self.speed_mm_s is not None else self.page_s
        assert seconds is not None
        return max(MIN_PAGE_SAMPLES, round(seconds * sfreq))


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The stretch of time on the screen.

    Attributes
    ----------
    n_page
        Samples from the left edge to the right.
    stop
        One past the newest sample on the screen.
    mode
        How it is laid out.
    """

    n_page: int
    stop: int = 0
    mode: AxisMode = AxisMode.SWEEP

    @property
    def n_blank(self) -> int:
        """Samples that are kept blank ahead of the newest one, so that old and new never join."""
        fraction = BAR_FRACTION if self.mode is AxisMode.SWEEP else 1 / 256
        return min(max(2, round(fraction * self.n_page)), self.n_page - 1)

    @property
    def start(self) -> int:
        """Oldest sample on the screen; negative while a session fills its first page."""
        return self.stop - self.n_page + self.n_blank

    def at(self, stop: int) -> "TimeAxis":
        """Return the same page elsewhere."""
        return replace(self, stop=stop)

    def column_of(self, sample: int, n_columns: int) -> int:
        """Return the column of the ring that a sample falls into."""
        return sample % self.n_page * n_columns // self.n_page

    def turn(self, n_columns: int) -> int:
        """Return the column of the ring that is shown at the left edge."""
        if self.mode is AxisMode.SWEEP:
            return 0
        return (self.column_of(self.stop - 1, n_columns) + 1) % n_columns

    def cells(self, first: int, stop: int, n_columns: int) -> list[tuple[int, int]]:
        """Return the ranges of the ring's columns that samples ``[first, stop)`` fall into."""
        if stop <= first:
            return []
        if stop - first >= self.n_page:
            return [(0, n_columns)]
        begin = self.column_of(first, n_columns)
        end = self.column_of(stop - 1, n_columns) + 1
        if first // self.n_page == (stop - 1) // self.n_page:
            return [(begin, end)]
        # behind the last sample of a page, the line to the first of the next has columns, too
        return [(begin, n_columns), (0, end)]

    def due(self, first: int, stop: int, n_columns: int) -> list[tuple[int, int]]:
        """Return the ranges of columns that look different once ``[first, stop)`` have changed.

        The lines from the sample before them, and to the one behind them, change too.
        """
        return self.cells(first - 1, stop + 1, n_columns)

    def spans(self, first: int, stop: int, n_columns: int) -> list[tuple[int, int]]:
        """Return the ranges of screen columns at which samples ``[first, stop)`` are shown."""
        first, stop = max(first, self.start), min(stop, self.stop)
        if stop <= first or self.mode is AxisMode.SWEEP:
            return self.cells(first, stop, n_columns)
        turn = self.turn(n_columns)
        begin = (self.column_of(first, n_columns) - turn) % n_columns
        return [(begin, (self.column_of(stop - 1, n_columns) - turn) % n_columns + 1)]

    def sample_at(self, x: int, n_columns: int) -> int:
        """Return the sample that is shown at a screen column."""
        column = (x + self.turn(n_columns)) % n_columns
        sample = self.stop - self.stop % self.n_page + column * self.n_page // n_columns
        return sample if sample < self.stop else sample - self.n_page
