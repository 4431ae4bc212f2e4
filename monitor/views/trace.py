"""Nineteen traces that a bar sweeps over, as on a bedside monitor.

Only the columns that new samples fall into are painted, into a pixmap that is kept; this costs a
fraction of a millisecond per frame, where redrawing the page costs tens.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.types import Chunk, Quality
from monitor.views import texts, theme
from monitor.views.sweep import SweepHistory, paint_columns

__all__ = ["TraceView"]

LABEL_WIDTH = 92
TIME_HEIGHT = 22


class TraceView(QWidget):
    """Scrolling EEG.

    Parameters
    ----------
    ch_names
        Names at the left, top to bottom, one for each row of the chunks.
    sfreq
        Sampling rate of the chunks, Hz.
    """

    def __init__(
        self, ch_names: Sequence[str], sfreq: float = 256.0, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(LABEL_WIDTH + 200, TIME_HEIGHT + 12 * len(ch_names))
        self._ch_names = tuple(ch_names)
        self._colours = [_side_colour(name) for name in ch_names]
        self._flags = dict.fromkeys(self._ch_names, Quality.GOOD)
        self._sfreq = sfreq
        self._page_s = 10.0
        self._sensitivity_uv = 150.0
        self._start_time: datetime | None = None
        self._history = SweepHistory(len(ch_names), round(self._page_s * sfreq))
        self._pixmap = QPixmap()
        self._all_due = True

    @property
    def page_s(self) -> float:
        """Seconds from the left edge to the right."""
        return self._page_s

    @property
    def sensitivity_uv(self) -> float:
        """Microvolts over the height of one channel."""
        return self._sensitivity_uv

    @property
    def history_nbytes(self) -> int:
        """Memory that the samples of the page take; constant for a given page length."""
        return self._history.nbytes

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(1100, 640)

    def plot_rect(self) -> QRect:
        """Return where the traces are drawn, in widget coordinates."""
        return QRect(
            LABEL_WIDTH, 0, max(1, self.width() - LABEL_WIDTH), max(1, self.height() - TIME_HEIGHT)
        )

    def lane_rect(self, row: int) -> QRect:
        """Return the strip of one channel, in widget coordinates."""
        plot = self.plot_rect()
        top = row * plot.height() // len(self._ch_names)
        bottom = (row + 1) * plot.height() // len(self._ch_names)
        return QRect(plot.left(), plot.top() + top, plot.width(), bottom - top)

    def column_of(self, sample: int) -> int:
        """Return the x coordinate at which a sample is drawn."""
        plot = self.plot_rect()
        n_page = self._history.n_page
        return plot.left() + sample % n_page * plot.width() // n_page

    def add_chunk(self, chunk: Chunk) -> None:
        """Draw new samples; what was skipped since the chunk before stays blank."""
        if self._history.write(chunk):
            self.update(LABEL_WIDTH, 0, self.width() - LABEL_WIDTH, self.height())

    def show_quality(self, flags: Mapping[str, Quality]) -> None:
        """Mark channels; a name that is not given keeps its mark, an unknown name is ignored."""
        known = {name: flag for name, flag in flags.items() if name in self._flags}
        if any(self._flags[name] != flag for name, flag in known.items()):
            self._flags.update(known)
            self.update()

    def set_sensitivity(self, sensitivity_uv: float) -> None:
        """Set the microvolts over the height of one channel."""
        if sensitivity_uv <= 0:
            raise ValueError(f"sensitivity must be positive, not {sensitivity_uv} uV")
        self._sensitivity_uv = sensitivity_uv
        self._repaint_page()

    def set_page(self, page_s: float) -> None:
        """Set the seconds per page; what the history still holds is drawn again."""
        n_page = round(page_s * self._sfreq)
        if n_page < 1:
            raise ValueError(f"a page must be positive, not {page_s} s")
        self._page_s = page_s
        self._history = self._history.with_page(n_page)
        self._repaint_page()

    def set_start_time(self, start_time: datetime | None) -> None:
        """Write clock times below the traces; None: time since the session began."""
        self._start_time = start_time
        self.update()

    def clear(self) -> None:
        """Forget all samples, as for another recording."""
        self._history = SweepHistory(len(self._ch_names), self._history.n_page)
        self._repaint_page()

    def _repaint_page(self) -> None:
        self._all_due = True
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._repaint_page()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        self._paint_due()
        painter = QPainter(self)
        plot = self.plot_rect()
        painter.drawPixmap(plot, self._pixmap, self._pixmap.rect())
        self._paint_times(painter, plot)
        if event.rect().left() < LABEL_WIDTH:
            self._paint_labels(painter)
        painter.end()

    def _paint_due(self) -> None:
        """Bring the pixmap up to the history, in device pixels."""
        ratio = self.devicePixelRatioF()
        plot = self.plot_rect()
        size = QSize(round(plot.width() * ratio), round(plot.height() * ratio))
        if self._pixmap.size() != size:
            self._pixmap = QPixmap(size)
            self._all_due = True
        due = self._history.take_due(size.width(), everything=self._all_due)
        self._all_due = False
        if not due:
            return
        painter = QPainter(self._pixmap)
        for first, stop in due:
            self._erase(painter, first, stop)
            paint_columns(
                painter,
                self._history,
                (first, stop),
                size,
                sensitivity_uv=self._sensitivity_uv,
                colours=self._colours,
            )
        painter.end()

    def _erase(self, painter: QPainter, first: int, stop: int) -> None:
        """Clear columns back to the empty grid."""
        size = self._pixmap.size()
        painter.fillRect(first, 0, stop - first, size.height(), QColor(theme.PLOT))
        painter.setPen(QColor(theme.GRID))
        for row in range(1, len(self._ch_names)):
            if self._colours[row] != self._colours[row - 1]:
                y = row * size.height() // len(self._ch_names)
                painter.drawLine(first, y, stop - 1, y)
        second = 1
        while second < self._page_s:
            x = int(second * size.width() / self._page_s)
            if first <= x < stop:
                painter.drawLine(x, 0, x, size.height())
            second += 1 if self._page_s <= 20 else 5

    def _paint_times(self, painter: QPainter, plot: QRect) -> None:
        """Write the time under the grid: this sweep left of the bar, the one before right of it."""
        strip = QRect(plot.left(), plot.bottom() + 1, plot.width(), TIME_HEIGHT)
        painter.fillRect(strip, QColor(theme.BACKGROUND))
        head = self._history.head
        if head is None:
            return
        _set_font(painter, theme.FONT_SMALL_PX)
        sweep_s = head // self._history.n_page * self._page_s
        bar_s = head / self._sfreq - sweep_s
        n_marks = 5
        for mark in range(n_marks):
            position_s = mark * self._page_s / n_marks
            moment_s = sweep_s + position_s - (self._page_s if position_s > bar_s else 0)
            if moment_s < 0:
                continue
            x = strip.left() + round(position_s / self._page_s * strip.width())
            painter.setPen(QColor(theme.TEXT_DIM))
            painter.drawLine(x, strip.top(), x, strip.top() + 4)
            painter.drawText(
                QRect(x + 4, strip.top(), strip.width() // n_marks - 4, TIME_HEIGHT),
                int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
                texts.moment_text(moment_s, self._start_time),
            )

    def _paint_labels(self, painter: QPainter) -> None:
        painter.fillRect(0, 0, LABEL_WIDTH, self.height(), QColor(theme.BACKGROUND))
        vertical = Qt.AlignmentFlag.AlignVCenter
        for row, name in enumerate(self._ch_names):
            lane = self.lane_rect(row)
            mark = texts.quality_mark(self._flags[name])
            _set_font(painter, theme.FONT_LABEL_PX, bold=True)
            painter.setPen(QColor(theme.CAUTION if mark else self._colours[row]))
            place = QRect(4, lane.top(), 36, lane.height())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | vertical), name)
            if mark:
                pill = QRect(38, lane.center().y() - 8, LABEL_WIDTH - 42, 17)
                painter.fillRect(pill, QColor(theme.CAUTION))
                _set_font(painter, 10, bold=True)
                painter.setPen(QColor(theme.ON_CAUTION))
                painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), mark)

    def event(self, event: QEvent) -> bool:
        """Explain the mark of a channel in words where the pointer rests on it."""
        if isinstance(event, QHelpEvent):
            self.setToolTip(self._explanation(event.pos()))
        return super().event(event)

    def _explanation(self, position: QPoint) -> str:
        for row, name in enumerate(self._ch_names):
            lane = self.lane_rect(row)
            if lane.top() <= position.y() <= lane.bottom() and self._flags[name]:
                return f"{name}: {texts.quality_words(self._flags[name])}"
        return ""


def _side_colour(name: str) -> str:
    """Return the colour of a trace: odd numbers are left, even ones right, ``z`` the midline."""
    last = name[-1:]
    if not last.isdigit():
        return theme.MIDLINE
    return theme.LEFT if int(last) % 2 else theme.RIGHT


def _set_font(painter: QPainter, size_px: int, *, bold: bool = False) -> None:
    font = painter.font()
    font.setPixelSize(size_px)
    font.setBold(bold)
    painter.setFont(font)
