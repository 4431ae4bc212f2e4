"""What reviewers said, as bars between the traces and the probability."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from monitor.archive.history import Finding, Verdict
from monitor.views import texts, theme
from monitor.views.plot_margins import font, label_width, write
from monitor.views.time_axis import TimeAxis

__all__ = ["VerdictStrip", "finding_colour"]

SFREQ = 256.0
MAX_LINES = 4
"""Reviewers beyond these share the last line."""


def finding_colour(finding: Finding) -> str:
    """Return the colour of a finding; its word stands beside it wherever it is used."""
    return {
        Finding.SEIZURE: "#d55e00",
        Finding.NO_SEIZURE: "#009e73",
        Finding.UNSURE: theme.INVALID,
    }[finding]


class VerdictStrip(QWidget):
    """A line of bars for each reviewer, on the time axis of the traces; hidden while there is none.

    A verdict is drawn where its reviewer puts the event.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = TimeAxis(256)
        self._verdicts: tuple[Verdict, ...] = ()
        self._lines: dict[str, int] = {}
        self.show_verdicts(())

    def show_axis(self, axis: TimeAxis) -> None:
        """Show the same stretch of time as the traces."""
        if axis != self._axis:
            self._axis = axis
            self.update()

    def show_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """Take what may be seen: of each reviewer, the newest verdict on each case."""
        self._verdicts = tuple(verdicts)
        names = dict.fromkeys(verdict.reviewer for verdict in verdicts)
        self._lines = {name: min(i, MAX_LINES - 1) for i, name in enumerate(names)}
        self._fit()

    def bar_rect(self, verdict: Verdict) -> QRect | None:
        """Return where a verdict is drawn, in widget coordinates; None where it is not."""
        width = max(1, self.width() - label_width())
        onset, offset = round(verdict.onset_s * SFREQ), round(verdict.offset_s * SFREQ)
        if onset >= self._axis.stop or offset <= self._axis.start:
            return None
        spans = self._axis.spans(onset, offset, width)
        if not spans:
            return None
        left, right = spans[0]
        top = self._lines[verdict.reviewer] * _line_height() + 1
        return QRect(label_width() + left, top, max(3, right - left), _line_height() - 2)

    def _fit(self) -> None:
        n_lines = max(self._lines.values(), default=-1) + 1
        self.setFixedHeight(max(1, n_lines * _line_height()))
        self.setVisible(n_lines > 0)
        self.update()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.StyleChange:
            self._fit()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setFont(font(theme.FONT_SMALL_PX, bold=True))
        painter.setPen(QColor(theme.TEXT_DIM))
        height = _line_height()
        for name, line in self._lines.items():
            place = QRect(4, line * height, label_width() - 8, height)
            short = painter.fontMetrics().elidedText(
                name, Qt.TextElideMode.ElideRight, place.width()
            )
            write(painter, place, short)
        painter.setClipRect(label_width(), 0, self.width(), self.height())
        for verdict in self._verdicts:
            bar = self.bar_rect(verdict)
            if bar is not None:
                _paint_bar(painter, bar, verdict)
        painter.end()


def _line_height() -> int:
    return theme.FONT_SMALL_PX + 6


def _paint_bar(painter: QPainter, place: QRect, verdict: Verdict) -> None:
    """Paint one verdict, its words inside of the bar or, where they do not fit, behind it."""
    colour = QColor(finding_colour(verdict.finding))
    painter.fillRect(place, colour)
    words = texts.finding_words(verdict)
    width = painter.fontMetrics().horizontalAdvance(words) + 8
    inside = width <= place.width()
    ground = place if inside else QRect(place.right() + 2, place.top(), width, place.height())
    dark = colour.lightness() > 95
    painter.setPen(QColor(theme.TEXT if not inside else "#14110a" if dark else "#ffffff"))
    write(painter, ground.adjusted(4, 0, 0, 0), words)
