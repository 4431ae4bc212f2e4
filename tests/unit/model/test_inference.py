"""Folded networks against the networks that they are made of."""

import dataclasses

import pytest
import torch
from torch import nn

from core.model.detection_network import DetectionNetwork
from core.model.folding import TimeConv, folded_conv, merged_conv
from core.model.inference import inference_network, narrow
from core.model.line_length import LineLength
from core.model.mamba import GatedRMSNorm
from core.model.network import ResidualBlock, SeizureNetwork, build_network
from core.model.presets import PRESETS, Preset, SmallCnnPreset
from core.model.small_cnn import SmallCnn
from core.model.winograd import WinogradConv

torch.set_num_threads(1)

SMALL = {
    name: dataclasses.replace(
        preset,
        widths=(8, 16, 16, 32),
        head_dim=8,
        mamba_layers=2,
        transformer_layers=2,
        n_heads=4,
        d_feedforward=64,
        residual_groups=min(2, preset.residual_groups),
    )
    for name, preset in PRESETS.items()
    if isinstance(preset, Preset)
}


def trained(network: DetectionNetwork) -> DetectionNetwork:
    """Numbers such as training leaves them: all ones and zeros would hide a misplaced one."""
    generator = torch.Generator().manual_seed(8)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.5, generator=generator)
            module.running_var.uniform_(0.3, 2, generator=generator)
        if isinstance(module, nn.BatchNorm1d | nn.LayerNorm):
            module.weight.data.uniform_(0.5, 1.5, generator=generator)
            module.bias.data.normal_(0, 0.3, generator=generator)
        elif isinstance(module, GatedRMSNorm):
            module.weight.data.uniform_(0.5, 1.5, generator=generator)
        elif isinstance(module, nn.Conv1d | nn.Linear) and module.bias is not None:
            module.bias.data.normal_(0, 0.3, generator=generator)
    for name, parameter in network.named_parameters():
        if name.endswith(".D"):
            parameter.data.uniform_(0.5, 1.5, generator=generator)
    return network.eval()


def build(name: str) -> DetectionNetwork:
    torch.manual_seed(4)
    return trained(SeizureNetwork(SMALL[name]) if name in SMALL else SmallCnn(SmallCnnPreset(name)))


@pytest.fixture(params=[*SMALL, "small-cnn"])
def network(request: pytest.FixtureRequest) -> DetectionNetwork:
    return build(request.param)


@pytest.mark.parametrize("n_samples", [16, 48, 1024, 2000])
def test_logits_are_the_same(network: DetectionNetwork, n_samples: int) -> None:
    x = torch.randn(3, 19, n_samples)
    with torch.inference_mode():
        expected = network(x)
        logits = inference_network(network)(x)
    assert logits.shape == (3, n_samples)
    assert expected.std() > 0.05
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)


def test_the_network_is_left_as_it_was(network: DetectionNetwork) -> None:
    network.train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    narrow(inference_network(network), torch.bfloat16)
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())
    after = network.state_dict()
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        assert torch.equal(tensor, after[name]), name


def test_bfloat16_stays_close(network: DetectionNetwork) -> None:
    x = torch.randn(1, 19, 512, generator=torch.Generator().manual_seed(5))
    rough = inference_network(network)
    narrow(rough, torch.bfloat16)
    with torch.inference_mode():
        logits, expected = rough(x), network(x)
    assert logits.dtype == torch.float32
    assert torch.isfinite(logits).all()
    difference = (logits.sigmoid() - expected.sigmoid()).abs()
    assert 0 < difference.mean() < 0.02
    assert difference.max() < 0.2


def test_decays_stay_exact_in_bfloat16() -> None:
    network = build("vigil-13m")
    rough = inference_network(network)
    narrow(rough, torch.bfloat16)
    layer = rough.get_submodule("stack.0")
    assert {layer.get_buffer(name).dtype for name in ("decay", "dt_bias", "skip")} == {
        torch.float32
    }
    assert rough.get_parameter("stack.0.in_proj.weight").dtype == torch.bfloat16
    assert rough.get_parameter("head.weight").dtype == torch.float32


def test_both_directions_share_one_projection_in_and_out() -> None:
    shared = inference_network(build("vigil-13m")).get_parameter("stack.0.in_proj.weight")
    stock = inference_network(build("stock-31m"))
    n_projected = 32 + (32 + 2 * 16) + 4  # gate, what is convolved, steps
    assert shared.shape == (n_projected, 32)
    # Twice as wide and twice as many; the blocks' own projections out are in the layer's.
    assert stock.get_parameter("stack.0.in_proj.weight").shape == (2 * (64 + 96 + 8), 32)
    assert stock.get_parameter("stack.0.out_proj.weight").shape == (32, 2 * 64)


def test_parallel_convolutions_become_one() -> None:
    torch.manual_seed(3)
    block = ResidualBlock(16, (3, 5, 7), groups=2, dropout=0.1).eval()
    conv = merged_conv((branch[0], branch[1]) for branch in block.branches)
    assert conv.weight.shape == (16, 8, 1, 7)
    x = torch.randn(1, 16, 50)
    torch.testing.assert_close(x + conv(x.mT).mT, block(x))


@pytest.mark.parametrize(("dilation", "n_samples"), [(1, 40), (4, 40), (4, 41), (8, 3)])
def test_a_dilated_convolution(dilation: int, n_samples: int) -> None:
    torch.manual_seed(dilation)
    conv = nn.Conv1d(6, 10, 5, padding=2 * dilation, dilation=dilation, bias=False)
    norm = nn.BatchNorm1d(10).eval()
    norm.running_mean = torch.randn(10)
    x = torch.randn(2, 6, n_samples)
    folded = folded_conv(conv, norm)
    assert isinstance(folded, TimeConv)
    expected = torch.relu(norm(conv(x)))
    torch.testing.assert_close(folded(x.mT).mT, expected, rtol=1e-5, atol=1e-5)


def wide() -> DetectionNetwork:
    """As small as goes with channels enough for Winograd's form."""
    torch.manual_seed(6)
    widths = (8, 64, 128, 128)
    return trained(SeizureNetwork(dataclasses.replace(SMALL["vigil-13m"], widths=widths)))


def winograd_forms(network: nn.Module) -> list[WinogradConv]:
    return [module for module in network.modules() if isinstance(module, WinogradConv)]


@pytest.mark.parametrize("n_samples", [16, 48, 4096])
def test_logits_are_the_same_with_winograd_forms(n_samples: int) -> None:
    network = wide()
    fast = inference_network(network, winograd=True)
    assert len(winograd_forms(fast)) == 5  # one and a half blocks down, one up
    assert not winograd_forms(inference_network(network))
    x = torch.randn(2, 19, n_samples, generator=torch.Generator().manual_seed(7))
    with torch.inference_mode():
        expected, logits = network(x), fast(x)
    assert expected.std() > 0.05
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)


def test_winograd_forms_are_not_for_bfloat16() -> None:
    with pytest.raises(ValueError, match="need float32"):
        narrow(inference_network(wide(), winograd=True), torch.bfloat16)


def test_there_is_no_such_form_of_the_line_length_detector() -> None:
    network = build_network("line-length")
    assert isinstance(network, LineLength)
    with pytest.raises(TypeError, match="LineLength has no inference form"):
        inference_network(network)
