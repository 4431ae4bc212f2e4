"""What a look inside comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.interpret.ensembles import Ensembles, Stability
from core.interpret.estimate import ByPatient
from core.interpret.segments import Texts
from core.interpret.separation import Separation
from core.interpret.silencing import Outcome
from core.types import BoolArray, FloatArray

__all__ = ["INPUT", "Embedding", "LayerResult", "NetworkResult", "Population", "UnitGroup"]

INPUT = "input"
"""Name of what goes into the first layer, among the layers."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Population:
    """How sparse and how redundant a layer is, by patient.

    Attributes
    ----------
    active
        Share of units above 0, mean over samples.
    sparseness
        Population sparseness of Treves and Rolls, mean over samples.
    lifetime
        Lifetime sparseness, mean over units.
    dimension
        Effective dimension as a share of the number of units.
    correlation
        Mean magnitude of the correlation between two units.
    """

    active: ByPatient
    sparseness: ByPatient
    lifetime: ByPatient
    dimension: ByPatient
    correlation: ByPatient


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """A layer's PCA-UMAP.

    Attributes
    ----------
    points : (n, 2) float64
        One a segment.
    ictal, held_out : (n,) bool
        What it is, and whether its patient was held out of the training.
    """

    points: Floats
    ictal: BoolArray
    held_out: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class UnitGroup:
    """The ensembles that one fold found in a layer, and how they were active together.

    Attributes
    ----------
    fold
        Which one; the patients of the others were looked at.
    ensembles, stability
        What was found.
    together : (n_units, n_units) float64
        Co-activation over seizure segments.
    """

    fold: int
    ensembles: Ensembles
    stability: Stability
    together: Floats


@dataclass(frozen=True, slots=True, eq=False)
class LayerResult:
    """Everything about one layer.

    Attributes
    ----------
    name, n_units
        The layer.
    separation, population
        Of held-out patients.
    untrained_separation, untrained_population
        Of the same network with its random weights; None where there is none to compare with.
    groups
        One a fold; empty for the input.
    embedding
        Of the last fold.
    next_cka
        Alignment with the next layer, by patient; empty for the last one.
    untrained_next_cka
        The same for random weights.
    """

    name: str
    n_units: int
    separation: Separation
    population: Population
    untrained_separation: Separation | None
    untrained_population: Population | None
    groups: tuple[UnitGroup, ...]
    embedding: Embedding
    next_cka: ByPatient
    untrained_next_cka: ByPatient


@dataclass(frozen=True, slots=True, eq=False)
class NetworkResult:
    """Everything about one network.

    Attributes
    ----------
    name
        Kind of input of a shallow CNN, or the detector's preset.
    layers
        In the order in which the signal passes them; the first is the input.
    cka : (n_layers, n_layers) float64
        Mean over patients.
    performance
        AUROC, sensitivity and specificity of each held-out patient; empty where not measured.
    outcomes
        Of silencing; empty where nothing was silenced.
    examples
        A background and a seizure segment as the first layer sees them, for the picture.
    note
        How far the patients were unknown to the network.
    """

    name: str
    layers: tuple[LayerResult, ...]
    cka: Floats
    performance: Mapping[str, tuple[float, float, float]]
    outcomes: tuple[Outcome, ...]
    examples: tuple[FloatArray, ...] = ()
    note: str = ""
    patients: Texts = field(default_factory=lambda: np.array([], dtype=np.str_))

    def layer(self, name: str) -> LayerResult:
        """Return a layer by its name."""
        return next(layer for layer in self.layers if layer.name == name)

    @property
    def inner(self) -> tuple[LayerResult, ...]:
        """All layers but the input."""
        return self.layers[1:]
