"""Convolutions along time with fewer multiplications: Winograd's minimal filtering, F(4, 5).

Four neighbouring samples of a convolution with five taps see eight samples of the signal. Taps and
samples are the coefficients of polynomials and the convolution is their product, transposed. Such
a product is known from its values at eight points, and its value at a point is one multiplication:
8 for 4 samples instead of 20. Changing to values and back costs one small matrix product each,
shared by all channels, so it pays where there are many.

Sources: Winograd, *Arithmetic Complexity of Computations* (1980); Lavin & Gray, *Fast Algorithms
for Convolutional Neural Networks* (CVPR 2016). The points are those usual for eight: small, and
each with its negative and its inverse, which keeps the matrices' entries near 1.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["KERNEL", "WinogradConv", "transforms", "winograd_pays"]

KERNEL = 5
TILE = 4
"""Samples computed together."""

POINTS = tuple(map(Fraction, ("0", "1", "-1", "1/2", "-1/2", "2", "-2")))
"""The eighth is infinity: there a polynomial's value is its highest coefficient."""

CHUNK = 240
"""Tiles computed at a time, for the cache's sake: 2 MB of values at 256 channels."""

MIN_CHANNELS = 128
"""In and out, from which on it is faster; see docs/performance.md."""


class WinogradConv(nn.Module):
    """A convolution of length 5 with ReLU behind it: (B, L, n_in) -> (B, L, n_out), in float32.

    As of :class:`~core.model.folding.TimeConv` with stride and dilation 1 and one group, up to
    rounding. Has no gradients.

    Parameters
    ----------
    weight : (n_out, n_in, 5) float64
        As of ``nn.Conv1d``; in float64, so that it is rounded once.
    bias : (n_out,)
        Its bias.
    """

    weight: Tensor
    bias: Tensor
    forth: Tensor
    back: Tensor

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        forth, taps, back = transforms(POINTS, TILE, KERNEL)
        values = torch.einsum("pk,oik->pio", taps, weight.double())
        self.register_buffer("weight", values.float().contiguous())  # (8, n_in, n_out)
        self.register_buffer("bias", bias.float())  # (n_out,)
        self.register_buffer("forth", forth.float())  # (8, 8)
        self.register_buffer("back", back.float())  # (4, 8)

    def forward(self, x: Tensor) -> Tensor:
        n_batch, length, n_in = x.shape
        n_points, _, n_out = self.weight.shape
        margin = KERNEL // 2
        x = functional.pad(x.float(), (0, 0, margin, margin + -length % TILE))
        # A tile's eight samples are a block of four and the next one. The signals of a batch
        # follow each other; the tile between two is computed and dropped.
        blocks = x.reshape(-1, TILE, n_in)  # (B * (T + 1), 4, n_in), T tiles a signal
        y = x.new_empty(len(blocks), TILE, n_out)
        n_tiles = len(blocks) - 1
        for first in range(0, n_tiles, CHUNK):
            stop = min(first + CHUNK, n_tiles)
            halves = blocks[first:stop], blocks[first + 1 : stop + 1]
            samples = torch.cat([half.transpose(0, 1) for half in halves])  # (8, n, n_in)
            values = torch.mm(self.forth, samples.view(n_points, -1))  # (8, n * n_in)
            products = torch.bmm(values.view(n_points, -1, n_in), self.weight)  # (8, n, n_out)
            sums = torch.mm(self.back, products.view(n_points, -1))  # (4, n * n_out)
            sums = sums.view(TILE, -1, n_out).transpose(0, 1)  # (n, 4, n_out)
            torch.add(sums, self.bias, out=y[first:stop]).relu_()
        y = torch.unflatten(y, 0, (n_batch, -1))[:, :-1]  # (B, T, 4, n_out)
        return y.flatten(1, 2)[:, :length]


def winograd_pays(conv: nn.Conv1d) -> bool:
    """Whether a convolution can be computed so, and is faster then."""
    return (
        conv.kernel_size == (KERNEL,)
        and conv.stride == conv.dilation == (1,)
        and conv.groups == 1
        and min(conv.in_channels, conv.out_channels) >= MIN_CHANNELS
    )


def transforms(points: Sequence[Fraction], tile: int, kernel: int) -> tuple[Tensor, Tensor, Tensor]:
    """Make the matrices of F(tile, kernel), exactly.

    With them ``back @ ((taps @ g) * (forth @ d))`` is, in exact arithmetic, the ``tile`` samples
    ``y[i] = sum over k of g[k] d[i + k]``.

    Parameters
    ----------
    points
        ``tile + kernel - 2`` different ones; infinity comes on top.
    tile
        Samples computed together.
    kernel
        Taps.

    Returns
    -------
    tuple of float64 tensors
        ``forth`` (n, n), ``taps`` (n, kernel) and ``back`` (tile, n), n = tile + kernel - 1.
        ``forth`` and ``back`` hold no rounding where the points are halves, wholes and doubles.
    """
    # Values of g times powers of the point, interpolated, are the product's coefficients; what
    # acts on the powers and what interpolates change sides when transposed. Lagrange's
    # denominators go to the taps, which are transformed once.
    others = [[other for other in points if other != point] for point in points]
    scales = [
        math.prod(point - other for other in rest)
        for point, rest in zip(points, others, strict=True)
    ]
    forth = [[*_coefficients(rest), Fraction(0)] for rest in others]
    forth.append(_coefficients(points))
    taps = [
        [point**k / scale for k in range(kernel)]
        for point, scale in zip(points, scales, strict=True)
    ]
    taps.append([Fraction(k == kernel - 1) for k in range(kernel)])
    back = [[*(point**i for point in points), Fraction(i == tile - 1)] for i in range(tile)]
    return _matrix(forth), _matrix(taps), _matrix(back)


def _coefficients(roots: Sequence[Fraction]) -> list[Fraction]:
    """Multiply out (x - root) over all roots; the constant first."""
    product = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0), *product]
        lowered = [root * coefficient for coefficient in product] + [Fraction(0)]
        product = [high - low for high, low in zip(shifted, lowered, strict=True)]
    return product


def _matrix(rows: Sequence[Sequence[Fraction]]) -> Tensor:
    return torch.tensor([[float(entry) for entry in row] for row in rows], dtype=torch.float64)
