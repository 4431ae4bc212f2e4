"""Sparseness, redundancy, likeness: values that are known beforehand."""

import numpy as np
import pytest

from core.interpret.population import (
    cka,
    effective_dimension,
    lifetime_sparseness,
    mean_correlation,
)

RNG = np.random.default_rng(0)


def test_lifetime_sparseness():
    units = np.zeros((50, 3))
    units[:, 0] = 2.0
    units[7, 1] = 5.0
    found = lifetime_sparseness(units)
    assert found[0] == pytest.approx(0)
    assert found[1] == pytest.approx(1)
    assert np.isnan(found[2])


def test_effective_dimension_counts_independent_sources():
    sources = RNG.standard_normal((4000, 5))
    copies = np.repeat(sources, 4, axis=1)
    assert effective_dimension(copies) == pytest.approx(5, rel=0.02)
    assert effective_dimension(copies[:, :4]) == pytest.approx(1)
    # loudness does not count, nor does a unit that never moves
    loud = np.column_stack([copies * np.arange(1, 21), np.full(4000, 3.0)])
    assert effective_dimension(loud) == pytest.approx(5, rel=0.02)
    assert np.isnan(effective_dimension(np.ones((10, 3))))


def test_mean_correlation():
    source = RNG.standard_normal(3000)
    assert mean_correlation(np.column_stack([source, -2 * source])) == pytest.approx(1)
    assert mean_correlation(RNG.standard_normal((3000, 6))) < 0.05
    assert np.isnan(mean_correlation(source[:, None]))


def test_cka_knows_no_rotation_and_no_chance():
    one = RNG.standard_normal((60, 40))
    turn = np.linalg.qr(RNG.standard_normal((40, 40)))[0]
    assert cka(one, one) == pytest.approx(1)
    assert cka(one, 3 * one @ turn + 2) == pytest.approx(1)
    # few segments and many units: the plain estimator would say about 0.6 here
    unrelated = [cka(one, RNG.standard_normal((60, 40))) for _ in range(30)]
    assert abs(np.mean(unrelated)) < 0.02
    half = np.column_stack([one[:, :20], RNG.standard_normal((60, 20))])
    assert 0.3 < cka(one, half) < 0.7
