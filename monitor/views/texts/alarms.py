"""Texts of alarms, sound and notes."""

from math import ceil

from monitor.alarm import AlarmState
from monitor.attributions import AlarmAttribution
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
EXPLAINING = "\u2026"
EXPLAINING_TIP = "The detector judges all 19 channels together; what it used is being computed"
UNEXPLAINED = "n/a"
UNEXPLAINED_TIP = "The detector judges all 19 channels together; alarms are not explained here"
WHAT_IT_USED = "What the network used at the onset; not a localisation"
USED_TITLE = "What the network used"
USED_MAP_TIP = "By how much each electrode raised the score; not a localisation"
USED_SECONDS = "By how much each second raised the score; dashed: the onset"
NO_LOCALISATION = "Not a localisation"
USED_HURRIED = "The time budget did not suffice for all of it"
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


def channels_text(found: AlarmAttribution | None, *, explains: bool) -> str:
    """Write what an alarm went back to, as far as it is known."""
    if found is None:
        return EXPLAINING if explains else UNEXPLAINED
    return found.words


def channels_tip(found: AlarmAttribution | None, *, explains: bool) -> str:
    if found is None:
        return EXPLAINING_TIP if explains else UNEXPLAINED_TIP
    if found.fault:
        return f"{found.words}: {found.fault}"
    hurried = "" if found.complete else f"\n{USED_HURRIED}"
    return f"{found.words}\n{WHAT_IT_USED}{hurried}"


def attribution_remark(found: AlarmAttribution) -> str:
    """Say how far to trust an attribution, or why there is none."""
    if found.fault:
        return found.fault
    return NO_LOCALISATION if found.complete else USED_HURRIED


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
