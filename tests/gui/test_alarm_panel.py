from dataclasses import replace
from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from monitor.alarm import Alarm, AlarmState, TechnicalAlarm
from monitor.views import texts, theme
from monitor.views.alarm_panel import AlarmPanel
from monitor.views.banner import BannerLevel, banner_sign

START = datetime(2026, 11, 21, 14, 0, 0)
SFREQ = 256


def alarm(alarm_id, onset_s=10, duration_s=20, state=AlarmState.RAISED, seen=False, start=START):
    return Alarm(
        alarm_id,
        onset_s * SFREQ,
        (onset_s + duration_s) * SFREQ,
        0.93,
        state,
        (onset_s + duration_s) * SFREQ,
        acknowledged=seen,
        start_time=start,
    )


def technical(active, text="Electrode T3 is flat", sample=0):
    return TechnicalAlarm("flat", text, active, sample)


@pytest.fixture
def panel(qtbot):
    widget = AlarmPanel()
    qtbot.addWidget(widget)
    widget.resize(460, 700)
    widget.show()
    yield widget
    widget.close()


def row(model, number):
    return [
        model.data(model.index(number, column), Qt.ItemDataRole.DisplayRole)
        for column in range(model.columnCount())
    ]


def test_the_newest_alarm_is_on_top_with_clock_times(panel):
    panel.show_alarms((alarm(1, state=AlarmState.ENDED, seen=True), alarm(2, onset_s=3661)))
    assert row(panel.alarm_table, 0) == ["15:01:01", "20.0 s", "0.93", "raised", "NO"]
    assert row(panel.alarm_table, 1) == ["14:00:10", "20.0 s", "0.93", "ended", "yes"]


def test_without_a_clock_the_session_time_stands(panel):
    panel.show_alarms((alarm(1, onset_s=75, start=None),))
    assert row(panel.alarm_table, 0)[0] == "00:01:15"
    assert panel.banner.sign.detail == "since 00:01:15"


def test_acknowledging_the_selected_alarm_emits_its_identity(panel, qtbot):
    panel.show_alarms((alarm(7), alarm(8)))
    assert not panel.acknowledge_button.isEnabled()
    panel.alarm_list.selectRow(1)
    with qtbot.waitSignal(panel.acknowledged) as caught:
        qtbot.mouseClick(panel.acknowledge_button, Qt.MouseButton.LeftButton)
    assert caught.args == [7]


def test_the_selection_stays_with_its_alarm_when_others_come(panel, qtbot):
    panel.show_alarms((alarm(1), alarm(2)))
    panel.alarm_list.selectRow(1)
    panel.show_alarms((alarm(1), alarm(2), alarm(3)))
    with qtbot.waitSignal(panel.acknowledged) as caught:
        panel.acknowledge_button.click()
    assert caught.args == [1]


def test_acknowledge_all_is_offered_only_while_something_waits(panel, qtbot):
    assert not panel.acknowledge_all_button.isEnabled()
    panel.show_alarms((alarm(1),))
    with qtbot.waitSignal(panel.acknowledge_all):
        qtbot.mouseClick(panel.acknowledge_all_button, Qt.MouseButton.LeftButton)
    panel.show_alarms((alarm(1, seen=True),))
    assert not panel.acknowledge_all_button.isEnabled()


def test_an_acknowledged_alarm_offers_nothing_more(panel):
    panel.show_alarms((alarm(1),))
    panel.alarm_list.selectRow(0)
    assert panel.acknowledge_button.isEnabled()
    panel.show_alarms((alarm(1, seen=True),))
    assert not panel.acknowledge_button.isEnabled()
    assert row(panel.alarm_table, 0)[-1] == "yes"


def test_changes_are_announced_for_the_rows_that_changed(panel, qtbot):
    first, second = alarm(1), alarm(2)
    panel.show_alarms((first, second))
    with qtbot.waitSignal(panel.alarm_table.dataChanged) as caught:
        panel.show_alarms((replace(first, state=AlarmState.CONFIRMED), second))
    assert (caught.args[0].row(), caught.args[1].row()) == (1, 1)
    with qtbot.assertNotEmitted(panel.alarm_table.dataChanged):
        panel.show_alarms((replace(first, state=AlarmState.CONFIRMED), second))


def test_thousands_of_alarms_are_rows_of_a_model(panel):
    many = tuple(
        alarm(i, onset_s=30 * i, state=AlarmState.ENDED, seen=True) for i in range(1, 5001)
    )
    panel.show_alarms(many)
    panel.show_alarms((*many, alarm(5001, onset_s=200_000)))
    assert panel.alarm_table.rowCount() == 5001
    assert row(panel.alarm_table, 0)[3] == "raised"
    panel.grab()
    panel.show_alarms(many[:10])
    assert panel.alarm_table.rowCount() == 10


def test_technical_alarms_stand_apart_active_ones_first(panel):
    panel.set_start_time(START)
    panel.show_technical(
        (technical(False, "Signal lost", 60 * SFREQ), technical(True, sample=30 * SFREQ))
    )
    assert panel.alarm_table.rowCount() == 0
    assert row(panel.technical_table, 0) == ["14:00:30", "!! active", "Electrode T3 is flat"]
    assert row(panel.technical_table, 1) == ["14:01:00", "cleared", "Signal lost"]
    assert panel.banner.sign.level is BannerLevel.CAUTION


def test_the_flash_runs_only_while_an_alarm_waits(panel, qtbot):
    panel.show_alarms((alarm(1),))
    image = panel.banner.grab().toImage()
    qtbot.waitUntil(lambda: panel.banner.grab().toImage() != image, timeout=2000)
    panel.show_alarms((alarm(1, seen=True),))
    steady = panel.banner.grab().toImage()
    assert steady.pixelColor(8, 58) == QColor(theme.ALARM)
    qtbot.wait(2 * theme.FLASH_MS)
    assert panel.banner.grab().toImage() == steady


ENDED, RETRACTED, CONFIRMED = AlarmState.ENDED, AlarmState.RETRACTED, AlarmState.CONFIRMED


@pytest.mark.parametrize(
    ("alarms", "options", "level", "title"),
    [
        ((), {}, BannerLevel.NORMAL, texts.NO_ALARM),
        ((), {"trained": False}, BannerLevel.NOTE, texts.UNTRAINED),
        ((), {"arming_s": 12.2}, BannerLevel.NOTE, texts.WARMING_UP),
        ((), {"arming_s": 12.2, "rearming": True}, BannerLevel.NOTE, texts.RE_ARMING),
        ((), {"finished": True}, BannerLevel.NOTE, texts.FINISHED),
        ((), {"technical": (technical(True),)}, BannerLevel.CAUTION, texts.TECHNICAL),
        ((), {"technical": (technical(False),)}, BannerLevel.NORMAL, texts.NO_ALARM),
        ((alarm(1),), {"arming_s": 5.0}, BannerLevel.ALARM, texts.SEIZURE),
        ((alarm(1, state=CONFIRMED),), {"finished": True}, BannerLevel.ALARM, texts.SEIZURE),
        ((alarm(1, seen=True),), {}, BannerLevel.ALARM, texts.SEIZURE),
        ((alarm(1, state=ENDED),), {}, BannerLevel.LATCHED, texts.SEIZURE_OVER),
        ((alarm(1, state=RETRACTED),), {}, BannerLevel.CAUTION, texts.ALARM_RETRACTED),
        ((alarm(1, state=ENDED, seen=True),), {}, BannerLevel.NORMAL, texts.NO_ALARM),
        ((alarm(1, state=ENDED), alarm(2, onset_s=90)), {}, BannerLevel.ALARM, texts.SEIZURE),
    ],
)
def test_the_gravest_state_wins_the_banner(alarms, options, level, title):
    sign = banner_sign(alarms, **options)
    assert (sign.level, sign.title) == (level, title)
    assert sign.flashing == any(one.is_open and not one.acknowledged for one in alarms)


def test_the_banner_says_since_when_and_how_many_wait():
    assert banner_sign((alarm(1),)).detail == "since 14:00:10"
    both = banner_sign((alarm(1, state=ENDED), alarm(2, onset_s=90)))
    assert both.detail == "since 14:01:30\n2 alarms wait for acknowledgement"
    assert banner_sign((), arming_s=42.3).detail == "43 s until detection is possible"


def test_the_banner_names_the_newest_fault_and_how_many_there_are():
    faults = (technical(True), technical(False, "over"), technical(True, "Signal lost"))
    assert banner_sign((), faults[:2]).detail == "Electrode T3 is flat"
    assert banner_sign((), faults).detail == "1 of 2: Signal lost"
