"""The whole chain on a network whose ensembles are known."""

import numpy as np
import pytest
import torch

from core.interpret.ensembles import find_ensembles, find_stability
from core.interpret.recorder import Piece, Recorder, layers_of, open_activations
from core.interpret.settings import EnsembleSettings
from core.interpret.silencing import INTACT, outcomes, silence
from tests.unit.interpret.planted import (
    BACKGROUND,
    N_SAMPLES,
    N_UNITS,
    SEIZURE_A,
    SEIZURE_B,
    planted_network,
    planted_segments,
)

SETTINGS = EnsembleSettings(permutations=200, resamples=5, sizes=(0.5, 1.0), random_sets=20)
KNOWN = [f"p{k}" for k in range(5)]
NEW = [f"p{k}" for k in range(5, 8)]


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    network, segments = planted_network(), planted_segments()
    folder = tmp_path_factory.mktemp("activations")
    known = segments.of(KNOWN)
    batches = (
        (known.data(k, k + 20), [Piece(row, 0, N_SAMPLES) for row in range(20)])
        for k in range(0, len(known), 20)
    )
    Recorder(network, layers_of(network), folder, len(known)).run(batches)
    return network, known, segments.of(NEW), folder


def ensembles_of(planted, layer):
    _, known, _, folder = planted
    units = np.asarray(open_activations(folder, layer).units)
    return find_ensembles(units, known.ictal, known.patients, SETTINGS, 0), units


@pytest.mark.parametrize("layer", ["conv1", "conv2", "conv3", "dense"])
def test_identification_finds_the_planted_ensembles(planted, layer):
    found, units = ensembles_of(planted, layer)
    assert {frozenset(group) for group in found.groups["seizure"]} == {
        frozenset(SEIZURE_A),
        frozenset(SEIZURE_B),
    }
    assert [set(group) for group in found.groups["background"]] == [set(BACKGROUND)]
    # the units that say nothing are named by nobody, loud as they are
    assert not found.selectivity.sign[10:].any()
    _, known, _, _ = planted
    stability = find_stability(found, units, known.ictal, known.patients, SETTINGS, 0)
    # without the permutations, which resampling spares, a unit that says nothing slips in at times
    assert min(stability.overlap.values()) > 0.85
    assert min(stability.pairs.values()) == 1.0


@pytest.mark.parametrize("layer", ["conv1", "conv3", "dense"])
def test_silencing_does_what_it_must(planted, layer):
    network, _, new, _ = planted
    found, units = ensembles_of(planted, layer)
    orders = {side: found.order(side) for side in ("seizure", "background")}
    means = torch.from_numpy(units.mean(axis=0))
    rows = outcomes(network, layer, orders, means, new, SETTINGS, 0)

    def mean(what, target, share=1.0, ablation="zero"):
        chosen = [
            getattr(row, what)
            for row in rows
            if (row.target, row.share, row.ablation) == (target, share, ablation)
        ]
        assert len(chosen) == len(NEW)
        return np.mean(chosen)

    assert mean("sensitivity", INTACT, 0.0, INTACT) == 1.0
    assert mean("specificity", INTACT, 0.0, INTACT) == 1.0
    # Without A and B, a seizure is at chance: its probability is one half. Background stays.
    assert mean("p_seizure", "seizure") == pytest.approx(0.5, abs=1e-3)
    assert mean("sensitivity", "seizure") < 0.5
    assert mean("specificity", "seizure") == 1.0
    assert mean("p_background", "seizure") < 0.02
    # As many units drawn at random leave the seizures their ensembles, in part.
    assert mean("sensitivity", "random for seizure") > 0.9
    assert mean("p_seizure", "random for seizure") > 0.9
    # Silencing what speaks against a seizure hits background alone.
    assert mean("p_background", "background") == pytest.approx(0.5, abs=1e-3)
    assert mean("sensitivity", "background") == 1.0
    # Half of the ensembles: less of an effect than all of them.
    assert mean("p_seizure", "seizure", 0.5) > 0.9
    # At its mean, a seizure unit speaks on, in every segment alike.
    assert mean("p_seizure", "seizure", ablation="mean") > 0.9


def test_silence_leaves_its_argument_alone():
    outputs = torch.ones(2, N_UNITS, 3)
    silenced = silence(outputs, [1, 4], 0.0)
    assert outputs.sum() == 2 * N_UNITS * 3
    assert silenced.sum(dim=(0, 2))[[1, 4]].tolist() == [0, 0]
    means = torch.arange(N_UNITS, dtype=torch.float32)
    replaced = silence(torch.ones(2, N_UNITS), [3], means)
    assert replaced[:, 3].tolist() == [3.0, 3.0]


def test_no_selective_unit_means_no_ensemble():
    rng = np.random.default_rng(1)
    segments = planted_segments(6)
    units = rng.standard_normal((len(segments), 8)).astype(np.float32)
    found = find_ensembles(units, segments.ictal, segments.patients, SETTINGS, 0)
    assert found.groups == {"seizure": (), "background": ()}
