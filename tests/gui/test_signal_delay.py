"""What counts as the time from the decision to light and sound."""

from monitor.alarm import Alarm, AlarmState, AlarmStep, Transition
from monitor.annunciator import Annunciator
from monitor.conditions import AlarmBoard
from monitor.views.signal_delay import SignalDelays


def raised(number):
    alarm = Alarm(number, 0, 2560, 0.9, AlarmState.RAISED, 2560)
    return AlarmStep(Transition.RAISED, alarm, 2560)


def test_only_what_takes_over_the_banner_is_timed():
    desk, delays = Annunciator(), SignalDelays()
    desk.seizure(raised(1), 0.0)
    for _ in range(2):  # the same board again is no new alarm
        delays.take(desk.board)
        delays.lit()
        delays.heard()
    desk.switch_audio("nurse", on=False)
    desk.seizure(raised(2), 1.0)
    delays.take(desk.board)
    delays.lit()
    delays.heard()
    delays.take(AlarmBoard())
    assert (len(delays.light_s), len(delays.sound_s)) == (1, 1)
    assert SignalDelays().summary()["light_median_s"] is None


def test_each_delay_is_told_with_its_alarm():
    told = []
    desk, delays = Annunciator(), SignalDelays(told.append)
    desk.seizure(raised(1), 0.0)
    delays.take(desk.board)
    delays.lit()
    delays.lit()
    delays.heard()
    assert [(delay.key, delay.sample, delay.condition_s) for delay in told] == [
        ("seizure 1", 2560, None), ("seizure 1", 2560, None),
    ]  # fmt: skip
    assert [told[0].light_s, told[1].sound_s] == [*delays.light_s, *delays.sound_s]
    assert told[0].sound_s is told[1].light_s is None
