"""What is played, when, and what is said where nothing can be played."""

import os
import stat
import time
import wave

import pytest

from monitor.conditions import AlarmBoard, AudioState
from monitor.priority import Priority
from monitor.pulses import BURSTS, SELF_TEST
from monitor.views import texts
from monitor.views.audio_bar import AudioBar
from monitor.views.sound import AlarmSound

HIGH, MEDIUM, LOW = Priority.HIGH, Priority.MEDIUM, Priority.LOW


@pytest.fixture
def player(tmp_path, monkeypatch):
    """A program that keeps what it is given to play."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def make(script, name="vigil-test-player"):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return tmp_path / "played"

    return make


KEEP = 'n=$(ls "{folder}" | wc -l); cp "$1" "{folder}/$n.wav"'


@pytest.fixture
def sound(player, tmp_path, qapp):
    (tmp_path / "played").mkdir()
    player(KEEP.format(folder=tmp_path / "played"))
    one = AlarmSound(("no-such-player-here", "vigil-test-player"))
    yield one
    one.stop()


def played(folder):
    """Seconds of each burst that was played, in order."""
    lengths = []
    for path in sorted(folder.glob("*.wav"), key=lambda p: int(p.stem)):
        with wave.open(str(path)) as file:
            lengths.append(round(file.getnframes() / file.getframerate(), 3))
    return lengths


def length(burst):
    return round(burst.duration_s, 3)


def settle(sound, qtbot):
    qtbot.waitUntil(lambda: sound._process.state() is sound._process.ProcessState.NotRunning)


def test_the_self_test_plays_one_pulse_and_says_that_it_went_well(sound, qtbot, tmp_path):
    assert sound.player == "vigil-test-player"
    with qtbot.waitSignal(sound.checked) as caught:
        sound.test()
    assert caught.args == [""]
    assert played(tmp_path / "played") == [length(SELF_TEST)]


@pytest.mark.parametrize("priority", list(Priority))
def test_each_priority_plays_its_own_burst(sound, qtbot, tmp_path, priority):
    sound.show_board(AlarmBoard(sounding=priority, sound_serial=1))
    settle(sound, qtbot)
    assert played(tmp_path / "played") == [length(BURSTS[priority])]
    repeat_s = BURSTS[priority].repeat_s
    assert sound._next.isActive() == (repeat_s is not None)
    if repeat_s is not None:
        expected_ms = 1000 * (BURSTS[priority].duration_s + repeat_s)
        assert sound._next.interval() == pytest.approx(expected_ms, abs=1)


def test_bursts_repeat_until_someone_answers(sound, qtbot, tmp_path):
    sound.show_board(AlarmBoard(sounding=HIGH, sound_serial=1))
    settle(sound, qtbot)
    sound._repeat()
    settle(sound, qtbot)
    assert len(played(tmp_path / "played")) == 2
    sound.show_board(AlarmBoard(sound_serial=1))
    assert not sound._next.isActive()
    sound._repeat()
    assert len(played(tmp_path / "played")) == 2


def test_a_new_alarm_is_heard_at_once_and_a_change_of_the_list_is_not(sound, qtbot, tmp_path):
    for serial in (1, 1, 2):
        sound.show_board(AlarmBoard(sounding=MEDIUM, sound_serial=serial))
        settle(sound, qtbot)
    sound.show_board(AlarmBoard(sounding=HIGH, sound_serial=2))  # risen
    settle(sound, qtbot)
    sound.show_board(AlarmBoard(sounding=MEDIUM, sound_serial=2))  # the high one was answered
    settle(sound, qtbot)
    lengths = [length(BURSTS[p]) for p in (MEDIUM, MEDIUM, HIGH)]
    assert played(tmp_path / "played") == lengths
    assert sound._next.interval() == pytest.approx(1000 * (1.0 + 25.0), abs=1)


def test_silence_ends_a_burst_that_plays(player, qtbot, qapp):
    player("exec sleep 30")
    sound = AlarmSound(("vigil-test-player",))
    faults = []
    sound.checked.connect(faults.append)
    sound.show_board(AlarmBoard(sounding=HIGH, sound_serial=1))
    qtbot.waitUntil(lambda: sound._process.state() is sound._process.ProcessState.Running)
    began = time.monotonic()
    sound.show_board(AlarmBoard())
    assert sound._process.state() is sound._process.ProcessState.NotRunning
    assert time.monotonic() - began < 2
    assert faults == []


def test_without_a_player_the_fault_names_what_to_install(qtbot, qapp):
    sound = AlarmSound(("no-such-player-here", "nor-here"))
    with qtbot.waitSignal(sound.checked) as caught:
        sound.test()
    assert caught.args == ["No sound: install no-such-player-here or nor-here"]


def test_a_player_without_a_loudspeaker(player, qtbot, qapp):
    player("echo 'audio open error: No such file or directory' >&2; exit 1")
    sound = AlarmSound(("vigil-test-player",))
    with qtbot.waitSignal(sound.checked) as caught:
        sound.test()
    text = "No sound: vigil-test-player: audio open error: No such file or directory"
    assert caught.args == [text]
    with qtbot.assertNotEmitted(sound.checked, wait=300):  # known already
        sound.show_board(AlarmBoard(sounding=HIGH, sound_serial=1))
    player("exit 0")
    with qtbot.waitSignal(sound.checked) as caught:  # somebody has plugged it in
        sound._repeat()
    assert caught.args == [""]
    sound.stop()


def test_a_player_that_hangs_is_a_fault(player, qtbot, qapp, monkeypatch):
    monkeypatch.setattr("monitor.views.sound._STUCK_S", 0.1)
    player("exec sleep 30")
    sound = AlarmSound(("vigil-test-player",))
    with qtbot.waitSignal(sound.checked, timeout=5000) as caught:
        sound.test()
    assert caught.args == [f"No sound: vigil-test-player: {texts.PLAYER_HANGS}"]


@pytest.fixture
def bar(qtbot):
    widget = AudioBar()
    qtbot.addWidget(widget)
    widget.resize(470, 36)
    widget.show()
    return widget


def test_the_bar_says_whether_alarms_can_be_heard(bar):
    assert (bar.sign.text, bar.sign.is_silent) == (texts.AUDIO_ON, False)
    on = bar.grab().toImage()
    bar.show_audio(AudioState(on=False))
    assert (bar.sign.text, bar.sign.is_silent) == (texts.AUDIO_OFF, True)
    assert bar.grab().toImage() != on
    bar.show_audio(AudioState())
    bar.show_fault("No sound: aplay: no device")
    assert (bar.sign.text, bar.sign.is_silent) == (texts.AUDIO_FAILED, True)
    bar.show_fault("")
    assert bar.grab().toImage() == on


def test_a_pause_counts_down(bar, qtbot):
    bar.show_audio(AudioState(paused_until_s=1000.0))
    for now_s, text in ((880.0, "120 s"), (999.1, "1 s"), (1000.0, "0 s")):
        bar.show_time(now_s)
        assert bar.sign.text == f"PAUSED {text}"
    assert bar.pause_button.text() == texts.RESUME_AUDIO
    bar.show_audio(AudioState(paused_until_s=time.monotonic() + 120))
    qtbot.waitUntil(lambda: bar.sign.text == "PAUSED 119 s", timeout=3000)
    bar.show_audio(AudioState(on=False, paused_until_s=1000.0))
    assert bar.sign.text == texts.AUDIO_OFF
