"""The edges of the event that is being judged, over the traces."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from monitor.views import texts, theme
from monitor.views.plot_margins import font, write
from monitor.views.review.edges import Edge, Edges
from monitor.views.time_axis import TimeAxis

__all__ = ["edge_x", "paint_edges"]


def edge_x(plot: QRect, axis: TimeAxis, sample: int) -> int | None:
    """Return where an edge is drawn, also one past the last sample; None where it is not."""
    if sample == axis.stop:
        return plot.right()
    spans = axis.spans(sample, sample + 1, plot.width())
    return plot.left() + spans[0][0] if spans else None


def paint_edges(
    painter: QPainter, plot: QRect, axis: TimeAxis, edges: Edges, *, held: bool, below: int = 0
) -> None:
    """Paint onset and offset as lines with handles.

    Parameters
    ----------
    painter, plot, axis
        Where.
    edges
        The event.
    held
        Whether one is being dragged.
    below
        Room that is kept above the handles.
    """
    painter.setFont(font(theme.FONT_SMALL_PX, bold=True))
    for edge, sample in ((Edge.ONSET, edges.onset), (Edge.OFFSET, edges.offset)):
        x = edge_x(plot, axis, sample)
        if x is None:
            continue
        colour = QColor(theme.CAUTION if held else theme.TEXT)
        painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine if held else Qt.PenStyle.DashLine))
        painter.drawLine(x, plot.top(), x, plot.bottom())
        word = texts.EDGE_ONSET if edge is Edge.ONSET else texts.EDGE_OFFSET
        width = painter.fontMetrics().horizontalAdvance(word) + 10
        left = x if edge is Edge.ONSET else x - width
        handle = QRect(left, plot.top() + below, width, theme.FONT_SMALL_PX + 6)
        painter.fillRect(handle, colour)
        painter.setPen(QColor(theme.ON_CAUTION if held else theme.BACKGROUND))
        write(painter, handle, word, Qt.AlignmentFlag.AlignHCenter)
