"""What becomes of the decision when units are silenced."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.interpret.ensembles import SIDES
from core.interpret.estimate import auroc
from core.interpret.segments import SegmentSet
from core.interpret.settings import EnsembleSettings
from core.model.shallow_cnn import ShallowCnn

__all__ = ["ABLATIONS", "INTACT", "Ablation", "Outcome", "outcomes", "outputs_of", "silence"]

Ablation = Literal["zero", "mean"]
ABLATIONS: tuple[Ablation, ...] = ("zero", "mean")
INTACT = "intact"
_BATCH = 128

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Decisions on the segments of one held-out patient.

    Attributes
    ----------
    layer, ablation
        What was silenced, and what stands in its place.
    target
        ``seizure`` or ``background``: the ensembles of that class; ``random for seizure`` and
        ``random for background``: as many units drawn from the layer, averaged over the draws;
        ``intact``.
    share
        How much of the ensembles, the most telling first.
    n_units
        That is so many units.
    patient
        Whose segments.
    sensitivity, specificity
        Share of seizure and of background segments that are called so, at a probability of 0.5.
    p_seizure, p_background
        Mean probability of seizure on the segments of either class.
    auroc
        Whatever the threshold.
    """

    layer: str
    ablation: str
    target: str
    share: float
    n_units: int
    patient: str
    sensitivity: float
    specificity: float
    p_seizure: float
    p_background: float
    auroc: float


def outputs_of(network: ShallowCnn, layer: str, segments: SegmentSet) -> Tensor:
    """Pass segments through the network up to a layer: (n, n_units, n_columns), or (n, n_units)."""
    outputs: list[Tensor] = []
    hook = network.layers()[layer].register_forward_hook(
        lambda _module, _inputs, output: outputs.append(output)
    )
    try:
        with torch.inference_mode():
            for start in range(0, len(segments), _BATCH):
                stop = min(start + _BATCH, len(segments))
                network(torch.from_numpy(segments.data(start, stop)))
    finally:
        hook.remove()
    return torch.cat(outputs)


def silence(outputs: Tensor, units: Sequence[int], values: Tensor | float) -> Tensor:
    """Put constant values in the place of some units' outputs; the argument stays as it is."""
    silenced = outputs.clone()
    chosen = torch.as_tensor(units, dtype=torch.long)
    if isinstance(values, Tensor):
        values = values[chosen].view(1, -1, *[1] * (outputs.dim() - 2))
    silenced[:, chosen] = values
    return silenced


def outcomes(
    network: ShallowCnn,
    layer: str,
    orders: dict[str, list[int]],
    means: Tensor,
    segments: SegmentSet,
    settings: EnsembleSettings,
    seed: int,
    progress: Callable[[float], None] = lambda _: None,
) -> list[Outcome]:
    """Silence the ensembles of a layer, and random sets of the same sizes.

    Parameters
    ----------
    network
        In evaluation mode.
    layer
        Whose units.
    orders
        For each class, its selective units in the order in which they are silenced; found on
        other patients.
    means : (n_units,)
        Mean output of each unit over the training patients' segments, for mean ablation.
    segments
        Of held-out patients.
    settings
        Sizes, number of random sets.
    seed
        Of the random sets.
    progress
        Takes the share that is done.
    """
    outputs = outputs_of(network, layer, segments)
    rng = np.random.default_rng([seed, 4])

    def decide(units: Sequence[int], values: Tensor | float) -> Floats:
        with torch.inference_mode():
            logits = network.resume(layer, silence(outputs, units, values))
        return np.asarray(logits.double().numpy())

    def judge(
        logits: Sequence[Floats], ablation: str, target: str, share: float, n_units: int
    ) -> list[Outcome]:
        """One outcome a patient, averaged over several versions of the logits."""
        found = []
        for name in segments.names():
            scores = np.mean([_score(row, segments, name) for row in logits], axis=0).tolist()
            found.append(Outcome(layer, ablation, target, share, n_units, name, *scores))
        return found

    found = judge([decide([], 0.0)], INTACT, INTACT, 0.0, 0)
    steps = [(a, side, share) for a in ABLATIONS for side in SIDES for share in settings.sizes]
    for k, (ablation, side, share) in enumerate(steps):
        order = orders[side]
        if order:
            values: Tensor | float = means if ablation == "mean" else 0.0
            n_units = max(1, round(share * len(order)))
            found += judge([decide(order[:n_units], values)], ablation, side, share, n_units)
            drawn = [
                decide(rng.choice(outputs.shape[1], n_units, replace=False).tolist(), values)
                for _ in range(settings.random_sets)
            ]
            found += judge(drawn, ablation, f"random for {side}", share, n_units)
        progress((k + 1) / len(steps))
    return found


def _score(logits: Floats, segments: SegmentSet, patient: str) -> tuple[float, ...]:
    mine = segments.patients == patient
    values, ictal = logits[mine], segments.ictal[mine]
    called = values > 0
    probabilities = 0.5 * (1 + np.tanh(values / 2))
    return (
        float(called[ictal].mean()),
        float((~called[~ictal]).mean()),
        float(probabilities[ictal].mean()),
        float(probabilities[~ictal].mean()),
        float(auroc(values[:, None], ictal[None])[0, 0]),
    )
