"""What the pipeline's threads tell the window."""

from collections.abc import Iterable
from datetime import UTC, datetime

from core.types import Chunk, DetectionStep, Gap, Marker, QualityReport
from monitor.alarm import Alarm, AlarmStep, TechnicalAlarm
from monitor.conditions import AlarmBoard
from monitor.orders import Note
from monitor.views import texts
from monitor.views.bridge import PipelineBridge

__all__ = ["BridgeListener"]


class BridgeListener:
    """Forward everything to a :class:`~monitor.views.bridge.PipelineBridge`."""

    def __init__(self, bridge: PipelineBridge) -> None:
        self._bridge = bridge

    def on_chunk(self, chunk: Chunk) -> None:
        self._bridge.chunk.emit(chunk)

    def on_gap(self, gap: Gap) -> None:
        """Emit nothing: the trace sees the jump of the sample index."""

    def on_arming(self, seconds_left: float) -> None:
        self._bridge.arming.emit(seconds_left)

    def on_quality(self, report: QualityReport) -> None:
        self._bridge.quality.emit(report)

    def on_step(self, step: DetectionStep) -> None:
        self._bridge.step.emit(step)

    def on_marker(self, marker: Marker) -> None:
        note = Note(marker.sample, marker.text, datetime.now(UTC), texts.MARKER_SOURCE)
        self._bridge.note.emit(note)

    def on_status(self, text: str) -> None:
        self._bridge.status.emit(text)

    def on_alarms(self, steps: Iterable[AlarmStep], alarms: tuple[Alarm, ...]) -> None:
        self._bridge.alarms.emit(alarms)

    def on_technical(
        self, changed: Iterable[TechnicalAlarm], active: tuple[TechnicalAlarm, ...]
    ) -> None:
        """Emit nothing: the board holds them."""

    def on_board(self, board: AlarmBoard) -> None:
        self._bridge.board.emit(board)

    def on_note(self, note: Note) -> None:
        self._bridge.note.emit(note)
