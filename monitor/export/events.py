"""What counts as a seizure of a session: what the detector held to, or what reviewers said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.errors import SessionError
from core.evaluation.annotations import SEIZURE, Annotations, Span
from core.evaluation.seizure_types import SEIZURE_TYPES
from monitor.archive.history import Finding, Verdict
from monitor.export.material import Material, start_time

__all__ = [
    "CONFIRMED",
    "EventChoice",
    "Events",
    "Opinion",
    "choose_events",
    "latest_verdicts",
    "opinions",
]

CONFIRMED = ("confirmed", "ended")
"""States of an alarm that the final stream held to; ``confirmed`` alone had not ended yet."""


class EventChoice(StrEnum):
    """Where the events come from."""

    ALARMS = "alarms"
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What all reviewers together say of one subject.

    Attributes
    ----------
    subject
        ``alarm 3`` or ``missed 1``.
    verdicts
        The latest of each reviewer, in the order they were given.
    """

    subject: str
    verdicts: tuple[Verdict, ...]

    @property
    def findings(self) -> frozenset[Finding]:
        """What was decided; being unsure decides nothing."""
        return frozenset(v.finding for v in self.verdicts) - {Finding.UNSURE}

    @property
    def is_disputed(self) -> bool:
        return len(self.findings) > 1

    @property
    def is_undecided(self) -> bool:
        return not self.findings

    @property
    def is_seizure(self) -> bool:
        """Whether everyone who decided says so."""
        return self.findings == {Finding.SEIZURE}

    @property
    def seizure(self) -> Verdict:
        """The latest verdict that says where the seizure lies."""
        return [v for v in self.verdicts if v.finding is Finding.SEIZURE][-1]


@dataclass(frozen=True, slots=True)
class Events:
    """Seizures, and what was left out on the way to them.

    Attributes
    ----------
    annotations
        On the session's clock.
    remarks
        One sentence each, for the person who exports.
    """

    annotations: Annotations
    remarks: tuple[str, ...] = ()


def latest_verdicts(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Keep the last verdict of each reviewer on each subject; a reviewer may think again."""
    latest: dict[tuple[str, str], Verdict] = {}
    for verdict in verdicts:
        key = (verdict.subject, verdict.reviewer)
        latest.pop(key, None)  # so that the order is that of the verdicts kept
        latest[key] = verdict
    return list(latest.values())


def opinions(verdicts: Iterable[Verdict]) -> tuple[Opinion, ...]:
    """Put together what was said of each subject; subjects in the order they were first judged."""
    said = list(verdicts)
    by_subject: dict[str, list[Verdict]] = {verdict.subject: [] for verdict in said}
    for verdict in latest_verdicts(said):
        by_subject[verdict.subject].append(verdict)
    return tuple(Opinion(subject, tuple(own)) for subject, own in by_subject.items())


def choose_events(material: Material, choice: EventChoice, reviewer: str | None = None) -> Events:
    """Take the seizures of a session.

    ``alarms``: every alarm that the final stream confirmed, with its highest probability as the
    confidence. ``reviewed``: every subject that at least one reviewer calls a seizure and none
    calls anything else but unsure, with onset, offset and type as last given.

    Parameters
    ----------
    material
        The session.
    choice
        Where the events come from.
    reviewer
        Only this one's verdicts; None for everyone's.

    Raises
    ------
    SessionError
        Where verdicts are asked for and there are none.
    """
    if choice is EventChoice.ALARMS:
        spans = [
            Span(alarm.onset_s, alarm.offset_s, SEIZURE, alarm.peak)
            for alarm in material.alarms
            if alarm.state in CONFIRMED
        ]
        return Events(_annotations(material, spans), _alarm_remarks(material))
    verdicts = [v for v in material.verdicts if reviewer is None or v.reviewer == reviewer]
    if not verdicts:
        whose = "" if reviewer is None else f" by {reviewer}"
        raise SessionError(
            f"{material.folder}: holds no verdicts{whose}; review it first, or export the alarms"
        )
    said = opinions(verdicts)
    spans = [
        Span(verdict.onset_s, verdict.offset_s, SEIZURE, event_type=_event_type(verdict))
        for verdict in (opinion.seizure for opinion in said if opinion.is_seizure)
    ]
    return Events(_annotations(material, spans), _review_remarks(material, said))


def _annotations(material: Material, spans: Sequence[Span]) -> Annotations:
    duration_s = material.duration_s
    if duration_s <= 0:
        raise SessionError(f"{material.folder}: no signal came, so there is nothing to export")
    inside = [
        Span(
            max(0.0, span.start_s),
            min(span.stop_s, duration_s),
            span.label,
            span.confidence,
            span.event_type,
        )
        for span in sorted(spans, key=lambda span: (span.start_s, span.stop_s))
        if span.start_s < duration_s
    ]
    return Annotations(duration_s, tuple(inside), "events", start_time(material))


def _alarm_remarks(material: Material) -> tuple[str, ...]:
    open_ids = [alarm.alarm_id for alarm in material.alarms if alarm.state == "confirmed"]
    raised = [alarm.alarm_id for alarm in material.alarms if alarm.state == "raised"]
    remarks = []
    if open_ids:
        remarks.append(f"{_alarms(open_ids)} had not ended when the log ends: cut there")
    if raised:
        remarks.append(f"{_alarms(raised)} left out: raised, neither confirmed nor retracted")
    return tuple(remarks)


def _review_remarks(material: Material, said: Sequence[Opinion]) -> tuple[str, ...]:
    judged = {opinion.subject for opinion in said}
    silent = [a.alarm_id for a in material.alarms if f"alarm {a.alarm_id}" not in judged]
    disputed = [opinion.subject for opinion in said if opinion.is_disputed]
    undecided = [opinion.subject for opinion in said if opinion.is_undecided]
    remarks = []
    if disputed:
        remarks.append(f"{_listed(disputed)} left out: the reviewers disagree")
    if undecided:
        remarks.append(f"{_listed(undecided)} left out: nobody is sure")
    if silent:
        remarks.append(f"{_alarms(silent)} left out: not reviewed")
    return tuple(remarks)


def _alarms(alarm_ids: Sequence[int]) -> str:
    return _listed([f"alarm {alarm_id}" for alarm_id in alarm_ids])


def _listed(subjects: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(subjects[:most])
    return shown if len(subjects) <= most else f"{shown} and {len(subjects) - most} more"


def _event_type(verdict: Verdict) -> str:
    """Return the reviewer's type where event tables know such types."""
    return verdict.seizure_type if verdict.seizure_type in SEIZURE_TYPES else "sz"
