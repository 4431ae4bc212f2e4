"""The seizure probability below the traces, on the same time axis, with both thresholds."""

import numpy as np
from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.types import DetectionStep
from monitor.views import texts, theme
from monitor.views.plot_margins import font, label_width, write
from monitor.views.probability_history import ProbabilityHistory, RecordedProbability
from monitor.views.raster import Raster, blended, rgb
from monitor.views.sweep import TracePage
from monitor.views.time_axis import AxisMode, TimeAxis

__all__ = ["ProbabilityView"]

_DASH = 8
"""Pixels of a dash and of the gap behind it."""


class ProbabilityView(QWidget):
    """Final and provisional seizure probability.

    The threshold that would change the state is drawn bright: outside of an event the upper one,
    inside of an event the lower one, and the curve is filled down to it.

    Parameters
    ----------
    tau_on, tau_off
        Thresholds at which an event begins and ends.
    sfreq
        Samples per second of the probabilities, Hz.
    recorded
        What is shown instead of a live stream.
    """

    def __init__(
        self,
        tau_on: float,
        tau_off: float,
        sfreq: float = 256.0,
        parent: QWidget | None = None,
        *,
        recorded: RecordedProbability | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._tau_on = tau_on
        self._tau_off = tau_off
        self._live = None if recorded else ProbabilityHistory(tau_on, tau_off, sfreq)
        self._recorded = recorded
        self._axis = TimeAxis(round(10 * sfreq))
        self._raster = Raster(QSize(1, 1))
        self._all_due = True
        # one row of probabilities, and one that is 1 inside of events
        self._page = TracePage(2, self._axis.n_page)

    @property
    def history_nbytes(self) -> int:
        """Memory of the last hour."""
        return 0 if self._live is None else self._live.nbytes

    @property
    def axis(self) -> TimeAxis:
        """The stretch of time on the screen."""
        return self._axis

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(1100, 120)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(400, 84)

    def plot_rect(self) -> QRect:
        """Return where the lines are drawn, in widget coordinates."""
        top, left = theme.FONT_SMALL_PX + 8, label_width()
        return QRect(left, top, max(1, self.width() - left), max(1, self.height() - top - 5))

    def y_of(self, probability: float) -> int:
        """Return the y coordinate of a probability."""
        plot = self.plot_rect()
        return plot.bottom() - round(probability * (plot.height() - 1))

    def x_of(self, sample: int) -> int | None:
        """Return the x coordinate of a sample, None where it is not on the screen."""
        plot = self.plot_rect()
        spans = self._axis.spans(sample, sample + 1, plot.width())
        return plot.left() + spans[0][0] if spans else None

    def add_step(self, step: DetectionStep) -> None:
        """Append what became final and replace what is provisional."""
        if self._live is not None:
            self._live.add_step(step)
            self.reload()

    def show_axis(self, axis: TimeAxis) -> None:
        """Show the same stretch of time as the traces."""
        before, self._axis = self._axis, axis
        new = axis.stop - before.stop
        if axis.at(before.stop) != before or not 0 <= new < axis.n_page or self._all_due:
            self.reload()
        elif new:
            self._write(before.stop, axis.stop)
            for first, stop in axis.due(before.stop, axis.stop + axis.n_blank, self._raster.width):
                self._paint_columns(first, stop)
                if axis.mode is AxisMode.SWEEP:
                    left = label_width() + int(first / self._raster.ratio)
                    width = int((stop - first) / self._raster.ratio) + 2
                    self.update(left, self.plot_rect().top(), width, self._raster.height)
            if axis.mode is AxisMode.SCROLL:
                self.update(self.plot_rect())

    def reload(self) -> None:
        """Show the page as the history has it now."""
        self._page = TracePage(2, self._axis.n_page)
        self._write(self._axis.start, self._axis.stop)
        self._all_due = True
        self.update()

    def _write(self, first: int, stop: int) -> None:
        history = self._live or self._recorded
        assert history is not None
        values, inside, final = history.read(first, stop)
        rows = np.stack([values, inside.astype(np.float32)])
        self._page.write(self._axis, first, rows, np.stack([final, final]))

    def _row(self, probability: float) -> int:
        height = self._raster.height
        return height - 1 - round(probability * (height - 1))

    def _paint_columns(self, first: int, stop: int) -> None:
        if stop <= first:
            return
        raster, pixels = self._raster, self._raster.pixels
        low, high, final = self._page.extremes(first, stop, raster.width)
        columns = np.arange(first, stop)
        known = ~np.isnan(low[0])
        inside = known & (high[1] > 0.5)
        final = final[0]
        on, off = self._row(self._tau_on), self._row(self._tau_off)
        pixels[:, first:stop] = rgb(theme.PLOT)
        pixels[:, columns[known & ~final]] = rgb(theme.TAIL)
        pixels[self._row(0.5), first:stop] = rgb(theme.GRID)
        # told apart by more than colour: the provisional ground is ruled
        ruled = columns[known & ~final & (columns % 6 == 0)]
        pixels[:, ruled] = blended(theme.TAIL, theme.PROVISIONAL, 0.25)
        pixels[on : off + 1, first:stop] = blended(theme.PLOT, theme.CAUTION, 0.10)
        with np.errstate(invalid="ignore"):
            top = np.rint((1 - np.clip(high[0], 0, 1)) * (raster.height - 1))
            bottom = np.rint((1 - np.clip(low[0], 0, 1)) * (raster.height - 1))
        top, bottom = np.nan_to_num(top).astype(int), np.nan_to_num(bottom).astype(int)
        filled = inside & (top < off)
        fill = np.full(len(columns), blended(theme.PLOT, theme.ALARM, 0.6), dtype=np.uint32)
        raster.fill_runs(columns[filled], top[filled], np.full(filled.sum(), off), fill[filled])
        for row, colour, bright in (
            (on, theme.ALARM, ~inside),
            (off, theme.CAUTION, inside),
        ):
            drawn = bright | (columns % _DASH < _DASH // 4)
            pixels[row, columns[drawn]] = rgb(colour)
        curve = np.where(final, rgb(theme.LEFT), rgb(theme.PROVISIONAL)).astype(np.uint32)
        raster.fill_runs(columns[known], top[known] - 1, bottom[known], curve[known])

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._all_due = True

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.StyleChange:
            self._all_due = True
            self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        plot = self.plot_rect()
        if self._all_due:
            self._raster = self._raster.fitted(plot.size(), self.devicePixelRatioF())
            self._paint_columns(0, self._raster.width)
            self._all_due = False
        painter, exposed = QPainter(self), event.rect()
        self._raster.show(painter, plot, exposed, self._axis.turn(self._raster.width))
        if not plot.contains(exposed):
            margins = QRegion(self.rect()) - QRegion(plot)
            painter.setClipRegion(margins)
            painter.fillRect(self.rect(), QColor(theme.BACKGROUND))
            self._paint_scale(painter, plot)
            self._paint_legend(painter, plot)
        painter.end()

    def _paint_scale(self, painter: QPainter, plot: QRect) -> None:
        """Name the thresholds beside their lines, above the upper and below the lower one."""
        right = Qt.AlignmentFlag.AlignRight
        height = theme.FONT_SMALL_PX + 4
        painter.setFont(font(theme.FONT_SMALL_PX, bold=True))
        for word, value, colour, shift in (
            (texts.THRESHOLD_ON, self._tau_on, theme.ALARM, -height + 4),
            (texts.THRESHOLD_OFF, self._tau_off, theme.CAUTION, -2),
        ):
            y = self.y_of(value)
            painter.setPen(QColor(theme.TEXT))
            place = QRect(0, y + shift, plot.left() - 16, height)
            write(painter, place, texts.threshold(word, value), right)
            painter.fillRect(plot.left() - 12, y - 1, 10, 3, QColor(colour))
        painter.setFont(font(theme.FONT_SMALL_PX))
        painter.setPen(QColor(theme.TEXT_DIM))
        bottom = QRect(0, plot.bottom() - height + 2, plot.left() - 6, height)
        write(painter, bottom, "0", right)
        if plot.height() > 6 * height:
            middle = QRect(0, self.y_of(0.5) - height // 2, plot.left() - 6, height)
            write(painter, middle, "0.5", right)

    def _paint_legend(self, painter: QPainter, plot: QRect) -> None:
        line = QRect(4, 0, self.width() - 8, plot.top())
        painter.setFont(font(theme.FONT_SMALL_PX, bold=True))
        painter.setPen(QColor(theme.TEXT))
        write(painter, line, texts.PROBABILITY)
        painter.setFont(font(theme.FONT_SMALL_PX))
        x = line.right()
        for word, colour, thick in (
            (texts.IN_EVENT, theme.ALARM, 8),
            (texts.PROVISIONAL, theme.PROVISIONAL, 3),
            (texts.FINAL, theme.LEFT, 3),
        ):
            x -= painter.fontMetrics().horizontalAdvance(word) + 40
            painter.setPen(QPen(QColor(theme.TEXT_DIM)))
            painter.fillRect(x, line.center().y() - thick // 2, 18, thick, QColor(colour))
            write(painter, QRect(x + 24, 0, line.right() - x - 24, plot.top()), word)
