"""Attribution on networks whose answer is known, its budget, and its words."""

import time
from pathlib import Path

import numpy as np
import pytest
import torch

from core.config import Config
from core.electrodes import ELECTRODES
from core.errors import CheckpointError
from core.interpret.attribution import SFREQ, attribute, excerpt, load_attribution_network
from core.interpret.faithfulness import deletion_insertion
from core.interpret.localisation import (
    UNDETERMINED,
    dominant_channels,
    dominant_frequency_hz,
    region_of,
)

WEIGHTS = {"T3": 3.0, "T5": 1.6, "F7": -2.0}
METHODS = ("occlusion", "integrated-gradients")


class Linear(torch.nn.Module):
    """Logit = weighted sum of electrodes, sample by sample; knows nothing else."""

    calls = 0

    def forward(self, x):
        type(self).calls += 1
        weights = torch.zeros(19)
        for name, weight in WEIGHTS.items():
            weights[ELECTRODES.index(name)] = weight
        return torch.einsum("bcl,c->bl", x, weights)


class Engine:
    """The same behind probabilities of whole windows."""

    def predict(self, data):
        assert data.shape == (19, 15360)
        with torch.inference_mode():
            return torch.sigmoid(Linear()(torch.from_numpy(data[None]))[0]).numpy()


@pytest.fixture
def window():
    rng = np.random.default_rng(0)
    times_s = np.arange(15360) / SFREQ
    data = 0.01 * rng.standard_normal((19, 15360)) + 0.3 * np.sin(2 * np.pi * 6 * times_s)
    data[:, 40 * SFREQ :] += 1.0
    return data.astype(np.float32)


SPAN = (40 * SFREQ, 55 * SFREQ)


@pytest.mark.parametrize("method", METHODS)
def test_scores_of_a_linear_network_are_its_parts(window, method):
    found = attribute(Linear(), window, SPAN, 60.0, method)
    assert found.target == (40 * SFREQ, 50 * SFREQ)
    inside = window[:, slice(*found.target)].mean(axis=1)
    expected = [WEIGHTS.get(name, 0.0) * inside[k] for k, name in enumerate(ELECTRODES)]
    np.testing.assert_allclose(found.channel_scores, expected, atol=1e-4)
    assert found.logit == pytest.approx(sum(expected), rel=1e-4)
    assert found.dominant_channels == ("T3", "T5")
    assert found.region == "left temporal"
    assert found.frequency_hz == pytest.approx(6.0, abs=0.26)
    assert found.complete
    # the seconds add up to the logit, and those outside the target are worth nothing
    assert np.nansum(found.time_scores) == pytest.approx(found.logit, rel=1e-3)
    first = (found.target[0] - found.first_sample) / SFREQ
    outside = np.r_[found.time_scores[: int(first)], found.time_scores[int(first) + 11 :]]
    np.testing.assert_allclose(outside, 0, atol=1e-4)


def test_an_engine_will_do(window):
    found = attribute(Engine(), window, SPAN, 60.0)
    assert (found.method, found.first_sample) == ("occlusion", 0)
    assert found.dominant_channels == ("T3", "T5")
    assert found.complete


def test_the_budget_is_kept_and_the_loudest_electrode_comes_first(window):
    class Slow(Linear):
        def forward(self, x):
            time.sleep(0.02)
            return super().forward(x)

    window[ELECTRODES.index("T3")] *= 3
    found = attribute(Slow(), window, SPAN, 0.05, "occlusion")
    assert not found.complete
    assert found.wall_s < 10
    assert np.isfinite(found.channel_scores[ELECTRODES.index("T3")])
    assert np.isnan(found.channel_scores).any()
    assert found.dominant_channels == ("T3",)
    # even with no time at all
    assert attribute(Slow(), window, SPAN, 0.0, "occlusion").dominant_channels == ("T3",)
    # integrated gradients take fewer steps instead, and never less than four
    Slow.calls = 0
    hurried = attribute(Slow(), window, SPAN, 0.0, "integrated-gradients")
    assert (hurried.method, hurried.complete) == ("integrated-gradients", False)
    assert Slow.calls == 1 + 4
    assert hurried.dominant_channels[0] == "T3"


def test_what_it_refuses(window):
    for span in ((5, 5), (-1, 20), (0, 15361)):
        with pytest.raises(ValueError, match="does not lie in a window"):
            attribute(Linear(), window, span)
    with pytest.raises(ValueError, match="18 channels"):
        attribute(Linear(), window[:18], SPAN)


@pytest.mark.parametrize("start", [0, 100, 5000, 15000])
@pytest.mark.parametrize("length", [1, 700, 2560])
def test_excerpts_hold_the_target_and_fit_every_network(start, length):
    target = (start, min(15360, start + length))
    first, stop = excerpt(target, 15360)
    assert 0 <= first <= target[0] < target[1] <= stop <= 15360
    assert (stop - first) % 512 == 0


def test_deletion_and_insertion_know_good_scores_from_bad(window):
    network = Linear()

    def score(x):
        return network(x).mean(1)

    piece = np.abs(window[:, 10240:12800])
    good = attribute(network, window, SPAN).channel_scores
    deletion, insertion = deletion_insertion(score, piece, good)
    worse = deletion_insertion(score, piece, -good)
    assert deletion < worse[0]
    assert insertion > worse[1]
    assert all(np.isnan(deletion_insertion(score, 0 * piece, good)))


def scores(**values):
    out = np.zeros(19)
    for name, value in values.items():
        out[ELECTRODES.index(name)] = value
    return out


@pytest.mark.parametrize(
    ("values", "channels", "region"),
    [
        ({"T4": 2, "T6": 1.2, "F8": 0.3}, ("T4", "T6"), "right temporal"),
        ({"F7": 2, "Fp1": 0.5}, ("F7",), "left frontotemporal"),
        ({"Cz": 3, "C3": 1}, ("Cz",), "midline central"),
        ({"O1": 2, "O2": 1.9}, ("O1", "O2"), "bilateral occipital"),
        ({}, (), UNDETERMINED),
        ({"Pz": -4}, (), UNDETERMINED),
    ],
)
def test_words(values, channels, region):
    found = scores(**values)
    assert dominant_channels(found) == channels
    assert region_of(found) == region


def test_generalised_and_unknown():
    assert region_of(np.full(19, 1.0)) == "generalised"
    assert len(dominant_channels(np.full(19, 1.0))) == 5
    half = np.full(19, np.nan)
    half[ELECTRODES.index("T3")] = 1.0
    assert (dominant_channels(half), region_of(half)) == (("T3",), "left temporal")


def test_other_weights_than_those_that_raised_the_alarm_are_refused():
    config = Config.model_validate({"model": {"preset": "small-cnn"}})
    untrained = Path("untrained")
    network = load_attribution_network(config, untrained, identity="UNTRAINED")
    assert not any(p.requires_grad for p in network.parameters())
    with pytest.raises(CheckpointError, match=r"are UNTRAINED, not w.safetensors 0123"):
        load_attribution_network(config, untrained, identity="w.safetensors 0123")
    with pytest.raises(CheckpointError, match=r"vigil-13m.safetensors: its weights are vigil-13m"):
        load_attribution_network(Config(), None, identity="UNTRAINED")


def test_frequency():
    times_s = np.arange(2560) / SFREQ
    rng = np.random.default_rng(0)
    drift = np.cumsum(rng.standard_normal(2560)) / 20
    wave = np.sin(2 * np.pi * 3 * times_s) + drift
    assert dominant_frequency_hz(wave[None]) == pytest.approx(3, abs=0.3)
    assert np.isnan(dominant_frequency_hz(np.zeros((0, 2560))))
    assert np.isnan(dominant_frequency_hz(np.zeros((2, 2560))))
    assert np.isnan(dominant_frequency_hz(wave[None, :200]))
