"""Alarms from detection steps: pure logic, no threads, no clock, no files.

Waiting for all six votes on a sample costs 50 s, so an alarm is *raised* from the provisional
stream. It is *confirmed* when the final stream holds an event there, *retracted* when the final
stream passes it without one, and *ended* at the offset of the final event. The clinician
*acknowledges* it at any time. Every final event belongs to exactly one confirmed alarm.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from core.types import DetectionStep, Event
from monitor.attributions import AlarmAttribution

__all__ = ["Alarm", "AlarmManager", "AlarmState", "AlarmStep", "TechnicalAlarm", "Transition"]


class AlarmState(StrEnum):
    """Where an alarm stands; acknowledgement is apart from it."""

    RAISED = "raised"
    CONFIRMED = "confirmed"
    RETRACTED = "retracted"
    ENDED = "ended"


class Transition(StrEnum):
    """A step in the life of an alarm; the log keeps every one."""

    RAISED = "raised"
    CONFIRMED = "confirmed"
    RETRACTED = "retracted"
    ENDED = "ended"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A seizure alarm as it stands now.

    Attributes
    ----------
    alarm_id
        1, 2, 3 ... within the session.
    onset_sample, offset_sample
        The event as known now, at ``sfreq``. The offset moves while the event goes on.
    peak
        Highest probability so far; later votes that think less of it do not lower it.
    raised_sample
        End of the signal that had been analysed when the alarm was raised.
    start_time
        Wall-clock time of sample 0, or None where unknown.
    attribution
        What the network used when it was raised; None while that is not known.
    """

    alarm_id: int
    onset_sample: int
    offset_sample: int
    peak: float
    state: AlarmState
    raised_sample: int
    acknowledged: bool = False
    start_time: datetime | None = None
    sfreq: float = 256.0
    attribution: AlarmAttribution | None = None

    @property
    def onset_s(self) -> float:
        """Onset in seconds since the session began."""
        return self.onset_sample / self.sfreq

    @property
    def offset_s(self) -> float:
        """Offset in seconds since the session began."""
        return self.offset_sample / self.sfreq

    @property
    def duration_s(self) -> float:
        return (self.offset_sample - self.onset_sample) / self.sfreq

    @property
    def onset_time(self) -> datetime | None:
        """Wall-clock time of the onset, or None where unknown."""
        if self.start_time is None:
            return None
        return self.start_time + timedelta(seconds=self.onset_s)

    @property
    def is_open(self) -> bool:
        """Whether the final stream has yet to decide or to see the end."""
        return self.state in (AlarmState.RAISED, AlarmState.CONFIRMED)


@dataclass(frozen=True, slots=True)
class AlarmStep:
    """One transition of one alarm.

    Attributes
    ----------
    transition
        What happened.
    alarm
        The alarm just after it.
    at_sample
        End of the signal that had been analysed when it happened.
    reason
        Further words for the log, such as ``merged with alarm 3`` or the operator's name.
    """

    transition: Transition
    alarm: Alarm
    at_sample: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TechnicalAlarm:
    """A fault of signal or equipment; it clears itself when the fault is over.

    Attributes
    ----------
    key
        Identity of the fault, such as ``gap`` or ``inference_behind``.
    text
        What to read on the screen.
    active
        False once the fault is over.
    sample
        When this state began, in samples at 256 Hz since the session began.
    """

    key: str
    text: str
    active: bool
    sample: int


class AlarmManager:
    """State machine over all alarms of a session.

    Parameters
    ----------
    start_time
        Wall-clock time of sample 0, or None where unknown.
    first_id
        Number of the first alarm; a session that is taken up again counts on.
    """

    def __init__(self, start_time: datetime | None = None, first_id: int = 1) -> None:
        self._start_time = start_time
        self._first_id = first_id
        self._alarms: dict[int, Alarm] = {}
        self._open_ids: list[int] = []
        self._now = 0

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """All alarms of the session in the order they were raised."""
        return tuple(self._alarms.values())

    @property
    def has_open(self) -> bool:
        """Whether any alarm may still move."""
        return bool(self._open_ids)

    def update(self, step: DetectionStep) -> list[AlarmStep]:
        """Take what is known after one more window; return the transitions it causes."""
        self._now = max(self._now, step.stop_sample)
        steps: list[AlarmStep] = []
        settled: list[Alarm] = []
        for event in step.final_events:
            steps += self._confirm(event)
            steps.append(self._end(event))
            settled.append(steps[-1].alarm)
        if step.open_event is not None:
            steps += self._confirm(step.open_event)
            settled += self._open_alarms(AlarmState.CONFIRMED)
        steps += self._raise_provisional(step)
        steps += self._retract(step, settled)
        return steps

    def acknowledge(self, alarm_ids: Iterable[int] | None = None, who: str = "") -> list[AlarmStep]:
        """Acknowledge the given alarms, or all; unknown and acknowledged ones are no-ops."""
        wanted = list(self._alarms) if alarm_ids is None else list(alarm_ids)
        steps = []
        for alarm_id in wanted:
            alarm = self._alarms.get(alarm_id)
            if alarm is not None and not alarm.acknowledged:
                alarm = replace(alarm, acknowledged=True)
                steps.append(self._keep(Transition.ACKNOWLEDGED, alarm, who))
        return steps

    def explain(self, attribution: AlarmAttribution) -> None:
        """Take what an alarm of this session went back to."""
        alarm = self._alarms[attribution.alarm_id]
        self._alarms[alarm.alarm_id] = replace(alarm, attribution=attribution)

    def _open_alarms(self, state: AlarmState) -> list[Alarm]:
        alarms = (self._alarms[alarm_id] for alarm_id in self._open_ids)
        return [alarm for alarm in alarms if alarm.state is state]

    def _overlapping(self, event: Event, state: AlarmState) -> Alarm | None:
        for alarm in self._open_alarms(state):
            if _overlap(event, alarm):
                return alarm
        return None

    def _confirm(self, event: Event) -> list[AlarmStep]:
        """Make sure that exactly one confirmed alarm stands for a final event."""
        confirmed = self._overlapping(event, AlarmState.CONFIRMED)
        if confirmed is not None:
            self._alarms[confirmed.alarm_id] = _moved(confirmed, event)
            return []
        steps = []
        raised = self._overlapping(event, AlarmState.RAISED)
        if raised is None:
            raised, step = self._raise(event)
            steps.append(step)
        confirmed = replace(_moved(raised, event), state=AlarmState.CONFIRMED)
        return [*steps, self._keep(Transition.CONFIRMED, confirmed)]

    def _end(self, event: Event) -> AlarmStep:
        alarm = self._overlapping(event, AlarmState.CONFIRMED)
        assert alarm is not None, "a final event is confirmed before it ends"
        return self._keep(Transition.ENDED, replace(alarm, state=AlarmState.ENDED))

    def _raise_provisional(self, step: DetectionStep) -> list[AlarmStep]:
        steps = []
        for event in step.provisional_events:
            known = self._overlapping(event, AlarmState.CONFIRMED) or self._overlapping(
                event, AlarmState.RAISED
            )
            if known is None:
                steps.append(self._raise(event)[1])
            else:
                self._alarms[known.alarm_id] = _moved(known, event)
        return steps

    def _retract(self, step: DetectionStep, settled: Sequence[Alarm]) -> list[AlarmStep]:
        """Take back what the final stream has passed, or gave to another alarm in ``settled``."""
        steps = []
        standing = step.provisional_events
        for alarm in self._open_alarms(AlarmState.RAISED):
            cover = next((other for other in settled if _overlap(other, alarm)), None)
            passed = step.segment_end or alarm.offset_sample <= step.settled_sample
            if cover is not None:
                reason = f"merged with alarm {cover.alarm_id}"
            elif passed and not any(_overlap(event, alarm) for event in standing):
                reason = ""
            else:
                continue
            retracted = replace(alarm, state=AlarmState.RETRACTED)
            steps.append(self._keep(Transition.RETRACTED, retracted, reason))
        return steps

    def _raise(self, event: Event) -> tuple[Alarm, AlarmStep]:
        alarm = Alarm(
            alarm_id=self._first_id + len(self._alarms),
            onset_sample=event.onset_sample,
            offset_sample=event.offset_sample,
            peak=event.peak,
            state=AlarmState.RAISED,
            raised_sample=self._now,
            start_time=self._start_time,
            sfreq=event.sfreq,
        )
        return alarm, self._keep(Transition.RAISED, alarm)

    def _keep(self, transition: Transition, alarm: Alarm, reason: str = "") -> AlarmStep:
        self._alarms[alarm.alarm_id] = alarm
        if transition is Transition.RAISED:
            self._open_ids.append(alarm.alarm_id)
        elif not alarm.is_open and alarm.alarm_id in self._open_ids:
            self._open_ids.remove(alarm.alarm_id)
        return AlarmStep(transition, alarm, self._now, reason)


def _moved(alarm: Alarm, event: Event) -> Alarm:
    return replace(
        alarm,
        onset_sample=event.onset_sample,
        offset_sample=event.offset_sample,
        peak=max(alarm.peak, event.peak),
    )


def _overlap(one: Event | Alarm, alarm: Alarm) -> bool:
    return one.onset_sample < alarm.offset_sample and alarm.onset_sample < one.offset_sample
