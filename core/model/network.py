"""The detector's network: a U-Net with a ResCNN and a stack of sequence layers at its bottleneck.

The stack is what the presets differ in: bidirectional Mamba-2 layers or a transformer encoder.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.errors import ConfigError
from core.model.detection_network import DetectionNetwork
from core.model.line_length import LineLength
from core.model.mamba import BidirectionalMamba
from core.model.presets import (
    PRESETS,
    LineLengthPreset,
    Preset,
    ShallowCnnPreset,
    SmallCnnPreset,
)
from core.model.scan import Scan, ssd_scan
from core.model.shallow_cnn import ShallowCnn
from core.model.small_cnn import SmallCnn
from core.model.transformer import TransformerStack

__all__ = ["DoubleConv", "ResidualBlock", "SeizureNetwork", "build_network", "count_parameters"]


class DoubleConv(nn.Module):
    """Twice convolution, batch norm, ReLU: (B, n_in, L) -> (B, n_out, L)."""

    def __init__(self, n_in: int, n_out: int, kernel: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(n_in, n_out, kernel, padding=kernel // 2)
        self.norm1 = nn.BatchNorm1d(n_out)
        self.conv2 = nn.Conv1d(n_out, n_out, kernel, padding=kernel // 2)
        self.norm2 = nn.BatchNorm1d(n_out)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.norm1(self.conv1(x)))  # (B, n_out, L)
        return functional.relu(self.norm2(self.conv2(x)))  # (B, n_out, L)


class ResidualBlock(nn.Module):
    """Grouped convolutions of several lengths, summed onto the input: (B, width, L) -> the same.

    Each convolution has a batch norm of its own, so that the lengths weigh alike. Dropout takes
    whole channels: neighbouring samples of a channel are too alike for it to work on single ones.
    """

    def __init__(self, width: int, kernels: tuple[int, ...], groups: int, dropout: float) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=groups),
                nn.BatchNorm1d(width),
            )
            for kernel in kernels
        )
        self.dropout = nn.Dropout1d(dropout)

    def forward(self, x: Tensor) -> Tensor:
        scales = torch.stack([branch(x) for branch in self.branches]).sum(0)  # (B, width, L)
        refined: Tensor = self.dropout(functional.relu(scales))  # (B, width, L)
        return x + refined  # (B, width, L)


class SeizureNetwork(DetectionNetwork):
    """The U-Net; see :class:`~core.model.detection_network.DetectionNetwork`.

    Parameters
    ----------
    preset
        Its sizes.
    scan
        The state-space scan of the Mamba-2 layers.
    """

    def __init__(self, preset: Preset, scan: Scan = ssd_scan) -> None:
        super().__init__(preset)
        widths, kernel = preset.widths, preset.kernel
        skips = widths[::-1]  # deepest first: 512, 256, 128, 64
        rises = (*skips[1:], widths[0])  # 256, 128, 64, 64
        self.encoder = nn.ModuleList(
            DoubleConv(n_in, n_out, kernel)
            for n_in, n_out in zip((preset.n_channels, *widths), widths, strict=False)
        )
        self.down = nn.ModuleList(nn.Conv1d(n, n, 2, stride=2) for n in widths)
        self.rescnn = nn.Sequential(
            *(
                ResidualBlock(
                    preset.d_model, preset.residual_kernels, preset.residual_groups, preset.dropout
                )
                for _ in range(preset.residual_blocks)
            )
        )
        # Under its own name in weights files: "mamba" or "transformer".
        self._stack = preset.bottleneck
        self.add_module(self._stack, _build_stack(preset, scan))
        self.up = nn.ModuleList(
            nn.ConvTranspose1d(n_in, n_out, 2, stride=2)
            for n_in, n_out in zip((widths[-1], *rises), rises, strict=False)
        )
        self.decoder = nn.ModuleList(
            DoubleConv(n_up + n_skip, n_up, kernel)
            for n_up, n_skip in zip(rises, skips, strict=True)
        )
        self.head = nn.Conv1d(widths[0], 1, 1)
        self._initialise_convolutions()

    def _initialise_convolutions(self) -> None:
        """Keep the signal's variance from layer to layer; the stack keeps its own start."""
        for part in (self.encoder, self.down, self.rescnn, self.up, self.decoder, self.head):
            for module in part.modules():
                if isinstance(module, nn.Conv1d):
                    # ReLU halves the power; what no ReLU follows needs half the variance.
                    power = 1 if part in (self.down, self.head) else 2
                    fan_in = module.weight[0].numel()
                    nn.init.normal_(module.weight, std=(power / fan_in) ** 0.5)
                elif isinstance(module, nn.ConvTranspose1d):
                    # With stride = kernel each output sample sums over the input channels once.
                    nn.init.normal_(module.weight, std=module.in_channels**-0.5)
                else:
                    continue
                assert module.bias is not None
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the seizure probability.

        Parameters
        ----------
        x : (B, 19, L)
            Normalised windows; L is a multiple of 16.

        Returns
        -------
        (B, L) tensor

        Raises
        ------
        ValueError
            For any other shape.
        """
        self.check_shape(x)
        skips = []
        for block, down in zip(self.encoder, self.down, strict=True):
            x = block(x)  # (B, 64 | 128 | 256 | 512, L / 1 | 2 | 4 | 8)
            skips.append(x)
            x = down(x)  # same channels, half the samples

        x = self.rescnn(x)  # (B, 512, L / 16)
        x = x + self.get_submodule(self._stack)(x)  # (B, 512, L / 16)

        for up, block in zip(self.up, self.decoder, strict=True):
            x = up(x)  # (B, 256 | 128 | 64 | 64, L / 8 | 4 | 2 | 1)
            x = torch.cat([x, skips.pop()], dim=1)  # + 512 | 256 | 128 | 64 channels
            x = block(x)  # (B, 256 | 128 | 64 | 64, L / 8 | 4 | 2 | 1)

        logits: Tensor = self.head(x).squeeze(1)  # (B, L)
        return logits


def _build_stack(preset: Preset, scan: Scan) -> nn.Module:
    """Build what mixes along time at the bottleneck: (B, d_model, L) -> the same."""
    if preset.bottleneck == "transformer":
        return TransformerStack(preset)
    return nn.Sequential(*(BidirectionalMamba(preset, scan) for _ in range(preset.mamba_layers)))


def build_network(preset: str, seed: int = 0, scan: Scan = ssd_scan) -> DetectionNetwork:
    """Build an untrained detector, on the CPU.

    Parameters
    ----------
    preset
        A key of :data:`~core.model.presets.PRESETS`.
    seed
        Of the random weights: the same seed gives the same weights, whatever was drawn before. The
        global random state is left as it was.
    scan
        The state-space scan of Mamba-2 layers.

    Returns
    -------
    DetectionNetwork
        A :class:`SeizureNetwork`, or a :class:`~core.model.small_cnn.SmallCnn` or
        :class:`~core.model.line_length.LineLength`, whose parameters do not start at random.

    Raises
    ------
    ConfigError
        Where there is no such preset.
    """
    if preset not in PRESETS:
        raise ConfigError(f"model.preset: unknown preset {preset!r} (known: {', '.join(PRESETS)})")
    with torch.random.fork_rng(devices=[]):
        # Not torch.manual_seed, which would seed the GPUs too.
        torch.default_generator.manual_seed(seed)
        match PRESETS[preset]:
            case LineLengthPreset() as sizes:
                return LineLength(sizes)
            case SmallCnnPreset() as sizes:
                return SmallCnn(sizes)
            case ShallowCnnPreset() as sizes:
                return ShallowCnn(sizes)
            case sizes:
                return SeizureNetwork(sizes, scan)


def count_parameters(module: nn.Module) -> int:
    """Trainable numbers in a module."""
    return sum(parameter.numel() for parameter in module.parameters())
