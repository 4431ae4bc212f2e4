"""What the person at the bedside, and the equipment around the screen, tell the desk."""

from dataclasses import dataclass
from datetime import datetime

__all__ = [
    "Acknowledge",
    "AcknowledgeCondition",
    "AlarmDelay",
    "EquipmentReport",
    "Note",
    "OperatorOrder",
    "Order",
    "PauseAudio",
    "ResumeAudio",
    "SwitchAudio",
]


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Acknowledge seizure alarms; None: everything that stands, technical alarms too."""

    alarm_ids: tuple[int, ...] | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class AcknowledgeCondition:
    """Acknowledge one condition that is no seizure alarm, by its key."""

    key: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class PauseAudio:
    """Silence for a while; the screen goes on."""

    who: str = ""


@dataclass(frozen=True, slots=True)
class ResumeAudio:
    """End the pause before its time."""

    who: str = ""


@dataclass(frozen=True, slots=True)
class SwitchAudio:
    """Switch sound off until further notice, or on again."""

    on: bool
    who: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark of the operator, or a press of the event button.

    Attributes
    ----------
    sample
        The newest sample on the screen at that moment, at 256 Hz since the session began.
    text
        What was written.
    time
        Wall-clock time of the computer, UTC.
    """

    sample: int
    text: str
    time: datetime
    who: str = ""


@dataclass(frozen=True, slots=True)
class EquipmentReport:
    """How a piece of equipment beside the stream is doing.

    Attributes
    ----------
    key
        ``audio``, ``disk``, ``recording``, ``engine``, or ``input`` for signal that stays away
        from the screen.
    fault
        What is wrong, in words; empty while all is well.
    sample
        The newest sample on the screen at that moment.
    """

    key: str
    fault: str = ""
    sample: int = 0


@dataclass(frozen=True, slots=True)
class AlarmDelay:
    """How long it took until an alarm was decided on, and from there until it was seen and heard.

    Attributes
    ----------
    key
        The condition, such as ``seizure 3``.
    sample
        End of the signal that had been analysed when it was decided on, at 256 Hz.
    condition_s
        From the onset to that decision, in signal; None where only the rest is told.
    light_s, sound_s
        From the decision to the painted banner and the started sound; None where not measured.
    """

    key: str
    sample: int
    condition_s: float | None = None
    light_s: float | None = None
    sound_s: float | None = None


OperatorOrder = Acknowledge | AcknowledgeCondition | PauseAudio | ResumeAudio | SwitchAudio | Note
"""What a person may want."""

Order = OperatorOrder | EquipmentReport | AlarmDelay
"""Everything that may be told to the desk."""
