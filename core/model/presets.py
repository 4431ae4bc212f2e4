"""The networks that can be built, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["PRESETS", "Preset"]


@dataclass(frozen=True, slots=True)
class Preset:
    """Every number that a network is built from.

    Attributes
    ----------
    name
        As in ``model.preset`` of the configuration.
    expand
        Inner channels of one Mamba-2 direction for each channel of the bottleneck.
    shared_in_projection
        Whether both directions read one input projection (computed once), or each is a stock
        Mamba-2 block with projections of its own.
    n_channels
        Electrodes.
    widths
        Channels of the encoder's stages; the last is the width of the bottleneck.
    kernel
        Samples that each convolution of encoder and decoder sees.
    residual_blocks, residual_kernels, residual_groups
        The ResCNN: how many blocks, its parallel kernels in samples, groups of channels.
    mamba_layers, d_state, d_conv, head_dim
        The Mamba-2 stack: layers, states a channel, samples of the causal convolution, channels
        a head.
    dropout
        Probability, in the ResCNN and in the Mamba-2 stack.
    """

    name: str
    expand: int
    shared_in_projection: bool
    n_channels: int = 19
    widths: tuple[int, ...] = (64, 128, 256, 512)
    kernel: int = 5
    residual_blocks: int = 3
    residual_kernels: tuple[int, ...] = (3, 5, 7)
    residual_groups: int = 8
    mamba_layers: int = 6
    d_state: int = 16
    d_conv: int = 5
    head_dim: int = 64
    dropout: float = 0.1

    @property
    def d_model(self) -> int:
        """Channels at the bottleneck."""
        return self.widths[-1]

    @property
    def compression(self) -> int:
        """Input samples for each sample at the bottleneck."""
        return 1 << len(self.widths)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            Preset("vigil-13m", expand=1, shared_in_projection=True),
            Preset("stock-31m", expand=2, shared_in_projection=False),
        )
    }
)
"""``vigil-13m`` has 13,405,281 parameters and is the default."""
