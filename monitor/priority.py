"""How urgent an alarm condition is, and of which kind (terms of IEC 60601-1-8)."""

from enum import IntEnum, StrEnum

__all__ = ["STOPPING_KEYS", "AlarmKind", "Priority", "technical_priority"]


class Priority(IntEnum):
    """How soon someone must look."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


class AlarmKind(StrEnum):
    """What an alarm is about: the patient, or the equipment."""

    SEIZURE = "seizure"
    STATUS = "status epilepticus"
    BURDEN = "seizure burden"
    TECHNICAL = "technical"

    @property
    def is_physiological(self) -> bool:
        return self is not AlarmKind.TECHNICAL


STOPPING_KEYS = frozenset({"pipeline", "stream", "input"})
"""Technical alarms under which nobody watches the patient."""


def technical_priority(key: str) -> Priority:
    """Return the priority at which a technical alarm is raised.

    A single electrode leaves the other eighteen; everything else blinds or mutes the monitor. Only
    a monitor that has failed for good is of high priority at once: a stream may come back.
    """
    if key == "pipeline":
        return Priority.HIGH
    if key.startswith("channel ") or key == "markers":
        return Priority.LOW
    return Priority.MEDIUM
