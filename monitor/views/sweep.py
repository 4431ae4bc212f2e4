"""The page of samples behind the sweep, and how its columns are painted."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLine, QSize
from PySide6.QtGui import QColor, QPainter

from core.types import BoolArray, Chunk, FloatArray
from monitor.views import theme

__all__ = ["SweepHistory", "paint_columns"]

BAR_FRACTION = 0.015
"""Part of the page that is kept blank ahead of the newest sample."""


class SweepHistory:
    """The samples of one page, each at its index modulo the page.

    What lies ahead of the newest sample within the bar is not a number, so painting any columns
    from here gives the same picture as having painted them one by one.

    Parameters
    ----------
    n_channels
        Rows.
    n_page
        Samples on a page.
    """

    def __init__(self, n_channels: int, n_page: int) -> None:
        self.n_page = n_page
        self.values: FloatArray = np.full((n_channels, n_page), np.nan, dtype=np.float32)
        self.valid: BoolArray = np.ones((n_channels, n_page), dtype=np.bool_)
        self.head: int | None = None
        self._n_bar = max(1, min(n_page - 1, round(BAR_FRACTION * n_page)))
        self._due_from: int | None = None

    @property
    def nbytes(self) -> int:
        return self.values.nbytes + self.valid.nbytes

    def write(self, chunk: Chunk) -> bool:
        """Take a chunk; return whether anything changed.

        Samples before the newest one are dropped; samples that were skipped become blank.
        """
        head = chunk.start_sample if self.head is None else self.head
        begin = max(head, chunk.start_sample, chunk.stop_sample - self.n_page)
        if chunk.n_samples == 0 or chunk.stop_sample <= head:
            return False
        blank_from = max(head, chunk.stop_sample - self.n_page)
        blank = np.arange(blank_from, begin) % self.n_page
        self.values[:, blank] = np.nan
        place = np.arange(begin, chunk.stop_sample) % self.n_page
        offset = begin - chunk.start_sample
        self.values[:, place] = chunk.data[:, offset:]
        self.valid[:, place] = True if chunk.valid is None else chunk.valid[:, offset:]
        bar = np.arange(chunk.stop_sample, chunk.stop_sample + self._n_bar) % self.n_page
        self.values[:, bar] = np.nan
        self.head = chunk.stop_sample
        self._due_from = head if self._due_from is None else self._due_from
        return True

    def with_page(self, n_page: int) -> "SweepHistory":
        """Return a history with another page, holding the newest samples of this one."""
        other = SweepHistory(len(self.values), n_page)
        if self.head is not None:
            n_kept = min(self.n_page - self._n_bar, n_page, self.head)
            place = np.arange(self.head - n_kept, self.head) % self.n_page
            other.write(Chunk(self.values[:, place], self.head - n_kept, self.valid[:, place]))
        return other

    def take_due(self, n_columns: int, *, everything: bool = False) -> list[tuple[int, int]]:
        """Return the ranges of columns that changed since the last call."""
        due_from, self._due_from = self._due_from, None
        if everything:
            return [(0, n_columns)]
        if due_from is None or self.head is None:
            return []
        n_due = self.head - due_from + self._n_bar
        if n_due >= self.n_page:
            return [(0, n_columns)]
        begin = due_from % self.n_page
        pieces = [(begin, min(begin + n_due, self.n_page))]
        if begin + n_due > self.n_page:
            pieces.append((0, begin + n_due - self.n_page))
        # One column more at either end: a column's line reaches back to the sample before it.
        return [
            (
                max(0, first * n_columns // self.n_page - 1),
                min(n_columns, -(-stop * n_columns // self.n_page) + 1),
            )
            for first, stop in pieces
        ]

    def column_edges(self, first: int, stop: int, n_columns: int) -> np.typing.NDArray[np.int64]:
        """Return where columns ``first`` to ``stop`` begin; the last entry is where they end."""
        return np.arange(first, stop + 1, dtype=np.int64) * self.n_page // n_columns

    def extremes(
        self, first: int, stop: int, n_columns: int
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Return the lowest and highest value of each column, and whether all were measured.

        Each column takes in the last sample of the one before it, so that the lines join.
        A column without samples is not a number.
        """
        edges = self.column_edges(first, stop, n_columns)
        begins = edges[:-1]
        segment = slice(int(edges[0]), max(int(edges[-1]), int(begins[-1]) + 1))
        offsets = begins - edges[0]
        low = np.fmin.reduceat(self.values[:, segment], offsets, axis=1)
        high = np.fmax.reduceat(self.values[:, segment], offsets, axis=1)
        measured = np.logical_and.reduceat(self.valid[:, segment], offsets, axis=1)
        before = self.values[:, np.maximum(begins - 1, 0)]
        empty = np.isnan(low)
        return (
            np.where(empty, np.nan, np.fmin(low, before)).astype(np.float32),
            np.where(empty, np.nan, np.fmax(high, before)).astype(np.float32),
            measured,
        )


def paint_columns(
    painter: QPainter,
    history: SweepHistory,
    columns: tuple[int, int],
    size: QSize,
    *,
    sensitivity_uv: float,
    colours: Sequence[str],
) -> None:
    """Paint one vertical line per channel and column, from its lowest to its highest value.

    Parameters
    ----------
    columns
        First column and one past the last.
    size
        Of the whole plot, in pixels.
    sensitivity_uv
        Microvolts over the height of one channel; positive is up.
    colours
        One for each channel; samples that were not measured are grey.
    """
    first, stop = columns
    if stop <= first:
        return
    low, high, measured = history.extremes(first, stop, size.width())
    lane = size.height() / len(colours)
    # An artefact may reach into the neighbours' strips, but not hide the page.
    top = np.clip(high / sensitivity_uv, -1.0, 1.0) * -lane
    bottom = np.clip(low / sensitivity_uv, -1.0, 1.0) * -lane
    for row, colour in enumerate(colours):
        drawn = np.flatnonzero(~np.isnan(top[row]))
        centre = (row + 0.5) * lane
        ys = np.rint(np.stack([top[row, drawn], bottom[row, drawn]]) + centre).astype(int)
        lines: dict[str, list[QLine]] = {}
        for x, y_top, y_bottom, good in zip(
            (drawn + first).tolist(), *ys.tolist(), measured[row, drawn].tolist(), strict=True
        ):
            lines.setdefault(colour if good else theme.INVALID, []).append(
                QLine(x, y_top, x, y_bottom)
            )
        for pen, stretch in lines.items():
            painter.setPen(QColor(pen))
            painter.drawLines(stretch)
