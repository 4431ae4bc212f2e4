"""The transformer encoder at the bottleneck, and the U-Net around it."""

import pytest
import torch

from core.model.network import SeizureNetwork, build_network, count_parameters
from core.model.presets import Preset
from core.model.transformer import SelfAttention, SinusoidalPositions, TransformerStack

torch.set_num_threads(1)

TINY = Preset(
    "tiny-transformer",
    bottleneck="transformer",
    widths=(4, 8, 8, 16),
    residual_groups=2,
    residual_blocks=1,
    transformer_layers=2,
    n_heads=4,
    d_feedforward=32,
)


def test_parameters_of_each_part() -> None:
    network = build_network("seizure-transformer")
    assert count_parameters(network) == 41_156_673
    parts = {name: count_parameters(part) for name, part in network.named_children()}
    assert parts == {
        "encoder": 2_612_800,
        "down": 697_280,
        "rescnn": 10_501_120,
        "transformer": 25_207_808,
        "up": 352_768,
        "decoder": 1_784_832,
        "head": 65,
    }


def test_a_window_at_full_size() -> None:
    network = build_network("seizure-transformer").eval()
    with torch.inference_mode():
        logits = network(torch.randn(1, 19, 15360))
    assert logits.shape == (1, 15360)
    assert torch.isfinite(logits).all()
    assert logits.std() > 0.1


@pytest.mark.parametrize("n_samples", [16, 48, 2560, 5120, 15360])
def test_any_crop(n_samples: int) -> None:
    network = SeizureNetwork(TINY).eval()
    assert network(torch.randn(2, 19, n_samples)).shape == (2, n_samples)


def test_every_parameter_learns() -> None:
    network = SeizureNetwork(TINY)
    network(torch.randn(2, 19, 256)).square().mean().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_inference_is_deterministic() -> None:
    network = SeizureNetwork(TINY).eval()
    x = torch.randn(1, 19, 320)
    assert torch.equal(network(x), network(x))


def test_a_crop_meets_the_positions_of_a_windows_start() -> None:
    long, short = SinusoidalPositions.table(960, 512), SinusoidalPositions.table(160, 512)
    assert torch.equal(long[:160], short)
    assert long.abs().max() <= 1
    distances = torch.cdist(long, long).fill_diagonal_(torch.inf)
    assert distances.min() > 0.1  # no two samples stand at the same place


def test_positions_follow_the_formula() -> None:
    table = SinusoidalPositions.table(50, 8)
    sample, pair = 37, 2
    phase = torch.tensor(sample / 10_000 ** (2 * pair / 8))
    torch.testing.assert_close(table[sample, 2 * pair], phase.sin())
    torch.testing.assert_close(table[sample, 2 * pair + 1], phase.cos())


def test_positions_are_all_that_tells_the_order() -> None:
    attention = SelfAttention(16, 4, 0.0).eval()
    x = torch.randn(1, 12, 16)
    order = torch.randperm(12)
    torch.testing.assert_close(attention(x[:, order]), attention(x)[:, order])
    stack = TransformerStack(TINY).eval()
    assert not torch.allclose(stack(x.mT[..., order]), stack(x.mT)[..., order], atol=1e-3)


def test_attention_equals_the_formula() -> None:
    attention = SelfAttention(8, 2, 0.0).eval()
    x = torch.randn(1, 5, 8)
    query, key, value = attention.in_proj(x)[0].split(8, dim=-1)
    heads = []
    for head in (slice(0, 4), slice(4, 8)):
        weights = torch.softmax(query[:, head] @ key[:, head].T / 4**0.5, dim=-1)
        heads.append(weights @ value[:, head])
    expected = attention.out_proj(torch.cat(heads, dim=-1))
    torch.testing.assert_close(attention(x)[0], expected)


def test_a_padded_window_stays_finite() -> None:
    network = SeizureNetwork(TINY).eval()
    x = torch.randn(1, 19, 1600)
    x[..., 400:] = 0
    assert torch.isfinite(network(x)).all()
    assert torch.isfinite(network(torch.zeros(1, 19, 1600))).all()


def test_the_scan_is_for_mamba_only() -> None:
    names = dict(build_network("seizure-transformer").named_children())
    assert "mamba" not in names
    assert "transformer" not in dict(build_network("vigil-13m").named_children())
