"""Indices from time stamps: synthetic streams of which is known what is missing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.sources.sample_clock import SampleClock

SFREQ = 256.0


def stream(
    seconds,
    sfreq=SFREQ,
    *,
    ppm=0.0,
    jitter_s=0.0,
    chunk_jitter_s=0.0,
    drop=0.0,
    n_chunk=32,
    burst_s=0.0,
    late_burst_s=0.0,
    seed=0,
):
    """Sample numbers that arrive, and their stamps."""
    rng = np.random.default_rng(seed)
    number = np.arange(round(seconds * sfreq))
    stamps = 5000.0 + number / (sfreq * (1 + ppm * 1e-6))
    chunk = number // n_chunk
    stamps += rng.uniform(0, jitter_s, len(number)) if jitter_s else 0
    stamps += rng.uniform(0, chunk_jitter_s, chunk[-1] + 1)[chunk] if chunk_jitter_s else 0
    if burst_s:  # all samples of a burst are stamped when it is sent
        n_burst = round(burst_s * sfreq)
        last = np.minimum((number // n_burst + 1) * n_burst, len(number)) - 1
        stamps = stamps[last] + number % n_burst * 1e-5
    if late_burst_s:  # the middle was held up, and stamped when it was sent at last
        held = (stamps > 5000 + seconds / 2) & (stamps < 5000 + seconds / 2 + late_burst_s)
        stamps[held] = stamps[held][-1] + np.arange(held.sum()) * 1e-5
    arrives = np.ones(len(number), dtype=bool)
    if drop:
        arrives = (rng.random(chunk[-1] + 1) >= drop)[chunk]
    return number[arrives], stamps[arrives]


def run(stamps, sfreq=SFREQ, cuts=None):
    """Indices that the clock gives, and the clock."""
    clock = SampleClock(sfreq)
    pieces = np.split(stamps, cuts) if cuts is not None else np.split(stamps, [len(stamps)])
    runs = [run for piece in pieces for run in clock.push(piece)] + clock.flush()
    return np.concatenate([np.arange(r.start_sample, sum(r)) for r in runs]), clock


def errors(number, indices):
    return (indices - indices[0]) - (number - number[0])


@pytest.mark.parametrize("sfreq", [100.0, 256.0, 512.0, 1000.0, 2048.0, 16384.0])
@pytest.mark.parametrize("ppm", [0.0, 200.0, -200.0])
def test_drift_is_no_gap_and_gaps_are_counted_to_the_sample(sfreq, ppm):
    seconds = 60 if sfreq > 2000 else 300
    number, stamps = stream(seconds, sfreq, ppm=ppm, drop=0.01, n_chunk=int(sfreq // 8))
    indices, clock = run(stamps, sfreq)
    assert np.abs(errors(number, indices)).max() <= (0 if sfreq < 4000 else 2e-4 * sfreq)
    assert clock.lost_samples == pytest.approx(number[-1] - number[0] + 1 - len(number), abs=3)
    assert clock.lost_samples > 0
    assert clock.drift_ppm == pytest.approx(ppm, abs=0.5)


@pytest.mark.parametrize("ppm", [200.0, -200.0])
def test_an_hour_of_drift(ppm):
    number, stamps = stream(3600, ppm=ppm)
    indices, clock = run(stamps)
    assert np.array_equal(indices, number)
    assert clock.lost_samples == 0
    assert clock.drift_ppm == pytest.approx(ppm, abs=0.01)


@pytest.mark.parametrize("sfreq", [256.0, 2048.0])
@pytest.mark.parametrize(
    "noise", [{"jitter_s": 0.02}, {"jitter_s": 0.05}, {"burst_s": 2.0}, {"late_burst_s": 5.0}]
)
def test_late_stamps_are_no_gap(sfreq, noise):
    number, stamps = stream(300, sfreq, ppm=100, **noise)
    indices, clock = run(stamps, sfreq)
    assert np.array_equal(indices, number)
    assert clock.lost_samples == 0
    assert clock.drift_ppm == pytest.approx(100, abs=60)


def test_a_lost_burst_is_counted_to_the_sample():
    number, stamps = stream(300, burst_s=2.0, drop=0.05, n_chunk=512)
    indices, clock = run(stamps)
    assert not errors(number, indices).any()
    assert clock.lost_samples > 0


@pytest.mark.parametrize("first", [1, 3, 8, 20])
@pytest.mark.parametrize("jitter_s", [0.0, 0.008])
def test_a_chunk_lost_in_the_first_second_is_noticed(first, jitter_s):
    """A chunk of 31 ms, although nothing is known about the stamps yet."""
    number, stamps = stream(20, chunk_jitter_s=jitter_s, n_chunk=8)
    keep = number // 8 != first
    indices, clock = run(stamps[keep])
    assert clock.lost_samples == pytest.approx(8, abs=0 if jitter_s == 0 else 2)
    assert np.abs(errors(number[keep], indices)).max() <= (0 if jitter_s == 0 else 2)


@pytest.mark.parametrize("n_chunk", [8, 32])
@pytest.mark.parametrize("chunk_jitter_s", [0.01, 0.02, 0.05])
def test_late_chunks_are_no_gap(n_chunk, chunk_jitter_s):
    number, stamps = stream(600, chunk_jitter_s=chunk_jitter_s, n_chunk=n_chunk)
    indices, clock = run(stamps)
    assert np.array_equal(indices, number)
    assert clock.lost_samples == 0


@pytest.mark.parametrize(("n_chunk", "chunk_jitter_s"), [(8, 0.003), (8, 0.01), (32, 0.01)])
def test_lost_chunks_among_late_ones_are_counted_within_a_twentieth(n_chunk, chunk_jitter_s):
    number, stamps = stream(600, chunk_jitter_s=chunk_jitter_s, n_chunk=n_chunk, drop=0.01)
    indices, clock = run(stamps)
    lost = number[-1] - number[0] + 1 - len(number)
    assert clock.lost_samples == pytest.approx(lost, rel=0.05)
    assert np.abs(errors(number, indices)).max() <= 0.05 * lost


def test_jitter_makes_a_gap_uncertain_by_no_more_than_the_jitter():
    number, stamps = stream(600, jitter_s=0.01, drop=0.01)
    indices, _ = run(stamps)
    assert np.abs(errors(number, indices)).max() <= 3


def test_a_long_gap_of_a_clock_that_drifts():
    number, stamps = stream(400, ppm=-150)
    keep = (number < 100 * 256) | (number >= 340 * 256)
    indices, clock = run(stamps[keep])
    assert np.abs(errors(number[keep], indices)).max() <= 2  # 240 s at 1 ppm are a sixteenth
    assert clock.lost_samples == pytest.approx(240 * 256, abs=2)


def test_the_end_is_not_held_back():
    number, stamps = stream(10)
    clock = SampleClock(SFREQ)
    runs = clock.push(stamps)
    assert runs == [(0, len(number))]
    assert clock.flush() == []


def test_samples_behind_a_gap_wait_a_quarter_of_a_second():
    number, stamps = stream(10)
    stamps = stamps[(number < 1280) | (number >= 1400)]
    clock = SampleClock(SFREQ)
    assert clock.push(stamps[: 1280 + 63]) == [(0, 1280)]
    assert clock.push(stamps[1280 + 63 : 1280 + 66]) == [(1400, 66)]


def test_resume_counts_what_was_missed_and_takes_any_clock():
    _, stamps = stream(20)
    clock = SampleClock(SFREQ)
    clock.push(stamps)
    clock.resume(700)
    assert clock.push(stamps - 4000) == [(20 * 256 + 700, 20 * 256)]
    assert clock.lost_samples == 700


def test_a_time_is_turned_into_a_sample_and_back():
    _, stamps = stream(100, ppm=200)
    clock = SampleClock(SFREQ)
    assert clock.sample_at(5050.0) is None
    clock.push(stamps)
    for sample in (0, 12_800, 25_599, 40_000):
        stamp = clock.stamp_of(sample)
        assert stamp == pytest.approx(5000 + sample / (256 * 1.0002), abs=0.001)
        assert clock.sample_at(stamp) == sample


@settings(max_examples=20, deadline=None)
@given(
    st.floats(-200, 200),
    st.sampled_from([0.0, 0.003, 0.02]),
    st.sampled_from([0.0, 0.01, 0.05]),
    st.sampled_from([0.0, 2.0]),
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 2800), max_size=12).map(sorted),
)
def test_any_cut_gives_the_same_indices(ppm, jitter_s, drop, burst_s, seed, cuts):
    _, stamps = stream(12, ppm=ppm, jitter_s=jitter_s, drop=drop, burst_s=burst_s, seed=seed)
    whole, clock = run(stamps)
    cut, other = run(stamps, cuts=np.array(cuts))
    singles, third = run(stamps, cuts=np.arange(1, len(stamps)))
    assert np.array_equal(whole, cut)
    assert np.array_equal(whole, singles)
    assert clock.lost_samples == other.lost_samples == third.lost_samples
    assert len(whole) == len(stamps)
    assert (np.diff(whole) >= 1).all()


@settings(max_examples=20, deadline=None)
@given(
    st.floats(-200, 200),
    st.lists(st.tuples(st.integers(600, 7000), st.integers(1, 2000)), min_size=1, max_size=4),
    st.integers(1, 500),
)
def test_any_gaps_in_regular_stamps_are_exact(ppm, holes, n_push):
    number, stamps = stream(40, ppm=ppm)
    keep = np.ones(len(number), dtype=bool)
    for start, length in holes:
        keep[start : start + length] = False
    keep[:600] = keep[-100:] = True
    cuts = np.arange(n_push, keep.sum(), n_push)
    indices, _ = run(stamps[keep], cuts=cuts)
    # Each hole is counted by the rate known then: a sample or so, for long ones in the beginning.
    assert np.abs(errors(number[keep], indices)).max() <= len(holes)
