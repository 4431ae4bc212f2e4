"""The scan of several directions at once against the scan of one."""

import pytest
import torch
from torch import Tensor

from core.model.grouped_scan import grouped_scan
from core.model.mamba_ssm_scan import grouped
from core.model.scan import ssd_scan

torch.set_num_threads(1)


def operands(length: int) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(length)

    def draw(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    x, b, c = draw(2, length, 2, 3, 8), draw(2, length, 2, 4), draw(2, length, 2, 4)
    dt = torch.nn.functional.softplus(draw(2, length, 2, 3) - 2)
    return x, dt, -torch.exp(draw(2, 3)), b, c


def one_by_one(x: Tensor, dt: Tensor, a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """(batch, groups, length, heads, dim) by the scan that the network is trained with."""
    scans = [ssd_scan(x[:, :, g], dt[:, :, g], a[g], b[:, :, g], c[:, :, g]) for g in range(len(a))]
    return torch.stack(scans, dim=1)


@pytest.mark.parametrize("length", [1, 31, 32, 33, 100, 256])
def test_each_group_is_scanned_by_itself(length: int) -> None:
    arguments = operands(length)
    torch.testing.assert_close(
        grouped_scan(*arguments), one_by_one(*arguments), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("chunk_samples", [1, 7, 64, 200])
def test_the_chunks_do_not_matter(chunk_samples: int) -> None:
    arguments = operands(130)
    y = grouped_scan(*arguments, chunk_samples=chunk_samples)
    torch.testing.assert_close(y, one_by_one(*arguments), rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("segment_samples", [1, 20, 64, 130])
def test_the_segments_do_not_matter(segment_samples: int) -> None:
    arguments = operands(130)
    y = grouped_scan(*arguments, segment_samples=segment_samples)
    torch.testing.assert_close(y, one_by_one(*arguments), rtol=1e-5, atol=2e-5)


def test_operands_are_not_written_to() -> None:
    arguments = operands(64)
    copies = [tensor.clone() for tensor in arguments]
    grouped_scan(*arguments)
    assert all(torch.equal(a, b) for a, b in zip(arguments, copies, strict=True))


def test_narrow_operands_keep_exact_states() -> None:
    x, dt, a, b, c = operands(96)
    y = grouped_scan(x.bfloat16(), dt, a, b.bfloat16(), c.bfloat16())
    assert y.dtype == torch.float32
    rounded = (x.bfloat16().float(), dt, a, b.bfloat16().float(), c.bfloat16().float())
    torch.testing.assert_close(y, one_by_one(*rounded), rtol=0.02, atol=0.02)


def test_the_form_of_the_triton_kernel() -> None:
    """With a stand-in that does what mamba-ssm documents; tests/parity has the real kernel."""

    def kernel(x: Tensor, dt: Tensor, a: Tensor, b: Tensor, c: Tensor, chunk: int) -> Tensor:
        heads = x.shape[2] // b.shape[2]
        each = [
            ssd_scan(x[:, :, [h]], dt[:, :, [h]], a[[h]], b[:, :, h // heads], c[:, :, h // heads])
            for h in range(x.shape[2])
        ]
        return torch.cat(each, dim=2)

    arguments = operands(50)
    torch.testing.assert_close(grouped(kernel)(*arguments), one_by_one(*arguments))
