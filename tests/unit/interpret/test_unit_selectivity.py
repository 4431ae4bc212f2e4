"""Selectivity within patients, and that chance is not taken for it."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.interpret.estimate import auroc, difference, estimate
from core.interpret.segments import shifted_labels
from core.interpret.selectivity import select_units
from core.interpret.settings import EnsembleSettings

SETTINGS = EnsembleSettings(permutations=300)


def runs(n_patients=6, n=40, length=10):
    ictal = np.tile((np.arange(n) // length) % 2 == 1, n_patients)
    return ictal, np.repeat([f"p{k}" for k in range(n_patients)], n)


def test_auroc_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 6, (80, 4)).astype(float)  # with ties
    labels = rng.random((3, 80)) > 0.4
    found = auroc(values, labels)
    for row, label in zip(found, labels, strict=True):
        assert row == pytest.approx([roc_auc_score(label, column) for column in values.T])
    assert np.isnan(auroc(values, np.ones((1, 80), bool))).all()


def test_shifted_labels_keep_runs_within_patients():
    ictal, patients = runs()
    draws = shifted_labels(ictal, patients, 50, np.random.default_rng(0))
    for draw in draws:
        for name in np.unique(patients):
            mine = draw[patients == name]
            assert mine.sum() == ictal[patients == name].sum()
            assert np.count_nonzero(np.diff(np.append(mine, mine[0]).astype(int))) == 4


def test_finds_units_that_tell_states_not_patients():
    rng = np.random.default_rng(1)
    ictal, patients = runs()
    units = rng.standard_normal((len(ictal), 5))
    units[:, 0] += 2 * ictal
    units[:, 1] -= 1.5 * ictal
    units[:, 2] += 10 * (patients == "p0")  # who, not what
    found = select_units(units, ictal, patients, SETTINGS, 0)
    assert found.sign.tolist() == [1, -1, 0, 0, 0]
    assert found.d_prime[0] == pytest.approx(2, abs=0.4)
    assert found.auroc[0] > 0.9
    assert (found.q >= found.p).all()


def test_slow_drifts_are_not_taken_for_selectivity():
    """Neighbouring segments resemble each other: a test of single segments would err here."""
    rng = np.random.default_rng(2)
    ictal, patients = runs(n_patients=4)
    wrong = 0
    for _ in range(20):
        steps = rng.standard_normal((len(ictal), 20))
        drifts = np.cumsum(steps, axis=0)
        wrong += bool(select_units(drifts, ictal, patients, SETTINGS, 0).sign.any())
    assert wrong <= 3


def test_estimates_over_patients():
    flat = estimate({"a": 0.5, "b": 0.5, "c": float("nan")})
    assert (flat.mean, flat.low, flat.high, flat.n_patients) == (0.5, 0.5, 0.5, 2)
    spread = estimate({str(k): float(k) for k in range(10)})
    assert spread.low < 4.5 < spread.high
    assert difference({"a": 1.0, "b": 2.0}, {"a": 0.5}).mean == 0.5
    assert estimate({}).text() == "not defined"
    assert flat.text() == "0.50 (0.50 to 0.50)"
