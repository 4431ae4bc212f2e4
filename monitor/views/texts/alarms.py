"""Texts of alarms, sound and notes."""

from math import ceil

from monitor.alarm import AlarmState
from monitor.priority import AlarmKind

WARMING_UP = "WARMING UP"
RE_ARMING = "RE-ARMING"
NO_ALARM = "NO ALARM"
WATCHING = "Monitoring"
SEIZURE = "SEIZURE"
SEIZURE_OVER = "SEIZURE ENDED"
ALARM_RETRACTED = "SEIZURE RETRACTED"
STATUS = "STATUS EPILEPTICUS"
BURDEN = "SEIZURE BURDEN"
TECHNICAL = "TECHNICAL ALARM"
STOPPED = "MONITORING STOPPED"
FINISHED_DETAIL = "The stream has ended"
NO_SIGNAL = "No signal arrives"
NOT_TRAINED = "Seizures cannot be detected with these weights"

SINCE = "since {}"
LASTING = ", for {}"
FROM_TO = "{} to {}"
NOT_CONFIRMED = "at {}, not confirmed by later data"
AND_ACKNOWLEDGED = ", acknowledged"

SEIZURE_ALARMS = "Seizure alarms"
TECHNICAL_ALARMS = "Technical alarms"
ACKNOWLEDGE = "Acknowledge (Enter)"
ACKNOWLEDGE_ALL = "Acknowledge all (A)"
ACKNOWLEDGED = "yes"
NOT_ACKNOWLEDGED = "NO"
ALARM_COLUMNS = ("Onset", "Duration", "Peak", "Channels", "State", "Ackn.")
TECHNICAL_COLUMNS = ("Since", "State", "What")
ALL_CHANNELS = "all"
ALL_CHANNELS_TIP = "The detector judges all 19 channels together"
CONDITION_SHORT = {AlarmKind.STATUS: "STATUS", AlarmKind.BURDEN: "burden"}
ACTIVE = "active"
CLEARED = "cleared"
ACKNOWLEDGED_SHORT = "seen"
LATCHED = "over"

AUDIO_ON = "Sound on"
AUDIO_OFF = "SOUND OFF"
AUDIO_FAILED = "SOUND FAILED"
PAUSE_AUDIO = "Pause (P)"
RESUME_AUDIO = "Resume (P)"
SWITCH_OFF = "Off (M)"
SWITCH_ON = "On (M)"
TEST_AUDIO = "Test (T)"
PLAYER_HANGS = "it does not come to an end"

NOTES = "Events and notes"
NOTE_COLUMNS = ("Time", "What", "Who")
EVENT = "Event"
EVENT_BUTTON = "Event (E)"
NOTE_PLACEHOLDER = "Note (N)"
OPERATOR = "operator"
MARKER_SOURCE = "stream"

ALARM_STATES = {
    AlarmState.RAISED: "raised",
    AlarmState.CONFIRMED: "confirmed",
    AlarmState.RETRACTED: "retracted",
    AlarmState.ENDED: "ended",
}


def audio_paused(seconds: float) -> str:
    return f"PAUSED {ceil(seconds)} s"


def no_player(names: tuple[str, ...]) -> str:
    return f"No sound: install {', '.join(names[:-1])} or {names[-1]}"


def player_failed(name: str, words: str) -> str:
    first = words.splitlines()[0] if words else "it gave no reason"
    return f"No sound: {name}: {first}"


def sound_tested(name: str) -> str:
    return f"The loudspeaker was played by {name}. If you heard nothing, look at its volume."


def not_logged(reason: str) -> str:
    """Say that what is done at the window now is not kept."""
    return f"Not logged: {reason}"


def waiting(count: int) -> str:
    return f"{count} alarms wait for an answer"


def seconds_left(seconds: float) -> str:
    return f"{ceil(seconds)} s until detection is possible"


def counted(title: str, count: int) -> str:
    return f"{title} ({count})" if count else title
