"""Everything by keyboard: answers, sound, notes, look, full screen; and what is remembered."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget

from core.config import Config
from core.types import Chunk
from monitor.alarm import Alarm, AlarmState, AlarmStep, Transition
from monitor.annunciator import Annunciator
from monitor.orders import Acknowledge, PauseAudio, ResumeAudio, SwitchAudio
from monitor.views import texts, theme
from monitor.views.appearance import Appearance
from monitor.views.header import Vitals
from monitor.views.settings import WindowSettings
from monitor.views.window import MonitorWindow

RAISED = Alarm(3, 2560, 5120, 0.9, AlarmState.RAISED, 5120)
CONTROL = Qt.KeyboardModifier.ControlModifier


def labels(window):
    return {label.text() for label in window.findChildren(QLabel) if label.isVisible()}


def order_of(window, qtbot, place, key):
    with qtbot.waitSignal(window.ordered) as caught:
        qtbot.keyClick(place, key)
    return caught.args[0]


def test_space_holds_the_replay_and_escape_keeps_the_window(window, qtbot):
    window.activateWindow()
    with qtbot.waitSignal(window.pause_toggled) as caught:
        qtbot.keyClick(window.alarm_panel.alarm_list, Qt.Key.Key_Space)
    assert caught.args == [True]
    assert texts.RESUME in window.header.pause_button.text()
    with qtbot.waitSignal(window.pause_toggled) as caught:
        qtbot.keyClick(window, Qt.Key.Key_Space)
    assert caught.args == [False]
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.isVisible()


def test_alarms_are_answered_by_keys_wherever_the_focus_is(window, qtbot):
    window.activateWindow()
    panel = window.alarm_panel
    earlier = replace(RAISED, alarm_id=2, state=AlarmState.ENDED)
    window.show_alarms((earlier, RAISED))
    desk = Annunciator()
    desk.seizure(AlarmStep(Transition.RAISED, RAISED, 5120), 0.0)
    window.show_board(desk.board)
    for place in (window, panel.alarm_list, panel.technical_list, window.signals):
        place.setFocus()
        assert order_of(window, qtbot, place, Qt.Key.Key_A) == Acknowledge(None, "operator")
    qtbot.keyClick(window, Qt.Key.Key_F2)
    assert panel.alarm_list.hasFocus()
    order = order_of(window, qtbot, panel.alarm_list, Qt.Key.Key_Return)
    assert order == Acknowledge((3,), "operator")
    qtbot.keyClick(panel.alarm_list, Qt.Key.Key_Down)
    order = order_of(window, qtbot, panel.alarm_list, Qt.Key.Key_Return)
    assert order == Acknowledge((2,), "operator")
    qtbot.keyClick(window, Qt.Key.Key_F3)
    assert panel.technical_list.hasFocus()


def test_sound_is_paused_and_switched_by_keys(window, qtbot):
    desk = Annunciator()
    assert order_of(window, qtbot, window, Qt.Key.Key_P) == PauseAudio("operator")
    desk.pause_audio("operator", 0.0)
    window.show_board(desk.board)
    assert order_of(window, qtbot, window, Qt.Key.Key_P) == ResumeAudio("operator")
    assert order_of(window, qtbot, window, Qt.Key.Key_M) == SwitchAudio(on=False, who="operator")
    desk.switch_audio("operator", on=False)
    window.show_board(desk.board)
    assert window.alarm_panel.audio_bar.sign.text == texts.AUDIO_OFF
    assert order_of(window, qtbot, window, Qt.Key.Key_M) == SwitchAudio(on=True, who="operator")
    with qtbot.waitSignal(window.sound_tested):
        qtbot.keyClick(window, Qt.Key.Key_T)


def test_events_and_notes_by_keys_and_letters_go_to_the_note(window, qtbot):
    window.activateWindow()
    window.show_chunk(Chunk(np.ones((19, 32), np.float32), 256 * 42 - 32))
    event = order_of(window, qtbot, window, Qt.Key.Key_E)
    assert (event.sample, event.text, event.who) == (256 * 42, texts.EVENT, "operator")
    field = window.alarm_panel.note_field
    qtbot.keyClick(window, Qt.Key.Key_N)
    assert field.hasFocus()
    with qtbot.assertNotEmitted(window.ordered):
        qtbot.keyClicks(field, "a map, e.g. n")  # each of them is a key of its own elsewhere
    note = order_of(window, qtbot, field, Qt.Key.Key_Return)
    assert (note.text, field.text()) == ("a map, e.g. n", "")
    assert not field.hasFocus()
    qtbot.keyClick(window, Qt.Key.Key_N)
    qtbot.keyClicks(field, "no")
    with qtbot.assertNotEmitted(window.ordered):
        qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""
    assert not field.hasFocus()
    window.show_note(replace(note, who="nurse"))
    assert window.alarm_panel.note_table.rowCount() == 1


def test_f1_lists_every_key_once(window, qtbot):
    actions = window.keys.actions
    keys = [key for action in actions for key in action.keys]
    assert len(keys) == len(set(keys))
    assert {"A", "Return", "P", "M", "T", "E", "N", "F1", "F11", "Ctrl+D", "Space"} <= set(keys)
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_F1)
    shown = {label.text() for label in window._key_help.findChildren(QLabel)}
    for action in actions:
        assert {action.group, action.text, " or ".join(action.keys)} <= shown
    assert window._key_help.height() <= 720
    with pytest.raises(ValueError, match="A has two actions"):
        window.keys.add("x", "A", "again", window.close)
    assert window.isActiveWindow()
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert not window._key_help.isVisible()


def test_day_and_night_and_the_size_of_letters(window, qtbot):
    night = window.grab().toImage()
    qtbot.keyClick(window, Qt.Key.Key_D, CONTROL)
    assert window.appearance.palette == "day"
    day = window.grab().toImage()
    place = (window.width() // 3, window.height() // 2)
    assert night.pixelColor(*place).lightness() < 60
    assert day.pixelColor(*place).lightness() > 200
    button = window.alarm_panel.acknowledge_button
    before = button.fontMetrics().height()
    row_px = window.alarm_panel.alarm_list.verticalHeader().defaultSectionSize()
    for _ in range(9):
        qtbot.keyClick(window, Qt.Key.Key_Equal, CONTROL)
    assert window.appearance.font_scale == max(theme.FONT_SCALES)
    assert button.fontMetrics().height() > before
    assert window.alarm_panel.alarm_list.verticalHeader().defaultSectionSize() > row_px
    for _ in range(9):
        qtbot.keyClick(window, Qt.Key.Key_Minus, CONTROL)
    assert window.appearance.font_scale == min(theme.FONT_SCALES)
    qtbot.keyClick(window, Qt.Key.Key_D, CONTROL)
    assert window.appearance.palette == "night"


def test_the_look_is_remembered(qtbot, ch_names, tmp_path):
    path = tmp_path / "window.ini"

    def open_one():
        one = MonitorWindow("a.edf", Config(), ch_names, "w", settings=WindowSettings(path))
        qtbot.addWidget(one)
        one.show()
        return one

    first = open_one()
    first.appearance.toggle_palette()
    first.appearance.step_font(-1)
    first.close()
    second = open_one()
    assert (second.appearance.palette, second.appearance.font_scale) == ("day", 0.85)
    second.close()
    path.write_text("[General]\npalette=pink\nfont_scale=huge\n[layout]\nsplitter=nonsense\n")
    third = open_one()
    assert (third.appearance.palette, third.appearance.font_scale) == ("night", 1.0)
    third.close()


def test_the_layout_is_remembered(qtbot, tmp_path):
    """With a window that fits the small screen of these tests."""

    def open_one():
        one, splitter = QWidget(), QSplitter()
        qtbot.addWidget(one)
        one.setLayout(QVBoxLayout())
        one.layout().addWidget(splitter)
        splitter.addWidget(QWidget())
        splitter.addWidget(QWidget())
        look = Appearance(one, WindowSettings(tmp_path / "window.ini"))
        look.restore_layout(splitter)
        one.show()
        return one, splitter, look

    one, splitter, look = open_one()
    one.resize(640, 480)
    splitter.setSizes([400, 200])
    sizes = splitter.sizes()
    look.remember(splitter)
    again, other, look = open_one()
    assert (again.width(), again.height(), other.sizes()) == (640, 480, sizes)
    again.showFullScreen()
    look.remember(other)
    third, _, _ = open_one()
    assert (third.width(), third.height()) == (640, 480)


def test_without_a_path_the_settings_lie_in_the_users_configuration_folder(configuration_folder):
    settings = WindowSettings()
    settings.palette = "day"
    settings.save()
    assert (configuration_folder / "vigil" / "window.ini").exists()
    assert WindowSettings().palette == "day"


def test_a_kiosk_cannot_be_left(qtbot, ch_names):
    window = MonitorWindow("a.edf", Config(), ch_names, "w", kiosk=True)
    qtbot.addWidget(window)
    window.showFullScreen()
    qtbot.waitUntil(window.isActiveWindow)
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_F11):
        qtbot.keyClick(window, key)
        assert window.isFullScreen()
    with qtbot.waitSignal(window.closed):
        qtbot.keyClick(window, Qt.Key.Key_Q, CONTROL)


def test_the_vitals_are_shown(window):
    window.show_vitals(Vitals(0.182, 1.234, 78.4, datetime(2026, 11, 21, 23, 59, 58)))
    assert {"0.18 s", "1.23 s", "78 GB", "23:59:58"} <= labels(window)
    window.show_arming(31.2)
    assert "in 32 s" in labels(window)
    window.show_arming(0)
    assert texts.DETECTING in labels(window)
