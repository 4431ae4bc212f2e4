from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from core.config import Config
from core.events import EventTracker, Hysteresis

CONFIG = Config()
fewer = settings(deadline=None, database=None, derandomize=True, max_examples=60)

# Lengths on both sides of opening (11), closing (31) and minimum duration (768).
LENGTHS = [1, 2, 9, 10, 11, 12, 13, 29, 30, 31, 32, 33, 700, 766, 767, 768, 769, 800]
LEVELS = [0.0, 0.5, 0.7799, 0.78, 0.82, 0.8599, 0.86, 0.95, 1.0]


@st.composite
def streams(draw):
    plateaus = draw(
        st.lists(
            st.tuples(st.sampled_from(LENGTHS), st.sampled_from(LEVELS)), min_size=1, max_size=14
        )
    )
    return np.concatenate([np.full(n, level, dtype=np.float32) for n, level in plateaus])


@st.composite
def on_off_streams(draw):
    """Alternating runs, so that gaps and runs have just the drawn lengths."""
    lengths = draw(st.lists(st.sampled_from(LENGTHS), min_size=1, max_size=14))
    begins_on = draw(st.booleans())
    mask = np.concatenate([np.full(n, (i % 2 == 0) == begins_on) for i, n in enumerate(lengths)])
    # the sample that falls below tau_off still counts as on, hence the shift by one
    held = mask.copy()
    held[:-1] &= mask[1:]
    return np.where(mask, np.where(held | (np.arange(mask.size) == mask.size - 1), 0.9, 0.9), 0.1)[
        :
    ].astype(np.float32)


def specification_hysteresis(probabilities, tau_on=0.86, tau_off=0.78):
    """The loop of the specification's section 3.2, word for word."""
    mask = np.zeros(len(probabilities), dtype=bool)
    in_event = False
    for t, prob in enumerate(probabilities.astype(np.float64)):
        if not in_event and prob >= tau_on:
            in_event = True
        if in_event:
            mask[t] = True
            if prob < tau_off:
                in_event = False
    return mask


def morphology(mask, opening=11, closing=31):
    """Opening, then closing, by SciPy; the border is kept out of it by padding."""
    pad = closing + opening
    padded = np.pad(mask, pad)
    padded = ndimage.binary_opening(padded, np.ones(opening))
    padded = ndimage.binary_closing(padded, np.ones(closing))
    return padded[pad:-pad]


def runs(mask):
    edges = np.flatnonzero(np.diff(np.pad(mask.astype(int), 1)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def offline_events(probabilities, config=CONFIG):
    events = config.events
    mask = specification_hysteresis(probabilities, events.tau_on, events.tau_off)
    mask = morphology(mask, events.opening_samples, events.closing_samples)
    return [(a, b) for a, b in runs(mask) if b - a >= config.min_duration_samples]


def track(probabilities, pieces=None, config=CONFIG):
    tracker = EventTracker(config)
    out = []
    for piece in [probabilities] if pieces is None else pieces:
        out += tracker.push(piece)
    return [*out, *tracker.flush()]


def spans(events):
    return [(event.onset_sample, event.offset_sample) for event in events]


@fewer
@given(streams())
def test_hysteresis_is_the_loop_of_the_specification(probabilities):
    (mask,) = Hysteresis(0.86, 0.78).push(probabilities)
    np.testing.assert_array_equal(mask, specification_hysteresis(probabilities))


def test_hysteresis_keeps_the_sample_that_falls_below():
    probabilities = np.array([0.85, 0.86, 0.78, 0.779, 0.85, 0.86, 0.1], dtype=np.float32)
    # float32(0.86) is just above 0.86; float32(0.78) just below 0.78 would not be
    (mask,) = Hysteresis(0.86, 0.78).push(probabilities.astype(np.float64))
    assert mask.tolist() == [False, True, True, True, False, True, True]


@fewer
@given(st.one_of(streams(), on_off_streams()))
def test_events_equal_scipy_morphology(probabilities):
    assert spans(track(probabilities)) == offline_events(probabilities)


@fewer
@given(st.one_of(streams(), on_off_streams()))
def test_runs_equal_scipy_morphology_without_minimum_duration(probabilities):
    config = Config.model_validate({"events": {"min_duration_s": 0.0}})
    assert spans(track(probabilities, config=config)) == offline_events(probabilities, config)


@fewer
@given(
    streams(), st.sampled_from([(1, 1), (2, 2), (10, 30), (31, 11), (12, 12), (1, 31), (11, 1)])
)
def test_other_kernels_equal_scipy_too(probabilities, kernels):
    opening, closing = kernels
    config = Config.model_validate(
        {
            "events": {
                "opening_samples": opening,
                "closing_samples": closing,
                "min_duration_s": 0.125,
            }
        }
    )
    assert spans(track(probabilities, config=config)) == offline_events(probabilities, config)


@fewer
@given(st.one_of(streams(), on_off_streams()), st.data())
def test_streaming_equals_offline(probabilities, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, probabilities.size), max_size=10)))
    expected = track(probabilities)
    assert track(probabilities, np.split(probabilities, cuts)) == expected
    # one sample at a time around the first edge
    assert track(probabilities[:1700], np.split(probabilities[:1700], range(1, 1700))) == track(
        probabilities[:1700]
    )


@fewer
@given(st.one_of(streams(), on_off_streams()), st.data())
def test_run_on_leaves_the_tracker_as_it_was(probabilities, data):
    at = data.draw(st.integers(0, probabilities.size))
    head, tail = probabilities[:at], probabilities[at:]
    tracker = EventTracker(CONFIG)
    done = tracker.push(head)
    settled = tracker.settled_sample
    ahead = tracker.run_on(tail)
    tracker.run_on(np.full(2000, 0.99, dtype=np.float32))
    assert tracker.settled_sample == settled
    rest = [*tracker.push(tail), *tracker.flush()]
    assert ahead == rest
    assert spans([*done, *rest]) == offline_events(probabilities)


@fewer
@given(st.one_of(streams(), on_off_streams()), st.integers(1, 97))
def test_no_later_event_begins_before_the_settled_sample(probabilities, size):
    tracker = EventTracker(CONFIG)
    bounds, closed = [0], [0]
    events = []
    for start in range(0, probabilities.size, size):
        events += tracker.push(probabilities[start : start + size])
        bounds.append(tracker.settled_sample)
        closed.append(len(events))
        assert tracker.settled_sample <= min(start + size, probabilities.size)
    events += tracker.flush()
    assert bounds == sorted(bounds)
    for settled, n_closed in zip(bounds, closed, strict=True):
        assert all(event.onset_sample >= settled for event in events[n_closed:])


@fewer
@given(st.one_of(streams(), on_off_streams()), st.randoms(use_true_random=False))
def test_peak_is_the_highest_probability_inside(probabilities, random):
    noise = np.random.default_rng(random.randrange(2**31)).uniform(0, 0.02, probabilities.size)
    noisy = np.clip(probabilities + noise, 0, 1).astype(np.float32)
    for event in track(noisy, np.array_split(noisy, 5)):
        assert event.peak == noisy[event.onset_sample : event.offset_sample].max()


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
    probabilities = _with_gap(gap, blip)
    assert spans(track(probabilities)) == expected == offline_events(probabilities)


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
