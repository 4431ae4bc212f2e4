import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.seizure_time import SeizureTime
from monitor.alarm import Alarm, AlarmState
from monitor.burden import seizure_share


def times(*intervals):
    onsets, offsets = zip(*intervals, strict=True) if intervals else ((), ())
    return SeizureTime(np.array(onsets, float), np.array(offsets, float))


def test_the_total_rises_during_seizures_only():
    total = times((10, 20), (40, 45)).until(np.array([-5.0, 0, 10, 15, 20, 30, 42, 45, 100]))
    np.testing.assert_allclose(total, [0, 0, 0, 5, 10, 10, 12, 15, 15])


def test_what_overlaps_counts_once_in_any_order():
    total = times((40, 60), (10, 20), (15, 30), (45, 50), (0, 2)).until(np.array([1000.0]))
    assert total[0] == 2 + 20 + 20


def test_share_of_a_window_with_nothing_before_the_session():
    seizures = times((0, 30))
    np.testing.assert_allclose(
        seizures.share(np.array([30.0, 300, 330, 345]), 300), [0.1, 0.1, 0, 0]
    )
    assert times().share(np.array([500.0]), 300)[0] == 0


intervals = st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 300)), max_size=20)


@given(intervals, st.integers(1, 5000))
def test_it_agrees_with_the_share_that_alarms_go_by(pieces, stop_s):
    alarms = [
        Alarm(i, onset * 256, (onset + length) * 256, 0.9, AlarmState.ENDED, 0)
        for i, (onset, length) in enumerate(pieces)
    ]
    seizures = times(*((onset, onset + length) for onset, length in pieces))
    expected = seizure_share(alarms, (stop_s - 3600) * 256, stop_s * 256)
    assert seizures.share(np.array([float(stop_s)]), 3600.0)[0] == pytest.approx(expected)
