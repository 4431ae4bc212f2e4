"""Moves the live traces evenly, 30 times a second, although signal comes in blocks."""

from time import monotonic

from PySide6.QtCore import QObject, Qt, QTimer

from core.types import Chunk
from monitor.views.playout import Playout
from monitor.views.trace import TraceView

__all__ = ["TracePacer"]

FRAME_MS = 33


class TracePacer(QObject):
    """Between the stream and the traces.

    Frozen traces get their samples at once: only the history takes them in.

    Parameters
    ----------
    trace
        What is to move.
    sfreq
        Sampling rate of the chunks, Hz.
    """

    def __init__(self, trace: TraceView, sfreq: float, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._trace = trace
        self._playout = Playout(sfreq)
        self._is_on = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._move)
        trace.frozen_changed.connect(lambda _: self._release())

    def switch(self, *, on: bool) -> None:
        """Begin to hold samples back for an even movement, or show them as they come."""
        self._is_on = on
        if not on:
            self._release()

    def add_chunk(self, chunk: Chunk) -> None:
        """Take new samples."""
        if not self._is_on or self._trace.frozen:
            self._trace.add_chunk(chunk)
            return
        self._playout.add(chunk, monotonic())
        if not self._timer.isActive():
            self._timer.start()

    def _move(self) -> None:
        due = self._playout.due(monotonic())
        for chunk in due:
            self._trace.add_chunk(chunk)
        if due:
            self._trace.advance()
        if self._playout.is_empty:
            self._timer.stop()

    def _release(self) -> None:
        """Show all that waits."""
        self._timer.stop()
        for chunk in self._playout.all():
            self._trace.add_chunk(chunk)
