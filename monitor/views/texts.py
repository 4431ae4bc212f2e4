"""Every English text of the window, and how times are written."""

from math import ceil

from core.types import Quality
from monitor.alarm import AlarmState
from monitor.priority import AlarmKind
from monitor.views.times import (
    UNKNOWN,
    clock_text,
    date_text,
    duration_text,
    moment_text,
    session_text,
)

__all__ = [
    "ALARM_STATES",
    "QUALITY_MARKS",
    "QUALITY_WORDS",
    "UNKNOWN",
    "clock_text",
    "date_text",
    "duration_text",
    "moment_text",
    "quality_mark",
    "quality_words",
    "session_text",
]

NOTICE = "Research software, not a certified medical device"
UNTRAINED = "UNTRAINED"
UNTRAINED_BADGE = "UNTRAINED  ·  results have no meaning"

STARTED = "Start"
ELAPSED = "Elapsed"
SIGNAL_TIME = "Signal time"
CLOCK = "Clock"
SPEED = "Source"
RATE = "Rate"
WEIGHTS = "Weights"
DETECTION = "Detection"
DETECTING = "at work"
INPUT_DELAY = "Input delay"
INFERENCE = "Inference"
FREE_DISK = "Free disk"
PAUSE = "Hold replay (Space)"
RESUME = "Resume (Space)"
MISSING = "\u2013"

KEYS_TITLE = "Keys"
GROUP_ALARMS = "Alarms"
GROUP_SOUND = "Sound"
GROUP_NOTES = "Notes"
GROUP_WINDOW = "Window"
KEY_ACKNOWLEDGE = "Acknowledge the selected alarm"
KEY_ACKNOWLEDGE_ALL = "Acknowledge all"
KEY_ALARM_LIST = "Go to the seizure alarms; arrows select"
KEY_TECHNICAL_LIST = "Go to the technical alarms"
KEY_PAUSE_AUDIO = "Pause sound for 120 s, or end the pause"
KEY_AUDIO = "Sound off, or on again"
KEY_TEST_AUDIO = "Test the loudspeaker"
KEY_EVENT = "Mark an event now"
KEY_NOTE = "Write a note; Enter keeps it, Esc drops it"
KEY_HOLD = "Hold the replay, or let it go on"
KEY_FULL_SCREEN = "Full screen, or window"
KEY_LEAVE = "Leave a note unwritten, or the full screen"
KEY_THEME = "Day or night colours"
KEY_LARGER = "Larger letters"
KEY_SMALLER = "Smaller letters"
KEY_HELP = "Show or hide these keys"
KEY_CLOSE = "End the session and close"

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

# Traces, probability and trends ----------------------------------------------------------------

MONTAGE = "Montage"
MONTAGE_FILE = "From a file\u2026"
MONTAGE_FILE_TITLE = "Montages of your own"
MONTAGE_FILE_FILTER = "Montages (*.toml)"
SENSITIVITY = "Sensitivity"
TIME_BASE = "Time base"
LOW_CUT = "Low cut, display only"
HIGH_CUT = "High cut, display only"
NOTCH = "Notch, display only"
LAYOUT = "How new signal comes in"
SWEEP = "Sweep"
SCROLL = "Scroll"
FREEZE = "Freeze (F)"
GO_LIVE = "Live (F)"
HISTORY = "Scroll back through the last hour"
SHOW_TRENDS = "Trends (G)"
IN_EVENT = "in event: lasts until below off"
TREND_SPANS = {0.5: "30 min", 2.0: "2 h", 8.0: "8 h", 24.0: "24 h"}
TREND_PROBABILITY = "Probability"
TREND_PROBABILITY_DETAIL = "max, mean"
TREND_BURDEN = "Burden"
TREND_BURDEN_DETAIL = "5 min, 60 min"
TREND_AEEG = {"left": "aEEG left", "right": "aEEG right"}
TREND_AEEG_DETAIL = "\u00b5V p-p"
TREND_SPECTRA = {"left": "Spectra left", "right": "Spectra right"}
TREND_SPECTRA_DETAIL = "0\u201320 Hz"
TREND_HINT = "Click to see the signal there"
GROUP_SIGNAL = "Signal"
KEY_FREEZE = "Freeze, or return to live"
KEY_BACK = "Scroll back"
KEY_FORWARD = "Scroll forward"
KEY_PAGE_BACK = "One page back"
KEY_PAGE_FORWARD = "One page forward"
KEY_MORE = "Larger traces"
KEY_LESS = "Smaller traces"
KEY_MONTAGE = "Next montage"
KEY_LAYOUT = "Sweep or scroll"
KEY_TRENDS = "Show or hide trends"

EVENT_INITIALS = {
    AlarmState.RAISED: "R",
    AlarmState.CONFIRMED: "C",
    AlarmState.RETRACTED: "X",
    AlarmState.ENDED: "E",
}
"""Where the word does not fit."""


def event_flag(alarm_id: int, state: AlarmState) -> str:
    return f"{alarm_id} {ALARM_STATES[state]}"


def calibration(amplitude_uv: float, seconds: int) -> str:
    return f"{amplitude_uv:g} \u00b5V \u00b7 {seconds} s"


def decibels(low_db: float, high_db: float) -> tuple[str, str]:
    """Write the ends of a scale of power."""
    return f"{low_db:g}", f"{high_db:g} dB"


def per_millimetre(microvolts: float) -> str:
    return f"{microvolts:g} \u00b5V/mm"


def speed_mm_s(speed: float) -> str:
    return f"{speed:g} mm/s"


def cut_off(kind: str, frequency_hz: float | None) -> str:
    return f"{kind} off" if frequency_hz is None else f"{kind} {frequency_hz:g} Hz"


def frozen(behind_s: float) -> str:
    """Say that the traces stand still, and how old the newest sample on them is."""
    age = f" \u00b7 {duration_text(behind_s)} ago" if behind_s >= 1 else ""
    return f"FROZEN{age} \u00b7 F: live"


def history_ends(moment: str) -> str:
    return f"No signal is kept before {moment}"


def not_recorded(moment: str) -> str:
    return f"There is no signal yet at {moment}"


def shown_from(moment: str) -> str:
    return f"Traces show the signal at {moment}"


def quality_mark(flags: Quality) -> str:
    """Return the gravest mark, ``+`` behind it where there are more; empty for a good channel."""
    marks = [mark for flag, mark in QUALITY_MARKS.items() if flag in flags]
    return "" if not marks else marks[0] + ("+" if len(marks) > 1 else "")


def quality_words(flags: Quality) -> str:
    """Return all that is wrong, in words; empty for a good channel."""
    return ", ".join(word for flag, word in QUALITY_WORDS.items() if flag in flags)


def keys_text(keys: tuple[str, ...]) -> str:
    return " or ".join(keys)


def audio_paused(seconds: float) -> str:
    return f"PAUSED {ceil(seconds)} s"


def no_player(names: tuple[str, ...]) -> str:
    return f"No sound: install {', '.join(names[:-1])} or {names[-1]}"


def player_failed(name: str, words: str) -> str:
    first = words.splitlines()[0] if words else "it gave no reason"
    return f"No sound: {name}: {first}"


def sound_tested(name: str) -> str:
    return f"The loudspeaker was played by {name}. If you heard nothing, look at its volume."


def disk_low(free_gb: float) -> str:
    return f"Disk almost full: {free_gb:.1f} GB left"


def rate(sfreq_hz: float) -> str:
    return f"{sfreq_hz:g} Hz"


def seconds(value: float | None) -> str:
    return MISSING if value is None else f"{value:.2f} s"


def gigabytes(value: float | None) -> str:
    return MISSING if value is None else f"{value:.0f} GB"


def countdown(value: float) -> str:
    return f"in {ceil(value)} s"


def waiting(count: int) -> str:
    return f"{count} alarms wait for an answer"


def seconds_left(seconds: float) -> str:
    return f"{ceil(seconds)} s until detection is possible"


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
