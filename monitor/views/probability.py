"""The seizure probability over the last minutes, with both thresholds."""

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLine, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.types import DetectionStep, FloatArray
from monitor.views import texts, theme

__all__ = ["ProbabilityView"]

LEFT_MARGIN, RIGHT_MARGIN, TOP_MARGIN, BOTTOM_MARGIN = 92, 74, 26, 22
TICK_S = 60


class ProbabilityView(QWidget):
    """Final and provisional seizure probability.

    Parameters
    ----------
    tau_on, tau_off
        Thresholds at which an event begins and ends.
    sfreq
        Samples per second of the probabilities, Hz.
    history_s
        Seconds on display; nothing older is kept.
    """

    def __init__(
        self,
        tau_on: float,
        tau_off: float,
        sfreq: float = 256.0,
        history_s: float = 600.0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(400, 110)
        self._tau_on = tau_on
        self._tau_off = tau_off
        self._sfreq = sfreq
        self._n_history = round(history_s * sfreq)
        self._final: FloatArray = np.empty(0, dtype=np.float32)
        self._final_stop = 0
        self._provisional: FloatArray = np.empty(0, dtype=np.float32)

    @property
    def history_nbytes(self) -> int:
        """Memory of what is kept; at most that of ``history_s`` twice."""
        return self._final.nbytes + self._provisional.nbytes

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(1100, 160)

    def add_step(self, step: DetectionStep) -> None:
        """Append what became final and replace what is provisional."""
        if step.final_stop > self._final_stop or not len(self._final):
            skipped = step.start_sample - self._final_stop if len(self._final) else 0
            blank = np.full(min(max(skipped, 0), self._n_history), np.nan, dtype=np.float32)
            fresh = step.final[max(-skipped, 0) :]
            self._final = np.concatenate([self._final, blank, fresh])[-self._n_history :]
            self._final_stop = step.final_stop
        self._provisional = step.provisional[-self._n_history :].copy()
        self.update()

    def clear(self) -> None:
        """Forget everything, as for another recording."""
        self._final = self._provisional = np.empty(0, dtype=np.float32)
        self._final_stop = 0
        self.update()

    def plot_rect(self) -> QRect:
        """Return where the lines are drawn, in widget coordinates."""
        return QRect(
            LEFT_MARGIN,
            TOP_MARGIN,
            max(1, self.width() - LEFT_MARGIN - RIGHT_MARGIN),
            max(1, self.height() - TOP_MARGIN - BOTTOM_MARGIN),
        )

    def y_of(self, probability: float) -> int:
        """Return the y coordinate of a probability."""
        plot = self.plot_rect()
        return plot.bottom() - round(probability * (plot.height() - 1))

    def x_of(self, sample: int) -> int:
        """Return the x coordinate of a sample."""
        plot = self.plot_rect()
        first = self._stop() - self._n_history
        return plot.left() + (sample - first) * plot.width() // self._n_history

    def _stop(self) -> int:
        """Return the sample at the right edge; a new session fills the plot from the left."""
        return max(self._final_stop + len(self._provisional), self._n_history)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's names
        painter = QPainter(self)
        plot = self.plot_rect()
        painter.fillRect(self.rect(), QColor(theme.BACKGROUND))
        painter.fillRect(plot, QColor(theme.PLOT))
        self._paint_tail_ground(painter, plot)
        self._paint_axes(painter, plot)
        painter.setClipRect(plot)
        begin = self._final_stop - len(self._final)
        self._paint_line(painter, self._final, begin, theme.LEFT)
        self._paint_line(painter, self._provisional, self._final_stop, theme.PROVISIONAL)
        painter.setClipping(False)
        self._paint_thresholds(painter, plot)
        self._paint_legend(painter, plot)
        painter.end()

    def _paint_tail_ground(self, painter: QPainter, plot: QRect) -> None:
        """Set the provisional tail apart by its ground as well as by its colour."""
        if len(self._provisional):
            left = self.x_of(self._final_stop)
            right = self.x_of(self._final_stop + len(self._provisional))
            painter.fillRect(left, plot.top(), right - left, plot.height(), QColor("#221b0c"))

    def _paint_axes(self, painter: QPainter, plot: QRect) -> None:
        painter.setFont(_font(theme.FONT_SMALL_PX))
        for probability in (0.0, 0.5, 1.0):
            y = self.y_of(probability)
            painter.setPen(QColor(theme.GRID))
            painter.drawLine(plot.left(), y, plot.right(), y)
            painter.setPen(QColor(theme.TEXT_DIM))
            place = QRect(0, y - 8, LEFT_MARGIN - 6, 16)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, int(right), f"{probability:.1f}")
        first_s = (self._stop() - self._n_history) / self._sfreq
        stop_s = self._stop() / self._sfreq
        # As many labels as fit, each on a whole number of minutes.
        step_s = TICK_S
        while step_s / (stop_s - first_s) * plot.width() < 80:
            step_s *= 2
        tick_s = -(-int(first_s) // step_s) * step_s
        while tick_s <= stop_s:
            x = self.x_of(round(tick_s * self._sfreq))
            painter.setPen(QColor(theme.GRID))
            painter.drawLine(x, plot.top(), x, plot.bottom())
            painter.setPen(QColor(theme.TEXT_DIM))
            place = QRect(x - 40, plot.bottom() + 2, 80, BOTTOM_MARGIN - 2)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), texts.session_text(tick_s))
            tick_s += step_s

    def _paint_line(self, painter: QPainter, values: FloatArray, begin: int, colour: str) -> None:
        """Draw the range of values of each pixel column."""
        if not len(values):
            return
        first = self._stop() - self._n_history
        width = self.plot_rect().width()
        columns = (np.arange(len(values), dtype=np.int64) + begin - first) * width
        columns //= self._n_history
        starts = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
        before = values[np.maximum(starts - 1, 0)]
        low = np.fmin.reduceat(values, starts)
        high = np.fmax.reduceat(values, starts)
        drawn = np.flatnonzero(~np.isnan(low))
        low, high = np.fmin(low, before)[drawn], np.fmax(high, before)[drawn]
        xs = columns[starts][drawn] + LEFT_MARGIN
        lines = [
            QLine(x, self.y_of(top) - 1, x, self.y_of(bottom))
            for x, top, bottom in zip(xs.tolist(), _clean(high), _clean(low), strict=True)
        ]
        painter.setPen(QColor(colour))
        painter.drawLines(lines)

    def _paint_thresholds(self, painter: QPainter, plot: QRect) -> None:
        """Draw both lines; their names stand apart, above the upper and below the lower one."""
        painter.setFont(_font(theme.FONT_SMALL_PX, bold=True))
        for word, value, colour, shift in (
            (texts.THRESHOLD_ON, self._tau_on, theme.ALARM, -13),
            (texts.THRESHOLD_OFF, self._tau_off, theme.CAUTION, -3),
        ):
            y = self.y_of(value)
            painter.setPen(QPen(QColor(colour), 1, Qt.PenStyle.DashLine))
            painter.drawLine(plot.left(), y, plot.right(), y)
            painter.setPen(QColor(theme.TEXT))
            place = QRect(plot.right() + 6, y + shift, RIGHT_MARGIN - 6, 16)
            vertical = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(place, int(vertical), texts.threshold(word, value))

    def _paint_legend(self, painter: QPainter, plot: QRect) -> None:
        painter.setFont(_font(theme.FONT_LABEL_PX, bold=True))
        painter.setPen(QColor(theme.TEXT))
        vertical = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.drawText(QRect(4, 0, 300, TOP_MARGIN - 4), vertical, texts.PROBABILITY)
        x = 12 + painter.fontMetrics().horizontalAdvance(texts.PROBABILITY)
        painter.setFont(_font(theme.FONT_SMALL_PX))
        painter.setPen(QColor(theme.TEXT_DIM))
        painter.drawText(QRect(x, 0, 200, TOP_MARGIN - 4), vertical, texts.SESSION_TIME)
        x = plot.right() - 190
        for word, colour in ((texts.FINAL, theme.LEFT), (texts.PROVISIONAL, theme.PROVISIONAL)):
            painter.fillRect(x, TOP_MARGIN // 2 - 3, 20, 3, QColor(colour))
            painter.drawText(QRect(x + 26, 0, 90, TOP_MARGIN - 4), vertical, word)
            x += 82


def _clean(values: FloatArray) -> list[float]:
    bounded: npt.NDArray[np.float32] = np.clip(values, 0.0, 1.0)
    return [float(value) for value in bounded]


def _font(size_px: int, *, bold: bool = False) -> QFont:
    font = QFont()
    font.setPixelSize(size_px)
    font.setBold(bold)
    return font
