"""The recorded traces, with the edges of an event that can be dragged."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent

from monitor.views import texts, theme
from monitor.views.review.edge_marks import edge_x, paint_edges
from monitor.views.review.edges import Edge, Edges
from monitor.views.review.recorded import RecordedSignal
from monitor.views.trace import TraceView

__all__ = ["ReviewTrace"]

REACH_PX = 7
"""An edge is held from that far."""


class ReviewTrace(TraceView):
    """EEG of a recorded session.

    Parameters
    ----------
    signal
        What is shown.
    sfreq
        Its rate, Hz.
    """

    edges_moved = Signal(object)
    """:class:`Edges`, as they were dragged."""

    def __init__(self, signal: RecordedSignal, sfreq: float = 256.0) -> None:
        self._recorded = signal
        self._edges: Edges | None = None
        self._held: Edge | None = None
        self._anchor: int | None = None
        self._marking = False
        super().__init__(sfreq, recorded=signal)
        self.setMouseTracking(True)
        self.pointer: int | None = None
        """The sample below the mouse pointer; None while that is elsewhere."""

    @property
    def edges(self) -> Edges | None:
        """The event that is being judged."""
        return self._edges

    def show_edges(self, edges: Edges | None, *, marking: bool = False) -> None:
        """Show the event that is being judged.

        Parameters
        ----------
        edges
            None: there is none.
        marking
            Whether a stretch that is dragged anywhere on the page takes its place.
        """
        self._edges, self._marking = edges, marking
        self._held = self._anchor = None
        self.setCursor(Qt.CursorShape.CrossCursor if marking else Qt.CursorShape.ArrowCursor)
        self.update()

    def page_around(self, sample: int) -> None:
        """Show the page of which a sample is at one third, from the left."""
        axis = self.axis
        self.go_to(sample + round((axis.n_page - axis.n_blank) * 2 / 3))

    def badge(self) -> str:
        first, stop = max(0, self.axis.start), self.axis.stop
        if problem := self._recorded.problem(first, stop):
            return problem
        if self._marking:
            return texts.MARKING
        if self._recorded.missing(first, stop):
            return texts.READING
        return texts.NO_EEG if self._recorded.is_blank(first, stop) else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        x = round(event.position().x())
        self._held = self._edge_near(x)
        if self._held is None and self._marking and x >= self.plot_rect().left():
            self._anchor = self._sample_at(x)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        x = round(event.position().x())
        self.pointer = self._sample_at(x) if x >= self.plot_rect().left() else None
        if self._anchor is not None:
            self._move(lambda _: Edges.between(self._anchor or 0, self._sample_at(x), self._n))
        elif self._held is not None:
            held = self._held
            self._move(lambda edges: edges.moved(held, self._sample_at(x), self._n))
        else:
            near = self._edge_near(x) is not None
            usual = Qt.CursorShape.CrossCursor if self._marking else Qt.CursorShape.ArrowCursor
            self.setCursor(Qt.CursorShape.SplitHCursor if near else usual)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._held = self._anchor = None
        self.update()

    def leaveEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        self.pointer = None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        if self._edges is None:
            return
        painter, plot = QPainter(self), self.plot_rect()
        painter.setClipRect(plot)
        held = self._held is not None or self._anchor is not None
        below = theme.FONT_TEXT_PX + 18 if self.badge() else 0
        paint_edges(painter, plot, self.axis, self._edges, held=held, below=below)
        painter.end()

    @property
    def _n(self) -> int:
        return self._recorded.stop

    def _sample_at(self, x: int) -> int:
        """Return the sample at an x coordinate, or the nearest one on the page."""
        plot = self.plot_rect()
        place = min(max(x - plot.left(), 0), plot.width())
        if place == plot.width():
            return self.axis.stop
        return max(self.axis.sample_at(place, plot.width()), self.axis.start)

    def _edge_near(self, x: int) -> Edge | None:
        """Return the edge that would be held at an x coordinate; of two, the nearer one."""
        if self._edges is None:
            return None
        found = []
        for edge, sample in ((Edge.ONSET, self._edges.onset), (Edge.OFFSET, self._edges.offset)):
            place = edge_x(self.plot_rect(), self.axis, sample)
            if place is not None and abs(place - x) <= REACH_PX:
                found.append((abs(place - x), edge))
        return min(found, key=lambda pair: pair[0])[1] if found else None

    def _move(self, change: Callable[[Edges], Edges]) -> None:
        if self._edges is None:
            return
        self._edges = change(self._edges)
        self.update()
        self.edges_moved.emit(self._edges)
