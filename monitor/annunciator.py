"""Which alarm conditions are signalled, and how: pure logic, no threads, no clock of its own.

The rules (public descriptions of IEC 60601-1-8):

- a physiological alarm of high priority latches: it stays, and sounds, until it is acknowledged;
- anything else goes away by itself, and stays visible for 5 s behind its end;
- an acknowledged condition is silent and steady; raised to a higher priority it calls again;
- an audio pause lasts 120 s; a new condition of higher priority than all that stood ends it;
- a stream that has been away for a minute is escalated: by then it will not come back by itself.
"""

from collections.abc import Iterable
from dataclasses import replace

from monitor.alarm import AlarmStep, TechnicalAlarm, Transition
from monitor.burden import SeizureBurden
from monitor.conditions import (
    AlarmBoard,
    AlarmCondition,
    SignalStep,
    SignalTransition,
)
from monitor.priority import STOPPING_KEYS, AlarmKind, Priority, technical_priority

__all__ = ["AUDIO_PAUSE_S", "ESCALATE_AFTER_S", "LINGER_S", "Annunciator"]

AUDIO_PAUSE_S = 120.0
LINGER_S = 5.0
ESCALATE_AFTER_S = 60.0


class Annunciator:
    """All conditions that are on show, and the sound.

    Times are seconds on any monotonic clock. Every method returns the steps it caused.

    Parameters
    ----------
    board
        What stands at the beginning.
    """

    def __init__(self, board: AlarmBoard = AlarmBoard()) -> None:  # noqa: B008 - frozen
        self._conditions = {condition.key: condition for condition in board.conditions}
        self._audio = board.audio
        self._paused_priority = 0
        self._serial = board.sound_serial
        self._sample = 0

    @property
    def board(self) -> AlarmBoard:
        """What is to be shown and heard now."""
        shown = sorted(self._conditions.values(), key=_rank)
        # A low condition sounds once, when it comes, so it never holds the sound.
        calling = [condition.priority for condition in shown if condition.calls]
        sounding = max(calling, default=None) if self._audio.is_audible else None
        return AlarmBoard(tuple(shown), self._audio, sounding, self._serial)

    def seizure(self, step: AlarmStep, now_s: float) -> list[SignalStep]:
        """Take a step of a seizure alarm."""
        self._sample = max(self._sample, step.at_sample)
        alarm = step.alarm
        key = f"seizure {alarm.alarm_id}"
        match step.transition:
            case Transition.RAISED:
                return self._raise(
                    key, AlarmKind.SEIZURE, Priority.HIGH, "", alarm.onset_sample, now_s
                )
            case Transition.CONFIRMED:
                self._move(key, alarm.onset_sample, None)
                return []
            case Transition.ENDED:
                self._move(key, alarm.onset_sample, alarm.offset_sample)
                return self._clear(key, now_s)
            case Transition.RETRACTED:
                return self._retract(key, now_s, merged=bool(step.reason), reason=step.reason)
            case Transition.ACKNOWLEDGED:
                return self._acknowledge(key, step.reason, now_s)

    def burden(self, burden: SeizureBurden, sample: int, now_s: float) -> list[SignalStep]:
        """Take the burden of the last hour; status takes the place of the early warning."""
        self._sample = max(self._sample, sample)
        text = f"{burden.share:.0%} of last 60 min, longest {burden.longest_s:.0f} s"
        steps = []
        if burden.is_status:
            steps += self._clear("burden", now_s)
            kind, priority = AlarmKind.STATUS, Priority.HIGH
            steps += self._raise("status", kind, priority, text, sample, now_s)
            return steps
        steps += self._clear("status", now_s)
        if burden.is_high:
            kind, priority = AlarmKind.BURDEN, Priority.MEDIUM
            return steps + self._raise("burden", kind, priority, text, sample, now_s)
        return steps + self._clear("burden", now_s)

    def technical(self, changed: Iterable[TechnicalAlarm], now_s: float) -> list[SignalStep]:
        """Take technical alarms that changed."""
        steps: list[SignalStep] = []
        for alarm in changed:
            self._sample = max(self._sample, alarm.sample)
            if alarm.active:
                priority = technical_priority(alarm.key)
                kind = AlarmKind.TECHNICAL
                steps += self._raise(alarm.key, kind, priority, alarm.text, alarm.sample, now_s)
            else:
                self._move(alarm.key, None, alarm.sample)
                steps += self._clear(alarm.key, now_s)
        return steps

    def acknowledge(self, keys: Iterable[str] | None, who: str, now_s: float) -> list[SignalStep]:
        """Acknowledge the given conditions, or all; unknown ones are no-ops."""
        wanted = list(self._conditions) if keys is None else list(keys)
        return [step for key in wanted for step in self._acknowledge(key, who, now_s)]

    def pause_audio(self, who: str, now_s: float) -> list[SignalStep]:
        """Silence what stands for 120 s; pausing again begins anew."""
        standing = [c.priority for c in self._conditions.values() if c.calls]
        self._paused_priority = max(standing, default=0)
        self._audio = replace(self._audio, paused_until_s=now_s + AUDIO_PAUSE_S)
        return [self._sound_step(SignalTransition.AUDIO_PAUSED, who, f"{AUDIO_PAUSE_S:.0f} s")]

    def resume_audio(self, who: str) -> list[SignalStep]:
        """End a pause before its time."""
        return self._end_pause(SignalTransition.AUDIO_PAUSE_ENDED, who)

    def switch_audio(self, who: str, *, on: bool) -> list[SignalStep]:
        """Switch the sound off until further notice, or on again."""
        if on == self._audio.on:
            return []
        self._audio = replace(self._audio, on=on)
        self._serial += on
        transition = SignalTransition.AUDIO_ON if on else SignalTransition.AUDIO_OFF
        return [self._sound_step(transition, who)]

    def tick(self, now_s: float) -> list[SignalStep]:
        """Let time pass: pauses end, what has gone away leaves the screen, losses escalate."""
        steps = []
        until_s = self._audio.paused_until_s
        if until_s is not None and now_s >= until_s:
            steps += self._end_pause(SignalTransition.AUDIO_PAUSE_OVER, "")
        for condition in list(self._conditions.values()):
            age_s = now_s - condition.changed_s
            if not condition.active and not condition.is_latched and age_s >= LINGER_S:
                del self._conditions[condition.key]
            elif (
                condition.active
                and condition.key in STOPPING_KEYS
                and condition.priority < Priority.HIGH
                and age_s >= ESCALATE_AFTER_S
            ):
                steps += self._prioritise(condition, Priority.HIGH)
        return steps

    def _raise(
        self,
        key: str,
        kind: AlarmKind,
        priority: Priority,
        text: str,
        onset_sample: int,
        now_s: float,
    ) -> list[SignalStep]:
        known = self._conditions.get(key)
        if known is not None and known.active:
            # One that stands keeps the priority it was escalated to.
            known = self._conditions[key] = replace(known, text=text)
            return self._prioritise(known, max(priority, known.priority))
        latching = kind.is_physiological and priority is Priority.HIGH
        fresh = AlarmCondition(
            key,
            kind,
            priority,
            text,
            onset_sample,
            now_s,
            latching=latching,
            changed_sample=self._sample,
        )
        self._conditions[key] = fresh
        return [self._step(SignalTransition.RAISED, fresh), *self._call(fresh)]

    def _prioritise(self, condition: AlarmCondition, priority: Priority) -> list[SignalStep]:
        """Give a condition that stands a higher priority: it calls again."""
        if priority <= condition.priority:
            return []
        risen = replace(condition, priority=priority, acknowledged=False)
        self._conditions[condition.key] = risen
        return [self._step(SignalTransition.ESCALATED, risen), *self._call(risen)]

    def _retract(self, key: str, now_s: float, *, merged: bool, reason: str) -> list[SignalStep]:
        """Take an alarm back: it calls nobody any more, but whoever it called is told so."""
        known = self._conditions.get(key)
        if known is None:
            return []
        gone = replace(
            known,
            active=False,
            retracted=True,
            priority=Priority.LOW,
            changed_s=now_s,
            changed_sample=self._sample,
            text=reason,
            latching=known.latching and not merged,
        )
        self._conditions[key] = gone
        if gone.is_latched:
            return [self._step(SignalTransition.LOWERED, gone)]
        return [self._step(SignalTransition.CLEARED, gone)]

    def _move(self, key: str, onset_sample: int | None, offset_sample: int | None) -> None:
        known = self._conditions.get(key)
        if known is not None:
            onset = known.onset_sample if onset_sample is None else onset_sample
            self._conditions[key] = replace(known, onset_sample=onset, offset_sample=offset_sample)

    def _clear(self, key: str, now_s: float) -> list[SignalStep]:
        known = self._conditions.get(key)
        if known is None or not known.active:
            return []
        offset = self._sample if known.offset_sample is None else known.offset_sample
        gone = replace(
            known,
            active=False,
            changed_s=now_s,
            changed_sample=self._sample,
            offset_sample=offset,
        )
        self._conditions[key] = gone
        transition = SignalTransition.LATCHED if gone.is_latched else SignalTransition.CLEARED
        return [self._step(transition, gone)]

    def _acknowledge(self, key: str, who: str, now_s: float) -> list[SignalStep]:
        known = self._conditions.get(key)
        if known is None or known.acknowledged or not (known.active or known.is_latched):
            return []
        was_latched = known.is_latched
        answered = replace(known, acknowledged=True)
        if was_latched:
            answered = replace(answered, changed_s=now_s, changed_sample=self._sample)
        self._conditions[key] = answered
        steps = [self._step(SignalTransition.ACKNOWLEDGED, answered, who)]
        if was_latched:
            del self._conditions[key]
            steps.append(self._step(SignalTransition.CLEARED, answered))
        return steps

    def _call(self, condition: AlarmCondition) -> list[SignalStep]:
        """Let a new or risen condition be heard."""
        self._serial += 1
        if self._audio.paused_until_s is None or condition.priority <= self._paused_priority:
            return []
        return self._end_pause(SignalTransition.AUDIO_PAUSE_BROKEN, "", condition.key)

    def _end_pause(
        self, transition: SignalTransition, who: str, text: str = ""
    ) -> list[SignalStep]:
        if self._audio.paused_until_s is None:
            return []
        self._audio = replace(self._audio, paused_until_s=None)
        self._serial += 1
        return [self._sound_step(transition, who, text)]

    def _step(
        self, transition: SignalTransition, condition: AlarmCondition, who: str = ""
    ) -> SignalStep:
        text = condition.text or condition.kind.value
        return SignalStep(transition, condition.key, condition.priority, text, who, self._sample)

    def _sound_step(self, transition: SignalTransition, who: str, text: str = "") -> SignalStep:
        return SignalStep(transition, "sound", None, text, who, self._sample)


def _rank(condition: AlarmCondition) -> tuple[bool, int, bool, bool, bool, int]:
    """Sort what stands first, then by priority, by who calls, the patient first, the oldest."""
    return (
        not (condition.active or condition.is_latched),
        -condition.priority,
        not condition.calls,
        not condition.active,
        not condition.kind.is_physiological,
        condition.onset_sample,
    )
