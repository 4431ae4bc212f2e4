"""Hours at a glance: probability, seizure burden, amplitude and spectra by side."""

from datetime import datetime

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.aeeg import semi_log_position
from core.trends import TrendRecorder
from core.types import Chunk, DetectionStep
from monitor.alarm import Alarm
from monitor.views import texts, theme
from monitor.views.plot_margins import font, label_width, time_height, write
from monitor.views.raster import Raster
from monitor.views.time_axis import TimeAxis
from monitor.views.trace_margins import time_step_s
from monitor.views.trend_data import AlarmTimes, TrendSpan
from monitor.views.trend_picture import (
    AEEG_TICKS_UV,
    BURDEN_TICKS,
    SPECTRA_DB,
    TrendPicture,
    TrendRow,
    burden_position,
    colour_scale,
)

__all__ = ["TrendCanvas"]


class TrendCanvas(QWidget):
    """The rows of the trends above one time axis.

    Parameters
    ----------
    tau_on
        Threshold that is drawn in the row of the probability.
    sfreq
        Sampling rate of signal and probabilities, Hz.
    recorded_s
        Seconds of a recorded session, which is shown as a whole or around the page; None: live.
    """

    moment_chosen = Signal(int)
    """The sample that was clicked at."""

    def __init__(
        self,
        tau_on: float,
        sfreq: float = 256.0,
        parent: QWidget | None = None,
        *,
        recorded_s: float | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(400, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.recorder = TrendRecorder(sfreq, *(() if recorded_s is None else (recorded_s,)))
        self._tau_on = tau_on
        self._sfreq = sfreq
        self._recorded = recorded_s is not None
        self._hours = 0.5 if recorded_s is None else recorded_s / 3600
        self._newest = 0 if recorded_s is None else round(recorded_s * sfreq)
        self._alarms = AlarmTimes()
        self._start_time: datetime | None = None
        self._axis: TimeAxis | None = None
        self._picture = TrendPicture(Raster(QSize(1, 60)), tau_on)
        self._due = True

    @property
    def hours(self) -> float:
        """How far the trends reach back."""
        return self._hours

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(1100, 330)

    @property
    def span(self) -> TrendSpan:
        """The hours on the screen."""
        if self._recorded:
            middle = 0 if self._axis is None else (self._axis.start + self._axis.stop) // 2
            return TrendSpan.around(self._hours, middle, self._newest, self.recorder)
        return TrendSpan.newest(self._hours, self._newest, self.recorder)

    def plot_rect(self) -> QRect:
        """Return where the rows are drawn, in widget coordinates."""
        left = label_width()
        height = self.height() - time_height()
        return QRect(left, 0, max(1, self.width() - left), max(60, height))

    def x_of(self, sample: int) -> int:
        """Return the x coordinate of a sample, also of one that is not on the screen."""
        plot, span = self.plot_rect(), self.span
        share = (sample / self.recorder.bin_samples - span.first_bin) / span.n_bins
        return plot.left() + round(share * plot.width())

    def sample_at(self, x: int) -> int:
        """Return the sample at an x coordinate."""
        plot, span = self.plot_rect(), self.span
        share = min(max((x - plot.left()) / plot.width(), 0.0), 1.0)
        return round((span.first_bin + share * span.n_bins) * self.recorder.bin_samples)

    def add_chunk(self, chunk: Chunk) -> None:
        """Take conditioned signal."""
        self._newest = max(self._newest, chunk.stop_sample)
        if self.recorder.add_chunk(chunk):
            self._repaint()

    def add_step(self, step: DetectionStep) -> None:
        """Take probabilities."""
        self.recorder.add_step(step)
        self._newest = max(self._newest, step.stop_sample)
        self._repaint()

    def refresh(self) -> None:
        """Show what the recorder has been given otherwise."""
        self._repaint()

    def show_alarms(self, alarms: tuple[Alarm, ...]) -> None:
        """Take all alarms of the session."""
        self._alarms = AlarmTimes(alarms)
        self._repaint()

    def show_axis(self, axis: TimeAxis | None) -> None:
        """Mark the page that stands still above; None: the traces are live."""
        before, self._axis = self.span, axis
        if self.span != before:
            self._due = True
        self.update()

    def set_hours(self, hours: float) -> None:
        """Set how far the trends reach back."""
        self._hours = hours
        self._repaint()

    def set_start_time(self, start_time: datetime | None) -> None:
        """Write clock times; None: time since the session began."""
        self._start_time = start_time
        self.update()

    def _repaint(self) -> None:
        self._due = True
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() is Qt.MouseButton.LeftButton and event.position().x() >= label_width():
            self.moment_chosen.emit(self.sample_at(round(event.position().x())))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._repaint()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.StyleChange:
            self._repaint()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        plot = self.plot_rect()
        if self._due:
            # one pixel of Qt's to a column: nothing in the trends is finer than that
            if self._picture.raster.size != plot.size():
                self._picture = TrendPicture(Raster(plot.size()), self._tau_on)
            self._picture.paint(self.recorder, self._alarms, self.span, self._newest)
            self._due = False
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.BACKGROUND))
        self._picture.raster.show(painter, plot, event.rect())
        self._paint_times(painter, plot)
        for row in self._picture.rows.values():
            self._paint_caption(painter, row)
        self._paint_page(painter, plot)
        painter.end()

    def _paint_times(self, painter: QPainter, plot: QRect) -> None:
        bin_s = self.recorder.bin_samples / self._sfreq
        first_s, stop_s = self.span.first_bin * bin_s, self.span.stop_bin * bin_s
        step_s = time_step_s(stop_s - first_s, plot.width())
        # round clock times where the clock is known
        start = self._start_time
        shift_s = 0 if start is None else start.hour * 3600 + start.minute * 60 + start.second
        painter.setFont(font(theme.FONT_SMALL_PX))
        painter.setPen(QColor(theme.TEXT_DIM))
        first_tick = -(-(int(first_s) + shift_s) // step_s) * step_s
        for tick in range(first_tick, int(stop_s) + shift_s + 1, step_s):
            x = self.x_of(round((tick - shift_s) * self._sfreq))
            painter.drawLine(x, plot.bottom() + 1, x, plot.bottom() + 4)
            text = texts.moment_text(tick - shift_s, start)
            width = painter.fontMetrics().horizontalAdvance(text)
            if x + 4 + width < self.width():
                place = QRect(x + 4, plot.bottom() + 1, width + 4, time_height())
                write(painter, place, text)

    def _paint_caption(self, painter: QPainter, row: TrendRow) -> None:
        kind, _, side = row.name.partition(" ")
        title, detail, ticks = {
            "probability": (
                texts.TREND_PROBABILITY, texts.TREND_PROBABILITY_DETAIL,
                {f"{self._tau_on:g}": self._tau_on},
            ),
            "burden": (
                texts.TREND_BURDEN, texts.TREND_BURDEN_DETAIL,
                {f"{tick:.0%}": float(burden_position(tick)) for tick in BURDEN_TICKS},
            ),
            "aeeg": (
                texts.TREND_AEEG.get(side, ""), texts.TREND_AEEG_DETAIL,
                {f"{tick}": float(semi_log_position(tick)) for tick in AEEG_TICKS_UV},
            ),
            "spectra": (
                texts.TREND_SPECTRA.get(side, ""), texts.TREND_SPECTRA_DETAIL, {"10": 0.5},
            ),
        }[kind]  # fmt: skip
        line = theme.FONT_SMALL_PX + 3
        place = QRect(4, row.top, label_width() - 4, line)
        painter.setFont(font(theme.FONT_SMALL_PX, bold=True))
        painter.setPen(QColor(theme.TEXT))
        write(painter, place, title)
        painter.setFont(font(theme.FONT_SMALL_PX - 1))
        painter.setPen(QColor(theme.TEXT_DIM))
        if row.height >= 2 * line:
            write(painter, place.translated(0, line), detail)
        if kind == "spectra" and row.height >= 3 * line:
            self._paint_colours(painter, place.translated(0, 2 * line))
        # the most important first: where two would overlap, the later one stays unwritten
        written: list[int] = []
        for text, share in ticks.items():
            y = int(row.y_of(share))
            free = all(abs(y - other) >= line - 3 for other in written)
            if free and row.top - 2 <= y - line // 2 and y + line // 2 <= row.stop + 2:
                tick = QRect(0, y - line // 2, label_width() - 8, line)
                write(painter, tick, text, Qt.AlignmentFlag.AlignRight)
                written.append(y)
            painter.drawLine(label_width() - 5, y, label_width() - 1, y)

    def _paint_colours(self, painter: QPainter, place: QRect) -> None:
        """Show which colour stands for how much power."""
        scale = colour_scale(40)
        low, high = texts.decibels(*SPECTRA_DB)
        left = place.left() + painter.fontMetrics().horizontalAdvance(low) + 4
        write(painter, place, low)
        for i, pixel in enumerate(scale.tolist()):
            painter.fillRect(left + i, place.center().y() - 3, 1, 7, QColor(pixel))
        write(painter, place.adjusted(left + len(scale), 0, 0, 0), high)

    def _paint_page(self, painter: QPainter, plot: QRect) -> None:
        """Frame the stretch of time that the frozen traces show."""
        if self._axis is None:
            return
        left, right = self.x_of(self._axis.start), self.x_of(self._axis.stop)
        painter.setClipRect(plot)
        painter.setPen(QPen(QColor(theme.CAUTION), 2))
        painter.drawRect(left - 2, plot.top() + 1, max(3, right - left) + 3, plot.height() - 3)
