"""Stamps that cannot be true, and what is missing behind a break."""

import numpy as np
import pytest

from monitor.sources.lsl_break import Break
from monitor.sources.lsl_jumps import ClockJumps

SFREQ = 256


def stamps(start_s, seconds=1.0):
    return start_s + np.arange(round(seconds * SFREQ)) / SFREQ


@pytest.mark.parametrize("jump_s", [1e9, 20.0, -20.0])
def test_a_jump_between_and_within_chunks(jump_s):
    jumps = ClockJumps()
    assert jumps.find(stamps(500), 100.0) == []
    ((position, found_s),) = jumps.find(stamps(501 + jump_s), 101.0)
    assert (position, found_s) == (0, pytest.approx(jump_s, abs=0.01))
    assert jumps.find(stamps(502 + jump_s), 102.0) == []
    both = np.concatenate([stamps(503 + jump_s), stamps(504)])
    ((position, _),) = jumps.find(both, 104.0)
    assert position == SFREQ


def test_missing_samples_are_no_jump():
    jumps = ClockJumps()
    jumps.find(stamps(500), 100.0)
    assert jumps.find(stamps(509), 101.0) == []  # some seconds
    assert jumps.find(stamps(800), 392.0) == []  # as long as it was silent
    jumps.find(stamps(801), 600.0)  # a backlog, with a hole in it
    assert jumps.find(stamps(950), 600.1) == []


def test_faster_than_real_time_is_no_jump():
    jumps = ClockJumps()
    assert not any(jumps.find(stamps(500 + 10 * i, 10), 100.0 + i) for i in range(100))


def test_another_sender_has_another_clock():
    jumps = ClockJumps()
    jumps.find(stamps(500), 100.0)
    jumps.reset()
    assert jumps.find(stamps(5), 101.0) == []


def test_both_clocks_tell_what_is_missing():
    assert Break(1000.0, 50.0).count_missing(1003.0, 53.1, 8, SFREQ) == 3 * SFREQ
    assert Break(1000.0, 50.0).count_missing(1000.0, 50.0, 8, SFREQ) == 1


@pytest.mark.parametrize("taken_s", [5.0, 1e9])
def test_where_the_clock_is_another_one_ours_tells(taken_s):
    assert Break(1000.0, 50.0).count_missing(taken_s, 53.0, 8, SFREQ) == 3 * SFREQ - 8
    assert Break(None, 50.0).count_missing(1003.0, 50.01, 8, SFREQ) == 0
