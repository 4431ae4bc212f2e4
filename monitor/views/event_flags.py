"""Bars above the traces that name events, and lines across them that carry remarks."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from core.types import Marker
from monitor.alarm import Alarm, AlarmState
from monitor.views import texts, theme
from monitor.views.event_marks import state_colour
from monitor.views.plot_margins import font, write
from monitor.views.span_index import SpanIndex
from monitor.views.time_axis import TimeAxis

__all__ = ["paint_flags", "paint_markers"]

_BRUSHES = {
    AlarmState.RAISED: Qt.BrushStyle.BDiagPattern,
    AlarmState.CONFIRMED: Qt.BrushStyle.DiagCrossPattern,
    AlarmState.ENDED: Qt.BrushStyle.SolidPattern,
    AlarmState.RETRACTED: Qt.BrushStyle.Dense6Pattern,
}


def paint_flags(
    painter: QPainter, exposed: QRect, plot: QRect, axis: TimeAxis, alarms: SpanIndex[Alarm]
) -> None:
    """Paint the bars of the events on the page, with their numbers and states in words."""
    for alarm in alarms.within(axis.start, axis.stop):
        spans = axis.spans(alarm.onset_sample, alarm.offset_sample, plot.width())
        for i, (left, right) in enumerate(spans):
            place = QRect(plot.left() + left, 1, right - left, plot.top() - 3)
            if place.intersects(exposed):
                _paint_bar(painter, place, alarm.state)
                if i == 0:
                    _paint_word(painter, place, alarm)


def _paint_bar(painter: QPainter, place: QRect, state: AlarmState) -> None:
    colour = QColor(state_colour(state))
    painter.fillRect(place, QColor(theme.BACKGROUND))
    painter.fillRect(place, QBrush(colour, _BRUSHES[state]))
    painter.setPen(QPen(colour, 1))
    painter.drawRect(place.adjusted(0, 0, -1, -1))


def _paint_word(painter: QPainter, place: QRect, alarm: Alarm) -> None:
    """Write number and state, or only a letter where there is no room."""
    painter.setFont(font(theme.FONT_SMALL_PX, bold=True))
    for text in (texts.event_flag(alarm.alarm_id, alarm.state), texts.EVENT_INITIALS[alarm.state]):
        width = painter.fontMetrics().horizontalAdvance(text) + 8
        if width <= place.width():
            ground = QRect(place.left(), place.top(), width, place.height())
            colour = QColor(state_colour(alarm.state))
            painter.fillRect(ground, colour)
            painter.setPen(QColor(theme.ON_CAUTION if colour.lightness() > 120 else theme.ON_ALARM))
            write(painter, ground.adjusted(4, 0, 0, 0), text)
            return


def paint_markers(
    painter: QPainter, exposed: QRect, plot: QRect, axis: TimeAxis, markers: SpanIndex[Marker]
) -> None:
    """Draw remarks as dotted lines across the traces, their texts beside them."""
    painter.setFont(font(theme.FONT_SMALL_PX))
    for marker in markers.within(axis.start, axis.stop):
        for left, _ in axis.spans(marker.sample, marker.sample + 1, plot.width()):
            x = plot.left() + left
            width = painter.fontMetrics().horizontalAdvance(marker.text) + 8
            place = QRect(x + 2, plot.top() + 1, width, plot.top())
            if not exposed.intersects(place.adjusted(-3, 0, 0, plot.height())):
                continue
            painter.setPen(QPen(QColor(theme.TEXT), 1, Qt.PenStyle.DotLine))
            painter.drawLine(x, 0, x, plot.bottom())
            painter.fillRect(place, QColor(theme.PANEL))
            painter.setPen(QColor(theme.TEXT))
            write(painter, place.adjusted(4, 0, 0, 0), marker.text)
