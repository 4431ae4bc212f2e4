"""Bidirectional Mamba-2 layers (Dao & Gu, "Transformers are SSMs", ICML 2024).

Both presets run the same mixer in either direction. ``stock-31m`` gives each direction a whole
Mamba-2 block whose parameters have the names and shapes of ``mamba_ssm.modules.mamba2.Mamba2``, so
weights can be exchanged. ``vigil-13m`` leaves out what a bidirectional layer has twice: the
directions share one input projection, and the layer's own projection is their output projection.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.model.presets import Preset
from core.model.scan import Scan, ssd_scan

__all__ = [
    "BidirectionalMamba",
    "GatedRMSNorm",
    "Mamba2",
    "Mixer",
    "SeparateDirections",
    "SharedDirections",
]

DT_MIN, DT_MAX, DT_FLOOR = 0.001, 0.1, 1e-4
A_MIN, A_MAX = 1.0, 16.0


class GatedRMSNorm(nn.Module):
    """Gate with SiLU, then divide by the root mean square over the channels."""

    def __init__(self, width: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, y: Tensor, gate: Tensor) -> Tensor:
        exact = torch.promote_types(y.dtype, torch.float32)
        gated = y.to(exact) * functional.silu(gate.to(exact))  # (B, L, inner)
        power = gated.square().mean(-1, keepdim=True)  # (B, L, 1)
        return (gated * torch.rsqrt(power + self.eps) * self.weight).to(y.dtype)  # (B, L, inner)


class Mixer(nn.Module):
    """One direction of Mamba-2 between its projections: convolution, scan, gated norm.

    Parameters
    ----------
    d_inner
        Channels.
    d_state
        States a channel.
    d_conv
        Samples that the causal convolution sees.
    head_dim
        Channels that share one step size and decay.
    scan
        The state-space scan.
    """

    def __init__(
        self, d_inner: int, d_state: int, d_conv: int, head_dim: int, scan: Scan = ssd_scan
    ) -> None:
        super().__init__()
        self.d_inner, self.d_state, self.head_dim = d_inner, d_state, head_dim
        self.scan = scan
        n_heads = d_inner // head_dim
        n_conv = d_inner + 2 * d_state
        self.d_projected = d_inner + n_conv + n_heads
        self.conv1d = nn.Conv1d(n_conv, n_conv, d_conv, groups=n_conv, padding=d_conv - 1)
        # Step sizes start log-uniform in [DT_MIN, DT_MAX]; softplus is what undoes this inverse.
        dt = torch.exp(torch.empty(n_heads).uniform_(math.log(DT_MIN), math.log(DT_MAX)))
        dt = dt.clamp(min=DT_FLOOR)
        self.dt_bias = nn.Parameter(dt + torch.log(-torch.expm1(-dt)))
        self.A_log = nn.Parameter(torch.empty(n_heads).uniform_(A_MIN, A_MAX).log())
        self.D = nn.Parameter(torch.ones(n_heads))
        self.norm = GatedRMSNorm(d_inner)

    def mix(self, projected: Tensor) -> Tensor:
        """Run over a projected sequence, left to right.

        Parameters
        ----------
        projected : (B, L, d_projected)
            Gate, scan input, input map, output map and step sizes, side by side.

        Returns
        -------
        (B, L, d_inner) tensor
        """
        length, state = projected.shape[1], self.d_state
        widths = [self.d_inner, self.d_inner + 2 * state, len(self.D)]
        gate, xbc, dt = torch.split(projected, widths, dim=-1)  # (B, L, inner | inner + 2N | heads)
        xbc = self.conv1d(xbc.mT)[..., :length].mT  # (B, L, inner + 2N), causal
        xbc = functional.silu(xbc)  # (B, L, inner + 2N)
        x, b, c = torch.split(xbc, [self.d_inner, state, state], dim=-1)  # (B, L, inner | N | N)
        x = x.reshape(*x.shape[:-1], -1, self.head_dim)  # (B, L, heads, dim)
        dt = functional.softplus(dt + self.dt_bias)  # (B, L, heads), positive
        y = self.scan(x, dt, -self.A_log.exp(), b, c)  # (B, L, heads, dim)
        y = y + x * self.D.unsqueeze(-1)  # (B, L, heads, dim)
        mixed: Tensor = self.norm(y.flatten(-2), gate)  # (B, L, inner)
        return mixed

    def forward(self, projected: Tensor) -> Tensor:
        return self.mix(projected)


class Mamba2(Mixer):
    """A stock Mamba-2 block; its weights are those of ``mamba_ssm``.

    Parameters
    ----------
    d_model
        Channels in and out.
    expand
        Inner channels for each of them.
    d_state, d_conv, head_dim, scan
        As in :class:`Mixer`.
    """

    def __init__(
        self,
        d_model: int,
        d_state: int,
        d_conv: int,
        head_dim: int,
        *,
        expand: int = 2,
        scan: Scan = ssd_scan,
    ) -> None:
        super().__init__(expand * d_model, d_state, d_conv, head_dim, scan)
        self.in_proj = nn.Linear(d_model, self.d_projected, bias=False)
        self.out_proj = nn.Linear(self.d_inner, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        mixed = self.mix(self.in_proj(x))  # (B, L, inner)
        y: Tensor = self.out_proj(mixed)  # (B, L, d_model)
        return y


class SharedDirections(nn.Module):
    """Two mixers that read one projection, (B, L, d_model) -> (B, L, 2 * d_inner)."""

    def __init__(self, preset: Preset, scan: Scan) -> None:
        super().__init__()
        width = preset.expand * preset.d_model
        sizes = (width, preset.d_state, preset.d_conv, preset.head_dim)
        self.left_to_right = Mixer(*sizes, scan=scan)
        self.right_to_left = Mixer(*sizes, scan=scan)
        self.in_proj = nn.Linear(preset.d_model, self.left_to_right.d_projected, bias=False)
        self.d_out = 2 * width

    def forward(self, x: Tensor) -> Tensor:
        projected = self.in_proj(x)  # (B, L, projected)
        forwards = self.left_to_right(projected)  # (B, L, inner)
        backwards = self.right_to_left(projected.flip(1)).flip(1)  # (B, L, inner)
        return torch.cat([forwards, backwards], dim=-1)  # (B, L, 2 * inner)


class SeparateDirections(nn.Module):
    """Two stock Mamba-2 blocks, (B, L, d_model) -> (B, L, 2 * d_model)."""

    def __init__(self, preset: Preset, scan: Scan) -> None:
        super().__init__()
        sizes = (preset.d_model, preset.d_state, preset.d_conv, preset.head_dim)
        self.left_to_right = Mamba2(*sizes, expand=preset.expand, scan=scan)
        self.right_to_left = Mamba2(*sizes, expand=preset.expand, scan=scan)
        self.d_out = 2 * preset.d_model

    def forward(self, x: Tensor) -> Tensor:
        forwards = self.left_to_right(x)  # (B, L, d_model)
        backwards = self.right_to_left(x.flip(1)).flip(1)  # (B, L, d_model)
        return torch.cat([forwards, backwards], dim=-1)  # (B, L, 2 * d_model)


class BidirectionalMamba(nn.Module):
    """One layer of the stack, (B, d_model, L) -> (B, d_model, L).

    Both directions, a 1x1 convolution over their concatenation, dropout, and a layer norm of the
    sum with the input.

    Parameters
    ----------
    preset
        Its sizes.
    scan
        The state-space scan.
    """

    def __init__(self, preset: Preset, scan: Scan = ssd_scan) -> None:
        super().__init__()
        self.directions: SharedDirections | SeparateDirections
        if preset.shared_in_projection:
            self.directions = SharedDirections(preset, scan)
        else:
            self.directions = SeparateDirections(preset, scan)
        self.out_proj = nn.Conv1d(self.directions.d_out, preset.d_model, 1)
        self.dropout = nn.Dropout(preset.dropout)
        self.norm = nn.LayerNorm(preset.d_model)

    def forward(self, x: Tensor) -> Tensor:
        both = self.directions(x.mT)  # (B, L, 2 * inner or 2 * d_model)
        y = self.dropout(self.out_proj(both.mT))  # (B, d_model, L)
        normed: Tensor = self.norm((x + y).mT)  # (B, L, d_model)
        return normed.mT  # (B, d_model, L)
