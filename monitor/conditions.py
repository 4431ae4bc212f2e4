"""What stands on the alarm panel: frozen messages from the desk to the screen and the log."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.priority import AlarmKind, Priority

__all__ = ["AlarmBoard", "AlarmCondition", "AudioState", "SignalStep", "SignalTransition"]


class SignalTransition(StrEnum):
    """A step of what is signalled to the bedside; the log keeps every one."""

    RAISED = "raised"
    ESCALATED = "escalated"
    LOWERED = "lowered"
    LATCHED = "latched"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"
    AUDIO_PAUSED = "audio paused"
    AUDIO_PAUSE_OVER = "audio pause over"
    AUDIO_PAUSE_ENDED = "audio pause ended"
    AUDIO_PAUSE_BROKEN = "audio pause broken"
    AUDIO_OFF = "audio off"
    AUDIO_ON = "audio on"


@dataclass(frozen=True, slots=True)
class AlarmCondition:
    """One thing that is wrong, as it is signalled now.

    Attributes
    ----------
    key
        Its identity, such as ``seizure 3``, ``status``, ``burden``, ``channel Fp1``.
    kind, priority
        What it is about, and how urgent it is now.
    text
        What is wrong, for technical conditions and for the log.
    onset_sample, offset_sample
        Since when, and until when; None while it goes on. At 256 Hz since the session began.
    latching
        Whether it stays until it is acknowledged.
    active
        Whether it goes on.
    acknowledged
        Whether someone has answered it.
    retracted
        Whether the final stream did not hold what had been announced.
    changed_s
        When it was last raised or went away, on the monotonic clock.
    changed_sample
        End of the signal that had been analysed then.
    """

    key: str
    kind: AlarmKind
    priority: Priority
    text: str
    onset_sample: int
    changed_s: float
    offset_sample: int | None = None
    latching: bool = False
    active: bool = True
    acknowledged: bool = False
    retracted: bool = False
    changed_sample: int = 0

    @property
    def is_latched(self) -> bool:
        """Whether it is over and only waits for an answer."""
        return self.latching and not self.active and not self.acknowledged

    @property
    def calls(self) -> bool:
        """Whether it flashes and sounds."""
        return not self.acknowledged and not self.retracted and (self.active or self.latching)


@dataclass(frozen=True, slots=True)
class AudioState:
    """Whether alarms can be heard.

    Attributes
    ----------
    on
        False: switched off until further notice.
    paused_until_s
        End of the pause on the monotonic clock, or None.
    """

    on: bool = True
    paused_until_s: float | None = None

    @property
    def is_audible(self) -> bool:
        return self.on and self.paused_until_s is None


@dataclass(frozen=True, slots=True)
class AlarmBoard:
    """All that the panel shows.

    Attributes
    ----------
    conditions
        The gravest first.
    audio
        Whether alarms can be heard.
    sounding
        Priority whose bursts are played now, or None for silence.
    sound_serial
        Grows whenever a burst is due at once.
    """

    conditions: tuple[AlarmCondition, ...] = ()
    audio: AudioState = AudioState()
    sounding: Priority | None = None
    sound_serial: int = 0


@dataclass(frozen=True, slots=True)
class SignalStep:
    """One transition of what is signalled.

    Attributes
    ----------
    transition
        What happened.
    key
        Of the condition, or ``sound``.
    priority
        Of the condition just after it; None for the sound.
    text
        Further words.
    who
        Who did it; empty where nobody did.
    at_sample
        End of the signal that had been analysed when it happened.
    """

    transition: SignalTransition
    key: str
    priority: Priority | None
    text: str
    who: str
    at_sample: int
