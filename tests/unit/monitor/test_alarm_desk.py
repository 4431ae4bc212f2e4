"""What happens is logged, then shown; and only what changes is shown."""

from datetime import UTC, datetime

import pytest

from core.config import Config
from monitor.alarm import Alarm, AlarmState, AlarmStep, TechnicalAlarm, Transition
from monitor.alarm_desk import AlarmDesk
from monitor.annunciator import AUDIO_PAUSE_S, LINGER_S
from monitor.orders import (
    Acknowledge,
    AcknowledgeCondition,
    EquipmentReport,
    Note,
    PauseAudio,
    ResumeAudio,
    SwitchAudio,
)
from monitor.worker import Pipeline
from tests.monitor_fakes import AmplitudeScorer, MemorySource, Notes, bursts

SFREQ = 256


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def desk(notes, clock):
    return AlarmDesk(notes, notes, float(SFREQ), clock)


def raised(alarm_id=1, onset_s=10, offset_s=20):
    alarm = Alarm(alarm_id, onset_s * SFREQ, offset_s * SFREQ, 0.9, AlarmState.RAISED, 0)
    return AlarmStep(Transition.RAISED, alarm, offset_s * SFREQ)


def names(notes):
    return [(s.transition.value, s.key) for s in notes.signals]


def test_every_order_is_logged_with_who_gave_it(desk, notes):
    desk.seizures([raised()])
    desk.technical([TechnicalAlarm("gap", "gap", True, 0)])
    for order in (
        PauseAudio("ann"), ResumeAudio("bob"), SwitchAudio(on=False, who="cyd"),
        SwitchAudio(on=True, who="dee"), AcknowledgeCondition("gap", "eve"),
    ):  # fmt: skip
        desk.obey(order)
    assert [(s.transition.value, s.who) for s in notes.signals] == [
        ("raised", ""), ("raised", ""), ("audio paused", "ann"), ("audio pause ended", "bob"),
        ("audio off", "cyd"), ("audio on", "dee"), ("acknowledged", "eve"),
    ]  # fmt: skip
    assert notes.boards[-1].conditions[0].key == "seizure 1"


def test_a_step_is_logged_before_it_is_shown(notes, clock):
    order = []
    notes.record_signals = lambda _: order.append("log")
    notes.on_board = lambda _: order.append("screen")
    AlarmDesk(notes, notes, float(SFREQ), clock).seizures([raised()])
    assert order == ["log", "screen"]


def test_time_alone_shows_nothing_until_something_changes(desk, notes, clock):
    desk.technical([TechnicalAlarm("gap", "gap", True, 0)])
    desk.technical([TechnicalAlarm("gap", "gap", False, 9)])
    n_boards = len(notes.boards)
    clock.now_s = LINGER_S - 0.1
    desk.tick()
    assert len(notes.boards) == n_boards
    clock.now_s = LINGER_S
    desk.tick()
    assert notes.boards[-1].conditions == ()
    desk.obey(PauseAudio("ann"))
    clock.now_s += AUDIO_PAUSE_S
    desk.tick()
    desk.tick()
    assert names(notes)[-1] == ("audio pause over", "sound")


def test_a_note_is_kept_and_shown(desk, notes):
    note = Note(2560, "turned", datetime(2026, 1, 2, tzinfo=UTC), "ann")
    desk.obey(note)
    assert notes.notes == [note]
    assert notes.counts["note"] == 1


def test_burden_comes_from_the_alarms_of_the_session(desk, notes):
    ended = Alarm(1, 0, 400 * SFREQ, 0.9, AlarmState.ENDED, 0, True)
    desk.burden([ended], 1000 * SFREQ)
    assert names(notes) == [("raised", "burden")]
    again = Alarm(2, 1100 * SFREQ, 1700 * SFREQ, 0.9, AlarmState.CONFIRMED, 0, True)
    desk.burden([ended, again], 1700 * SFREQ)
    assert names(notes)[1:] == [("cleared", "burden"), ("raised", "status")]


def test_orders_reach_the_desk_through_the_pipeline():
    notes = Notes()
    source = MemorySource([(0, bursts(SFREQ * 115, at_s=[(25, 32), (70, 90)]))])
    pipeline = Pipeline(source, Config(), AmplitudeScorer(), notes, notes)
    pipeline.start(stay=True)
    assert notes.alarm_shown.wait(20)
    pipeline.tell(EquipmentReport("audio", "no loudspeaker", 512))
    pipeline.tell(SwitchAudio(on=False, who="ann"))
    pipeline.tell(Note(256, "turned", datetime(2026, 1, 2, tzinfo=UTC), "ann"))
    pipeline.tell(Acknowledge(None, "ann"))
    pipeline.tell(EquipmentReport("audio", "", 1024))
    pipeline.leave()
    assert pipeline.join(30)
    steps = {(s.key, s.transition.value) for s in notes.signals}
    assert {
        ("audio", "raised"), ("audio", "acknowledged"), ("audio", "cleared"),
        ("sound", "audio off"), ("seizure 1", "raised"), ("seizure 1", "acknowledged"),
    } <= steps  # fmt: skip
    assert [a.text for a in notes.technical] == ["no loudspeaker", "no loudspeaker"]
    assert [n.text for n in notes.notes] == ["turned"]
    assert not notes.boards[-1].audio.on
    assert notes.shown[-1].alarm.peak >= notes.shown[0].alarm.peak
