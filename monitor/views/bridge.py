"""From the pipeline's threads to the window."""

from collections import deque
from threading import Lock

from PySide6.QtCore import QObject, Qt, Signal

from core.types import Chunk
from monitor.views.window import MonitorWindow

__all__ = ["PipelineBridge"]

MAX_CHUNKS = 2048
"""Chunks that wait for the screen; at 125 ms each more than four minutes, longer than any page."""


class PipelineBridge(QObject):
    """Signals that any thread may emit; the window receives them in Qt's thread.

    Make it in Qt's thread. Everything is delivered in order. Chunks come in fast when a replay
    runs at full speed, so they wait in a bounded queue: when the screen falls behind, the oldest
    are not drawn. Nothing else is ever dropped.
    """

    chunk = Signal(object)
    step = Signal(object)
    alarms = Signal(object)
    board = Signal(object)
    note = Signal(object)
    quality = Signal(object)
    status = Signal(str)
    arming = Signal(float)
    finished = Signal(str)

    _chunks_wait = Signal()
    _due_chunk = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Chunk] = deque(maxlen=MAX_CHUNKS)
        self._announced = False
        self._lock = Lock()
        self.chunk.connect(self._keep, Qt.ConnectionType.DirectConnection)
        self._chunks_wait.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def connect_to(self, window: MonitorWindow) -> None:
        """Deliver to this window from now on."""
        queued = Qt.ConnectionType.QueuedConnection
        self._due_chunk.connect(window.show_chunk)
        self.step.connect(window.show_step, queued)
        self.alarms.connect(window.show_alarms, queued)
        self.board.connect(window.show_board, queued)
        self.note.connect(window.show_note, queued)
        self.quality.connect(window.show_quality, queued)
        self.status.connect(window.show_status, queued)
        self.arming.connect(window.show_arming, queued)
        self.finished.connect(window.show_finished, queued)

    def _keep(self, chunk: Chunk) -> None:
        """Queue a chunk, in the thread that emitted it."""
        with self._lock:
            self._waiting.append(chunk)
            announce = not self._announced
            self._announced = True
        if announce:
            self._chunks_wait.emit()

    def _deliver(self) -> None:
        """Hand over all that waits, in Qt's thread."""
        with self._lock:
            chunks = list(self._waiting)
            self._waiting.clear()
            self._announced = False
        for chunk in chunks:
            self._due_chunk.emit(chunk)
