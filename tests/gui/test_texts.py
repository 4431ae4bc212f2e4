from datetime import datetime

import pytest

from core.types import Quality
from monitor.alarm import AlarmState
from monitor.views import texts


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3.04, "3.0 s"), (59.94, "59.9 s"), (59.97, "1 min 00 s"), (72, "1 min 12 s"),
     (3600, "1 h 00 min"), (7384, "2 h 03 min")],
)  # fmt: skip
def test_durations(seconds, text):
    assert texts.duration_text(seconds) == text


def test_moments():
    start = datetime(2026, 11, 21, 23, 59, 50)
    assert texts.session_text(90_061.9) == "25:01:01"
    assert texts.moment_text(20, start) == "00:00:10"
    assert texts.moment_text(20, None) == "00:00:20"
    assert texts.clock_text(20, None) == texts.UNKNOWN


def test_every_state_and_flag_has_words():
    assert set(texts.ALARM_STATES) == set(AlarmState)
    flags = set(Quality)
    assert set(texts.QUALITY_MARKS) == set(texts.QUALITY_WORDS) == flags
    assert texts.quality_mark(Quality.GOOD) == texts.quality_words(Quality.GOOD) == ""
    both = Quality.RAILED | Quality.LINE_NOISE
    assert texts.quality_mark(both) == "RAIL+"
    assert texts.quality_words(both) == "at the amplifier's limit, mains noise"
