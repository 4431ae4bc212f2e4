"""Paints the rows of the trends, one pixel column after the other."""

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from core.aeeg import semi_log_position
from core.trends import SIDES, TrendRecorder
from monitor.views import theme
from monitor.views.event_marks import PRIORITY, state_colour
from monitor.views.raster import Raster, blended, rgb
from monitor.views.trend_data import AlarmTimes, TrendSpan, averages, borders, highest

__all__ = [
    "AEEG_TICKS_UV",
    "BURDEN_TICKS",
    "SPECTRA_DB",
    "STATUS_SHARE",
    "TrendPicture",
    "TrendRow",
    "burden_position",
    "colour_scale",
]

AEEG_TICKS_UV = (10, 50, 5, 25)
"""The most important first."""

SPECTRA_DB = (-10.0, 30.0)
"""Range of the colours, dB above 1 uV^2/Hz."""

STATUS_SHARE = 0.2
"""Share of 60 min at which seizures are a status epilepticus (ACNS 2021)."""

BURDEN_TICKS = (STATUS_SHARE, 0.5, 0.05)

BLOCK_S = 300.0
HOUR_S = 3600.0
EVENT_HEIGHT = 5
_GAP = 6
_HEIGHTS = {
    "probability": 6,
    "burden": 4,
    "aeeg left": 5,
    "aeeg right": 5,
    "spectra left": 5,
    "spectra right": 5,
}
"""How the rows share the height."""

# Matplotlib's viridis (CC0): even steps to the eye, also to one that confuses red and green.
_VIRIDIS = (
    "#440154", "#482878", "#3e4a89", "#31688e", "#26828e",
    "#1f9e89", "#35b779", "#6dcd59", "#b4de2c", "#fde725",
)  # fmt: skip


def colour_scale(n_steps: int = 256) -> npt.NDArray[np.uint32]:
    """Return the pixels of the colours from low to high power."""
    colours = [QColor(colour) for colour in _VIRIDIS]
    anchors = [(one.red(), one.green(), one.blue()) for one in colours]
    place = np.linspace(0, len(anchors) - 1, n_steps)
    parts = np.array(
        [np.interp(place, range(len(anchors)), part) for part in zip(*anchors, strict=True)]
    )
    red, green, blue = np.rint(parts).astype(np.uint32)
    return np.asarray(0xFF000000 | (red << 16) | (green << 8) | blue, dtype=np.uint32)


def burden_position(share: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return where a burden stands on its axis: its square root, so that small ones are seen."""
    return np.sqrt(np.asarray(share, dtype=np.float64))


@dataclass(frozen=True, slots=True)
class TrendRow:
    """The pixel rows ``[top, stop)`` of one trend."""

    name: str
    top: int
    stop: int

    @property
    def height(self) -> int:
        return self.stop - self.top

    def y_of(self, share: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the pixel row of a share of the height, 0 at the bottom and 1 at the top."""
        places = np.clip(np.nan_to_num(np.asarray(share, dtype=np.float64)), 0, 1)
        return self.stop - 1 - np.rint(places * (self.height - 1)).astype(np.int64)


class TrendPicture:
    """All rows of one span.

    Parameters
    ----------
    raster
        What is painted into.
    tau_on
        Threshold that is drawn in the row of the probability.
    """

    def __init__(self, raster: Raster, tau_on: float) -> None:
        self.raster = raster
        self._tau_on = tau_on
        room = raster.height - _GAP * (len(_HEIGHTS) - 1)
        parts = sum(_HEIGHTS.values())
        stops = list(accumulate(_HEIGHTS.values(), initial=0))
        self.rows = {
            name: TrendRow(
                name, room * stops[i] // parts + i * _GAP, room * stops[i + 1] // parts + i * _GAP
            )
            for i, name in enumerate(_HEIGHTS)
        }
        self._columns = np.arange(raster.width)

    def paint(
        self, trends: TrendRecorder, alarms: AlarmTimes, span: TrendSpan, newest_sample: int
    ) -> None:
        """Paint everything anew."""
        self.raster.pixels[:] = rgb(theme.BACKGROUND)
        for row in self.rows.values():
            self.raster.pixels[row.top : row.stop] = rgb(theme.PLOT)
        edges = span.edges(self.raster.width)
        edges_s = span.bins_at(self.raster.width) * (trends.bin_samples / trends.sfreq)
        now_s = newest_sample / trends.sfreq
        self._paint_probability(trends, edges)
        self._paint_events(alarms, edges_s)
        self._paint_burden(alarms, edges_s[1:], now_s)
        for side in SIDES:
            colour = theme.LEFT if side == "left" else theme.RIGHT
            self._paint_aeeg(self.rows[f"aeeg {side}"], trends, side, edges, colour)
            self._paint_spectra(self.rows[f"spectra {side}"], trends, side, edges)

    def _paint_probability(self, trends: TrendRecorder, edges: npt.NDArray[np.int64]) -> None:
        row = self.rows["probability"]
        self._rule(row, 0.5, theme.GRID)
        peak = trends.probability_max.columns(edges, highest)[:, 0]
        mean = trends.probability_mean.columns(edges, averages)[:, 0]
        known = ~np.isnan(peak)
        provisional = edges[:-1] >= trends.provisional_from // trends.bin_samples
        area = np.where(
            provisional,
            blended(theme.PLOT, theme.PROVISIONAL, 0.45),
            blended(theme.PLOT, theme.LEFT, 0.45),
        )
        bottom = np.full(len(peak), row.stop - 1)
        self._fill(known, row.y_of(peak), bottom, area)
        line = np.where(provisional, rgb(theme.PROVISIONAL), rgb(theme.LEFT))
        y_mean = row.y_of(mean)
        self._fill(known, y_mean - 1, y_mean, line)
        self._rule(row, self._tau_on, theme.ALARM, dashed=True)

    def _paint_events(self, alarms: AlarmTimes, edges_s: npt.NDArray[np.float64]) -> None:
        """Paint a bar at the top of the probability where there was an alarm, striped by state."""
        row = self.rows["probability"]
        states = alarms.states(edges_s)
        bar = self.raster.pixels[row.top : row.top + EVENT_HEIGHT]
        stripes = {"raised": 2, "confirmed": 1, "ended": 1, "retracted": 4}
        for rank, state in enumerate(PRIORITY):
            shown = (states == rank) & (self._columns % stripes[state.value] == 0)
            bar[:, shown] = rgb(state_colour(state))

    def _paint_burden(
        self, alarms: AlarmTimes, stops_s: npt.NDArray[np.float64], now_s: float
    ) -> None:
        """Paint each 5 min as a bar, and the 60 min before each moment as a line."""
        row = self.rows["burden"]
        known = (stops_s > 0) & (stops_s <= now_s)
        block_s = np.ceil(stops_s / BLOCK_S) * BLOCK_S
        of_block = alarms.seizures.share(block_s, BLOCK_S)
        of_hour = alarms.seizures.share(stops_s, HOUR_S)
        for tick in BURDEN_TICKS:
            self._rule(row, float(burden_position(tick)), theme.GRID)
        bottom = np.full(len(stops_s), row.stop - 1)
        area = np.full(len(stops_s), blended(theme.PLOT, "#cc79a7", 0.6))
        self._fill(known & (of_block > 0), row.y_of(burden_position(of_block)), bottom, area)
        y_hour = row.y_of(burden_position(of_hour))
        before = np.concatenate([y_hour[:1], y_hour[:-1]])
        line = np.full(len(stops_s), rgb(theme.TEXT))
        self._fill(known, np.minimum(y_hour, before) - 1, np.maximum(y_hour, before), line)
        self._rule(row, float(burden_position(STATUS_SHARE)), theme.CAUTION, dashed=True)

    def _paint_aeeg(
        self,
        row: TrendRow,
        trends: TrendRecorder,
        side: str,
        edges: npt.NDArray[np.int64],
        colour: str,
    ) -> None:
        for tick_uv in AEEG_TICKS_UV:
            self._rule(row, float(semi_log_position(tick_uv)), theme.GRID)
        band = trends.aeeg[side].columns(edges, borders)
        known = ~np.isnan(band[:, 0])
        low, high = semi_log_position(band[:, 0]), semi_log_position(band[:, 1])
        pixels = np.full(len(band), rgb(colour))
        self._fill(known, row.y_of(high), row.y_of(low), pixels)

    def _paint_spectra(
        self, row: TrendRow, trends: TrendRecorder, side: str, edges: npt.NDArray[np.int64]
    ) -> None:
        spectra = trends.spectra[side].columns(edges, averages)
        known = np.flatnonzero(~np.isnan(spectra[:, 0]))
        scale = colour_scale()
        low_db, high_db = SPECTRA_DB
        share = np.clip((spectra[known] - low_db) / (high_db - low_db), 0, 1)
        pixels = scale[np.rint(share * (len(scale) - 1)).astype(np.int64)]
        # the spectrum's line that each pixel row stands for, 0 Hz at the bottom
        lines = np.arange(row.height)[::-1] * spectra.shape[1] // row.height
        self.raster.pixels[row.top : row.stop, known] = pixels.T[lines]

    def _fill(
        self,
        known: npt.NDArray[np.bool_],
        top: npt.NDArray[np.int64],
        bottom: npt.NDArray[np.int64],
        pixels: npt.NDArray[np.integer],
    ) -> None:
        colours = pixels[known].astype(np.uint32)
        self.raster.fill_runs(self._columns[known], top[known], bottom[known], colours)

    def _rule(self, row: TrendRow, share: float, colour: str, *, dashed: bool = False) -> None:
        columns = self._columns[self._columns % 10 < 6] if dashed else self._columns
        self.raster.pixels[row.y_of(share), columns] = rgb(colour)
