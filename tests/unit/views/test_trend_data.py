import numpy as np
import pytest

from core.trends import TrendRecorder
from monitor.alarm import Alarm, AlarmState
from monitor.views.event_marks import PRIORITY
from monitor.views.trend_data import AlarmTimes, TrendSpan, averages, borders, highest

NAN = np.nan


def alarm(onset_s, offset_s, state=AlarmState.ENDED):
    return Alarm(1, onset_s * 256, offset_s * 256, 0.9, state, 0)


def test_a_session_fills_the_span_from_the_left_then_it_moves():
    trends = TrendRecorder()
    young = TrendSpan.newest(0.5, 600 * 256, trends)
    assert (young.first_bin, young.n_bins) == (0, 450)
    old = TrendSpan.newest(0.5, 7200 * 256, trends)
    assert (old.first_bin, old.stop_bin) == (1350, 1800)


@pytest.mark.parametrize("n_columns", [100, 450, 1300])
def test_columns_cover_the_span_without_holes(n_columns):
    edges = TrendSpan(450, 1000).edges(n_columns)
    assert (edges[0], edges[-1]) == (550, 1000)
    assert (np.diff(edges) >= 0).all()


def test_columns_of_bins_combine_what_is_known():
    bins = np.array([[1, 4], [NAN, NAN], [3, 9], [NAN, NAN]], np.float32)
    begins = np.array([0, 2, 3])
    np.testing.assert_array_equal(averages(bins, begins)[:, 0], [1, 3, NAN])
    np.testing.assert_array_equal(highest(bins, begins)[:, 1], [4, 9, NAN])
    np.testing.assert_array_equal(borders(bins, np.array([0, 3])), [[1, 9], [NAN, NAN]])


def test_a_short_alarm_is_seen_in_its_column_and_the_gravest_wins():
    alarms = AlarmTimes(
        (
            alarm(101, 102),
            alarm(250, 460, AlarmState.RETRACTED),
            alarm(350, 410, AlarmState.CONFIRMED),
            alarm(5000, 5010),
        )
    )
    states = alarms.states(np.arange(0, 1001, 100.0))
    ended, retracted = PRIORITY.index(AlarmState.ENDED), PRIORITY.index(AlarmState.RETRACTED)
    confirmed = PRIORITY.index(AlarmState.CONFIRMED)
    assert states.tolist() == [-1, ended, retracted, confirmed, confirmed, -1, -1, -1, -1, -1]


def test_an_alarm_that_began_before_the_span_is_seen_from_its_edge():
    states = AlarmTimes((alarm(0, 250),)).states(np.array([200.0, 300.0, 400.0]))
    assert states.tolist() == [PRIORITY.index(AlarmState.ENDED), -1]


def test_retracted_alarms_are_no_burden():
    alarms = AlarmTimes((alarm(0, 60), alarm(100, 160, AlarmState.RETRACTED)))
    assert alarms.seizures.share(np.array([300.0]), 300.0)[0] == pytest.approx(0.2)
    assert AlarmTimes().seizures.share(np.array([300.0]), 300.0)[0] == 0
