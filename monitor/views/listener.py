"""What the pipeline's threads tell the window."""

from collections.abc import Iterable

from core.types import Chunk, DetectionStep, Gap, QualityReport
from monitor.alarm import Alarm, AlarmStep, TechnicalAlarm
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

    def on_alarms(self, steps: Iterable[AlarmStep], alarms: tuple[Alarm, ...]) -> None:
        self._bridge.alarms.emit(alarms)

    def on_technical(
        self, changed: Iterable[TechnicalAlarm], active: tuple[TechnicalAlarm, ...]
    ) -> None:
        # what has just cleared is shown once more, as cleared
        self._bridge.technical.emit((*(a for a in changed if not a.active), *active))
