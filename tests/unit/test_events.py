from datetime import UTC, datetime

import numpy as np
import pytest

from core.config import Config
from core.events import EventTracker, Hysteresis

CONFIG = Config()


def track(probabilities):
    tracker = EventTracker(CONFIG)
    return [*tracker.push(probabilities), *tracker.flush()]


def spans(events):
    return [(event.onset_sample, event.offset_sample) for event in events]


def test_hysteresis_keeps_the_sample_that_falls_below():
    (mask,) = Hysteresis(0.86, 0.78).push(np.array([0.85, 0.86, 0.78, 0.779, 0.85, 0.86, 0.1]))
    assert mask.tolist() == [False, True, True, True, False, True, True]


def test_edges_of_the_recording_are_not_eroded():
    assert spans(track(np.full(768, 0.9, dtype=np.float32))) == [(0, 768)]
    assert spans(track(np.full(767, 0.9, dtype=np.float32))) == []
    tail = np.concatenate([np.zeros(500), np.full(768, 0.9)]).astype(np.float32)
    assert spans(track(tail)) == [(500, 1268)]


def _with_gap(gap, blip=0):
    """Two runs of 600 samples on the mask, ``gap`` apart (with a run of ``blip`` in the middle)."""
    on = np.concatenate([np.full(599, 0.9), [0.1]])  # the falling sample belongs to the run
    inner = np.zeros(gap)
    if blip:
        middle = (gap - blip) // 2
        inner[middle : middle + blip - 1] = 0.99
    return np.concatenate([on, inner, on]).astype(np.float32)


@pytest.mark.parametrize(
    ("gap", "blip", "expected"),
    [
        (30, 0, [(0, 1230)]),
        (31, 0, []),
        (31, 10, []),  # opening removes the blip before closing sees it
        (31, 11, [(0, 1231)]),
        (30, 5, [(0, 1230)]),
    ],
)
def test_gap_at_the_closing_limit(gap, blip, expected):
    assert spans(track(_with_gap(gap, blip))) == expected


def test_peak_counts_a_blip_that_closing_swallowed():
    (event,) = track(_with_gap(30, 5))
    assert event.peak == pytest.approx(0.99)


def test_indices_count_from_where_the_segment_begins():
    start_time = datetime(2024, 5, 1, tzinfo=UTC)
    tracker = EventTracker(CONFIG, start_time)
    tracker.begin_at(10_000)
    assert tracker.settled_sample == 10_000
    tracker.push(np.full(1000, 0.9, dtype=np.float32))
    assert tracker.settled_sample == 10_000
    (event,) = tracker.flush()
    assert (event.onset_sample, event.offset_sample) == (10_000, 11_000)
    assert event.onset_s == 10_000 / 256
    assert event.duration_s == 1000 / 256
    assert event.onset_time == datetime(2024, 5, 1, 0, 0, 39, 62500, tzinfo=UTC)
