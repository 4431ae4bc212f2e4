"""The banner: what it says, and colours, symbols and flashes measured on painted frames."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from monitor.conditions import AlarmBoard, AlarmCondition
from monitor.priority import AlarmKind, Priority
from monitor.views import texts, theme
from monitor.views.banner import AlarmBanner, BannerLevel, BannerSign, banner_sign, sign_of

HIGH, MEDIUM, LOW = Priority.HIGH, Priority.MEDIUM, Priority.LOW
START = datetime(2026, 11, 21, 14, 0, 0)
SFREQ = 256
FRAME_S = 0.02

SEIZURE = AlarmCondition(
    "seizure 1", AlarmKind.SEIZURE, HIGH, "", 10 * SFREQ, 0.0, latching=True
)  # fmt: skip
GAP = AlarmCondition("gap", AlarmKind.TECHNICAL, MEDIUM, "Signal interrupted", 20 * SFREQ, 0.0)
FLAT = AlarmCondition("channel T3", AlarmKind.TECHNICAL, LOW, "T3: flat line", 20 * SFREQ, 0.0)
STREAM = AlarmCondition("stream", AlarmKind.TECHNICAL, HIGH, "no samples", 20 * SFREQ, 0.0)
STATUS = AlarmCondition("status", AlarmKind.STATUS, HIGH, "22% of ...", 0, 0.0, latching=True)
SEEN = replace(SEIZURE, acknowledged=True)
OVER = replace(SEIZURE, active=False, offset_sample=70 * SFREQ)
RETRACTED = replace(OVER, retracted=True, priority=LOW)


@pytest.fixture
def banner(qtbot):
    widget = AlarmBanner()
    qtbot.addWidget(widget)
    widget.resize(470, 168)
    widget.show()
    return widget


def ground(banner):
    """The colour the banner is filled with, where nothing is written."""
    return banner.grab().toImage().pixelColor(banner.width() - 5, banner.height() // 2)


def is_red(c):
    return c.red() > 180 and c.green() < 80 and c.blue() < 80


def is_yellow(c):
    return c.red() > 200 and c.green() > 160 and c.blue() < 80


def is_cyan(c):
    return c.red() < 130 and c.green() > 160 and c.blue() > 200


@pytest.mark.parametrize("palette", list(theme.PALETTES))
@pytest.mark.parametrize(
    ("condition", "is_lit", "rates_hz"),
    [(SEIZURE, is_red, (1.4, 2.8)), (GAP, is_yellow, (0.4, 0.8)), (FLAT, is_cyan, None)],
    ids=["high", "medium", "low"],
)
def test_colour_rate_and_duty_on_painted_frames(banner, palette, condition, is_lit, rates_hz):
    theme.use(palette)
    banner.show_sign(sign_of(condition))
    banner._timer.stop()  # the time is simulated: eight seconds of frames, 20 ms apart
    lit = []
    for frame in range(400):
        banner.show_time(frame * FRAME_S)
        lit.append(is_lit(ground(banner)))
    lit = np.array(lit)
    if rates_hz is None:
        assert lit.all()
        return
    rises = np.flatnonzero(~lit[:-1] & lit[1:])
    rate_hz = 1 / (np.diff(rises).mean() * FRAME_S)
    whole_periods = lit[rises[0] : rises[-1]]
    print(f"{condition.priority.name}: {rate_hz:.2f} Hz, duty {whole_periods.mean():.0%}")
    assert rates_hz[0] <= rate_hz <= rates_hz[1]
    assert 0.2 <= whole_periods.mean() <= 0.6


def test_the_flash_runs_by_itself_at_its_rate(banner, qtbot):
    banner.show_sign(sign_of(SEIZURE))
    assert banner.is_flashing
    seen = []
    for _ in range(100):
        seen.append(is_red(ground(banner)))
        qtbot.wait(10)
    assert {True, False} <= set(seen)
    banner.show_sign(sign_of(SEEN))
    assert not banner.is_flashing
    assert is_red(ground(banner))


@pytest.mark.parametrize("palette", list(theme.PALETTES))
@pytest.mark.parametrize(
    ("condition", "n_marks"), [(SEIZURE, 3), (GAP, 2), (FLAT, 1)], ids=["high", "medium", "low"]
)
@pytest.mark.parametrize("phase_s", [0.0, 0.9 / 2.0, 0.9 / 0.6], ids=["lit", "dim", "dim later"])
def test_the_symbol_is_painted_large_in_every_phase(banner, palette, condition, n_marks, phase_s):
    """Counted as columns of ink in the symbol's place: an exclamation mark is one upright bar."""
    theme.use(palette)
    banner.show_sign(replace(sign_of(condition), title="", detail=""))
    banner._timer.stop()
    banner.show_time(phase_s)
    image = banner.grab().toImage().convertToFormat(QImage.Format.Format_RGBX8888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    pixels = rows[10:150, :170, :3].astype(int)
    back = np.array(ground(banner).getRgb()[:3])
    far = np.abs(pixels - back).sum(axis=2) > 150
    ink = far.any(axis=0)
    bars = np.count_nonzero(np.diff(np.concatenate([[0], ink.astype(int)])) == 1)
    assert bars == n_marks
    assert (
        np.ptp(np.flatnonzero(far.any(axis=1))) > 40
    )  # px: more than 1 cm on a screen of 96 dots an inch


@pytest.mark.parametrize("palette", list(theme.PALETTES))
@pytest.mark.parametrize("level", list(BannerLevel))
@pytest.mark.parametrize("lit", [True, False])
def test_words_stand_out_from_the_ground(palette, level, lit):
    theme.use(palette)

    def luminance(colour: QColor) -> float:
        parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
                 for c in (colour.redF(), colour.greenF(), colour.blueF())]  # fmt: skip
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(c) for c in level.colours(lit=lit)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("conditions", "options", "level", "title"),
    [
        ((), {}, BannerLevel.NORMAL, texts.NO_ALARM),
        ((), {"trained": False}, BannerLevel.NOTE, texts.UNTRAINED),
        ((), {"arming_s": 12.2}, BannerLevel.NOTE, texts.WARMING_UP),
        ((), {"arming_s": 12.2, "rearming": True}, BannerLevel.NOTE, texts.RE_ARMING),
        ((), {"finished": True}, BannerLevel.NOTE, texts.STOPPED),
        ((GAP,), {}, BannerLevel.MEDIUM, texts.TECHNICAL),
        ((FLAT,), {}, BannerLevel.LOW, texts.TECHNICAL),
        ((STREAM,), {"arming_s": 5.0}, BannerLevel.HIGH, texts.STOPPED),
        ((SEIZURE,), {"arming_s": 5.0}, BannerLevel.HIGH, texts.SEIZURE),
        ((SEIZURE, GAP), {"finished": True}, BannerLevel.HIGH, texts.SEIZURE),
        ((SEEN,), {}, BannerLevel.HIGH, texts.SEIZURE),
        ((OVER,), {}, BannerLevel.HIGH, texts.SEIZURE_OVER),
        ((RETRACTED,), {}, BannerLevel.LOW, texts.ALARM_RETRACTED),
        ((replace(GAP, acknowledged=True),), {"finished": True}, BannerLevel.NOTE, texts.STOPPED),
        ((STATUS, SEIZURE), {}, BannerLevel.HIGH, texts.STATUS),
    ],
)
def test_the_gravest_condition_wins(conditions, options, level, title):
    sign = banner_sign(AlarmBoard(conditions), **options)
    assert (sign.level, sign.title) == (level, title)
    first = conditions[0] if conditions else None
    assert sign.flashing == (first is not None and first.calls and first.priority > LOW)


@pytest.mark.parametrize(
    ("condition", "detail"),
    [
        (SEIZURE, "since 14:00:10, for 1 min 15 s"),
        (SEEN, "since 14:00:10, for 1 min 15 s, acknowledged"),
        (OVER, "14:00:10 to 14:01:10"),
        (RETRACTED, "at 14:00:10, not confirmed by later data"),
        (GAP, "Signal interrupted\nsince 14:00:20, for 1 min 05 s"),
    ],
)
def test_since_when_and_for_how_long(condition, detail):
    sign = sign_of(condition, now_sample=85 * SFREQ, now_s=65.0, start_time=START)
    assert sign.detail == detail


def test_how_many_wait_is_said():
    sign = banner_sign(AlarmBoard((SEIZURE, GAP)), start_time=START)
    assert sign.detail == "since 14:00:10\n2 alarms wait for an answer"
    assert banner_sign(AlarmBoard(), 42.3).detail == "43 s until detection is possible"


@pytest.mark.parametrize("size", [(400, 150), (470, 168), (470, 46), (900, 200), (120, 60)])
@pytest.mark.parametrize("title", [texts.STATUS, texts.STOPPED, texts.SEIZURE, "x " * 200])
def test_any_text_is_painted_in_any_size(banner, size, title):
    banner.resize(*size)
    banner.show_sign(BannerSign(BannerLevel.HIGH, title, "first\nsecond", flashing=True))
    assert not banner.grab().isNull()
