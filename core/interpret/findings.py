"""The three findings of others about shallow CNNs, tested here: number, interval, verdict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.interpret.estimate import ByPatient, Estimate, difference, estimate
from core.interpret.results import INPUT, LayerResult, NetworkResult
from core.interpret.silencing import INTACT, Outcome

__all__ = [
    "CLAIMS",
    "Finding",
    "Verdict",
    "apart",
    "redundancy",
    "select",
    "separation_onset",
    "silencing_effect",
    "sparsity",
    "weigh_findings",
]

Verdict = Literal["holds", "holds in part", "does not hold here", "cannot be told"]

CLAIMS = (
    "Separation of seizure and non-seizure begins at the first convolutional layer",
    "Intermediate layers are sparse, with high redundancy across layers",
    "Silencing the seizure ensemble brings seizure segments to chance and leaves others alone",
)

_CHANCE = 0.5
_LIKE = 0.5
_LEFT_ALONE = 0.1
_BY_ITSELF = 0.5


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim, tested on one network.

    Attributes
    ----------
    claim
        Of :data:`CLAIMS`.
    network
        On which.
    verdict
        In a word.
    numbers
        What it rests on: name and estimate with its interval over held-out patients.
    reason
        In a sentence.
    """

    claim: str
    network: str
    verdict: Verdict
    numbers: tuple[tuple[str, Estimate], ...]
    reason: str


def weigh_findings(network: NetworkResult) -> tuple[Finding, ...]:
    """Test all three claims on a shallow CNN."""
    return separation_onset(network), _economy(network), silencing_effect(network)


def apart(layer: LayerResult, measure: str = "probe") -> bool:
    """Whether the classes are further apart than under labels that mean nothing.

    The interval's lower end must be above 97.5 % of the rotated labellings, and above chance.
    """
    found = estimate(layer.separation.values[measure])
    limit = np.nanpercentile(layer.separation.baselines[measure], 97.5)
    return bool(found.low > limit)


def separation_onset(network: NetworkResult) -> Finding:
    """Test where separation begins, by the linear probe.

    It begins at the first convolution where the classes are apart behind it, and further apart
    than in the input by more than patients differ.
    """
    source, first = network.layers[0], network.layers[1]
    probe = [layer.separation.values["probe"] for layer in (source, first)]
    gain = difference(probe[1], probe[0])
    numbers = [
        ("probe AUROC, input", estimate(probe[0])),
        (f"probe AUROC, {first.name}", estimate(probe[1])),
        (f"gain of {first.name} over the input", gain),
    ]
    onset = next((layer.name for layer in network.layers if apart(layer)), None)
    verdict: Verdict = "does not hold here"
    if onset is None:
        reason = "No layer tells the classes apart better than labels that mean nothing."
    elif onset not in (INPUT, first.name):
        reason = f"Separation begins later, at {onset}."
    elif gain.low <= 0:
        reason = f"A linear probe does not read {first.name} better than the input itself" + (
            ", where the classes are apart already." if onset == INPUT else "."
        )
    elif onset == INPUT:
        verdict = "holds in part"
        reason = (
            f"The classes are apart in the input already, and further apart behind {first.name}."
        )
    else:
        verdict = "holds"
        reason = f"Not apart in the input, apart behind {first.name}."
    if first.untrained_separation is not None:
        plain = first.untrained_separation.values["probe"]
        numbers += [
            (f"probe AUROC, {first.name} with random weights", estimate(plain)),
            (f"{first.name}: trained minus random weights", difference(probe[1], plain)),
        ]
        if verdict != "does not hold here":
            share = (estimate(plain).mean - numbers[0][1].mean) / gain.mean
            if share > _BY_ITSELF:
                reason += (
                    f" Random weights bring {min(share, 1.0):.0%} of the gain: it is the filtering "
                    "and the ReLU more than what was learnt."
                )
    return Finding(CLAIMS[0], network.name, verdict, tuple(numbers), reason)


def sparsity(layer: LayerResult) -> tuple[Estimate, Estimate]:
    """Give the population sparseness, and how much of it training has brought."""
    found = layer.population.sparseness
    before = layer.untrained_population
    return estimate(found), difference(found, before.sparseness if before else {})


def redundancy(layers: Sequence[LayerResult]) -> tuple[ByPatient, ByPatient]:
    """Mean alignment of neighbouring layers by patient, trained and with random weights."""
    tables = []
    for field in ("next_cka", "untrained_next_cka"):
        rows = [getattr(layer, field) for layer in layers[:-1]]
        names = set.intersection(*[set(row) for row in rows]) if rows else set()
        tables.append({name: float(np.mean([row[name] for row in rows])) for name in names})
    return tables[0], tables[1]


def _economy(network: NetworkResult) -> Finding:
    """Test sparseness and redundancy of the convolutions behind the first one.

    Sparse: more so than with random weights, in every one of them. Redundant across layers: they
    share most of their geometry with their neighbours (CKA above 0.5), and not less than with
    random weights.
    """
    middle = [layer for layer in network.inner[1:] if layer.name.startswith("conv")]
    numbers = []
    sparser = []
    for layer in middle:
        found, learnt = sparsity(layer)
        numbers += [
            (f"population sparseness, {layer.name}", found),
            (f"{layer.name}: trained minus random weights", learnt),
        ]
        sparser.append(learnt.low > 0)
    trained, plain = redundancy(network.inner)
    shared, learnt = estimate(trained), difference(trained, plain)
    numbers += [
        ("CKA of neighbouring layers", shared),
        ("CKA: trained minus random weights", learnt),
    ]
    sparse, redundant = all(sparser), shared.low > _LIKE
    verdict: Verdict = "does not hold here"
    if sparse and redundant:
        verdict = "holds"
    elif sparse or redundant:
        verdict = "holds in part"
    reason = (
        ("Training makes" if sparse else "Training does not make")
        + " all intermediate layers sparser; neighbouring layers share "
        + ("most" if redundant else "less than half")
        + " of their geometry"
        + (", more than with random weights." if learnt.low > 0 else
           ", less than with random weights." if learnt.high < 0 else ", as with random weights.")
    )  # fmt: skip
    return Finding(CLAIMS[1], network.name, verdict, tuple(numbers), reason)


def silencing_effect(network: NetworkResult, ablation: str = "zero") -> Finding:
    """Test what silencing all seizure ensembles of the last convolution does.

    The layer and the ablation were chosen beforehand. Seizure segments are at chance where the
    interval of their share that is still called seizure holds 50 %; below chance, the decision is
    not lost but turned. Background is left alone where at most 10 % of it is lost, and random sets
    of the same size must do less. The claim holds in part where the decision is turned.
    """
    layer = [each.name for each in network.inner if each.name.startswith("conv")][-1]
    intact = select(network.outcomes, layer, INTACT, INTACT, 0.0)
    silent = select(network.outcomes, layer, ablation, "seizure", 1.0)
    random = select(network.outcomes, layer, ablation, "random for seizure", 1.0)
    if not silent:
        reason = f"No seizure ensemble was found in {layer}."
        return Finding(CLAIMS[2], network.name, "cannot be told", (), reason)

    def values(source: dict[str, Outcome], read: Callable[[Outcome], float]) -> ByPatient:
        return {name: read(source[name]) for name in silent if name in source}

    sensitivity = {
        key: values(source, lambda each: each.sensitivity)
        for key, source in (("intact", intact), ("silent", silent), ("random", random))
    }
    specificity = {
        key: values(source, lambda each: each.specificity)
        for key, source in (("intact", intact), ("silent", silent))
    }
    left = estimate(sensitivity["silent"])
    change = difference(specificity["silent"], specificity["intact"])
    beyond = difference(sensitivity["silent"], sensitivity["random"])
    numbers = (
        ("seizure segments called so, intact", estimate(sensitivity["intact"])),
        ("seizure segments called so, silenced", left),
        ("seizure segments called so, random sets", estimate(sensitivity["random"])),
        ("silenced minus random sets", beyond),
        ("background segments called so, intact", estimate(specificity["intact"])),
        ("background segments: change", change),
        ("AUROC, intact", estimate(values(intact, lambda each: each.auroc))),
        ("AUROC, silenced", estimate(values(silent, lambda each: each.auroc))),
    )
    fallen, below = left.low <= _CHANCE, left.high < _CHANCE
    alone = change.low > -_LEFT_ALONE
    special = beyond.high < 0
    verdict: Verdict = "does not hold here"
    if special and fallen and alone and not below:
        verdict = "holds"
    elif special and (fallen or alone):
        verdict = "holds in part"
    where = "fall below chance" if below else "fall to chance" if fallen else "stay above chance"
    reason = (
        f"{layer}, {ablation} ablation: seizure segments {where}, background "
        + ("does not suffer" if alone else "suffers too")
        + ", random sets of the same size "
        + ("do less." if special else "do as much.")
    )
    if special and below and numbers[-1][1].low > _CHANCE:
        reason += (
            " The decision is turned, not lost: all becomes background, while the segments' order "
            "(AUROC) still tells the classes apart, by what the other units say."
        )
    return Finding(CLAIMS[2], network.name, verdict, numbers, reason)


def select(
    rows: Sequence[Outcome], layer: str, ablation: str, target: str, share: float
) -> dict[str, Outcome]:
    """Pick one way of silencing, by patient."""
    return {
        each.patient: each
        for each in rows
        if (each.layer, each.ablation, each.target, each.share) == (layer, ablation, target, share)
    }
