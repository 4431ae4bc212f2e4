from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt

from monitor.alarm import Alarm, AlarmState, AlarmStep, TechnicalAlarm, Transition
from monitor.annunciator import Annunciator
from monitor.burden import SeizureBurden
from monitor.orders import Acknowledge, AcknowledgeCondition, Note
from monitor.views import texts
from monitor.views.alarm_panel import AlarmPanel
from monitor.views.banner import BannerLevel

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


def board_of(*alarms, faults=(), acknowledged=()):
    """The board after these alarms were raised and took their states."""
    desk = Annunciator()
    for one in alarms:
        desk.seizure(AlarmStep(Transition.RAISED, one, one.raised_sample), 0.0)
        if one.state is not AlarmState.RAISED:
            desk.seizure(AlarmStep(Transition(one.state.value), one, one.offset_sample), 0.0)
    for key, text in faults:
        desk.technical([TechnicalAlarm(key, text, True, 30 * SFREQ)], 0.0)
    desk.acknowledge(acknowledged, "nurse", 0.0)
    return desk.board


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
    panel.show_unexplained()
    panel.show_alarms((alarm(1, state=AlarmState.ENDED, seen=True), alarm(2, onset_s=3661)))
    assert row(panel.alarm_table, 0) == ["15:01:01", "20.0 s", "0.93", "n/a", "raised", "NO"]
    assert row(panel.alarm_table, 1) == ["14:00:10", "20.0 s", "0.93", "n/a", "ended", "yes"]


def test_without_a_clock_the_session_time_stands(panel):
    one = alarm(1, onset_s=75, start=None)
    panel.show_alarms((one,))
    panel.show_board(board_of(one))
    assert row(panel.alarm_table, 0)[0] == "00:01:15"
    assert panel.banner.sign.detail == "since 00:01:15"


def test_acknowledging_the_selected_alarm_emits_its_identity(panel, qtbot):
    panel.show_alarms((alarm(7), alarm(8)))
    assert not panel.acknowledge_button.isEnabled()
    panel.alarm_list.selectRow(1)
    with qtbot.waitSignal(panel.ordered) as caught:
        qtbot.mouseClick(panel.acknowledge_button, Qt.MouseButton.LeftButton)
    assert caught.args == [Acknowledge((7,))]


def test_the_selection_stays_with_its_alarm_when_others_come(panel, qtbot):
    panel.show_alarms((alarm(1), alarm(2)))
    panel.alarm_list.selectRow(1)
    panel.show_alarms((alarm(1), alarm(2), alarm(3)))
    with qtbot.waitSignal(panel.ordered) as caught:
        panel.acknowledge_button.click()
    assert caught.args == [Acknowledge((1,))]


def test_acknowledge_all_is_offered_only_while_something_waits(panel, qtbot):
    assert not panel.acknowledge_all_button.isEnabled()
    panel.show_board(board_of(alarm(1)))
    with qtbot.waitSignal(panel.ordered) as caught:
        qtbot.mouseClick(panel.acknowledge_all_button, Qt.MouseButton.LeftButton)
    assert caught.args == [Acknowledge()]
    panel.show_board(board_of(alarm(1), acknowledged=["seizure 1"]))
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
    assert row(panel.alarm_table, 0)[4] == "raised"
    panel.grab()
    panel.show_alarms(many[:10])
    assert panel.alarm_table.rowCount() == 10


FLAT, LOST = ("channel T3", "T3: flat line"), ("gap", "Signal interrupted for 2.5 s")


def test_technical_alarms_stand_apart_the_gravest_first(panel):
    panel.set_start_time(START)
    panel.show_board(board_of(faults=(FLAT, LOST)))
    assert panel.alarm_table.rowCount() == 0
    assert row(panel.technical_table, 0) == ["14:00:30", "!! active", LOST[1]]
    assert row(panel.technical_table, 1) == ["14:00:30", "! active", FLAT[1]]
    assert panel.banner.sign.level is BannerLevel.MEDIUM
    assert panel.technical_banner.isVisible()
    assert panel.technical_banner.sign.title == FLAT[1]


def test_a_fault_below_a_seizure_has_a_sign_of_its_own(panel):
    panel.show_board(board_of(alarm(1), faults=(LOST,)))
    assert panel.banner.sign.title == texts.SEIZURE
    assert panel.technical_banner.isVisible()
    sign = panel.technical_banner.sign
    assert (sign.level, sign.title, sign.flashing) == (BannerLevel.MEDIUM, LOST[1], True)
    panel.show_board(board_of(alarm(1)))
    assert not panel.technical_banner.isVisible()


def test_one_fault_is_acknowledged_by_itself(panel, qtbot):
    panel.show_alarms((alarm(1),))
    panel.show_board(board_of(alarm(1), faults=(FLAT, LOST)))
    panel.alarm_list.selectRow(0)
    panel.technical_list.selectRow(1)
    assert not panel.alarm_list.selectionModel().hasSelection()
    with qtbot.waitSignal(panel.ordered) as caught:
        panel.acknowledge_button.click()
    assert caught.args == [AcknowledgeCondition("channel T3")]
    panel.show_board(board_of(alarm(1), faults=(FLAT, LOST), acknowledged=["channel T3"]))
    assert row(panel.technical_table, 1)[1] == "! seen"
    assert not panel.acknowledge_button.isEnabled()


def test_status_and_burden_stand_above_the_seizures(panel, qtbot):
    panel.set_start_time(START)
    panel.show_alarms((alarm(1),))
    desk = Annunciator()
    desk.burden(SeizureBurden(0.12, 200.0), 60 * SFREQ, 0.0)
    panel.show_board(desk.board)
    assert panel.banner.sign.title == texts.BURDEN
    assert "12% of last 60 min" in panel.banner.sign.detail
    assert row(panel.alarm_table, 0) == ["14:01:00", "burden", "", "all", "active", "NO"]
    assert row(panel.alarm_table, 1)[0] == "14:00:10"
    desk.burden(SeizureBurden(0.22, 600.0), 90 * SFREQ, 0.0)
    panel.show_board(desk.board)
    assert (panel.banner.sign.level, panel.banner.sign.title) == (BannerLevel.HIGH, texts.STATUS)
    assert row(panel.alarm_table, 0)[1] == "STATUS"
    panel.alarm_list.selectRow(0)
    with qtbot.waitSignal(panel.ordered) as caught:
        panel.acknowledge_button.click()
    assert caught.args == [AcknowledgeCondition("status")]


def test_events_and_notes_carry_the_newest_sample(panel, qtbot):
    panel.set_start_time(START)
    panel.show_now(75 * SFREQ)
    with qtbot.waitSignal(panel.ordered) as caught:
        panel.event_button.click()
    (event,) = caught.args
    assert (event.sample, event.text) == (75 * SFREQ, texts.EVENT)
    assert abs((datetime.now(UTC) - event.time).total_seconds()) < 5
    panel.note_field.setFocus()
    qtbot.keyClicks(panel.note_field, "  eyes turn left ")
    with qtbot.waitSignal(panel.ordered) as caught:
        panel.enter()
    assert caught.args[0].text == "eyes turn left"
    assert panel.note_field.text() == ""
    panel.note_field.setFocus()
    with qtbot.assertNotEmitted(panel.ordered):
        panel.enter()
    assert panel.note_table.rowCount() == 0  # nothing is shown before it is logged
    panel.show_note(Note(75 * SFREQ, "eyes turn left", datetime.now(UTC), "nurse"))
    panel.show_note(Note(80 * SFREQ, "Event", datetime.now(UTC), "doctor"))
    assert row(panel.note_table, 0) == ["14:01:20", "Event", "doctor"]
    assert row(panel.note_table, 1) == ["14:01:15", "eyes turn left", "nurse"]


def test_how_long_it_has_lasted_counts_up(panel):
    panel.set_start_time(START)
    panel.show_board(board_of(alarm(1)))
    panel.show_now(15 * SFREQ)
    assert panel.banner.sign.detail == "since 14:00:10, for 5 s"
    panel.show_now(75 * SFREQ)
    assert panel.banner.sign.detail == "since 14:00:10, for 1 min 05 s"
