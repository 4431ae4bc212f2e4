"""Which units tell seizure from background, corrected for how many were asked."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import false_discovery_control

from core.interpret.estimate import auroc
from core.interpret.segments import Texts, shifted_labels
from core.interpret.settings import EnsembleSettings
from core.types import BoolArray, FloatArray

__all__ = ["Selectivity", "select_units"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Selectivity:
    """Distinction of every unit of a layer, averaged over patients.

    Attributes
    ----------
    auroc, d_prime : (n_units,) float64
        Above 0.5 and above 0: more active in seizures.
    p, q : (n_units,) float64
        Two-sided probability under labels rotated within patients, and after Benjamini and
        Hochberg's correction over the layer.
    sign : (n_units,) int8
        1 seizure unit, -1 background unit, 0 neither.
    """

    auroc: Floats
    d_prime: Floats
    p: Floats
    q: Floats
    sign: npt.NDArray[np.int8]


def select_units(
    units: FloatArray,
    ictal: BoolArray,
    patients: Texts,
    settings: EnsembleSettings,
    seed: int,
    *,
    test: bool = True,
) -> Selectivity:
    """Find the selective units of a layer.

    Both measures are taken within each patient and then averaged: a unit that tells patients apart
    rather than their states gains nothing.

    Parameters
    ----------
    units : (n, n_units)
        Mean activation on each segment.
    ictal, patients
        Of the segments.
    settings
        Number of permutations, limits.
    seed
        Of the permutations.
    test
        Whether to take permutations at all; without, every unit that is strong enough counts, and
        ``p`` and ``q`` are NaN (for resampling, where a thousand permutations each take too long).
    """
    rng = np.random.default_rng([seed, 2])
    draws = shifted_labels(ictal, patients, settings.permutations if test else 0, rng)
    labels = np.concatenate([ictal[None], draws])
    names = np.unique(patients)
    areas = np.zeros((len(labels), units.shape[1]))
    d_prime = np.zeros(units.shape[1])
    for name in names:
        mine = patients == name
        areas += auroc(units[mine], labels[:, mine]) / len(names)
        d_prime += _d_prime(units[mine & ictal], units[mine & ~ictal]) / len(names)
    found = areas[0]
    strong = np.abs(found - 0.5) >= settings.least_auroc - 0.5
    p = q = np.full(len(found), np.nan)
    if test:
        extreme = np.abs(areas[1:] - 0.5) >= np.abs(found - 0.5) - 1e-12
        p = (1 + extreme.sum(axis=0)) / (1 + len(draws))
        q = np.asarray(false_discovery_control(p), np.float64)
        strong &= q <= settings.false_discoveries
    sign = np.where(strong, np.sign(found - 0.5), 0).astype(np.int8)
    return Selectivity(found, d_prime, p, q, sign)


def _d_prime(seizure: FloatArray, background: FloatArray) -> Floats:
    """Difference of the means in pooled standard deviations; 0 for a unit that never moves."""
    gap = seizure.mean(axis=0, dtype=np.float64) - background.mean(axis=0, dtype=np.float64)
    spread = np.sqrt(
        (seizure.var(axis=0, dtype=np.float64) + background.var(axis=0, dtype=np.float64)) / 2
    )
    out = np.zeros(len(gap))
    np.divide(gap, spread, out=out, where=spread > 0)
    return out
