"""What the monitor says where there is no window: one line a change, on stderr."""

from collections.abc import Iterable

from rich.console import Console

from core.types import Chunk, DetectionStep, Gap, Marker, QualityReport
from monitor.alarm import Alarm, AlarmStep, TechnicalAlarm
from monitor.conditions import AlarmBoard
from monitor.orders import Note

__all__ = ["ConsoleListener", "clock"]


def clock(seconds: float) -> str:
    """Return session time as ``h:mm:ss``; hours go on behind a day."""
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02d}:{second:02d}"


class ConsoleListener:
    """Print alarms as they come.

    Parameters
    ----------
    console
        Where to; stderr, so that stdout stays free for JSON.
    sfreq
        Rate that samples count in, Hz.
    """

    def __init__(self, console: Console, sfreq: float = 256.0) -> None:
        self._console = console
        self._sfreq = sfreq
        self._explained: set[int] = set()

    def on_chunk(self, chunk: Chunk) -> None:
        """Print nothing: traces are for the window."""

    def on_gap(self, gap: Gap) -> None:
        """Print nothing: the technical alarm says it."""

    def on_arming(self, seconds_left: float) -> None:
        """Print nothing: the summary says how much was analysed."""

    def on_quality(self, report: QualityReport) -> None:
        """Print nothing: technical alarms say what matters."""

    def on_step(self, step: DetectionStep) -> None:
        """Print nothing: alarms say what matters."""

    def on_marker(self, marker: Marker) -> None:
        self._say(marker.sample, f"marker: {marker.text}")

    def on_status(self, text: str) -> None:
        """Print nothing: technical alarms say what changes, the summary how it went."""

    def on_alarms(self, steps: Iterable[AlarmStep], alarms: tuple[Alarm, ...]) -> None:
        for step in steps:
            alarm = step.alarm
            reason = f" ({step.reason})" if step.reason else ""
            self._say(
                step.at_sample,
                f"alarm {alarm.alarm_id} {step.transition.value}{reason}: "
                f"onset {clock(alarm.onset_s)}, {alarm.duration_s:.1f} s so far, "
                f"peak {alarm.peak:.2f}",
            )
        for alarm in alarms:
            found = alarm.attribution
            if found is not None and alarm.alarm_id not in self._explained:
                self._explained.add(alarm.alarm_id)
                reason = f" ({found.fault})" if found.fault else ""
                self._say(alarm.onset_sample, f"alarm {alarm.alarm_id}: {found.words}{reason}")

    def on_technical(
        self, changed: Iterable[TechnicalAlarm], active: tuple[TechnicalAlarm, ...]
    ) -> None:
        for alarm in changed:
            over = "" if alarm.active else "over: "
            self._say(alarm.sample, f"technical: {over}{alarm.text}")

    def on_board(self, board: AlarmBoard) -> None:
        """Print nothing: the steps of alarms say it; there is nobody to answer."""

    def on_note(self, note: Note) -> None:
        self._say(note.sample, f"note: {note.text}")

    def _say(self, sample: int, text: str) -> None:
        self._console.print(
            f"{clock(sample / self._sfreq)}  {text}", highlight=False, markup=False, soft_wrap=True
        )
