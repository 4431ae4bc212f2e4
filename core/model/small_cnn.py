"""A small convolutional network: what a bedside computer of any age can run.

Two strided convolutions bring 256 Hz down to 16 Hz, dilated residual blocks look about 4 s either
way, and the logits are interpolated back to every sample.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.model.detection_network import DetectionNetwork
from core.model.presets import SmallCnnPreset

__all__ = ["DilatedBlock", "SmallCnn", "interpolate"]


class DilatedBlock(nn.Module):
    """Two dilated convolutions, added to their input: (B, width, L) -> the same.

    Parameters
    ----------
    width
        Channels.
    kernel
        Samples that each convolution sees; odd.
    dilation
        Distance between them.
    dropout
        Probability, of whole channels.
    """

    def __init__(self, width: int, kernel: int, dilation: int, dropout: float) -> None:
        super().__init__()
        padding = kernel // 2 * dilation
        self.conv1 = nn.Conv1d(width, width, kernel, padding=padding, dilation=dilation, bias=False)
        self.norm1 = nn.BatchNorm1d(width)
        self.conv2 = nn.Conv1d(width, width, kernel, padding=padding, dilation=dilation, bias=False)
        self.norm2 = nn.BatchNorm1d(width)
        self.dropout = nn.Dropout1d(dropout)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.norm1(self.conv1(x)))  # (B, width, L)
        y = self.norm2(self.conv2(y))  # (B, width, L)
        refined: Tensor = self.dropout(functional.relu(y))  # (B, width, L)
        return x + refined  # (B, width, L)


class SmallCnn(DetectionNetwork):
    """The small network; see :class:`~core.model.detection_network.DetectionNetwork`.

    Parameters
    ----------
    preset
        Its sizes.
    """

    def __init__(self, preset: SmallCnnPreset) -> None:
        super().__init__(preset)
        self.compression = preset.compression
        steps = ((preset.n_channels, preset.stem_width), (preset.stem_width, preset.width))
        self.stem = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(
                    n_in,
                    n_out,
                    preset.stem_kernel,
                    stride=preset.stem_stride,
                    padding=preset.stem_kernel // 2,
                    bias=False,
                ),
                nn.BatchNorm1d(n_out),
                nn.ReLU(),
            )
            for n_in, n_out in steps
        )
        self.blocks = nn.ModuleList(
            DilatedBlock(preset.width, preset.kernel, dilation, preset.dropout)
            for dilation in preset.dilations
        )
        self.head = nn.Conv1d(preset.width, 1, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv1d):
                # ReLU halves the power; the head, which has none behind it, keeps it.
                power = 1 if module is self.head else 2
                nn.init.normal_(module.weight, std=(power / module.weight[0].numel()) ** 0.5)
        assert self.head.bias is not None
        nn.init.zeros_(self.head.bias)

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
        for layer in self.stem:
            x = layer(x)  # (B, 48 | 96, L / 4 | 16)
        for block in self.blocks:
            x = block(x)  # (B, 96, L / 16)
        logits = self.head(x).squeeze(1)  # (B, L / 16)
        return interpolate(logits, self.compression)  # (B, L)


def interpolate(x: Tensor, factor: int) -> Tensor:
    """Put ``factor`` samples in the place of each one, on straight lines from centre to centre.

    Written out because the gradient of PyTorch's own is not deterministic on a GPU.

    Parameters
    ----------
    x : (B, L)
        Values; before the first and behind the last one they stay level.
    factor
        Samples for each of them.

    Returns
    -------
    (B, L * factor) tensor
    """
    before = torch.cat([x[:, :1], x[:, :-1]], dim=1).unsqueeze(-1)  # (B, L, 1)
    after = torch.cat([x[:, 1:], x[:, -1:]], dim=1).unsqueeze(-1)  # (B, L, 1)
    # How far each new sample lies behind the centre of the one that it replaces.
    offset = (torch.arange(factor, device=x.device) + 0.5) / factor - 0.5  # (factor,)
    later = offset.clamp(min=0).to(x.dtype)  # (factor,)
    earlier = (-offset).clamp(min=0).to(x.dtype)  # (factor,)
    middle = 1 - later - earlier  # (factor,)
    lines = before * earlier + x.unsqueeze(-1) * middle + after * later  # (B, L, factor)
    return lines.flatten(1)  # (B, L * factor)
