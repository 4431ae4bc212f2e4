"""Bootstrap over patients."""

import math

import numpy as np
import pytest

from core.evaluation.intervals import Bootstrap, PatientCounts, bin_edges, bin_scores
from core.evaluation.metrics import Ranking


def patients(n_patients: int, *, same: bool = False) -> PatientCounts:
    rng = np.random.default_rng(3)
    events = rng.integers(0, 5, (n_patients, 4, 3, 3)).astype(float) + 1
    samples = rng.integers(1, 50, (n_patients, 2, 30)).astype(float)
    if same:
        events[:], samples[:] = events[0], samples[0]
    return PatientCounts(events, np.full((n_patients, 3), 7200.0), samples)


def test_equal_patients_give_intervals_of_no_width() -> None:
    found = Bootstrap(patients(5, same=True), locked=2).intervals()
    assert all(high - low < 1e-9 for low, high in ((i.low, i.high) for i in found.values()))
    tp, fn, _ = patients(5, same=True).events[0, 2, 1]
    assert found["locked.ovlp.sensitivity"].low == pytest.approx(tp / (tp + fn))


def test_intervals_are_seeded_and_hold_the_pooled_value() -> None:
    counts = patients(12)
    found = Bootstrap(counts, locked=1).intervals()
    assert found == Bootstrap(counts, locked=1).intervals()
    tp, fn, fp = counts.events[:, 1, 0].sum(axis=0)
    assert found["locked.taes.sensitivity"].low < tp / (tp + fn)
    assert found["locked.taes.sensitivity"].high > tp / (tp + fn)
    rate = fp / (12 * 2) * 24
    assert found["locked.taes.fa_per_24h"].low < rate < found["locked.taes.fa_per_24h"].high
    assert {f"sensitivity_at_fa.szcore.{t}" for t in ("10", "5", "2.5", "1")} <= set(found)


def test_curves_have_one_interval_a_threshold() -> None:
    for sensitivity, rate in Bootstrap(patients(6), locked=0).curves().values():
        assert len(sensitivity) == len(rate) == 4


def test_without_seizures_there_is_no_interval() -> None:
    counts = patients(3)
    counts.events[..., :2] = 0
    counts.samples[:, 1] = 0
    found = Bootstrap(counts, locked=0).intervals()
    assert math.isnan(found["auroc"].low)
    assert math.isnan(found["locked.ovlp.sensitivity"].high)
    assert math.isfinite(found["locked.ovlp.fa_per_24h"].high)


def test_binned_areas_are_close_to_the_exact_ones() -> None:
    rng = np.random.default_rng(0)
    mask = rng.random(40000) < 0.3
    values = (0.5 + 0.001 * rng.normal(mask, 1.0)).astype(np.float32)  # all close together
    ranking = Ranking(lambda: iter([(values, mask)]))
    samples = bin_scores([(values, mask)], bin_edges(ranking.values))
    counts = PatientCounts(np.ones((1, 1, 3, 3)), np.ones((1, 3)), samples[None])
    found = Bootstrap(counts, locked=0).intervals()
    assert samples.sum() == 40000
    assert found["auroc"].low == pytest.approx(ranking.auroc, abs=1e-3)
    assert found["auprc"].low == pytest.approx(ranking.auprc, abs=1e-3)
