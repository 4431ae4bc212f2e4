"""Every English text of the window, and how times are written."""

from datetime import datetime, timedelta
from math import ceil

from core.types import Quality
from monitor.alarm import AlarmState

__all__ = [
    "ALARM_STATES",
    "QUALITY_MARKS",
    "QUALITY_WORDS",
    "clock_text",
    "duration_text",
    "moment_text",
    "quality_mark",
    "quality_words",
    "session_text",
]

NOTICE = "Research software, not a certified medical device"
UNTRAINED = "UNTRAINED"
UNTRAINED_BADGE = "UNTRAINED  ·  results have no meaning"

RECORDING = "Recording"
ELAPSED = "Elapsed"
CLOCK = "Clock"
SPEED = "Speed"
WEIGHTS = "Weights"
UNKNOWN = "unknown"
PAUSE = "Pause (Space)"
RESUME = "Resume (Space)"

SENSITIVITY = "Sensitivity"
SENSITIVITY_TIP = "Microvolts over the height of one channel"
PAGE = "Page"
ALL_CHANNELS_GOOD = "All channels good"
QUALITY_PENDING = "Signal quality: no report yet"

PROBABILITY = "Seizure probability"
FINAL = "final"
PROVISIONAL = "provisional"
THRESHOLD_ON = "on"
THRESHOLD_OFF = "off"
SESSION_TIME = "by session time"

WARMING_UP = "WARMING UP"
RE_ARMING = "RE-ARMING"
NO_ALARM = "NO ALARM"
WATCHING = "Monitoring"
SEIZURE = "SEIZURE ALARM"
SEIZURE_OVER = "SEIZURE ENDED"
ALARM_RETRACTED = "ALARM RETRACTED"
TECHNICAL = "TECHNICAL ALARM"
FINISHED = "NOT MONITORING"
FINISHED_DETAIL = "The stream has ended"
NOT_TRAINED = "Seizures cannot be detected with these weights"

SEIZURE_ALARMS = "Seizure alarms"
TECHNICAL_ALARMS = "Technical alarms"
ACKNOWLEDGE = "Acknowledge"
ACKNOWLEDGE_ALL = "Acknowledge all (A)"
ACKNOWLEDGED = "yes"
NOT_ACKNOWLEDGED = "NO"
ALARM_COLUMNS = ("Onset", "Duration", "Peak", "State", "Acknowledged")
TECHNICAL_COLUMNS = ("Since", "State", "What")
ACTIVE = "active"
CLEARED = "cleared"

ALARM_STATES = {
    AlarmState.RAISED: "raised",
    AlarmState.CONFIRMED: "confirmed",
    AlarmState.RETRACTED: "retracted",
    AlarmState.ENDED: "ended",
}

QUALITY_MARKS = {
    Quality.FLAT: "FLAT",
    Quality.RAILED: "RAIL",
    Quality.LOOSE: "LOOSE",
    Quality.LINE_NOISE: "MAINS",
}
"""Short marks beside a channel name, the gravest first."""

QUALITY_WORDS = {
    Quality.FLAT: "flat",
    Quality.RAILED: "at the amplifier's limit",
    Quality.LOOSE: "electrode loose",
    Quality.LINE_NOISE: "mains noise",
}


def quality_mark(flags: Quality) -> str:
    """Return the gravest mark, ``+`` behind it where there are more; empty for a good channel."""
    marks = [mark for flag, mark in QUALITY_MARKS.items() if flag in flags]
    return "" if not marks else marks[0] + ("+" if len(marks) > 1 else "")


def quality_words(flags: Quality) -> str:
    """Return all that is wrong, in words; empty for a good channel."""
    return ", ".join(word for flag, word in QUALITY_WORDS.items() if flag in flags)


def session_text(seconds: float) -> str:
    """Write a time since the session began as ``hh:mm:ss``."""
    whole = max(0, int(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def clock_text(seconds: float, start_time: datetime | None) -> str:
    """Write the wall-clock time that lies ``seconds`` behind ``start_time``."""
    if start_time is None:
        return UNKNOWN
    return (start_time + timedelta(seconds=seconds)).strftime("%H:%M:%S")


def moment_text(seconds: float, start_time: datetime | None) -> str:
    """Write the clock time where it is known, else the time since the session began."""
    return session_text(seconds) if start_time is None else clock_text(seconds, start_time)


def duration_text(seconds: float) -> str:
    """Write a duration: tenths below one minute, then minutes and seconds."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole // 60 % 60:02d} min"


def since(moment: str) -> str:
    return f"since {moment}"


def acknowledged_since(moment: str) -> str:
    return f"acknowledged, since {moment}"


def over(begin: str, end: str) -> str:
    return f"{begin} to {end}, not acknowledged"


def retracted(moment: str) -> str:
    return f"at {moment}, not confirmed by later data"


def waiting(count: int) -> str:
    return f"{count} alarms wait for acknowledgement"


def seconds_left(seconds: float) -> str:
    return f"{ceil(seconds)} s until detection is possible"


def one_of(count: int, text: str) -> str:
    return text if count == 1 else f"1 of {count}: {text}"


def counted(title: str, count: int) -> str:
    return f"{title} ({count})" if count else title


def bad_channels(names: list[str]) -> str:
    return f"Check electrodes: {', '.join(names)}"


def per_channel(microvolts: float) -> str:
    return f"{microvolts:g} µV"


def page_length(seconds: float) -> str:
    return f"{seconds:g} s"


def threshold(word: str, value: float) -> str:
    return f"{word} {value:.2f}"


def window_title(name: str) -> str:
    return f"Vigil: {name}"
