"""The scan of both directions by mamba-ssm's Triton kernel, for GPUs."""

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from core.model.grouped_scan import GroupedScan

__all__ = ["find_mamba_ssm_scan", "grouped"]

CHUNK_SAMPLES = 64


@cache
def find_mamba_ssm_scan() -> GroupedScan | None:
    """Take mamba-ssm's kernel where the package is installed with its GPU extensions."""
    try:
        from mamba_ssm.ops.triton.ssd_combined import mamba_chunk_scan_combined
    except ImportError:
        return None
    return grouped(mamba_chunk_scan_combined)


def grouped(kernel: Callable[..., Tensor]) -> GroupedScan:
    """Give ``mamba_chunk_scan_combined`` the form of :func:`core.model.grouped_scan.grouped_scan`.

    Its groups are ours: neighbouring heads that share input and output maps.
    """

    def scan(x: Tensor, dt: Tensor, a: Tensor, b: Tensor, c: Tensor) -> Tensor:
        groups = x.shape[2]
        y = kernel(
            x.flatten(2, 3),  # (batch, length, groups * heads, dim)
            dt.flatten(2, 3),  # (batch, length, groups * heads)
            a.flatten(),  # (groups * heads,)
            b.contiguous(),  # (batch, length, groups, state)
            c.contiguous(),
            CHUNK_SAMPLES,
        )
        y = torch.unflatten(y, 2, (groups, -1))  # (batch, length, groups, heads, dim)
        return y.transpose(1, 2).float()

    return scan
