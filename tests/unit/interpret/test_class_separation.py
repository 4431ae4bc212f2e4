"""Separation of what is apart, of what is not, and of what only looks so."""

import numpy as np
import pytest

from core.interpret.estimate import estimate
from core.interpret.separation import MEASURES, merge, reduce, separate
from core.interpret.settings import SeparationSettings

SETTINGS = SeparationSettings(permutations=40, components=20)


def data(gap, n_patients=4, n=40, width=30, seed=0):
    rng = np.random.default_rng(seed)
    ictal = np.tile((np.arange(n) // 10) % 2 == 1, n_patients)
    patients = np.repeat([f"p{k}" for k in range(n_patients)], n)
    features = rng.standard_normal((len(ictal), width))
    features[:, :5] += gap * ictal[:, None]
    return features.astype(np.float32), ictal, patients


def run(gap, seed=0, *, baseline=True):
    features, ictal, patients = data(gap, seed=seed)
    known = patients <= "p1"
    return separate(
        (features[known], ictal[known]),
        (features[~known], ictal[~known], patients[~known]),
        SETTINGS,
        seed,
        baseline=baseline,
    )


def test_what_is_apart():
    found = run(3.0)
    assert set(found.values["probe"]) == {"p2", "p3"}
    assert min(found.values["probe"].values()) > 0.95
    for measure in MEASURES:
        limit = np.percentile(found.baselines[measure].mean(axis=1), 97.5)
        assert estimate(found.values[measure]).mean > limit, measure


def test_what_is_not_apart():
    probes, purities = [], []
    for seed in range(8):
        found = run(0.0, seed, baseline=False)
        probes += found.values["probe"].values()
        purities += found.values["purity"].values()
    assert np.mean(probes) == pytest.approx(0.5, abs=0.06)
    assert np.mean(purities) == pytest.approx(0.5, abs=0.05)


def test_baselines_may_be_left_out():
    features, ictal, patients = data(3.0)
    known = patients <= "p1"
    query = (features[~known], ictal[~known], patients[~known])
    plain = separate((features[known], ictal[known]), query, SETTINGS, 0, baseline=False)
    assert plain.values == run(3.0).values
    assert all(len(each) == 0 for each in plain.baselines.values())


def test_folds_are_merged_by_patient():
    one, other = run(3.0), run(3.0, seed=5)
    renamed = type(other)(
        {m: {f"{p}'": v for p, v in values.items()} for m, values in other.values.items()},
        other.baselines,
    )
    both = merge([one, renamed])
    assert set(both.values["purity"]) == {"p2", "p3", "p2'", "p3'"}
    stacked = np.concatenate([one.baselines["probe"], other.baselines["probe"]], axis=1)
    np.testing.assert_allclose(both.baselines["probe"], stacked.mean(axis=1))


def test_reduction_learns_from_the_reference_alone():
    features, _, _ = data(3.0)
    first, second = reduce(features[:80], features[80:], 20, 0)
    again, _ = reduce(features[:80], features[80:] + 100, 20, 0)
    np.testing.assert_array_equal(first, again)
    assert first.shape == (80, 20)
    assert second.shape == (80, 20)
