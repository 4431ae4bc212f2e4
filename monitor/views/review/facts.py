"""What the review window shows of a session besides its signal."""

from dataclasses import dataclass
from datetime import datetime

from monitor.archive.history import AlarmHistory, Run, SessionNote, TechnicalSpan, Verdict

__all__ = ["SessionFacts"]


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A recorded session.

    Attributes
    ----------
    name
        Of its folder; nothing that the source said of the patient.
    duration_s
        From the first sample to the last.
    weights
        With which alarms were found, or ``UNTRAINED``.
    state
        ``running``, ``finished`` or ``failed``, as ``session.json`` has it.
    conversions
        How the 19 electrodes were derived, where that was not plain.
    runs, alarms, technical, notes
        In the order of time.
    verdicts
        Those given before the window was opened.
    """

    name: str
    duration_s: float
    weights: str
    state: str
    conversions: tuple[str, ...]
    runs: tuple[Run, ...]
    alarms: tuple[AlarmHistory, ...]
    technical: tuple[TechnicalSpan, ...]
    notes: tuple[SessionNote, ...]
    verdicts: tuple[Verdict, ...] = ()

    @property
    def start_time(self) -> datetime | None:
        """Wall-clock time at which the session began, where it is known."""
        return self.runs[0].start_time if self.runs else None

    def clock(self, time_s: float) -> datetime | None:
        """Return the wall-clock time of a moment, by the clock of its run."""
        begun = [run for run in self.runs if run.offset_s <= time_s] or list(self.runs[:1])
        return begun[-1].clock(time_s) if begun else None
