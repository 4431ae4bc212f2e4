"""Verdicts on made-up results: each of them can come out either way."""

from dataclasses import replace

import numpy as np
import pytest

from core.interpret.findings import CLAIMS, weigh_findings
from core.interpret.results import LayerResult, NetworkResult, Population
from core.interpret.separation import MEASURES, Separation
from core.interpret.silencing import INTACT, Outcome

PATIENTS = [f"p{k}" for k in range(8)]
NAMES = ("input", "conv1", "conv2", "conv3", "dense")


def spread(mean, width=0.02):
    return {name: mean + width * (k % 3 - 1) for k, name in enumerate(PATIENTS)}


def separation(mean):
    chance = 0.5 + 0.02 * np.random.default_rng(0).standard_normal(100)
    return Separation(
        {measure: spread(mean) for measure in MEASURES}, dict.fromkeys(MEASURES, chance)
    )


def population(sparseness):
    return Population(*(spread(value) for value in (0.5, sparseness, 0.3, 0.2, 0.4)))


def outcomes(silenced=(0.5, 0.95), random=(0.9, 0.95)):
    rows = []
    for name in PATIENTS:
        for target, share, values, ablation in (
            (INTACT, 0.0, (0.92, 0.95), INTACT),
            ("seizure", 1.0, silenced, "zero"),
            ("random for seizure", 1.0, random, "zero"),
        ):
            rows.append(Outcome("conv3", ablation, target, share, 9, name, *values, 0.6, 0.1, 0.9))
    return tuple(rows)


def network(probes=(0.5, 0.8, 0.85, 0.9, 0.9), untrained=0.6, sparse=0.1, cka=0.8, rows=None):
    layers = tuple(
        LayerResult(
            name=name,
            n_units=32,
            separation=separation(probe),
            population=population(0.5 + sparse),
            untrained_separation=separation(untrained),
            untrained_population=population(0.5),
            groups=(),
            embedding=None,
            next_cka=spread(cka) if name != "dense" else {},
            untrained_next_cka=spread(0.6) if name != "dense" else {},
        )
        for name, probe in zip(NAMES, probes, strict=True)
    )
    made = outcomes() if rows is None else rows
    return NetworkResult("raw", layers, np.eye(5), {}, made)


def verdicts(**changes):
    found = weigh_findings(network(**changes))
    assert [each.claim for each in found] == list(CLAIMS)
    return [each.verdict for each in found]


def test_all_hold():
    found = weigh_findings(network())
    assert [each.verdict for each in found] == ["holds"] * 3
    numbers = dict(found[0].numbers)
    assert numbers["gain of conv1 over the input"].mean == pytest.approx(0.3)
    assert numbers["gain of conv1 over the input"].n_patients == 8
    assert found[2].reason.startswith("conv3, zero ablation")


@pytest.mark.parametrize(
    ("probes", "verdict", "words"),
    [
        ((0.5, 0.5, 0.8, 0.9, 0.9), "does not hold here", "begins later, at conv2"),
        ((0.7, 0.9, 0.9, 0.9, 0.9), "holds in part", "apart in the input already"),
        ((0.9, 0.9, 0.9, 0.9, 0.9), "does not hold here", "does not read conv1 better"),
        ((0.5,) * 5, "does not hold here", "No layer tells"),
    ],
)
def test_where_separation_begins(probes, verdict, words):
    found = weigh_findings(network(probes=probes))[0]
    assert found.verdict == verdict
    assert words in found.reason


def test_random_weights_that_do_the_same_are_named():
    assert (
        "Random weights bring 100% of the gain" in weigh_findings(network(untrained=0.8))[0].reason
    )
    assert "Random weights" not in weigh_findings(network(untrained=0.55))[0].reason


def test_sparse_or_redundant():
    assert verdicts(sparse=-0.1)[1] == "holds in part"
    assert verdicts(cka=0.3)[1] == "holds in part"
    assert verdicts(sparse=-0.1, cka=0.3)[1] == "does not hold here"


@pytest.mark.parametrize(
    ("silenced", "random", "verdict"),
    [
        ((0.5, 1.0), (0.9, 0.95), "holds"),
        ((0.0, 1.0), (0.9, 0.95), "holds in part"),
        ((0.85, 0.95), (0.9, 0.95), "holds in part"),
        ((0.4, 0.5), (0.9, 0.95), "holds in part"),
        ((0.85, 0.5), (0.9, 0.95), "does not hold here"),
        ((0.4, 0.95), (0.4, 0.95), "does not hold here"),
    ],
)
def test_silencing(silenced, random, verdict):
    assert verdicts(rows=outcomes(silenced, random))[2] == verdict


def test_a_decision_that_is_turned_is_not_lost():
    reason = weigh_findings(network(rows=outcomes((0.02, 1.0))))[2].reason
    assert "fall below chance" in reason
    assert "turned, not lost" in reason


def test_without_an_ensemble_nothing_can_be_told():
    rows = tuple(row for row in outcomes() if row.target == INTACT)
    found = weigh_findings(network(rows=rows))[2]
    assert (found.verdict, found.numbers) == ("cannot be told", ())


def test_layers_are_found_by_name():
    made = network()
    assert made.layer("conv2") is made.layers[2]
    assert made.inner == made.layers[1:]
    assert replace(made, name="x").layers is made.layers
