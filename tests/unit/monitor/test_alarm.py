"""The state machine of seizure alarms, one update after another."""

from datetime import UTC, datetime

import numpy as np
import pytest

from core.types import DetectionStep, Event
from monitor.alarm import AlarmManager, AlarmState

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def event(onset, offset, peak=0.9):
    return Event(onset, offset, peak, 256.0, START)


def step(final_stop, *, stop=None, final=(), open_event=None, provisional=(), end=False, settled=0):
    stop = final_stop if stop is None else stop
    return DetectionStep(
        start_sample=final_stop,
        final=np.empty(0, np.float32),
        provisional=np.empty(stop - final_stop, np.float32),
        final_events=tuple(final),
        open_event=open_event,
        provisional_events=tuple(provisional),
        settled_sample=settled,
        segment_end=end,
    )


def names(steps):
    return [(s.transition.value, s.alarm.alarm_id) for s in steps]


@pytest.fixture
def manager():
    return AlarmManager(START)


def test_from_provisional_to_ended(manager):
    (raised,) = manager.update(step(2560, stop=15360, provisional=[event(10000, 12000)]))
    assert names([raised]) == [("raised", 1)]
    assert raised.at_sample == raised.alarm.raised_sample == 15360
    assert raised.alarm.onset_time == datetime(2026, 1, 2, 3, 4, 44, 62500, tzinfo=UTC)
    assert raised.alarm.duration_s == 2000 / 256

    moved = manager.update(step(5120, stop=17920, provisional=[event(9900, 12500, 0.95)]))
    assert moved == []
    assert (manager.alarms[0].onset_sample, manager.alarms[0].peak) == (9900, 0.95)

    standing = event(9900, 12800)
    confirmed = manager.update(
        step(12800, stop=25600, open_event=standing, provisional=[event(9900, 13000)])
    )
    assert names(confirmed) == [("confirmed", 1)]
    assert manager.alarms[0].state is AlarmState.CONFIRMED
    assert manager.alarms[0].offset_sample == 13000

    ended = manager.update(step(15360, stop=28160, final=[event(9900, 13100)], settled=15360))
    assert names(ended) == [("ended", 1)]
    assert ended[0].alarm.offset_sample == 13100
    assert not manager.alarms[0].is_open
    assert len(manager.alarms) == 1


def test_retracted_only_once_the_final_stream_has_passed(manager):
    manager.update(step(2560, stop=15360, provisional=[event(4000, 5000)]))
    assert manager.update(step(4500, stop=17920, settled=4500)) == []
    assert manager.alarms[0].state is AlarmState.RAISED
    retracted = manager.update(step(5120, stop=17920, settled=5120))
    assert names(retracted) == [("retracted", 1)]
    assert retracted[0].reason == ""


def test_a_final_event_never_seen_before(manager):
    steps = manager.update(step(15360, final=[event(1000, 3000)], end=True, settled=15360))
    assert names(steps) == [("raised", 1), ("confirmed", 1), ("ended", 1)]
    assert {(s.alarm.onset_sample, s.alarm.offset_sample) for s in steps} == {(1000, 3000)}


def test_an_open_event_never_seen_before(manager):
    steps = manager.update(step(2560, open_event=event(1000, 2560)))
    assert names(steps) == [("raised", 1), ("confirmed", 1)]
    assert manager.update(step(5120, open_event=event(1000, 5120))) == []


def test_two_raised_merge_into_one_that_ends_at_once(manager):
    manager.update(step(0, stop=15360, provisional=[event(1000, 2000), event(2100, 3000)]))
    steps = manager.update(step(5120, final=[event(1000, 3000)], settled=5120))
    assert names(steps) == [("confirmed", 1), ("ended", 1), ("retracted", 2)]
    assert steps[-1].reason == "merged with alarm 1"


def test_two_raised_merge_into_one_that_goes_on(manager):
    manager.update(step(0, stop=15360, provisional=[event(1000, 2000), event(2100, 3000)]))
    whole = event(1000, 2560)
    steps = manager.update(step(2560, open_event=whole, provisional=[event(1000, 3000)]))
    assert names(steps) == [("confirmed", 1), ("retracted", 2)]
    assert steps[-1].reason == "merged with alarm 1"
    assert names(manager.update(step(5120, final=[event(1000, 3100)], settled=5120))) == [
        ("ended", 1)
    ]


def test_a_provisional_bridge_takes_no_alarm_back(manager):
    """Only the final stream decides what belongs together; the next votes may part them again."""
    manager.update(step(0, stop=15360, provisional=[event(1000, 2000), event(4000, 5000)]))
    started = event(1000, 1900)
    steps = manager.update(step(1900, open_event=started, provisional=[event(1000, 5000)]))
    assert names(steps) == [("confirmed", 1)]
    steps = manager.update(
        step(2560, final=[event(1000, 2000)], provisional=[event(4000, 5000)], settled=2560)
    )
    assert names(steps) == [("ended", 1)]
    assert names(manager.update(step(6000, final=[event(4000, 5100)], settled=6000))) == [
        ("confirmed", 2), ("ended", 2),
    ]  # fmt: skip


def test_split(manager):
    manager.update(step(0, stop=15360, provisional=[event(1000, 5000)]))
    steps = manager.update(step(7680, final=[event(1000, 2000), event(3000, 5000)], settled=7680))
    assert names(steps) == [
        ("confirmed", 1), ("ended", 1), ("raised", 2), ("confirmed", 2), ("ended", 2),
    ]  # fmt: skip
    assert [a.onset_sample for a in manager.alarms] == [1000, 3000]


def test_segment_end_settles_everything(manager):
    manager.update(
        step(2560, stop=15360, open_event=event(1000, 2560), provisional=[event(9000, 12000)])
    )
    assert [a.state.value for a in manager.alarms] == ["confirmed", "raised"]
    steps = manager.update(step(15360, final=[event(1000, 3000)], end=True, settled=15360))
    assert names(steps) == [("ended", 1), ("retracted", 2)]


def test_acknowledge_at_any_time(manager):
    assert manager.acknowledge() == []
    manager.update(step(0, stop=15360, provisional=[event(1000, 2000), event(5000, 6000)]))
    (first,) = manager.acknowledge([1, 99], "nurse")
    assert (first.transition.value, first.reason, first.at_sample) == (
        "acknowledged", "nurse", 15360,
    )  # fmt: skip
    assert first.alarm.state is AlarmState.RAISED
    assert manager.acknowledge([1]) == []
    manager.update(step(2560, final=[event(1000, 2000)], settled=2560))
    assert manager.alarms[0].acknowledged
    assert manager.alarms[0].state is AlarmState.ENDED
    manager.update(step(7680, settled=7680))
    assert names(manager.acknowledge()) == [("acknowledged", 2)]
    assert manager.alarms[1].state is AlarmState.RETRACTED


def test_without_a_start_time_there_is_no_wall_clock():
    manager = AlarmManager()
    (raised,) = manager.update(step(0, stop=2000, provisional=[event(1000, 2000)]))
    assert raised.alarm.onset_time is None
