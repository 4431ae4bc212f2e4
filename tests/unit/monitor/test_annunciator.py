"""Latching, escalation, acknowledgement and the audio pause, with the time given."""

import pytest

from monitor.alarm import Alarm, AlarmState, AlarmStep, TechnicalAlarm, Transition
from monitor.annunciator import AUDIO_PAUSE_S, ESCALATE_AFTER_S, LINGER_S, Annunciator
from monitor.burden import SeizureBurden
from monitor.priority import Priority

HIGH, MEDIUM, LOW = Priority.HIGH, Priority.MEDIUM, Priority.LOW


def seizure(transition, alarm_id=1, reason="", onset=2560, offset=5120):
    state = AlarmState(transition.value) if transition.value in set(AlarmState) else "raised"
    alarm = Alarm(alarm_id, onset, offset, 0.9, AlarmState(state), 5120)
    return AlarmStep(transition, alarm, 5120, reason)


def fault(key, active=True, text="a fault", sample=100):
    return TechnicalAlarm(key, text, active, sample)


def names(steps):
    return [(s.transition.value, s.key) for s in steps]


@pytest.fixture
def desk():
    return Annunciator()


def test_a_seizure_latches_until_it_is_acknowledged(desk):
    (raised,) = desk.seizure(seizure(Transition.RAISED), 0.0)
    assert (raised.transition.value, raised.priority, raised.at_sample) == ("raised", HIGH, 5120)
    assert desk.seizure(seizure(Transition.CONFIRMED), 10.0) == []
    assert names(desk.seizure(seizure(Transition.ENDED), 60.0)) == [("latched", "seizure 1")]
    assert desk.tick(10_000.0) == []
    (condition,) = desk.board.conditions
    assert (condition.is_latched, condition.active, condition.calls) == (True, False, True)
    assert (condition.onset_sample, condition.offset_sample) == (2560, 5120)
    assert desk.board.sounding is HIGH
    steps = desk.seizure(seizure(Transition.ACKNOWLEDGED, reason="nurse"), 10_001.0)
    assert names(steps) == [("acknowledged", "seizure 1"), ("cleared", "seizure 1")]
    assert steps[0].who == "nurse"
    assert desk.board.conditions == ()
    assert desk.board.sounding is None


def test_an_acknowledged_seizure_is_steady_and_leaves_when_it_ends(desk):
    desk.seizure(seizure(Transition.RAISED), 0.0)
    assert names(desk.acknowledge(None, "nurse", 5.0)) == [("acknowledged", "seizure 1")]
    (condition,) = desk.board.conditions
    assert (condition.active, condition.calls) == (True, False)
    assert desk.board.sounding is None
    assert desk.acknowledge(None, "nurse", 6.0) == []
    assert names(desk.seizure(seizure(Transition.ENDED), 60.0)) == [("cleared", "seizure 1")]
    desk.tick(60.0 + LINGER_S - 0.01)
    assert len(desk.board.conditions) == 1
    desk.tick(60.0 + LINGER_S)
    assert desk.board.conditions == ()


def test_a_retracted_seizure_is_quiet_but_waits_to_be_seen(desk):
    desk.seizure(seizure(Transition.RAISED), 0.0)
    assert names(desk.seizure(seizure(Transition.RETRACTED), 50.0)) == [("lowered", "seizure 1")]
    (condition,) = desk.board.conditions
    assert (condition.priority, condition.calls, condition.is_latched) == (LOW, False, True)
    assert desk.board.sounding is None
    desk.tick(10_000.0)
    assert len(desk.board.conditions) == 1
    desk.acknowledge(["seizure 1"], "nurse", 10_001.0)
    assert desk.board.conditions == ()


def test_an_alarm_merged_with_another_does_not_wait(desk):
    desk.seizure(seizure(Transition.RAISED, 1), 0.0)
    desk.seizure(seizure(Transition.RAISED, 2), 0.0)
    gone = desk.seizure(seizure(Transition.RETRACTED, 2, "merged with alarm 1"), 1.0)
    assert names(gone) == [("cleared", "seizure 2")]
    desk.tick(1.0 + LINGER_S)
    assert [c.key for c in desk.board.conditions] == ["seizure 1"]


def test_a_technical_alarm_clears_itself_and_stays_visible_for_five_seconds(desk):
    assert names(desk.technical([fault("gap")], 0.0)) == [("raised", "gap")]
    assert desk.board.conditions[0].priority is MEDIUM
    assert names(desk.technical([fault("gap", False, sample=900)], 20.0)) == [("cleared", "gap")]
    assert desk.board.sounding is None
    for now_s, n_shown in ((20.0, 1), (24.9, 1), (25.0, 0)):
        desk.tick(now_s)
        assert len(desk.board.conditions) == n_shown
    assert desk.technical([fault("gap", False)], 30.0) == []


def test_a_fault_that_changes_its_words_is_the_same_fault(desk):
    desk.technical([fault("channel Fp1", text="flat line")], 0.0)
    desk.acknowledge(["channel Fp1"], "nurse", 1.0)
    assert desk.technical([fault("channel Fp1", text="mains hum")], 2.0) == []
    (condition,) = desk.board.conditions
    assert (condition.text, condition.acknowledged, condition.priority) == ("mains hum", True, LOW)


def test_a_fault_that_comes_back_calls_again(desk):
    desk.technical([fault("gap")], 0.0)
    desk.acknowledge(None, "nurse", 1.0)
    desk.technical([fault("gap", False)], 2.0)
    assert names(desk.technical([fault("gap")], 3.0)) == [("raised", "gap")]
    assert desk.board.conditions[0].calls


@pytest.mark.parametrize("acknowledged", [False, True])
def test_a_stream_that_stays_away_is_escalated(desk, acknowledged):
    desk.technical([fault("stream", text="no samples")], 0.0)
    if acknowledged:
        desk.acknowledge(None, "nurse", 1.0)
    desk.technical([fault("stream", text="reconnecting")], 30.0)
    assert desk.tick(ESCALATE_AFTER_S - 0.1) == []
    (step,) = desk.tick(ESCALATE_AFTER_S)
    assert (step.transition.value, step.key, step.priority) == ("escalated", "stream", HIGH)
    assert desk.board.conditions[0].calls
    assert desk.tick(ESCALATE_AFTER_S + 1) == []
    desk.technical([fault("stream", text="still reconnecting")], 70.0)
    assert desk.board.conditions[0].priority is HIGH
    assert names(desk.technical([fault("stream", False)], 80.0)) == [("cleared", "stream")]


def test_burden_escalates_to_status_and_falls_back(desk):
    assert desk.burden(SeizureBurden(0.05, 60.0), 1000, 0.0) == []
    assert names(desk.burden(SeizureBurden(0.12, 60.0), 2000, 1.0)) == [("raised", "burden")]
    assert desk.burden(SeizureBurden(0.15, 60.0), 3000, 2.0) == []
    assert "15%" in desk.board.conditions[0].text
    desk.acknowledge(None, "nurse", 3.0)
    steps = desk.burden(SeizureBurden(0.21, 60.0), 4000, 4.0)
    assert names(steps) == [("cleared", "burden"), ("raised", "status")]
    assert steps[1].priority is HIGH
    assert desk.board.sounding is HIGH
    steps = desk.burden(SeizureBurden(0.19, 60.0), 5000, 5.0)
    assert names(steps) == [("latched", "status"), ("raised", "burden")]
    assert [(c.key, c.is_latched) for c in desk.board.conditions] == [
        ("status", True), ("burden", False),
    ]  # fmt: skip
    assert names(desk.burden(SeizureBurden(0.0, 0.0), 6000, 6.0)) == [("cleared", "burden")]


def test_the_pause_lasts_120_s(desk):
    desk.technical([fault("gap")], 0.0)
    (step,) = desk.pause_audio("nurse", 10.0)
    assert (step.transition.value, step.who, step.text) == ("audio paused", "nurse", "120 s")
    assert desk.board.audio.paused_until_s == 10.0 + AUDIO_PAUSE_S == 130.0
    assert desk.board.sounding is None
    assert desk.tick(129.9) == []
    assert names(desk.tick(130.0)) == [("audio pause over", "sound")]
    assert desk.board.sounding is MEDIUM
    assert desk.tick(131.0) == []


def test_only_a_higher_priority_breaks_through_a_pause(desk):
    desk.technical([fault("gap")], 0.0)
    desk.pause_audio("nurse", 1.0)
    assert names(desk.technical([fault("disk"), fault("channel Cz")], 2.0)) == [
        ("raised", "disk"), ("raised", "channel Cz"),
    ]  # fmt: skip
    assert desk.board.sounding is None
    steps = desk.seizure(seizure(Transition.RAISED), 3.0)
    assert names(steps) == [("raised", "seizure 1"), ("audio pause broken", "sound")]
    assert steps[1].text == "seizure 1"
    assert desk.board.sounding is HIGH


def test_a_pause_in_silence_is_broken_by_the_first_alarm(desk):
    desk.pause_audio("nurse", 1.0)
    assert names(desk.technical([fault("channel Cz")], 2.0))[1:] == [
        ("audio pause broken", "sound")
    ]


def test_a_pause_is_ended_by_hand(desk):
    assert desk.resume_audio("nurse") == []
    desk.pause_audio("nurse", 1.0)
    (step,) = desk.resume_audio("doctor")
    assert (step.transition.value, step.who) == ("audio pause ended", "doctor")
    assert desk.board.audio.is_audible


def test_audio_off_lasts_and_nothing_breaks_through(desk):
    (step,) = desk.switch_audio("nurse", on=False)
    assert (step.transition.value, step.who, step.priority) == ("audio off", "nurse", None)
    assert desk.switch_audio("nurse", on=False) == []
    desk.seizure(seizure(Transition.RAISED), 3.0)
    desk.tick(100_000.0)
    assert (desk.board.sounding, desk.board.audio.on) == (None, False)
    before = desk.board.sound_serial
    assert names(desk.switch_audio("nurse", on=True)) == [("audio on", "sound")]
    assert desk.board.sounding is HIGH
    assert desk.board.sound_serial > before


def test_every_new_alarm_is_heard_at_once(desk):
    serials = [desk.board.sound_serial]
    for alarm_id in (1, 2):
        desk.seizure(seizure(Transition.RAISED, alarm_id), 0.0)
        serials.append(desk.board.sound_serial)
    assert serials == sorted(set(serials))
    desk.seizure(seizure(Transition.ENDED, 1), 1.0)
    assert desk.board.sound_serial == serials[-1]


def test_the_gravest_stands_first(desk):
    desk.technical([fault("channel Cz", sample=1), fault("disk", sample=2)], 0.0)
    desk.seizure(seizure(Transition.RAISED, 1), 1.0)
    desk.technical([fault("pipeline", sample=3)], 2.0)
    assert [c.key for c in desk.board.conditions] == ["seizure 1", "pipeline", "disk", "channel Cz"]
    desk.acknowledge(["seizure 1"], "nurse", 3.0)
    assert [c.key for c in desk.board.conditions][:2] == ["pipeline", "seizure 1"]
    assert desk.board.sounding is HIGH


def test_a_board_is_taken_over(desk):
    desk.seizure(seizure(Transition.RAISED), 0.0)
    desk.switch_audio("nurse", on=False)
    heir = Annunciator(desk.board)
    assert heir.board == desk.board
