"""A bidirectional Mamba-2 layer in the form that is fastest to run, with the same result.

One projection in for both directions, one convolution, one scan and one projection out. What
follows the scan without a nonlinearity in between (norm weights, the directions' own projections,
the layer's projection) is one matrix. Folding happens in float64.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.model.folding import linear
from core.model.grouped_scan import GroupedScan
from core.model.mamba import BidirectionalMamba, Mixer, SharedDirections

__all__ = ["InferenceMamba"]


class InferenceMamba(nn.Module):
    """One layer of the stack: (B, L, d_model) -> the same.

    Parameters
    ----------
    layer
        The trained layer.
    scan
        Scans both directions.
    """

    conv_weight: Tensor
    conv_bias: Tensor
    dt_bias: Tensor
    decay: Tensor
    skip: Tensor

    def __init__(self, layer: BidirectionalMamba, scan: GroupedScan) -> None:
        super().__init__()
        directions = layer.directions
        mixers: tuple[Mixer, Mixer] = (directions.left_to_right, directions.right_to_left)
        first = mixers[0]
        self.d_inner, self.d_state, self.head_dim = first.d_inner, first.d_state, first.head_dim
        self.n_heads = len(first.D)
        self.d_conv = first.conv1d.kernel_size[0]
        self.eps, self.scan = first.norm.eps, scan
        outward = layer.out_proj.weight.detach().double().squeeze(-1)  # (d_model, 2 * width)
        outwards = list(outward.chunk(2, dim=1))
        if isinstance(directions, SharedDirections):
            inwards = [directions.in_proj.weight.detach()]
        else:
            blocks = (directions.left_to_right, directions.right_to_left)
            inwards = [block.in_proj.weight.detach() for block in blocks]
            outwards = [
                own @ block.out_proj.weight.detach().double()  # (d_model, inner)
                for own, block in zip(outwards, blocks, strict=True)
            ]
        outwards = [
            own * mixer.norm.weight.detach().double()  # (d_model, inner)
            for own, mixer in zip(outwards, mixers, strict=True)
        ]
        self.n_projections = len(inwards)
        # Rows: the gates of both directions, then what is convolved, then the step sizes.
        widths = [self.d_inner, self.d_inner + 2 * self.d_state, self.n_heads]
        self.widths = [width * len(inwards) for width in widths]
        split = [torch.split(weight, widths) for weight in inwards]
        self.in_proj = linear(
            torch.cat([part for kind in zip(*split, strict=True) for part in kind])
        )
        self.out_proj = linear(torch.cat(outwards, dim=1), layer.out_proj.bias)
        self.norm = nn.LayerNorm(layer.norm.normalized_shape, layer.norm.eps)
        self.norm.load_state_dict(layer.norm.state_dict())

        convs = [mixer.conv1d for mixer in mixers]
        weight = torch.cat([conv.weight.detach() for conv in convs]).unsqueeze(2)
        self.register_buffer("conv_weight", weight.contiguous(memory_format=torch.channels_last))
        self.register_buffer(
            "conv_bias", torch.cat([conv.bias for conv in convs if conv.bias is not None])
        )
        self.register_buffer("dt_bias", torch.stack([m.dt_bias.detach() for m in mixers]))
        self.register_buffer("decay", torch.stack([-m.A_log.detach().exp() for m in mixers]))
        self.register_buffer("skip", torch.stack([m.D.detach() for m in mixers]).unsqueeze(-1))

    def narrow(self, dtype: torch.dtype) -> None:
        """Convolve in a narrow number format; the scan and the norms stay as they are."""
        self.conv_weight = self.conv_weight.to(dtype)
        self.conv_bias = self.conv_bias.to(dtype)

    def forward(self, x: Tensor) -> Tensor:
        length, state = x.shape[1], self.d_state
        gate, xbc, dt = torch.split(self.in_proj(x), self.widths, dim=-1)
        xbc = functional.silu(self._convolve(self._both(xbc)), inplace=True)
        xbc = torch.unflatten(xbc, -1, (2, -1))  # (B, L, 2, inner + 2N)
        u, b, c = torch.split(xbc, [self.d_inner, state, state], dim=-1)
        u = torch.unflatten(u, -1, (-1, self.head_dim))  # (B, L, 2, heads, dim)
        dt = torch.unflatten(self._both(dt), -1, (2, -1)).float()  # (B, L, 2, heads)
        dt = functional.softplus(dt + self.dt_bias)
        y = self.scan(u, dt, self.decay, b, c)  # (B, 2, L, heads, dim), float32
        y = torch.addcmul(
            y, u.transpose(1, 2).float(), self.skip.unsqueeze(1)
        )  # (B, 2, L, heads, dim)
        y = y.flatten(-2)  # (B, 2, L, inner)
        forwards, backwards = y[:, 0], y[:, 1].flip(1)
        gates = torch.unflatten(functional.silu(gate.float()), -1, (self.n_projections, -1))
        mixed = x.new_empty((x.shape[0], length, 2, self.d_inner))
        for k, signal in enumerate((forwards, backwards)):
            gated = signal * gates[:, :, k % self.n_projections]  # (B, L, inner)
            power = gated.square().mean(-1, keepdim=True)  # (B, L, 1)
            torch.mul(gated, torch.rsqrt(power + self.eps), out=mixed[:, :, k])
        y = self.out_proj(mixed.flatten(-2))  # (B, L, d_model)
        normed: Tensor = self.norm(y.add_(x).float())  # (B, L, d_model)
        return normed.to(x.dtype)

    def _both(self, projected: Tensor) -> Tensor:
        """Left to right, and right to left turned round, side by side: (B, L, 2 * width)."""
        forwards, backwards = projected, projected
        if self.n_projections == 2:
            forwards, backwards = projected.chunk(2, dim=-1)
        return torch.cat([forwards, backwards.flip(1)], dim=-1)

    def _convolve(self, xbc: Tensor) -> Tensor:
        """Causal convolution of each channel: (B, L, n) -> the same."""
        image = xbc.mT.unsqueeze(2)  # (B, n, 1, L), channels last in memory
        n_channels, padding = image.shape[1], (0, self.d_conv - 1)
        y = functional.conv2d(
            image, self.conv_weight, self.conv_bias, padding=padding, groups=n_channels
        )
        return y[..., : xbc.shape[1]].squeeze(2).mT  # (B, L, n)
