"""Winograd's form of a convolution against the convolution."""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.model.folding import TimeConv, folded_conv
from core.model.winograd import CHUNK, KERNEL, WinogradConv, transforms, winograd_pays

torch.set_num_threads(1)

LENGTHS = [1, 2, 3, 4, 5, 7, 8, 61, 4 * CHUNK, 4 * CHUNK + 1, 10 * CHUNK + 3]
POINTS = [Fraction(numerator, 2) for numerator in (0, 2, -2, 4, -4, 1, -1, 6)]


def operands(n_in: int, n_out: int, n_batch: int, length: int) -> tuple[Tensor, Tensor, Tensor]:
    """Weight and bias in float64, signal in float32: outputs have a variance of about 2."""
    generator = torch.Generator().manual_seed(length)
    scale = (2 / (KERNEL * n_in)) ** 0.5
    weight = scale * torch.randn(n_out, n_in, KERNEL, generator=generator, dtype=torch.float64)
    bias = torch.randn(n_out, generator=generator, dtype=torch.float64)
    return weight, bias, torch.randn(n_batch, length, n_in, generator=generator)


def convolved(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return functional.conv1d(x.double().mT, weight, bias, padding=KERNEL // 2).relu().mT


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("n_batch", [1, 2])
def test_it_is_the_convolution(length: int, n_batch: int) -> None:
    weight, bias, x = operands(24, 10, n_batch, length)
    before = x.clone()
    y = WinogradConv(weight, bias)(x)
    assert y.dtype == torch.float32
    torch.testing.assert_close(y.double(), convolved(x, weight, bias), rtol=0, atol=2e-5)
    assert torch.equal(x, before)


def test_it_is_about_as_exact_as_the_direct_form() -> None:
    weight, bias, x = operands(256, 128, 1, 960)
    exact = convolved(x, weight, bias)
    conv = nn.Conv1d(256, 128, KERNEL, padding=KERNEL // 2)
    direct = TimeConv(weight, bias, conv, relu=True)(x)
    error = (WinogradConv(weight, bias)(x) - exact).square().mean().sqrt()
    assert 0 < error < 6 * (direct - exact).square().mean().sqrt()
    assert error < 2e-6


def test_signals_that_are_views_will_do() -> None:
    weight, bias, x = operands(8, 12, 2, 50)
    conv = WinogradConv(weight, bias)
    assert torch.equal(conv(x.mT.contiguous().mT), conv(x))
    torch.testing.assert_close(conv(x[:, 3:40]), conv(x[:, 3:40].clone()), rtol=0, atol=0)


def test_a_signal_of_a_batch_is_not_touched_by_its_neighbours() -> None:
    weight, bias, x = operands(8, 12, 3, 21)
    x[0], x[2] = torch.nan, torch.inf
    y = WinogradConv(weight, bias)(x)
    torch.testing.assert_close(y[1].double(), convolved(x[1:2], weight, bias)[0], rtol=0, atol=2e-5)


def test_every_call_in_every_thread_gives_the_same_bits() -> None:
    weight, bias, x = operands(128, 128, 1, 2000)
    conv = WinogradConv(weight, bias)
    expected = conv(x)

    def often(_: int) -> list[Tensor]:
        torch.set_num_threads(1)
        with torch.inference_mode():
            return [conv(x) for _ in range(5)]

    with ThreadPoolExecutor(3) as pool:
        for results in pool.map(often, range(3)):
            assert all(torch.equal(y, expected) for y in results)


@pytest.mark.parametrize(("tile", "kernel"), [(1, 3), (2, 3), (2, 5), (4, 5), (6, 3)])
def test_the_matrices_filter(tile: int, kernel: int) -> None:
    forth, taps, back = transforms(POINTS[: tile + kernel - 2], tile, kernel)
    generator = torch.Generator().manual_seed(1)
    g = torch.randn(kernel, generator=generator, dtype=torch.float64)
    d = torch.randn(tile + kernel - 1, generator=generator, dtype=torch.float64)
    expected = torch.stack([(g * d[i : i + kernel]).sum() for i in range(tile)])
    torch.testing.assert_close(back @ ((taps @ g) * (forth @ d)), expected)


def test_the_matrices_of_two_by_three_are_the_published_ones() -> None:
    forth, taps, back = transforms([Fraction(0), Fraction(1), Fraction(-1)], 2, 3)
    # Lavin & Gray's, but for signs that cancel.
    assert forth.tolist() == [[-1, 0, 1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]]
    assert taps.tolist() == [[-1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]
    assert back.tolist() == [[1, 1, 1, 0], [0, 1, -1, 1]]


def test_the_signals_matrices_are_exact_in_float32() -> None:
    conv = WinogradConv(torch.zeros(1, 1, KERNEL), torch.zeros(1))
    for matrix in (conv.forth, conv.back):
        assert torch.equal(matrix * 16, (matrix * 16).round())
        assert matrix.abs().max() < 10


@pytest.mark.parametrize(
    ("conv", "pays"),
    [
        (nn.Conv1d(128, 128, 5), True),
        (nn.Conv1d(768, 256, 5), True),
        (nn.Conv1d(128, 64, 5), False),
        (nn.Conv1d(64, 128, 5), False),
        (nn.Conv1d(128, 128, 7), False),
        (nn.Conv1d(128, 128, 5, stride=2), False),
        (nn.Conv1d(128, 128, 5, dilation=2), False),
        (nn.Conv1d(128, 128, 5, groups=2), False),
    ],
)
def test_it_is_used_where_it_is_faster(conv: nn.Conv1d, pays: bool) -> None:
    assert winograd_pays(conv) == pays
    norm = nn.BatchNorm1d(conv.out_channels).eval()
    assert isinstance(folded_conv(conv, norm, winograd=True), WinogradConv) == pays
    assert isinstance(folded_conv(conv, norm), TimeConv)
