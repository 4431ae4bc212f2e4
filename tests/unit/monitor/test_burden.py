import pytest

from monitor.alarm import Alarm, AlarmState
from monitor.burden import seizure_burden, seizure_share

SFREQ = 256
ENDED, RETRACTED, RAISED = AlarmState.ENDED, AlarmState.RETRACTED, AlarmState.RAISED


def alarm(onset_s, offset_s, state=ENDED):
    return Alarm(1, round(onset_s * SFREQ), round(offset_s * SFREQ), 0.9, state, 0)


def judge(alarms, now_s):
    return seizure_burden(alarms, round(now_s * SFREQ))


def test_no_alarms():
    burden = judge([], 100)
    assert (burden.share, burden.longest_s) == (0.0, 0.0)
    assert not burden.is_status
    assert not burden.is_high


def test_the_share_is_of_60_min_even_when_the_session_is_younger():
    assert judge([alarm(0, 360)], 360).share == pytest.approx(0.1)
    assert judge([alarm(0, 360)], 360).is_high
    assert not judge([alarm(0, 359)], 360).is_high


def test_only_what_lies_within_the_60_min_counts():
    alarms = [alarm(0, 300), alarm(3000, 3300)]
    assert judge(alarms, 3600).share == pytest.approx(600 / 3600)
    assert judge(alarms, 3750).share == pytest.approx(450 / 3600)
    assert judge(alarms, 10_000).share == 0.0


@pytest.mark.parametrize(("duration_s", "status"), [(599.9, False), (600.0, True)])
def test_ten_minutes_without_end_are_status(duration_s, status):
    alarms = [alarm(5000, 5000 + duration_s, RAISED)]
    assert judge(alarms, 5000 + duration_s).is_status is status
    # ... for as long as any of it lies within the hour
    assert judge(alarms, 5000 + duration_s + 3599).is_status is status
    assert not judge(alarms, 5000 + duration_s + 3601).is_status


@pytest.mark.parametrize(("each_s", "status"), [(71.9, False), (72.0, True)])
def test_a_fifth_of_an_hour_is_status(each_s, status):
    alarms = [alarm(300 * k, 300 * k + each_s) for k in range(10)]
    burden = judge(alarms, 3600)
    assert burden.is_status is status
    assert burden.longest_s == pytest.approx(each_s, abs=0.01)


def test_retracted_and_overlapping_alarms_count_once_or_never():
    alarms = [alarm(0, 100), alarm(50, 120, RAISED), alarm(0, 3600, RETRACTED)]
    assert judge(alarms, 3600).share == pytest.approx(120 / 3600)


def test_shares_of_any_span():
    alarms = [alarm(10, 20), alarm(100, 200, RAISED)]
    assert seizure_share(alarms, 0, 100 * SFREQ) == pytest.approx(0.1)
    assert seizure_share(alarms, 15 * SFREQ, 115 * SFREQ) == pytest.approx(0.2)
    assert seizure_share(alarms, 300 * SFREQ, 400 * SFREQ) == 0.0
