"""Who is told what happens in the pipeline: the screen, and the record."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from core.types import Chunk, DetectionStep, Gap, Marker, QualityReport
from monitor.alarm import Alarm, AlarmStep, TechnicalAlarm
from monitor.archive.history import EegPart
from monitor.attributions import AlarmAttribution
from monitor.conditions import AlarmBoard, SignalStep
from monitor.orders import AlarmDelay, Note

__all__ = ["Listener", "Recorder"]


class Listener(Protocol):
    """Whoever shows what happens. Called from the monitor's threads; must not block."""

    def on_chunk(self, chunk: Chunk) -> None:
        """Show a conditioned block at 256 Hz."""

    def on_gap(self, gap: Gap) -> None:
        """Show a discontinuity at 256 Hz."""

    def on_arming(self, seconds_left: float) -> None:
        """Show the seconds of signal until the segment's first window; 0 once it is in."""

    def on_quality(self, report: QualityReport) -> None:
        """Show the signal quality of the source's channels."""

    def on_step(self, step: DetectionStep) -> None:
        """Show what is known after one more window."""

    def on_marker(self, marker: Marker) -> None:
        """Show a remark from outside."""

    def on_status(self, text: str) -> None:
        """Show how the live stream is doing."""

    def on_alarms(self, steps: Iterable[AlarmStep], alarms: tuple[Alarm, ...]) -> None:
        """Show seizure alarms that have changed: by these steps, or otherwise."""

    def on_technical(
        self, changed: Iterable[TechnicalAlarm], active: tuple[TechnicalAlarm, ...]
    ) -> None:
        """Show technical alarms: what changed, and all that stand now."""

    def on_board(self, board: AlarmBoard) -> None:
        """Show and sound all alarm conditions as they stand."""

    def on_note(self, note: Note) -> None:
        """Show a remark of the operator."""


class Recorder(Protocol):
    """Where steps are kept; see :class:`monitor.archive.log.AlarmLog`."""

    def record(self, *steps: AlarmStep) -> None:
        """Keep steps of seizure alarms, all or none."""

    def record_technical(self, alarm: TechnicalAlarm) -> None:
        """Keep a step of a technical alarm."""

    def record_marker(self, marker: Marker) -> None:
        """Keep a remark from outside."""

    def record_signals(self, steps: Sequence[SignalStep]) -> None:
        """Keep what was signalled to the bedside."""

    def record_note(self, note: Note) -> None:
        """Keep a remark of the operator."""

    def record_part_opened(self, part: EegPart) -> None:
        """Keep that the EEG goes on in a new file."""

    def record_part_closed(self, part: EegPart) -> None:
        """Keep that a file of EEG is whole, and how many samples it holds."""

    def record_delay(self, delay: AlarmDelay) -> None:
        """Keep how long an alarm took."""

    def record_attribution(self, sample: int, attribution: AlarmAttribution) -> None:
        """Keep what an alarm went back to; ``sample``: how far the analysis had come by then."""

    def record_clock_jump(self, sample: int, seconds: float) -> None:
        """Keep that the computer's clock was set, by so much, at a sample at 256 Hz."""
