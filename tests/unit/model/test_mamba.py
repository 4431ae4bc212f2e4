"""Layers of the Mamba-2 stack."""

import dataclasses

import pytest
import torch
from torch import Tensor

from core.model.mamba import BidirectionalMamba, Mamba2, SharedDirections
from core.model.network import build_network, count_parameters
from core.model.presets import PRESETS, Preset

torch.set_num_threads(1)

SMALL = {
    name: dataclasses.replace(preset, widths=(8, 32), head_dim=8, residual_groups=2)
    for name, preset in PRESETS.items()
    if isinstance(preset, Preset) and preset.bottleneck == "mamba"
}


@pytest.fixture(params=list(SMALL))
def preset(request: pytest.FixtureRequest) -> Preset:
    torch.manual_seed(1)
    return SMALL[request.param]


def swap_directions(layer: BidirectionalMamba) -> BidirectionalMamba:
    """Exchange the two directions and the halves of the output projection that belong to them."""
    state = {key: tensor.clone() for key, tensor in layer.state_dict().items()}
    swapped = {}
    for key, tensor in state.items():
        parts = key.split(".")
        exchange = {"left_to_right": "right_to_left", "right_to_left": "left_to_right"}
        swapped[".".join(exchange.get(part, part) for part in parts)] = tensor
    first, second = state["out_proj.weight"].chunk(2, dim=1)
    swapped["out_proj.weight"] = torch.cat([second, first], dim=1)
    layer.load_state_dict(swapped)
    return layer


def test_a_stock_block_has_the_stock_parameters() -> None:
    block = Mamba2(512, d_state=16, d_conv=5, head_dim=64)
    assert {name: tuple(p.shape) for name, p in block.named_parameters()} == {
        "dt_bias": (16,),
        "A_log": (16,),
        "D": (16,),
        "in_proj.weight": (2096, 512),
        "conv1d.weight": (1056, 1, 5),
        "conv1d.bias": (1056,),
        "norm.weight": (1024,),
        "out_proj.weight": (512, 1024),
    }
    assert count_parameters(block) == 1_604_848


def test_the_shared_layer_has_one_input_projection() -> None:
    layer = BidirectionalMamba(PRESETS["vigil-13m"])
    assert isinstance(layer.directions, SharedDirections)
    assert layer.directions.in_proj.weight.shape == (1064, 512)
    assert layer.out_proj.weight.shape == (512, 1024, 1)
    assert count_parameters(layer) == 1_078_192


def test_the_input_projection_is_computed_once() -> None:
    layer = BidirectionalMamba(SMALL["vigil-13m"])
    calls: list[int] = []
    assert isinstance(layer.directions, SharedDirections)
    layer.directions.in_proj.register_forward_hook(lambda *_: calls.append(1))
    layer(torch.randn(1, 32, 40))
    assert calls == [1]


def test_reversed_signal_through_swapped_directions_is_the_reversed_output(
    preset: Preset,
) -> None:
    layer = BidirectionalMamba(preset).double().eval()
    x = torch.randn(2, 32, 77, dtype=torch.float64)
    expected = layer(x).flip(-1)
    torch.testing.assert_close(swap_directions(layer)(x.flip(-1)), expected, rtol=1e-11, atol=1e-11)


def test_every_sample_hears_the_past_and_the_future(preset: Preset) -> None:
    layer = BidirectionalMamba(preset).eval()
    x = torch.randn(1, 32, 70, requires_grad=True)
    layer(x)[0, :, 35].square().sum().backward()
    assert x.grad is not None
    assert (x.grad.abs().sum((0, 1)) > 0).all()


def test_a_single_direction_is_causal() -> None:
    block = Mamba2(32, d_state=4, d_conv=5, head_dim=8).eval()
    x = torch.randn(1, 50, 32)
    changed = x.clone()
    changed[:, 30:] += 1
    torch.testing.assert_close(block(x)[:, :30], block(changed)[:, :30], rtol=0, atol=1e-7)


@pytest.mark.parametrize("length", [1, 3, 32, 45])
def test_shape_is_kept_and_gradients_are_finite(preset: Preset, length: int) -> None:
    layer = BidirectionalMamba(preset)
    y = layer(torch.randn(2, 32, length))
    assert y.shape == (2, 32, length)
    y.square().sum().backward()
    for parameter in layer.parameters():
        assert parameter.grad is not None
        assert torch.isfinite(parameter.grad).all()


def test_bfloat16_autocast_stays_close(preset: Preset) -> None:
    layer = BidirectionalMamba(preset).eval()
    x = torch.randn(1, 32, 64)
    exact = layer(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = layer(x)
        rough.float().square().sum().backward()
    assert torch.isfinite(rough).all()
    torch.testing.assert_close(rough.float(), exact, rtol=0, atol=0.1)


def test_the_scan_can_be_replaced(preset: Preset) -> None:
    calls: list[torch.Size] = []

    def scan(x: Tensor, dt: Tensor, a: Tensor, b: Tensor, c: Tensor) -> Tensor:
        calls.append(x.shape)
        return torch.zeros_like(x)

    BidirectionalMamba(preset, scan=scan)(torch.randn(1, 32, 20))
    assert calls == [torch.Size((1, 20, 4 * preset.expand, 8))] * 2


@pytest.mark.parametrize("name", list(SMALL))
def test_initial_step_sizes_and_decays_are_those_of_mamba(name: str) -> None:
    network = build_network(name)
    for layer in network.mamba:
        assert isinstance(layer, BidirectionalMamba)
        for mixer in (layer.directions.left_to_right, layer.directions.right_to_left):
            dt = torch.nn.functional.softplus(mixer.dt_bias.detach())
            assert ((dt > 0.0009) & (dt < 0.11)).all()
            decay = mixer.A_log.detach().exp()
            assert ((decay >= 1) & (decay <= 16)).all()
            assert len(decay.unique()) == len(decay)
            assert (mixer.D == 1).all()
