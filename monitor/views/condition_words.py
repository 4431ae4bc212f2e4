"""What the panel says about an alarm condition."""

from datetime import datetime

from monitor.conditions import AlarmCondition
from monitor.priority import STOPPING_KEYS, AlarmKind
from monitor.views import texts
from monitor.views.times import moment_text, whole_duration_text

__all__ = ["condition_detail", "condition_title", "technical_state"]


def condition_title(condition: AlarmCondition) -> str:
    """Write what is wrong in a word or two."""
    if condition.kind is AlarmKind.TECHNICAL:
        return texts.STOPPED if condition.key in STOPPING_KEYS else texts.TECHNICAL
    if condition.kind is AlarmKind.SEIZURE:
        if condition.retracted:
            return texts.ALARM_RETRACTED
        return texts.SEIZURE if condition.active else texts.SEIZURE_OVER
    return texts.STATUS if condition.kind is AlarmKind.STATUS else texts.BURDEN


def condition_detail(
    condition: AlarmCondition, lasting_s: float, start_time: datetime | None, sfreq: float = 256.0
) -> str:
    """Write since when, until when, and what is known beyond that."""
    begin = moment_text(condition.onset_sample / sfreq, start_time)
    if condition.retracted:
        return texts.NOT_CONFIRMED.format(begin)
    if condition.active:
        words = texts.SINCE.format(begin)
        if lasting_s >= 1 and condition.kind is not AlarmKind.BURDEN:
            words += texts.LASTING.format(whole_duration_text(lasting_s))
    else:
        offset_sample = condition.offset_sample or condition.onset_sample
        words = texts.FROM_TO.format(begin, moment_text(offset_sample / sfreq, start_time))
    if condition.acknowledged:
        words += texts.AND_ACKNOWLEDGED
    if condition.kind is AlarmKind.SEIZURE:
        return words
    if condition.kind is AlarmKind.TECHNICAL:
        return f"{condition.text}\n{words}"
    return f"{words}\n{condition.text}"


def technical_state(condition: AlarmCondition) -> str:
    """Write the symbol of the priority and whether the fault goes on, was answered, or is over."""
    if not condition.active:
        return texts.CLEARED
    state = texts.ACKNOWLEDGED_SHORT if condition.acknowledged else texts.ACTIVE
    return f"{'!' * condition.priority} {state}"
