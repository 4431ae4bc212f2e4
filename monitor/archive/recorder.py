"""Everything that is kept of a session goes through here: first the log, then the EEG."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from core.types import Marker
from monitor.alarm import AlarmStep, TechnicalAlarm
from monitor.archive.history import EegPart
from monitor.archive.log import AlarmLog, alarm_body, note_body
from monitor.archive.remarks import remark_of
from monitor.attributions import AlarmAttribution
from monitor.conditions import SignalStep
from monitor.orders import AlarmDelay, Note

__all__ = ["Annotator", "SessionRecorder"]


class Annotator(Protocol):
    """Whoever writes remarks into the EEG."""

    def annotate(self, sample: int, text: str, duration_s: float | None = None) -> None:
        """Put a remark at a sample at 256 Hz since the run began."""


class SessionRecorder:
    """Keeps the steps of one run; implements :class:`monitor.listener.Recorder`.

    A step is safe in the log before the EEG is told of it, so an annotation always names a row
    that is there. Used by the desk's thread.

    Parameters
    ----------
    log
        The log, open.
    eeg
        Writes annotations; None where no EEG is recorded.
    """

    def __init__(self, log: AlarmLog, eeg: Annotator | None = None) -> None:
        self._log = log
        self._eeg = eeg

    def record(self, *steps: AlarmStep) -> None:
        """Keep steps of seizure alarms, all or none."""
        for seq, step in zip(self._log.record(*steps), steps, strict=True):
            self._annotate(seq, "alarm", alarm_body(step))

    def record_technical(self, alarm: TechnicalAlarm) -> None:
        """Keep a step of a technical alarm."""
        self._annotate(self._log.record_technical(alarm), "technical", asdict(alarm))

    def record_marker(self, marker: Marker) -> None:
        """Keep a remark from outside."""
        self._annotate(self._log.record_marker(marker), "marker", asdict(marker))

    def record_note(self, note: Note) -> None:
        """Keep a remark of the operator."""
        self._annotate(self._log.record_note(note), "note", note_body(note))

    def record_signals(self, steps: Sequence[SignalStep]) -> None:
        """Keep what was signalled to the bedside."""
        self._log.record_signals(steps)

    def record_part_opened(self, part: EegPart) -> None:
        """Keep that the EEG goes on in a new file."""
        self._log.record_part_opened(part)

    def record_part_closed(self, part: EegPart) -> None:
        """Keep that a file of EEG is whole, and how many samples it holds."""
        self._log.record_part_closed(part)

    def record_delay(self, delay: AlarmDelay) -> None:
        """Keep how long an alarm took."""
        self._log.record_delay(delay)

    def record_attribution(self, sample: int, attribution: AlarmAttribution) -> None:
        """Keep what an alarm went back to."""
        self._log.record_attribution(sample, attribution)

    def record_clock_jump(self, sample: int, seconds: float) -> None:
        """Keep that the computer's clock was set."""
        self._log.record_clock_jump(sample, seconds)

    def _annotate(self, seq: int, kind: str, body: Mapping[str, Any]) -> None:
        remark = None if self._eeg is None else remark_of(seq, kind, body)
        if self._eeg is not None and remark is not None:
            self._eeg.annotate(remark.sample, remark.text, remark.duration_s)
