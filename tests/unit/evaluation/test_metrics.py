"""Areas over samples against brute force, and the drawing curves."""

import math
from collections.abc import Callable, Iterable

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from core.evaluation.metrics import Labelled, Ranking, calibration, ictal_mask, labelled
from core.types import BoolArray, FloatArray


def source(*pieces: Labelled) -> Callable[[], Iterable[Labelled]]:
    return lambda: iter(pieces)


def simulated(seed: int, n: int, levels: int) -> tuple[FloatArray, BoolArray]:
    rng = np.random.default_rng(seed)
    mask = rng.random(n) < 0.2
    values = np.clip(rng.normal(0.4 + 0.2 * mask, 0.2), 0, 1)
    return (np.round(values * levels) / levels).astype(np.float32), mask


def average_precision(values: FloatArray, mask: BoolArray) -> float:
    total = before = 0.0
    for threshold in np.unique(values)[::-1]:
        called = values >= threshold
        recall = np.count_nonzero(called & mask) / np.count_nonzero(mask)
        total += (recall - before) * np.count_nonzero(called & mask) / np.count_nonzero(called)
        before = recall
    return total


@pytest.mark.parametrize("levels", [2, 10, 10**6])
@pytest.mark.parametrize("seed", range(3))
def test_areas_equal_brute_force(seed: int, levels: int) -> None:
    values, mask = simulated(seed, 700, levels)
    ranking = Ranking(source((values, mask)))
    u = mannwhitneyu(values[mask], values[~mask]).statistic
    assert ranking.auroc == pytest.approx(u / (mask.sum() * (~mask).sum()), abs=1e-14)
    assert ranking.auprc == pytest.approx(average_precision(values, mask), abs=1e-14)


def test_pieces_and_their_order_do_not_matter() -> None:
    values, mask = simulated(5, 5000, 1000)
    whole = Ranking(source((values, mask)))
    pieces = [(values[k : k + 700], mask[k : k + 700]) for k in range(0, 5000, 700)]
    split = Ranking(source(*pieces[::-1], (values[:0], mask[:0])))
    assert (split.auroc, split.auprc) == (whole.auroc, whole.auprc)


def test_known_answers() -> None:
    values = np.array([0.1, 0.2, 0.8, 0.9], np.float32)
    mask = np.array([False, False, True, True])
    assert Ranking(source((values, mask))).auroc == 1.0
    assert Ranking(source((values, ~mask))).auroc == 0.0
    same = np.full(4, 0.5, np.float32)
    assert Ranking(source((same, mask))).auroc == 0.5
    assert Ranking(source((same, mask))).auprc == 0.5


@pytest.mark.parametrize("kind", [True, False])
def test_one_class_gives_no_area(kind: bool) -> None:
    ranking = Ranking(source((np.array([0.5], np.float32), np.array([kind]))))
    assert not ranking.both
    assert math.isnan(ranking.auroc)
    assert math.isnan(ranking.auprc)


def test_traces_are_on_the_curve_and_thin() -> None:
    values, mask = simulated(1, 30000, 10**7)
    ranking = Ranking(source((values, mask)))
    roc, pr = ranking.roc(), ranking.pr()
    assert len(roc.x) <= 1002
    assert (roc.x[0], roc.y[0], roc.x[-1], roc.y[-1]) == (0, 0, 1, 1)
    assert (np.diff(roc.x) >= 0).all()
    assert (np.diff(roc.y) >= 0).all()
    assert float(np.trapezoid(roc.y, roc.x)) == pytest.approx(ranking.auroc, abs=1e-3)
    assert (np.diff(pr.x) > 0).all()
    assert pr.x[-1] == 1.0
    assert pr.y[-1] == pytest.approx(
        mask.sum() / np.count_nonzero(values >= values[mask].min()), abs=1e-12
    )


def test_ictal_mask_and_labelled_pieces() -> None:
    mask = ictal_mask(100, 10, [(0.0, 102 / 256), (106 / 256, 1e6)], 256.0)
    assert mask.tolist() == [True] * 2 + [False] * 4 + [True] * 4
    assert not ictal_mask(1000, 5, [(0.0, 1.0)], 256.0).any()
    values = np.arange(6, dtype=np.float32)
    ((piece, labels),) = labelled([(4, values)], [(5 / 256, 7 / 256)], 256.0)
    assert (piece == values).all()
    assert labels.tolist() == [False, True, True, False, False, False]


def test_calibration_counts_every_sample() -> None:
    values = np.array([0.0, 0.02, 0.51, 0.52, 1.0], np.float32)
    mask = np.array([False, True, True, False, True])
    result = calibration([(values[:3], mask[:3]), (values[3:], mask[3:])])
    assert result.counts.sum() == 5
    assert result.counts[[0, 10, 19]].tolist() == [2, 2, 1]
    assert result.observed[[0, 10, 19]].tolist() == [0.5, 0.5, 1.0]
    assert result.predicted[10] == pytest.approx(0.515, abs=1e-6)
    assert math.isnan(result.observed[5])
