"""A trained network in the form that is fastest to run: same weights, same result, no training.

Built from a :class:`~core.model.detection_network.DetectionNetwork`, which is left as it was. The
parts are those of :mod:`core.model.folding` and :mod:`core.model.mamba_inference`.
"""

import copy

import torch
from torch import Tensor, nn

from core.model.detection_network import DetectionNetwork
from core.model.folding import TimeConv, downsampler, folded_conv, linear, merged_conv, upsampler
from core.model.grouped_scan import GroupedScan, grouped_scan
from core.model.mamba import BidirectionalMamba
from core.model.mamba_inference import InferenceMamba
from core.model.network import DoubleConv, ResidualBlock, SeizureNetwork
from core.model.presets import Preset
from core.model.small_cnn import DilatedBlock, SmallCnn, interpolate
from core.model.transformer import TransformerStack
from core.model.winograd import WinogradConv

__all__ = ["inference_network", "narrow"]


def inference_network(
    network: DetectionNetwork, scan: GroupedScan = grouped_scan, *, winograd: bool = False
) -> nn.Module:
    """Fold a trained network.

    Parameters
    ----------
    network
        With the weights to use. Is not changed.
    scan
        Scans both directions of a Mamba-2 layer.
    winograd
        Whether convolutions may take their Winograd form (:mod:`core.model.winograd`). Only for
        float32 on a processor: in bfloat16 the form's differences of large terms would lose what
        few digits there are, and a GPU's library has forms of its own.

    Returns
    -------
    Module
        (B, 19, L) -> (B, L) logits, L a multiple of the network's compression. On the CPU, float32;
        :meth:`torch.nn.Module.to` may move it and change its number format.

    Raises
    ------
    TypeError
        Where there is no such form of the network.
    """
    network = copy.deepcopy(network).cpu().float().eval().requires_grad_(False)
    match network:
        case SeizureNetwork():
            return InferenceUNet(network, scan, winograd=winograd).requires_grad_(False)
        case SmallCnn():
            return InferenceSmallCnn(network).requires_grad_(False)
    raise TypeError(f"{type(network).__name__} has no inference form")


def narrow(network: nn.Module, dtype: torch.dtype) -> None:
    """Let the large products of an inference network run in a narrow number format.

    Steps, decays, states and norms of Mamba-2 and the logits stay in float32.

    Raises
    ------
    ValueError
        Where the network has Winograd forms.
    """
    if any(isinstance(module, WinogradConv) for module in network.modules()):
        raise ValueError("Winograd forms need float32: build the network without them")
    for module in network.modules():
        if isinstance(module, TimeConv | nn.Linear | _Transposed):
            module.to(dtype)
        elif isinstance(module, InferenceMamba):
            module.narrow(dtype)
    head = network.get_submodule("head")
    head.float()


class InferenceUNet(nn.Module):
    """The U-Net with its convolutions folded; see :func:`inference_network`."""

    def __init__(self, network: SeizureNetwork, scan: GroupedScan, *, winograd: bool) -> None:
        super().__init__()
        self.encoder = nn.ModuleList(_double(block, winograd) for block in network.encoder)
        self.down = nn.ModuleList(_down(conv) for conv in network.down)
        self.residual = nn.ModuleList(_merged(block) for block in network.rescnn)
        self.stack = _stack(network, scan)
        self.up = nn.ModuleList(_up(conv) for conv in network.up)
        self.decoder = nn.ModuleList(_double(block, winograd) for block in network.decoder)
        self.head = linear(network.head.weight.detach().squeeze(-1), network.head.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = x.mT.contiguous()  # (B, L, 19)
        skips = []
        for block, down in zip(self.encoder, self.down, strict=True):
            x = block(x)  # (B, L / 1 | 2 | 4 | 8, 64 | 128 | 256 | 512)
            skips.append(x)
            x = down(_joined(x))  # half the samples, same channels
        for block in self.residual:
            x = x + block(x)  # (B, L / 16, 512)
        x = x + self.stack(x)  # (B, L / 16, 512)
        for up, block in zip(self.up, self.decoder, strict=True):
            x = up(x)  # (B, L / 16 | 8 | 4 | 2, 2 * (256 | 128 | 64 | 64))
            x = torch.unflatten(x, -1, (2, -1)).flatten(1, 2)  # twice the samples, half the width
            x = block(torch.cat([x, skips.pop()], dim=-1))  # (B, L / 8 | 4 | 2 | 1, same)
        logits: Tensor = self.head(x.float()).squeeze(-1)  # (B, L)
        return logits


class InferenceSmallCnn(nn.Module):
    """The small network with its convolutions folded; see :func:`inference_network`."""

    def __init__(self, network: SmallCnn) -> None:
        super().__init__()
        self.compression = network.compression
        self.stem = nn.Sequential(*(_folded(*list(layer.children())[:2]) for layer in network.stem))
        self.blocks = nn.ModuleList(_dilated(block) for block in network.blocks)
        self.head = linear(network.head.weight.detach().squeeze(-1), network.head.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x.mT.contiguous())  # (B, L / 16, 96)
        for block in self.blocks:
            x = x + block(x)  # (B, L / 16, 96)
        return interpolate(self.head(x.float()).squeeze(-1), self.compression)  # (B, L)


class _Transposed(nn.Module):
    """A stack that takes channels first."""

    def __init__(self, stack: nn.Module) -> None:
        super().__init__()
        self.stack = stack

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.stack(x.mT).mT  # (B, L, d_model)
        return y


def _stack(network: SeizureNetwork, scan: GroupedScan) -> nn.Module:
    assert isinstance(network.preset, Preset)
    stack = network.get_submodule(network.preset.bottleneck)
    if isinstance(stack, TransformerStack):
        return _Transposed(stack)
    layers = [layer for layer in stack.children() if isinstance(layer, BidirectionalMamba)]
    assert len(layers) == network.preset.mamba_layers
    return nn.Sequential(*(InferenceMamba(layer, scan) for layer in layers))


def _double(block: nn.Module, winograd: bool) -> nn.Sequential:
    assert isinstance(block, DoubleConv)
    return nn.Sequential(
        folded_conv(block.conv1, block.norm1, winograd=winograd),
        folded_conv(block.conv2, block.norm2, winograd=winograd),
    )


def _merged(block: nn.Module) -> TimeConv:
    assert isinstance(block, ResidualBlock)
    return merged_conv(_pair(*branch.children()) for branch in block.branches)


def _dilated(block: nn.Module) -> nn.Sequential:
    assert isinstance(block, DilatedBlock)
    return nn.Sequential(
        folded_conv(block.conv1, block.norm1), folded_conv(block.conv2, block.norm2)
    )


def _folded(conv: nn.Module, norm: nn.Module) -> nn.Module:
    return folded_conv(*_pair(conv, norm))


def _pair(conv: nn.Module, norm: nn.Module) -> tuple[nn.Conv1d, nn.BatchNorm1d]:
    assert isinstance(conv, nn.Conv1d)
    assert isinstance(norm, nn.BatchNorm1d)
    return conv, norm


def _down(conv: nn.Module) -> nn.Linear:
    assert isinstance(conv, nn.Conv1d)
    return downsampler(conv)


def _up(conv: nn.Module) -> nn.Linear:
    assert isinstance(conv, nn.ConvTranspose1d)
    return upsampler(conv)


def _joined(x: Tensor) -> Tensor:
    """Two neighbouring samples side by side: (B, L, n) -> (B, L / 2, 2 n)."""
    return torch.unflatten(x, 1, (-1, 2)).flatten(2)
