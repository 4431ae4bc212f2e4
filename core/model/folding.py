"""Layers of a trained network in the form that is fastest to run, with the same result.

Signals are ``(B, L, channels)``: the channels of a sample side by side, which is how processors
like to multiply matrices. A batch norm disappears in the convolution before it. Folding happens in
float64, so that it costs one rounding.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.model.winograd import WinogradConv, winograd_pays

__all__ = ["TimeConv", "downsampler", "fold", "folded_conv", "linear", "merged_conv", "upsampler"]


class TimeConv(nn.Module):
    """A convolution along time, with ReLU behind it where wanted: (B, L, n_in) -> (B, L', n_out).

    Parameters
    ----------
    weight : (n_out, n_in / groups, kernel)
        As of ``nn.Conv1d``.
    bias : (n_out,)
        Its bias.
    conv
        Stride, dilation and groups. Both ends are padded to keep ``L / stride`` samples; a dilated
        convolution has stride 1.
    relu
        Whether to cut off what is below 0.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, conv: nn.Conv1d, *, relu: bool) -> None:
        super().__init__()
        # One row high: PyTorch has channels-last kernels for images only.
        weight = weight.float().unsqueeze(2).contiguous(memory_format=torch.channels_last)
        self.register_buffer("weight", weight)  # (n_out, n_in / groups, 1, kernel)
        self.register_buffer("bias", bias.float())  # (n_out,)
        self.stride, self.dilation = (1, conv.stride[0]), conv.dilation[0]
        self.padding = (0, weight.shape[-1] // 2)
        self.groups, self.relu = conv.groups, relu

    def forward(self, x: Tensor) -> Tensor:
        x = x.to(self.weight.dtype)
        if self.dilation == 1:
            return self._convolve(x)
        # Every dilation-th sample is a signal of its own. oneDNN's dilated convolutions are slower
        # and round differently for another number of threads.
        n_batch, length, _ = x.shape
        x = functional.pad(x, (0, 0, 0, -length % self.dilation))
        x = torch.unflatten(x, 1, (-1, self.dilation)).transpose(1, 2).flatten(0, 1)
        y = torch.unflatten(
            self._convolve(x), 0, (n_batch, -1)
        )  # (B, dilation, L / dilation, n_out)
        return y.transpose(1, 2).flatten(1, 2)[:, :length]

    def _convolve(self, x: Tensor) -> Tensor:
        image = x.mT.unsqueeze(2)  # (B, n_in, 1, L), channels last in memory
        y = functional.conv2d(
            image, self.weight, self.bias, self.stride, self.padding, groups=self.groups
        )
        y = y.squeeze(2).mT  # (B, L', n_out)
        return y.relu_() if self.relu else y


def fold(conv: nn.Conv1d, norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    """Weight and bias of a convolution with the batch norm behind it, in float64."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()  # (n_out,)
    bias = torch.zeros_like(scale) if conv.bias is None else conv.bias.double()  # (n_out,)
    weight = conv.weight.double() * scale[:, None, None]  # (n_out, n_in / groups, kernel)
    return weight, (bias - norm.running_mean.double()) * scale + norm.bias.double()


def folded_conv(conv: nn.Conv1d, norm: nn.BatchNorm1d, *, winograd: bool = False) -> nn.Module:
    """Convolution, batch norm and ReLU in one.

    Parameters
    ----------
    conv
        Padded to keep its ``L / stride`` samples.
    norm
        Behind it.
    winograd
        Whether it may be a :class:`~core.model.winograd.WinogradConv`, where that is faster on a
        processor, rather than a :class:`TimeConv`.
    """
    if winograd and winograd_pays(conv):
        return WinogradConv(*fold(conv, norm))
    return TimeConv(*fold(conv, norm), conv, relu=True)


def merged_conv(branches: Iterable[tuple[nn.Conv1d, nn.BatchNorm1d]]) -> TimeConv:
    """Convolutions of several lengths, each with its batch norm, whose sum goes through a ReLU.

    A short kernel is a long one with zeros at its ends, and convolutions add up.
    """
    pairs = list(branches)
    longest = max((conv for conv, _ in pairs), key=lambda conv: conv.kernel_size[0])
    weight = torch.zeros_like(longest.weight, dtype=torch.float64)  # (n_out, n_in / groups, kernel)
    bias = torch.zeros(len(weight), dtype=torch.float64)  # (n_out,)
    for conv, norm in pairs:
        own_weight, own_bias = fold(conv, norm)
        margin = (longest.kernel_size[0] - conv.kernel_size[0]) // 2
        weight += functional.pad(own_weight, (margin, margin))
        bias += own_bias
    return TimeConv(weight, bias, longest, relu=True)


def linear(weight: Tensor, bias: Tensor | None = None) -> nn.Linear:
    """Make a linear layer of a matrix (n_out, n_in)."""
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    layer.weight = nn.Parameter(weight.float().contiguous(), requires_grad=False)
    if bias is not None:
        layer.bias = nn.Parameter(bias.float().contiguous(), requires_grad=False)
    return layer


def downsampler(conv: nn.Conv1d) -> nn.Linear:
    """Make a linear layer of a convolution with stride = kernel = n, for (B, L / n, n * n_in)."""
    return linear(conv.weight.detach().mT.flatten(1), conv.bias)  # (n_out, n * n_in)


def upsampler(conv: nn.ConvTranspose1d) -> nn.Linear:
    """Make a linear layer of a transposed convolution with stride = kernel = n: to n * n_out."""
    assert conv.bias is not None
    weight = conv.weight.detach().permute(2, 1, 0).flatten(0, 1)  # (n * n_out, n_in)
    return linear(weight, conv.bias.detach().repeat(conv.kernel_size[0]))
