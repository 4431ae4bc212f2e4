"""Ensembles: units that prefer the same class and are active together."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from core.interpret.segments import Texts
from core.interpret.selectivity import Selectivity, select_units
from core.interpret.settings import EnsembleSettings
from core.types import BoolArray, FloatArray

__all__ = ["SIDES", "Ensembles", "Stability", "coactivation", "find_ensembles", "find_stability"]

SIDES = {"seizure": 1, "background": -1}
"""The classes, and the sign of the units that prefer them."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ensembles:
    """The ensembles of one layer.

    Attributes
    ----------
    selectivity
        Of every unit.
    groups
        For each class, its ensembles, the most telling first; each holds units, the most selective
        first. Selective units that go with no other one stand alone, at the end.
    """

    selectivity: Selectivity
    groups: dict[str, tuple[tuple[int, ...], ...]]

    def order(self, side: str) -> list[int]:
        """List all selective units of a class, ensemble by ensemble."""
        return [unit for group in self.groups[side] for unit in group]


@dataclass(frozen=True, slots=True)
class Stability:
    """What is left of the ensembles when other patients are drawn.

    Attributes
    ----------
    overlap
        Mean Jaccard index of the selective units, by class.
    pairs
        Of the pairs of units in one ensemble, the mean share that is in one ensemble again.
    """

    overlap: dict[str, float]
    pairs: dict[str, float]


def coactivation(units: FloatArray, patients: Texts) -> Floats:
    """Correlate units over segments, within patients.

    Parameters
    ----------
    units : (n, n_units)
        On segments of one class: over both, any two selective units would go together.
    patients
        Whose mean is taken off first.

    Returns
    -------
    (n_units, n_units) float64 array
        0 for a unit that never moves.
    """
    centred = np.array(units, np.float64)
    for name in np.unique(patients):
        mine = patients == name
        centred[mine] -= centred[mine].mean(axis=0)
    norms = np.linalg.norm(centred, axis=0)
    scaled = np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 1e-9)
    correlation = scaled.T @ scaled
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation, np.float64)


def find_ensembles(
    units: FloatArray,
    ictal: BoolArray,
    patients: Texts,
    settings: EnsembleSettings,
    seed: int,
    *,
    test: bool = True,
) -> Ensembles:
    """Cluster the selective units of a layer by co-activation.

    Average linkage on 1 - r over the segments of the class that the units prefer, cut where the
    mean correlation falls below ``least_correlation``.

    Parameters
    ----------
    units, ictal, patients, settings, seed, test
        As for :func:`core.interpret.selectivity.select_units`.
    """
    selectivity = select_units(units, ictal, patients, settings, seed, test=test)
    groups = {}
    for side, sign in SIDES.items():
        chosen = np.flatnonzero(selectivity.sign == sign)
        of_class = ictal == (sign > 0)
        labels = _cluster(
            coactivation(units[of_class][:, chosen], patients[of_class]), settings.least_correlation
        )
        strength = np.abs(selectivity.auroc[chosen] - 0.5)
        found = []
        for label in np.unique(labels):
            members = np.flatnonzero(labels == label)
            members = members[np.argsort(-strength[members], kind="stable")]
            found.append((float(strength[members].sum()), tuple(chosen[members].tolist())))
        found.sort(key=lambda pair: (len(pair[1]) == 1, -pair[0]))
        groups[side] = tuple(members for _, members in found)
    return Ensembles(selectivity, groups)


def find_stability(
    ensembles: Ensembles,
    units: FloatArray,
    ictal: BoolArray,
    patients: Texts,
    settings: EnsembleSettings,
    seed: int,
) -> Stability:
    """Look for the ensembles again in patients drawn with replacement.

    Strength decides alone who is selective then: a thousand permutations for each draw would take
    too long.
    """
    rng = np.random.default_rng([seed, 3])
    names = np.unique(patients)
    overlap: dict[str, list[float]] = {side: [] for side in SIDES}
    pairs: dict[str, list[float]] = {side: [] for side in SIDES}
    for _ in range(settings.resamples):
        rows, owners = [], []
        for k, name in enumerate(rng.choice(names, len(names))):
            mine = np.flatnonzero(patients == name)
            rows.append(mine)
            owners += [f"{k}"] * len(mine)
        drawn = np.concatenate(rows)
        again = find_ensembles(
            units[drawn], ictal[drawn], np.array(owners), settings, seed, test=False
        )
        for side in SIDES:
            one, other = set(ensembles.order(side)), set(again.order(side))
            if one | other:
                overlap[side].append(len(one & other) / len(one | other))
            together = _pairs(ensembles.groups[side])
            if together:
                pairs[side].append(len(together & _pairs(again.groups[side])) / len(together))
    return Stability(
        {side: float(np.mean(values)) if values else np.nan for side, values in overlap.items()},
        {side: float(np.mean(values)) if values else np.nan for side, values in pairs.items()},
    )


def _pairs(groups: tuple[tuple[int, ...], ...]) -> set[tuple[int, int]]:
    return {(a, b) for group in groups for a in group for b in group if a < b}


def _cluster(correlation: Floats, least: float) -> npt.NDArray[np.intp]:
    if len(correlation) < 2:
        return np.zeros(len(correlation), np.intp)
    distances = squareform(np.clip(1 - correlation, 0, 2), checks=False)
    tree = linkage(distances, "average")
    return np.asarray(fcluster(tree, 1 - least, "distance"), np.intp)
