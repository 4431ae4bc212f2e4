"""The whole network: size, shapes, seeds."""

import re
from typing import get_args

import pytest
import torch

from core.config import ModelConfig
from core.errors import ConfigError
from core.model.network import SeizureNetwork, build_network, count_parameters
from core.model.presets import PRESETS, Preset

torch.set_num_threads(1)

TINY = Preset(
    "tiny",
    expand=1,
    shared_in_projection=True,
    widths=(4, 8, 8, 16),
    residual_groups=2,
    residual_blocks=1,
    mamba_layers=1,
    d_state=4,
    head_dim=8,
)


@pytest.fixture(scope="module")
def network() -> SeizureNetwork:
    return build_network("vigil-13m").eval()


@pytest.mark.parametrize(
    ("preset", "n_parameters"),
    [
        ("vigil-13m", 13_405_281),
        ("stock-31m", 29_349_249),
        ("seizure-transformer", 41_156_673),
        ("small-cnn", 420_241),
        ("line-length", 2),
    ],
)
def test_parameter_count(preset: str, n_parameters: int) -> None:
    assert count_parameters(build_network(preset)) == n_parameters


def test_parameters_of_each_part(network: SeizureNetwork) -> None:
    parts = {name: count_parameters(part) for name, part in network.named_children()}
    assert parts == {
        "encoder": 2_612_800,
        "down": 697_280,
        "rescnn": 1_488_384,
        "mamba": 6_469_152,
        "up": 352_768,
        "decoder": 1_784_832,
        "head": 65,
    }


def test_shapes_of_a_window(network: SeizureNetwork) -> None:
    shapes: dict[str, tuple[int, ...]] = {}
    hooks = [
        part.register_forward_hook(
            lambda _m, _x, y, name=name: shapes.update({name: tuple(y.shape)})
        )
        for name, part in (("rescnn", network.rescnn), ("mamba", network.mamba))
    ]
    with torch.inference_mode():
        logits = network(torch.randn(1, 19, 15360))
    for hook in hooks:
        hook.remove()
    assert shapes == {"rescnn": (1, 512, 960), "mamba": (1, 512, 960)}
    assert logits.shape == (1, 15360)
    assert torch.isfinite(logits).all()
    assert logits.std() > 0.1  # an untrained network still answers to its input


@pytest.mark.parametrize("n_samples", [16, 48, 1024])
def test_any_multiple_of_the_compression(n_samples: int) -> None:
    network = SeizureNetwork(TINY).eval()
    assert network(torch.randn(3, 19, n_samples)).shape == (3, n_samples)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((19, 160), "expected (batch, 19, samples), not shape (19, 160)"),
        ((1, 18, 160), "expected 19 channels, not 18 (shape (1, 18, 160))"),
        ((1, 160, 19), "expected 19 channels, not 160"),
        ((1, 19, 159), "expected a multiple of 16 samples, not 159"),
        ((1, 19, 0), "expected a multiple of 16 samples, not 0"),
    ],
)
def test_other_shapes_are_refused(shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        SeizureNetwork(TINY)(torch.zeros(shape))


def test_probabilities_are_the_sigmoid_of_the_logits() -> None:
    network = SeizureNetwork(TINY).eval()
    x = torch.randn(2, 19, 64)
    torch.testing.assert_close(network.probabilities(x), torch.sigmoid(network(x)))


def test_the_bottleneck_goes_around_the_mamba_stack() -> None:
    network = SeizureNetwork(TINY).eval()
    x = torch.randn(1, 19, 64)
    refined: list[torch.Tensor] = []
    mixed: list[torch.Tensor] = []
    received: list[torch.Tensor] = []
    network.rescnn.register_forward_hook(lambda _m, _x, y: refined.append(y))
    network.mamba.register_forward_hook(lambda _m, _x, y: mixed.append(y))
    network.up[0].register_forward_pre_hook(lambda _m, inputs: received.append(inputs[0]))
    network(x)
    torch.testing.assert_close(received[0], refined[0] + mixed[0])


def test_every_parameter_learns() -> None:
    network = SeizureNetwork(TINY)
    network(torch.randn(2, 19, 128)).square().mean().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_every_preset_can_be_configured_and_built() -> None:
    assert list(PRESETS) == list(get_args(ModelConfig.model_fields["preset"].annotation))
    for name, preset in PRESETS.items():
        assert preset.name == name
        assert build_network(name).preset is preset


def test_baselines_leave_the_networks_weights_alone() -> None:
    """The keys, and so the weights files, are those from before there were other presets."""
    names = list(build_network("vigil-13m").state_dict())
    assert len(names) == 295
    assert {name.split(".")[0] for name in names} == {
        *("encoder", "down", "rescnn", "mamba", "up", "decoder", "head")
    }


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "line-length"])
def test_the_seed_alone_decides_the_weights(preset: str) -> None:
    torch.manual_seed(5)
    first = build_network(preset, seed=3).state_dict()
    torch.manual_seed(6)
    second = build_network(preset, seed=3).state_dict()
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = build_network(preset, seed=4).state_dict()
    assert not torch.equal(first["head.weight"], other["head.weight"])


def test_the_global_random_state_is_left_alone() -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    build_network("vigil-13m")
    assert torch.equal(torch.get_rng_state(), before)


def test_an_unknown_preset_is_named() -> None:
    with pytest.raises(ConfigError, match=r"unknown preset 'vigil-1b' \(known: vigil-13m, stock"):
        build_network("vigil-1b")


def test_presets_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        PRESETS["mine"] = TINY  # type: ignore[index]
