"""What is logged once nobody is at the desk any more."""

from datetime import UTC, datetime

from core.errors import SessionError
from monitor.conditions import SignalStep, SignalTransition
from monitor.late_log import LateLog
from monitor.orders import Note

NOTE = Note(256, "fell out of bed", datetime(2026, 1, 1, tzinfo=UTC), "nurse")


def step(key):
    return SignalStep(SignalTransition.ACKNOWLEDGED, key, None, "", "nurse", 256)


class Kept:
    def __init__(self, error=None):
        self.items, self.error = [], error

    def record_signals(self, steps):
        if self.error is not None:
            raise self.error
        self.items += steps

    def record_note(self, note):
        self.items.append(note)


def test_it_waits_for_the_desk_and_keeps_the_order():
    kept, busy = Kept(), [True]
    late = LateLog(kept, lambda: busy[0])
    assert late.keep(step("gap"), step("stream")) == ""
    assert late.keep(NOTE) == ""
    assert kept.items == []
    busy[0] = False
    assert late.keep() == ""
    assert kept.items == [step("gap"), step("stream"), NOTE]
    assert late.keep() == ""
    assert len(kept.items) == 3


def test_a_log_that_cannot_be_written_is_told_and_what_comes_next_is_tried():
    kept = Kept(SessionError("alarms.sqlite: disk full"))
    late = LateLog(kept, lambda: False)
    assert late.keep(step("gap"), NOTE) == "alarms.sqlite: disk full"
    assert kept.items == [NOTE]
