"""The small convolutional network."""

import re

import numpy as np
import pytest
import torch

from core.model.network import build_network, count_parameters
from core.model.presets import SmallCnnPreset
from core.model.small_cnn import SmallCnn, interpolate

torch.set_num_threads(1)

SEES_SAMPLES = 2048
"""More than the receptive field."""


@pytest.fixture
def network() -> SmallCnn:
    network = build_network("small-cnn", seed=5)
    assert isinstance(network, SmallCnn)
    return network


def test_parameter_count(network: SmallCnn) -> None:
    assert count_parameters(network) == 420_241


@pytest.mark.parametrize("n_samples", [16, 48, 2560, 5120, 15360])
def test_any_crop(network: SmallCnn, n_samples: int) -> None:
    logits = network.eval()(torch.randn(2, 19, n_samples))
    assert logits.shape == (2, n_samples)
    assert torch.isfinite(logits).all()
    assert n_samples < 100 or logits.std() > 0.1


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 18, 160), "expected 19 channels, not 18"),
        ((1, 19, 159), "expected a multiple of 16 samples, not 159"),
        ((19, 160), "expected (batch, 19, samples), not shape (19, 160)"),
    ],
)
def test_other_shapes_are_refused(network: SmallCnn, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        network(torch.zeros(shape))


def test_it_sees_some_seconds(network: SmallCnn) -> None:
    x = torch.randn(1, 19, 6400, requires_grad=True)
    network.eval()(x)[0, 3200].backward()
    assert x.grad is not None
    (seen,) = x.grad[0].abs().sum(0).nonzero(as_tuple=True)
    assert 4 * 256 < seen.max() - seen.min() < 10 * 256


def test_a_later_signal_gives_later_logits(network: SmallCnn) -> None:
    network.eval()
    signal = torch.randn(1, 19, 8000)
    first, later = network(signal[..., :7680]), network(signal[..., 160:7840])
    inner = slice(SEES_SAMPLES, 7680 - SEES_SAMPLES)
    torch.testing.assert_close(later[:, inner], first[:, 160:][:, inner], atol=1e-5, rtol=1e-5)


def test_padding_changes_nothing_far_from_it(network: SmallCnn) -> None:
    network.eval()
    signal = torch.randn(1, 19, 5120)
    padded = torch.nn.functional.pad(signal, (0, 2560))
    early = slice(0, 5120 - SEES_SAMPLES)
    expected = network(signal)[:, early]
    torch.testing.assert_close(network(padded)[:, early], expected, atol=1e-5, rtol=1e-5)


def test_every_parameter_learns(network: SmallCnn) -> None:
    network(torch.randn(2, 19, 512)).square().mean().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_inference_is_deterministic(network: SmallCnn) -> None:
    x = torch.randn(1, 19, 512)
    network.eval()
    assert torch.equal(network(x), network(x))


def test_other_sizes_can_be_built() -> None:
    tiny = SmallCnn(SmallCnnPreset("tiny", stem_width=4, width=6, dilations=(1, 2)))
    assert tiny(torch.randn(2, 19, 320)).shape == (2, 320)
    assert count_parameters(tiny) < 2_000


def test_interpolation_equals_numpys() -> None:
    values = torch.randn(3, 7)
    at, centres = (np.arange(7 * 16) + 0.5) / 16 - 0.5, np.arange(7)
    expected = np.stack([np.interp(at, centres, row) for row in values.numpy()])
    np.testing.assert_allclose(interpolate(values, 16).numpy(), expected, atol=1e-6)
