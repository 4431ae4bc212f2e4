"""Hysteresis, opening, closing and minimum duration: the specification's loop and SciPy."""

import numpy as np
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
    """Runs and gaps of the mask with just the drawn lengths."""
    lengths = draw(st.lists(st.sampled_from(LENGTHS), min_size=1, max_size=14))
    on = draw(st.booleans())
    pieces = []
    for n in lengths:
        # the sample that falls below tau_off is the run's last
        pieces.append(np.append(np.full(max(n, 2) - 1, 0.9), 0.1) if on else np.full(n, 0.1))
        on = not on
    return np.concatenate(pieces).astype(np.float32)


def specification_hysteresis(probabilities, tau_on=0.86, tau_off=0.78):
    """The loop of the specification's section 3.2, word for word."""
    mask = np.zeros(len(probabilities), dtype=bool)
    in_event = False
    for t, prob in enumerate(probabilities):
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
@given(streams(), st.sampled_from([(1, 1), (2, 2), (10, 30), (31, 11), (12, 12), (1, 31), (11, 1)]))
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
