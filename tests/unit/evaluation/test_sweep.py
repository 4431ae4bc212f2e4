"""Counts over all thresholds: the bedside's events, scored as by ``vigil score``."""

import numpy as np
import pytest

from core.config import Config
from core.evaluation import Annotations, Span, pool, score_pair
from core.evaluation.curves import OperatingPoint
from core.evaluation.sweep import (
    best_sensitivities,
    count_recording,
    events_at,
    operating_point,
    thresholds,
)
from core.types import FloatArray

CONFIG = Config()


def probabilities(seed: int, seconds: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    slow = np.repeat(rng.random(seconds // 5), 5 * 256)
    return np.clip(slow + rng.normal(0, 0.01, len(slow)), 0, 1).astype(np.float32)


def test_thresholds_rise_keep_their_distance_and_hold_the_locked_pair() -> None:
    pairs = thresholds(CONFIG)
    assert (0.86, 0.78) in pairs
    assert len(pairs) == len(set(pairs)) > 100
    assert list(pairs) == sorted(pairs)
    assert all(on - off == pytest.approx(0.08, abs=1e-6) and off > 0 for on, off in pairs)
    assert pairs[-1][0] > 0.999


def test_events_end_at_gaps_and_keep_their_clock() -> None:
    high = np.ones(256 * 10, np.float32)
    events = events_at([(0, high), (5000, high)], CONFIG, 0.86, 0.78)
    assert [(e.onset_sample, e.offset_sample) for e in events] == [(0, 2560), (5000, 7560)]


def test_counts_equal_scoring_of_the_events() -> None:
    references = [
        Annotations(300.0, (Span(20.0, 50.0), Span(200.0, 230.0)), "a"),
        Annotations(200.0, (), "b"),
    ]
    streams = [[(0, probabilities(1, 300))], [(0, probabilities(2, 200))]]
    pairs = thresholds(CONFIG)
    counted = [
        count_recording(stream, ref, CONFIG, pairs)
        for stream, ref in zip(streams, references, strict=True)
    ]
    for row in range(0, len(pairs), 17):
        files = []
        for stream, ref in zip(streams, references, strict=True):
            events = events_at(stream, CONFIG, *pairs[row])
            spans = tuple(Span(e.onset_s, e.offset_s) for e in events)
            files.append(score_pair(ref, Annotations(ref.duration_s, spans)))
        scores = pool(files)
        for k, scorer in enumerate(("taes", "ovlp", "szcore")):
            point = operating_point(
                scorer,
                pairs[row][0],
                np.stack([counts[row, k] for counts, _ in counted]),
                [seconds[k] for _, seconds in counted],
            )
            if scorer == "szcore":
                event = scores.event
                expected = (event.sensitivity, event.precision, event.f1, event.fp_per_24h)
            else:
                rates = scores.rates[scorer.upper()]["seiz"]
                expected = (rates.sensitivity, rates.precision, rates.f1, rates.fa_per_24h)
            assert (
                point.sensitivity,
                point.precision,
                point.f1,
                point.fa_per_24h,
            ) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_event_in_the_last_record_is_cut_at_the_annotated_length() -> None:
    high = np.ones(256 * 11, np.float32)
    counts, seconds = count_recording(
        [(0, high)], Annotations(10.0, (Span(0.0, 10.0),)), CONFIG, [(0.86, 0.78)]
    )
    assert counts[0].tolist() == [[1, 0, 0]] * 3
    assert seconds == (10.0, 10.0, 10.0)


def test_best_sensitivity_takes_every_point_and_does_not_interpolate() -> None:
    points = [
        OperatingPoint(tau, sensitivity, 0.5, 0.5, rate)
        for tau, sensitivity, rate in (
            (0.1, 0.9, 12.0),
            (0.2, 0.8, 5.0),
            (0.3, 0.5, 7.0),
            (0.4, 0.6, 2.0),
            (0.5, np.nan, 0.0),
        )
    ]
    assert best_sensitivities(points) == {10.0: 0.8, 5.0: 0.8, 2.5: 0.6, 1.0: 0.0}
