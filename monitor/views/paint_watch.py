"""When samples were painted."""

from time import monotonic

from PySide6.QtCore import QEvent, QObject

from monitor.views.trace import TraceView

__all__ = ["PaintWatch"]


class PaintWatch(QObject):
    """Watch the traces being painted.

    Attributes
    ----------
    painted
        The sample behind the newest one that the traces hold, and when that was painted, on the
        monotonic clock.
    """

    def __init__(self, trace: TraceView) -> None:
        super().__init__(trace)
        self._trace = trace
        self.painted: list[tuple[int, float]] = []
        trace.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Paint:
            newest = self._trace.history_span[1]
            if not self.painted or newest > self.painted[-1][0]:
                self.painted.append((newest, monotonic()))
        return super().eventFilter(watched, event)
