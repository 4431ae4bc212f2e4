"""Paints columns of the page: ground, grid and traces."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from core.display_montage import DisplayMontage
from monitor.alarm import Alarm, AlarmState
from monitor.views import theme
from monitor.views.event_marks import PERIOD, PRIORITY, ground_tile, states_of_columns
from monitor.views.raster import Pixels, Raster, rgb
from monitor.views.span_index import SpanIndex
from monitor.views.sweep import TracePage
from monitor.views.time_axis import TimeAxis
from monitor.views.trace_margins import row_colour

__all__ = ["TraceLook", "TracePicture"]

REACH_LANES = 1.5
"""An artefact may reach this far from its own line, in lanes, but not hide the page."""


@dataclass(frozen=True, slots=True)
class TraceLook:
    """How the rows are drawn.

    Attributes
    ----------
    montage
        What they are.
    pixels_per_uv
        Deflection in device pixels; positive is up.
    grid_samples
        Distance of the vertical lines.
    """

    montage: DisplayMontage
    pixels_per_uv: float
    grid_samples: int


class TracePicture:
    """A ring of pixel columns; see :mod:`monitor.views.time_axis`.

    Parameters
    ----------
    raster
        What is painted into.
    look
        How the rows are drawn.
    """

    def __init__(self, raster: Raster, look: TraceLook) -> None:
        self.raster = raster
        self._look = look
        self._lane = raster.height / look.montage.n_rows
        colours = [rgb(row_colour(names)) for names in look.montage.electrodes]
        self._row_pixels: Pixels = np.array(colours, dtype=np.uint32)
        self._grid = rgb(theme.GRID)
        self._invalid = np.uint32(rgb(theme.INVALID))
        self._empty = rgb(theme.PLOT)
        self._lines = [round(row * self._lane) for row in look.montage.chain_starts]
        self._tiles: dict[AlarmState, Pixels] = {}
        # at least one device pixel, and as wide as one of Qt's on a dense screen
        self._thickness = max(1, round(raster.ratio))

    def paint(
        self, first: int, stop: int, page: TracePage, axis: TimeAxis, alarms: SpanIndex[Alarm]
    ) -> None:
        """Paint columns ``[first, stop)`` of the ring."""
        if stop <= first:
            return
        self._paint_ground(first, stop, states_of_columns(alarms, axis, self.raster.width))
        self._paint_grid(first, stop, axis)
        self._paint_traces(first, stop, page)

    def _paint_ground(self, first: int, stop: int, states: npt.NDArray[np.int8]) -> None:
        pixels = self.raster.pixels
        pixels[:, first:stop] = self._empty
        pixels[self._lines, first:stop] = self._grid
        shaded = states[first:stop] >= 0
        if not shaded.any():
            return
        edges = np.flatnonzero(np.diff(states[first:stop])) + first + 1
        for begin, end in pairwise([first, *edges.tolist(), stop]):
            if states[begin] >= 0:
                tile = self._tile(PRIORITY[states[begin]])
                pixels[:, begin:end] = tile[:, np.arange(begin, end) % PERIOD]

    def _tile(self, state: AlarmState) -> Pixels:
        if state not in self._tiles:
            tile = ground_tile(state, self.raster.height)
            tile[self._lines] = self._grid
            self._tiles[state] = tile
        return self._tiles[state]

    def _paint_grid(self, first: int, stop: int, axis: TimeAxis) -> None:
        step = self._look.grid_samples
        # what the ring's columns stand for now, the blank ones ahead included
        newest = axis.stop + axis.n_blank
        lines = np.arange(-(-(newest - axis.n_page) // step) * step, newest, step)
        columns = lines % axis.n_page * self.raster.width // axis.n_page
        within = columns[(columns >= first) & (columns < stop)]
        self.raster.pixels[:, within] = self._grid

    def _paint_traces(self, first: int, stop: int, page: TracePage) -> None:
        low, high, measured = page.extremes(first, stop, self.raster.width)
        reach = REACH_LANES * self._lane
        scale = -self._look.pixels_per_uv
        drawn = ~np.isnan(low)
        with np.errstate(invalid="ignore"):
            top = np.clip(high * scale, -reach, reach)
            bottom = np.clip(low * scale, -reach, reach)
        centre = (np.arange(page.n_rows)[:, None] + 0.5) * self._lane
        rows, columns = np.nonzero(drawn)
        colours = np.where(measured, self._row_pixels[:, None], self._invalid)
        self.raster.fill_runs(
            columns + first,
            np.rint((top + centre)[drawn]).astype(np.int64),
            np.rint((bottom + centre)[drawn]).astype(np.int64) + self._thickness - 1,
            colours[rows, columns],
        )
