"""Learning rate and average of the weights against hand computations."""

import math

import pytest
import torch

from core.model.network import build_network
from core.training.optimisation import WeightAverage, learning_rate, make_optimizer
from core.training.settings import OptimisationSettings

pytestmark = pytest.mark.usefixtures("tiny_network")


@pytest.mark.parametrize(
    ("step", "share"),
    [
        (0, 0.1),  # 10 steps of warm-up
        (4, 0.5),
        (9, 1.0),
        (10, 1.0),  # the cosine begins
        (10 + 30, 0.75),  # a third of it: cos(pi / 3) is a half
        (10 + 45, 0.5),
        (99, 0.5 * (1 + math.cos(math.pi * 89 / 90))),
    ],
)
def test_learning_rate(step, share):
    settings = OptimisationSettings(lr=3e-4, warmup_share=0.1)
    assert learning_rate(settings, step, 100) == pytest.approx(3e-4 * share)


def test_learning_rate_without_warm_up():
    settings = OptimisationSettings(lr=1.0, warmup_share=0.0)
    assert [learning_rate(settings, step, 2) for step in range(2)] == [1.0, pytest.approx(0.5)]
    assert learning_rate(settings, 0, 1) == 1.0


def test_what_decays():
    network = build_network("vigil-13m")
    decayed, free = make_optimizer(network, OptimisationSettings()).param_groups
    assert (decayed["weight_decay"], free["weight_decay"]) == (0.05, 0.0)
    assert decayed["lr"] == 3e-4
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    decayed_names = [names[id(parameter)] for parameter in decayed["params"]]
    free_names = [names[id(parameter)] for parameter in free["params"]]
    assert sorted(decayed_names + free_names) == sorted(names.values())
    assert "encoder.0.conv1.weight" in decayed_names
    assert all(name.endswith("weight") for name in decayed_names)
    for ending in ("A_log", "dt_bias", ".D", "bias", "norm1.weight"):
        assert any(name.endswith(ending) for name in free_names)
        assert not any(name.endswith(ending) for name in decayed_names)


def test_weight_average():
    network = build_network("vigil-13m")
    average = WeightAverage(network, 0.9)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(1.0)
        for parameter in average.network.parameters():
            parameter.fill_(0.0)
    kept = average.network.get_parameter("head.bias")
    average.update(network, 0)  # decay (1 + 0) / (10 + 0) = 0.1: 0.1 * 0 + 0.9 * 1
    assert kept.item() == pytest.approx(0.9)
    average.update(network, 1)  # 2 / 11: 1 - 2 / 11 * 0.1
    assert kept.item() == pytest.approx(1 - 0.1 * 2 / 11)
    for parameter in network.parameters():
        parameter.data.fill_(0.0)
    average.update(network, 1000)  # 0.9
    assert kept.item() == pytest.approx(0.9 * (1 - 0.1 * 2 / 11))
    assert not any(parameter.requires_grad for parameter in average.network.parameters())
    # running statistics too; what is counted is taken over
    norm = network.encoder[0].norm1
    norm.num_batches_tracked.fill_(7)
    norm.running_mean.fill_(2.0)
    average.update(network, 1000)
    mine = average.network.encoder[0].norm1
    assert mine.num_batches_tracked.item() == 7
    assert mine.running_mean[0].item() == pytest.approx(0.2)
