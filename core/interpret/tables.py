"""The tables of a look inside, as TSV."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from core.interpret.ensembles import SIDES
from core.interpret.estimate import ByPatient, estimate
from core.interpret.results import LayerResult, NetworkResult
from core.interpret.separation import MEASURES
from core.interpret.study import Study

__all__ = ["TABLES", "tsv"]

Rows = list[tuple[object, ...]]

_POPULATION = ("active", "sparseness", "lifetime", "dimension", "correlation")


def tsv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write rows below their columns; what is not defined becomes ``n/a``."""
    lines = ["\t".join(columns)]
    lines += ["\t".join(_cell(value) for value in row) for row in rows]
    return "\n".join(lines) + "\n"


def findings_table(study: Study) -> str:
    """Every number of every finding, with its verdict."""
    rows: Rows = [
        (f.network, f.claim, f.verdict, name, v.mean, v.low, v.high, v.n_patients)
        for f in study.findings
        for name, v in f.numbers
    ]
    columns = ("network", "claim", "verdict", "number", "mean", "low", "high", "n_patients")
    return tsv(columns, rows)


def performance_table(study: Study) -> str:
    """How well each classifier does on each held-out patient."""
    rows: Rows = [
        (network.name, patient, *values)
        for network in study.classifiers
        for patient, values in sorted(network.performance.items())
    ]
    return tsv(("network", "patient", "auroc", "sensitivity", "specificity"), rows)


def layers_table(study: Study) -> str:
    """Separation, sparseness and redundancy of every layer."""
    rows: Rows = []
    for network, layer in _layers(study):
        for name, trained, plain in _measures(layer):
            found, before = estimate(trained), estimate(plain)
            limit: float = math.nan
            if name in MEASURES:
                limit = _limit(layer, name)
            rows.append(
                (
                    network.name, layer.name, layer.n_units, name, found.mean, found.low,
                    found.high, found.n_patients, limit, before.mean, before.low, before.high,
                )
            )  # fmt: skip
    columns = (
        "network", "layer", "n_units", "measure", "mean", "low", "high", "n_patients",
        "baseline_97.5", "untrained_mean", "untrained_low", "untrained_high",
    )  # fmt: skip
    return tsv(columns, rows)


def cka_table(study: Study) -> str:
    """Alignment of every pair of layers."""
    rows: Rows = []
    for network in _networks(study):
        for i, one in enumerate(network.layers):
            for j, other in enumerate(network.layers):
                rows.append((network.name, one.name, other.name, float(network.cka[i, j])))
    return tsv(("network", "layer", "other", "cka"), rows)


def units_table(study: Study) -> str:
    """List the selectivity of every unit in every fold, and the ensemble that it belongs to."""
    rows: Rows = []
    for network, layer in _layers(study):
        for group in layer.groups:
            found = group.ensembles.selectivity
            home = {
                unit: f"{side}-{k}"
                for side in SIDES
                for k, members in enumerate(group.ensembles.groups[side], start=1)
                for unit in members
            }
            for unit in range(layer.n_units):
                numbers = (found.auroc, found.d_prime, found.p, found.q)
                values = [float(each[unit]) for each in numbers]
                rows.append(
                    (network.name, layer.name, group.fold, unit, *values, home.get(unit, ""))
                )
    columns = ("network", "layer", "fold", "unit", "auroc", "d_prime", "p", "q", "ensemble")
    return tsv(columns, rows)


def ensembles_table(study: Study) -> str:
    """List number, sizes and stability of the ensembles in every fold."""
    rows: Rows = []
    for network, layer in _layers(study):
        for group in layer.groups:
            for side in SIDES:
                sizes = [len(each) for each in group.ensembles.groups[side] if len(each) > 1]
                n_units = len(group.ensembles.order(side))
                rows.append(
                    (
                        network.name, layer.name, group.fold, side, n_units,
                        n_units / layer.n_units, " ".join(map(str, sizes)) or "none",
                        group.stability.overlap[side], group.stability.pairs[side],
                    )
                )  # fmt: skip
    columns = (
        "network", "layer", "fold", "side", "n_units", "share_of_layer", "sizes",
        "jaccard_over_patients", "pairs_kept_over_patients",
    )  # fmt: skip
    return tsv(columns, rows)


def silencing_table(study: Study) -> str:
    """Decisions on every held-out patient under every way of silencing."""
    columns = (
        "layer", "ablation", "target", "share", "n_units", "patient", "sensitivity",
        "specificity", "p_seizure", "p_background", "auroc",
    )  # fmt: skip
    rows: Rows = [
        (network.name, *(getattr(each, column) for column in columns))
        for network in study.classifiers
        for each in network.outcomes
    ]
    return tsv(("network", *columns), rows)


TABLES: Mapping[str, Callable[[Study], str]] = {
    "findings.tsv": findings_table,
    "performance.tsv": performance_table,
    "layers.tsv": layers_table,
    "cka.tsv": cka_table,
    "units.tsv": units_table,
    "ensembles.tsv": ensembles_table,
    "silencing.tsv": silencing_table,
}
"""What is written, by file name."""


def _networks(study: Study) -> list[NetworkResult]:
    return [*study.classifiers, *([study.detector] if study.detector else [])]


def _layers(study: Study) -> list[tuple[NetworkResult, LayerResult]]:
    return [(network, layer) for network in _networks(study) for layer in network.layers]


def _measures(layer: LayerResult) -> list[tuple[str, ByPatient, ByPatient]]:
    """Name, trained and untrained values of all measures of a layer."""
    rows = []
    for measure in MEASURES:
        plain = layer.untrained_separation
        rows.append(
            (measure, layer.separation.values[measure], plain.values[measure] if plain else {})
        )
    for name in _POPULATION:
        before = layer.untrained_population
        rows.append(
            (name, getattr(layer.population, name), getattr(before, name) if before else {})
        )
    rows.append(("cka_with_next", layer.next_cka, layer.untrained_next_cka))
    return rows


def _limit(layer: LayerResult, measure: str) -> float:
    return float(np.nanpercentile(layer.separation.baselines[measure], 97.5))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else "n/a"
    return str(value)
