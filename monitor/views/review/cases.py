"""What there is to look at in a session: alarms, missed seizures, technical alarms, notes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.evaluation.agreement import Agreement, agreement
from monitor.archive.history import AlarmHistory, SessionNote, TechnicalSpan, Verdict
from monitor.attributions import AlarmAttribution

__all__ = [
    "Case",
    "CaseFilter",
    "CaseKind",
    "Which",
    "agreements",
    "alarm_subject",
    "cases_of",
    "latest_by_reviewer",
    "next_missed",
]


class CaseKind(StrEnum):
    """What a case is about; the first two can be judged."""

    ALARM = "alarm"
    MISSED = "missed"
    TECHNICAL = "technical"
    NOTE = "note"


class Which(StrEnum):
    """Which of the alarms and missed seizures are listed."""

    ALL = "all"
    OPEN = "open"
    MINE = "mine"
    DISAGREEING = "disagreeing"


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the list.

    Attributes
    ----------
    kind
        What it is about.
    subject
        What verdicts call it; empty where none can be given.
    onset_s, offset_s
        As the alarm has it; a missed seizure, as the newest verdict has it.
    text
        A technical alarm's or note's words.
    state
        Of the alarm, as last logged.
    peak
        Highest probability of the alarm; None for everything else.
    verdicts
        All that may be seen, in the order they were given.
    attribution
        What the network used when it raised the alarm; None where the log does not say.
    """

    kind: CaseKind
    subject: str
    onset_s: float
    offset_s: float
    text: str = ""
    state: str = ""
    peak: float | None = None
    verdicts: tuple[Verdict, ...] = ()
    attribution: AlarmAttribution | None = None

    @property
    def duration_s(self) -> float:
        return self.offset_s - self.onset_s

    @property
    def can_be_judged(self) -> bool:
        """Whether verdicts can be given on it."""
        return bool(self.subject)

    @property
    def disagreeing(self) -> bool:
        """Whether the newest verdicts of its reviewers differ."""
        return len({v.finding for v in latest_by_reviewer(self.verdicts).values()}) > 1

    def by(self, reviewer: str) -> Verdict | None:
        """Return the newest verdict of a reviewer."""
        return latest_by_reviewer(self.verdicts).get(reviewer)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are listed.

    Attributes
    ----------
    which
        Alarms and missed seizures, by what was said of them.
    state
        Alarms in this state only; empty: in any.
    min_duration_s, min_peak
        Alarms of at least that.
    technical, notes
        Whether technical alarms, and notes and markers, are listed too.
    """

    which: Which = Which.ALL
    state: str = ""
    min_duration_s: float = 0.0
    min_peak: float = 0.0
    technical: bool = False
    notes: bool = False

    def shows(self, case: Case, reviewer: str) -> bool:
        """Return whether a case is listed, for a reviewer."""
        if case.kind is CaseKind.TECHNICAL:
            return self.technical
        if case.kind is CaseKind.NOTE:
            return self.notes
        if case.kind is CaseKind.ALARM and (
            (self.state and case.state != self.state) or (case.peak or 0.0) < self.min_peak
        ):
            return False
        if case.duration_s < self.min_duration_s:
            return False
        return {
            Which.ALL: True,
            Which.OPEN: case.by(reviewer) is None,
            Which.MINE: case.by(reviewer) is not None,
            Which.DISAGREEING: case.disagreeing,
        }[self.which]


def alarm_subject(alarm_id: int) -> str:
    """Return what verdicts call an alarm."""
    return f"alarm {alarm_id}"


def latest_by_reviewer(verdicts: Iterable[Verdict]) -> dict[str, Verdict]:
    """Return the newest verdict of each reviewer; all are on one subject, in the order given."""
    return {verdict.reviewer: verdict for verdict in verdicts}


def next_missed(verdicts: Iterable[Verdict]) -> str:
    """Return what a further missed seizure is called."""
    numbers = [
        int(verdict.subject.removeprefix("missed "))
        for verdict in verdicts
        if verdict.subject.startswith("missed ")
    ]
    return f"missed {max(numbers, default=0) + 1}"


def cases_of(
    alarms: Sequence[AlarmHistory],
    technical: Sequence[TechnicalSpan],
    notes: Sequence[SessionNote],
    verdicts: Sequence[Verdict],
    duration_s: float,
) -> tuple[Case, ...]:
    """Return all cases in the order of time.

    Parameters
    ----------
    alarms, technical, notes
        Of the session.
    verdicts
        Those that may be seen: a missed seizure of which no verdict is given here is no case.
    duration_s
        Where technical alarms end that stood to the last.
    """
    said: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        said.setdefault(verdict.subject, []).append(verdict)
    cases = [
        Case(
            CaseKind.ALARM,
            alarm_subject(alarm.alarm_id),
            alarm.onset_s,
            alarm.offset_s,
            state=alarm.state,
            peak=alarm.peak,
            verdicts=tuple(said.get(alarm_subject(alarm.alarm_id), ())),
            attribution=alarm.attribution,
        )
        for alarm in alarms
    ]
    cases += [
        Case(CaseKind.MISSED, subject, given[-1].onset_s, given[-1].offset_s, verdicts=tuple(given))
        for subject, given in said.items()
        if subject.startswith("missed ")
    ]
    cases += [
        Case(
            CaseKind.TECHNICAL,
            "",
            span.start_s,
            duration_s if span.stop_s is None else span.stop_s,
            text=span.text,
        )
        for span in technical
    ]
    cases += [
        Case(CaseKind.NOTE, "", note.time_s, note.time_s, text=note.text, state=note.who or "")
        for note in notes
    ]
    return tuple(sorted(cases, key=lambda case: case.onset_s))


def agreements(verdicts: Sequence[Verdict], reviewer: str) -> dict[str, Agreement]:
    """Return how far a reviewer agrees with each other one, on the alarms that both judged."""
    newest: dict[str, dict[str, Verdict]] = {}
    for verdict in verdicts:
        if verdict.subject.startswith("alarm "):
            newest.setdefault(verdict.reviewer, {})[verdict.subject] = verdict
    own = newest.pop(reviewer, {})
    return {
        other: agreement((own[s].finding, theirs[s].finding) for s in own.keys() & theirs.keys())
        for other, theirs in sorted(newest.items())
    }
