"""Texts of traces, probability, trends and signal quality."""

from core.types import Quality
from monitor.alarm import AlarmState
from monitor.views.texts.alarms import ALARM_STATES
from monitor.views.times import duration_text

PAGE = "Page"
ALL_CHANNELS_GOOD = "All channels good"
QUALITY_PENDING = "Signal quality: no report yet"

PROBABILITY = "Seizure probability"
FINAL = "final"
PROVISIONAL = "provisional"
THRESHOLD_ON = "on"
THRESHOLD_OFF = "off"

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
WHOLE_SESSION = "Whole session"
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


def bad_channels(names: list[str]) -> str:
    return f"Check electrodes: {', '.join(names)}"


def page_length(seconds: float) -> str:
    return f"{seconds:g} s"


def threshold(word: str, value: float) -> str:
    return f"{word} {value:.2f}"
