"""Texts of the window itself: header, keys, status line."""

from math import ceil

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


def keys_text(keys: tuple[str, ...]) -> str:
    return " or ".join(keys)


def rate(sfreq_hz: float) -> str:
    return f"{sfreq_hz:g} Hz"


def seconds(value: float | None) -> str:
    return MISSING if value is None else f"{value:.2f} s"


def gigabytes(value: float | None) -> str:
    return MISSING if value is None else f"{value:.0f} GB"


def countdown(value: float) -> str:
    return f"in {ceil(value)} s"


def window_title(name: str) -> str:
    return f"Vigil: {name}"
