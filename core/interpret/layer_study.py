"""One layer after the other: what the recorded activations say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.interpret.ensembles import coactivation, find_ensembles, find_stability
from core.interpret.estimate import ByPatient
from core.interpret.population import (
    cka,
    effective_dimension,
    lifetime_sparseness,
    mean_correlation,
)
from core.interpret.recorder import open_activations
from core.interpret.results import INPUT, Embedding, Population, UnitGroup
from core.interpret.segments import Texts
from core.interpret.separation import Separation, embed, reduce, separate
from core.interpret.settings import InterpretSettings
from core.types import BoolArray

__all__ = ["Recorded", "alignment", "find_group", "lay_out", "measure_population", "next_layers"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """Activations on disk, and whose segments they are.

    Attributes
    ----------
    folder
        Of a :class:`core.interpret.recorder.Recorder`.
    ictal, patients
        Of the segments.
    held_out : (n,) bool
        Whether the network has never met the patient.
    """

    folder: Path
    ictal: BoolArray
    patients: Texts
    held_out: BoolArray

    def separation(
        self, layer: str, settings: InterpretSettings, *, baseline: bool = True
    ) -> Separation:
        """Measure how far apart the classes are for held-out patients."""
        features = open_activations(self.folder, layer).features
        known, new = ~self.held_out, self.held_out
        return separate(
            (features[known], self.ictal[known]),
            (features[new], self.ictal[new], self.patients[new]),
            settings.separation,
            settings.seed,
            baseline=baseline,
        )


def lay_out(recorded: Recorded, layer: str, settings: InterpretSettings) -> Embedding:
    """PCA fitted on the known patients, then UMAP of everybody."""
    features = open_activations(recorded.folder, layer).features
    new = recorded.held_out
    first, second = reduce(
        features[~new], features[new], settings.separation.components, settings.seed
    )
    points = embed(np.concatenate([first, second]), settings.separation, settings.seed)
    ictal = np.concatenate([recorded.ictal[~new], recorded.ictal[new]])
    return Embedding(points, ictal, np.arange(len(points)) >= len(first))


def measure_population(recorded: Recorded, layer: str) -> Population:
    """Sparseness and redundancy of a layer on each held-out patient's segments."""
    activations = open_activations(recorded.folder, layer)
    rows: dict[str, tuple[float, ...]] = {}
    for name, mine in _patients(recorded).items():
        units = np.asarray(activations.units[mine])
        active, sparseness = np.asarray(activations.density[mine], np.float64).mean(axis=0)
        lifetime = lifetime_sparseness(units)
        rows[name] = (
            float(active),
            float(sparseness),
            float(np.nanmean(lifetime)) if np.isfinite(lifetime).any() else np.nan,
            effective_dimension(units) / units.shape[1],
            mean_correlation(units),
        )
    return Population(*({name: row[k] for name, row in rows.items()} for k in range(5)))


def alignment(recorded: Recorded, layers: Sequence[str]) -> dict[str, Floats]:
    """CKA between all pairs of layers, on each held-out patient's segments."""
    units = {layer: open_activations(recorded.folder, layer) for layer in layers}
    found = {}
    for name, mine in _patients(recorded).items():
        table = np.ones((len(layers), len(layers)))
        # The input's units average to nothing; its features are what a layer can see.
        values = [
            np.asarray(units[layer].features[mine] if layer == INPUT else units[layer].units[mine])
            for layer in layers
        ]
        for i in range(len(layers)):
            for j in range(i):
                table[i, j] = table[j, i] = cka(values[i], values[j])
        found[name] = table
    return found


def next_layers(tables: Mapping[str, Floats], k: int) -> ByPatient:
    """Alignment of layer ``k`` with the one behind it; nothing for the last one."""
    return {name: float(t[k, k + 1]) for name, t in tables.items() if k + 1 < len(t)}


def find_group(recorded: Recorded, layer: str, settings: InterpretSettings, fold: int) -> UnitGroup:
    """Find the ensembles of a layer in the patients whom the network knows."""
    known = ~recorded.held_out
    units = np.asarray(open_activations(recorded.folder, layer).units[known])
    ictal, patients = recorded.ictal[known], recorded.patients[known]
    about = (units, ictal, patients, settings.ensembles, settings.seed)
    ensembles = find_ensembles(*about)
    stability = find_stability(ensembles, *about)
    together = coactivation(units[ictal], patients[ictal])
    return UnitGroup(fold, ensembles, stability, together)


def _patients(recorded: Recorded) -> dict[str, npt.NDArray[np.intp]]:
    return {
        str(name): np.flatnonzero((recorded.patients == name) & recorded.held_out)
        for name in np.unique(recorded.patients[recorded.held_out])
    }
