"""The traces: sweeping or scrolling, live, frozen or scrolled back.

Only the columns that new samples fall into are painted, into a picture that is kept; this costs a
fraction of a millisecond per frame, where redrawing the page costs tens.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.display_filter import DisplayFilterSettings
from core.display_montage import DisplayMontage, built_in_montages
from core.electrodes import ELECTRODES
from core.types import Chunk, Marker, Quality
from monitor.alarm import Alarm
from monitor.views import texts, theme
from monitor.views.event_flags import paint_flags, paint_markers
from monitor.views.event_marks import alarm_index, marker_index
from monitor.views.history import RecordedHistory
from monitor.views.plot_margins import label_width, pixels_per_mm, time_height, trace_plot
from monitor.views.raster import Raster
from monitor.views.span_index import SpanIndex
from monitor.views.time_axis import AxisMode, TimeAxis, TimeBase
from monitor.views.trace_margins import (
    TimeStrip,
    calibration_room,
    explanation,
    paint_badge,
    paint_calibration,
    paint_names,
)
from monitor.views.trace_picture import TraceLook, TracePicture
from monitor.views.trace_signal import TraceSignal, joined

__all__ = ["TraceView"]

FRAME_MS = 16
"""Chunks that come in within this time are drawn together."""


class TraceView(QWidget):
    """EEG on the screen.

    Parameters
    ----------
    sfreq
        Sampling rate of the chunks, Hz.
    recorded
        What is shown instead of a live stream.
    """

    axis_moved = Signal(object)
    """The :class:`TimeAxis` that is shown now."""

    frozen_changed = Signal(bool)

    def __init__(self, sfreq: float = 256.0, *, recorded: RecordedHistory | None = None) -> None:
        super().__init__()
        # every pixel is painted: Qt need not clear, nor paint what is behind
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(400, 180)
        self._sfreq = sfreq
        self._time_base = TimeBase(page_s=10.0)
        self.sensitivity_uv_mm = 10.0
        """Microvolts to a millimetre of the glass; see :meth:`set_sensitivity`."""
        self._flags = dict.fromkeys(ELECTRODES, Quality.GOOD)
        self._alarms = alarm_index(())
        self._markers: SpanIndex[Marker] = marker_index(())
        self.recorded = recorded is not None
        self._signal = TraceSignal(built_in_montages()[0], sfreq, 10.0, recorded)
        self._picture = TracePicture(Raster(QSize(1, 1)), self._look())
        self._all_due = True
        self._times = TimeStrip(sfreq)
        self._waiting: list[Chunk] = []
        self._frame = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._frame.timeout.connect(self.advance)

    @property
    def axis(self) -> TimeAxis:
        """The stretch of time on the screen."""
        return self._signal.axis

    @property
    def page_s(self) -> float:
        """Seconds from the left edge to the right."""
        return self._signal.axis.n_page / self._sfreq

    @property
    def montage(self) -> DisplayMontage:
        """What the rows are."""
        return self._signal.montage

    @property
    def frozen(self) -> bool:
        """Whether the page stands still."""
        return self._signal.frozen

    @property
    def history_span(self) -> tuple[int, int]:
        """Oldest sample that can be scrolled to, and one past the newest."""
        return self._signal.history.start, self._signal.history.stop

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(1100, 640)

    def plot_rect(self) -> QRect:
        """Return where the traces are drawn, in widget coordinates."""
        return trace_plot(self.size())

    def x_of(self, sample: int) -> int | None:
        """Return the x coordinate at which a sample is drawn, None where it is not."""
        plot = self.plot_rect()
        spans = self.axis.spans(sample, sample + 1, plot.width())
        return plot.left() + spans[0][0] if spans else None

    def add_chunk(self, chunk: Chunk) -> None:
        """Take new samples; they are drawn with the next frame."""
        self._waiting.append(chunk)
        if not self._frame.isActive():
            self._frame.start()

    def advance(self) -> None:
        """Draw what has come in since the last frame."""
        self._frame.stop()
        for chunk in joined(self._waiting):
            samples = self._signal.add_chunk(chunk)
            if samples is not None and not self._all_due:
                self._draw(*samples)
        self._waiting.clear()
        if self.frozen:
            # the badge tells how old the page has become
            self.update(self.plot_rect().adjusted(0, 0, 0, -self.plot_rect().height() + 40))
        self.axis_moved.emit(self.axis)

    def _draw(self, first: int, stop: int) -> None:
        """Paint the columns of new samples, and let Qt show them."""
        raster, sweeps = self._picture.raster, self.axis.mode is AxisMode.SWEEP
        for left, right in self.axis.due(first, stop, raster.width):
            self._picture.paint(left, right, self._signal.page, self.axis, self._alarms)
            if sweeps:
                x, width = int(left / raster.ratio), int((right - left) / raster.ratio) + 2
                self.update(label_width() + x, 0, width, self.height() - time_height())
        if not sweeps:
            self.update(label_width(), 0, self.width() - label_width(), self.height())
        if self._times.follow(self.axis, self.plot_rect().width()):
            self.update(label_width(), self.height() - time_height(), self.width(), time_height())

    def show_events(self, alarms: tuple[Alarm, ...]) -> None:
        """Shade the traces where alarms of the session are."""
        before = self._alarms.within(self.axis.start, self.axis.stop)
        self._alarms = alarm_index(alarms)
        if self._alarms.within(self.axis.start, self.axis.stop) != before:
            self._repaint_page()

    def show_markers(self, markers: Sequence[Marker]) -> None:
        """Write remarks of the session over the traces."""
        self._markers = marker_index(markers)
        self.update()

    def show_quality(self, flags: Mapping[str, Quality]) -> None:
        """Mark electrodes; one that is not given keeps its mark, an unknown name is ignored."""
        known = {name: flag for name, flag in flags.items() if name in self._flags}
        if any(self._flags[name] != flag for name, flag in known.items()):
            self._flags.update(known)
            self.update()

    def set_start_time(self, start_time: datetime | None) -> None:
        """Write clock times below the traces; None: time since the session began."""
        self._times.start_time = start_time
        self._repaint_page()

    def set_sensitivity(self, sensitivity_uv_mm: float) -> None:
        """Set the microvolts to a millimetre."""
        if sensitivity_uv_mm <= 0:
            raise ValueError(f"sensitivity must be positive, not {sensitivity_uv_mm} uV/mm")
        self.sensitivity_uv_mm = sensitivity_uv_mm
        self._repaint_page()

    def set_time_base(self, time_base: TimeBase) -> None:
        """Set how fast the traces move."""
        self._time_base = time_base
        self._fit_page()

    def set_mode(self, mode: AxisMode) -> None:
        """Sweep or scroll."""
        self._change(self._signal.set_mode, mode)

    def set_montage(self, montage: DisplayMontage) -> None:
        """Show other rows."""
        self._change(self._signal.set_montage, montage)

    def set_filters(self, filters: DisplayFilterSettings) -> None:
        """Filter what is shown."""
        self._change(self._signal.set_filters, filters)

    def freeze(self) -> None:
        """Let the page stand still; signal is still taken in."""
        self._change(self._signal.freeze)

    def go_live(self) -> None:
        """Return to the newest signal."""
        self._change(self._signal.go_live)

    def go_to(self, stop: int) -> None:
        """Freeze, and show the page that ends at a sample, or the nearest one in the history."""
        self._change(self._signal.go_to, stop)

    def step(self, pages: float) -> None:
        """Scroll by so many pages; negative is back."""
        self.go_to(self.axis.stop + round(pages * self.axis.n_page))

    def reload(self) -> None:
        """Show the page as the history has it now."""
        self._change(self._signal.reload)

    def badge(self) -> str:
        """Return what must not be overlooked; empty where there is nothing."""
        behind_s = (self.history_span[1] - self.axis.stop) / self._sfreq
        return texts.frozen(behind_s) if self.frozen else ""

    def _change(self, change: Callable[..., None], *values: object) -> None:
        """Draw what waits, then change what is shown of it."""
        self.advance()
        was_frozen = self.frozen
        change(*values)
        self._repaint_page()
        if self.frozen != was_frozen:
            self.frozen_changed.emit(self.frozen)

    def _fit_page(self) -> None:
        """Let the page be as long as the time base and the width of the glass make it."""
        width_mm = self.plot_rect().width() / pixels_per_mm(self.screen())
        n_page = self._time_base.n_samples(width_mm, self._sfreq)
        if n_page != self.axis.n_page:
            self._change(self._signal.set_page, n_page)
        else:
            self._repaint_page()

    def _repaint_page(self) -> None:
        self._all_due = True
        self.update()
        self.axis_moved.emit(self.axis)

    def _look(self) -> TraceLook:
        scale = pixels_per_mm(self.screen()) * self.devicePixelRatioF()
        grid = round((1 if self.page_s <= 20 else 5) * self._sfreq)
        return TraceLook(self.montage, scale / self.sensitivity_uv_mm, grid)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit_page()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.StyleChange:
            self._repaint_page()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self._waiting:
            self.advance()
        if self._all_due:
            self._paint_page()
        exposed, plot, axis = event.rect(), self.plot_rect(), self.axis
        painter = QPainter(self)
        self._picture.raster.show(painter, plot, exposed, axis.turn(self._picture.raster.width))
        painter.fillRect(plot.left(), 0, plot.width(), plot.top(), QColor(theme.BACKGROUND))
        paint_flags(painter, exposed, plot, axis, self._alarms)
        paint_markers(painter, exposed, plot, axis, self._markers)
        if exposed.right() > plot.right() - calibration_room(plot):
            scale = pixels_per_mm(self.screen()) / self.sensitivity_uv_mm
            paint_calibration(painter, plot, scale, plot.width() / self.page_s)
        paint_badge(painter, plot, self.badge())
        if exposed.bottom() > plot.bottom():
            self._times.paint(painter, plot)
        if exposed.left() < plot.left():
            paint_names(painter, plot, self.montage, self._flags)
        painter.end()

    def _paint_page(self) -> None:
        """Paint all columns, in device pixels."""
        plot = self.plot_rect()
        raster = self._picture.raster.fitted(plot.size(), self.devicePixelRatioF())
        self._picture = TracePicture(raster, self._look())
        self._picture.paint(0, raster.width, self._signal.page, self.axis, self._alarms)
        self._times.follow(self.axis, plot.width())
        self._all_due = False

    def event(self, event: QEvent) -> bool:
        """Explain the mark of a row in words where the pointer rests on it."""
        if isinstance(event, QHelpEvent):
            y, plot = event.pos().y(), self.plot_rect()
            self.setToolTip(explanation(self.montage, y, plot, self._flags))
        return super().event(event)
