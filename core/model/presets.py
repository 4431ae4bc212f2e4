"""The detectors that can be built, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

__all__ = [
    "PRESETS",
    "AnyPreset",
    "InputType",
    "LineLengthPreset",
    "Preset",
    "ShallowCnnPreset",
    "SmallCnnPreset",
]

InputType = Literal["raw", "band-passed", "spectrogram"]
"""What a shallow CNN sees of a segment."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Every number that a U-Net is built from.

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
        Probability, in the ResCNN and in the stack behind it.
    bottleneck
        The stack behind the ResCNN: bidirectional Mamba-2 layers or a transformer encoder.
    transformer_layers, n_heads, d_feedforward
        The transformer encoder: layers, attention heads, inner channels of the feed-forward part.
    """

    name: str
    expand: int = 1
    shared_in_projection: bool = True
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
    bottleneck: Literal["mamba", "transformer"] = "mamba"
    transformer_layers: int = 8
    n_heads: int = 8
    d_feedforward: int = 2048

    @property
    def d_model(self) -> int:
        """Channels at the bottleneck."""
        return self.widths[-1]

    @property
    def compression(self) -> int:
        """Input samples for each sample at the bottleneck."""
        return 1 << len(self.widths)


@dataclass(frozen=True, slots=True)
class SmallCnnPreset:
    """Every number that the small convolutional network is built from.

    Attributes
    ----------
    name, n_channels
        As in :class:`Preset`.
    stem_width, width
        Channels behind the first and behind the second strided convolution.
    stem_kernel, stem_stride
        Samples that each of the two sees, and by which it shortens.
    kernel, dilations
        Samples that a convolution of a residual block sees, and the distance between them in
        each block.
    dropout
        Probability, in the residual blocks.
    """

    name: str
    n_channels: int = 19
    stem_width: int = 48
    width: int = 96
    stem_kernel: int = 9
    stem_stride: int = 4
    kernel: int = 5
    dilations: tuple[int, ...] = (1, 2, 4, 8)
    dropout: float = 0.1

    @property
    def compression(self) -> int:
        """Input samples for each sample between stem and head."""
        return self.stem_stride**2


@dataclass(frozen=True, slots=True)
class LineLengthPreset:
    """Every number that the line-length detector is built from.

    Attributes
    ----------
    name, n_channels
        As in :class:`Preset`.
    step_samples
        Samples of one step (1 s).
    lag_samples
        Distance of the samples whose difference is taken (31 ms). 1 is the original; more gives
        the line length of a running mean, -3 dB at 14 Hz here, which leaves muscle out.
    smoothing_steps
        Steps that are averaged, centred; odd.
    trimmed_channels
        How many channels with the lowest and how many with the highest line length are left out.
    history_steps
        How many past steps the baseline remembers.
    min_history_steps
        With fewer, the window at hand takes part in its own baseline.
    """

    name: str
    n_channels: int = 19
    step_samples: int = 256
    lag_samples: int = 8
    smoothing_steps: int = 5
    trimmed_channels: int = 2
    history_steps: int = 600
    min_history_steps: int = 60

    @property
    def compression(self) -> int:
        """Input samples for each step."""
        return self.step_samples


@dataclass(frozen=True, slots=True)
class ShallowCnnPreset:
    """Every number that a shallow classifier of short segments is built from.

    Attributes
    ----------
    name, n_channels
        As in :class:`Preset`.
    input_type
        What the first convolution sees.
    segment_samples
        Length of a segment (2 s); each gets one logit.
    band_hz
        Pass band of ``band-passed``.
    fft_samples, hop_samples, highest_hz
        Of ``spectrogram``: length and distance of the transforms, and where it ends.
    widths
        Channels of the convolutions.
    kernels, strides
        Of the convolutions; a spectrogram, which has few columns, is never strided.
    hidden
        Units of the dense layer.
    dropout
        Probability, in front of the output.
    """

    name: str
    input_type: InputType = "raw"
    segment_samples: int = 512
    n_channels: int = 19
    band_hz: tuple[float, float] = (3.0, 30.0)
    fft_samples: int = 128
    hop_samples: int = 32
    highest_hz: float = 40.0
    widths: tuple[int, ...] = (32, 48, 64)
    kernels: tuple[int, ...] = (9, 7, 5)
    strides: tuple[int, ...] = (4, 2, 2)
    hidden: int = 32
    dropout: float = 0.2

    @property
    def compression(self) -> int:
        """Input samples for each logit."""
        return self.segment_samples


AnyPreset = Preset | SmallCnnPreset | LineLengthPreset | ShallowCnnPreset

PRESETS: Mapping[str, AnyPreset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            Preset("vigil-13m", expand=1, shared_in_projection=True),
            Preset("stock-31m", expand=2, shared_in_projection=False),
            Preset(
                "seizure-transformer",
                bottleneck="transformer",
                residual_blocks=5,
                residual_kernels=(3, 5),
                residual_groups=1,
            ),
            SmallCnnPreset("small-cnn"),
            LineLengthPreset("line-length"),
        )
    }
)
"""``vigil-13m`` has 13,405,281 parameters and is the default; the last three are baselines."""
