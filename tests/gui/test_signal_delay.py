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
