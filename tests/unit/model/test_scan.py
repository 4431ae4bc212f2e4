"""The chunked scan against the recurrence that it stands for."""

import pytest
import torch
from torch import Tensor

from core.model.scan import ssd_scan

torch.set_num_threads(1)


def recurrence(x: Tensor, dt: Tensor, a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """One sample after the other, as the equations are written."""
    n_batch, length, n_heads, head_dim = x.shape
    state = torch.zeros(n_batch, n_heads, b.shape[-1], head_dim, dtype=x.dtype)
    out = []
    for t in range(length):
        decay = torch.exp(dt[:, t] * a)[..., None, None]
        added = torch.einsum("bn,bhp,bh->bhnp", b[:, t], x[:, t], dt[:, t])
        state = decay * state + added
        out.append(torch.einsum("bn,bhnp->bhp", c[:, t], state))
    return torch.stack(out, dim=1)


def operands(length: int, dtype: torch.dtype = torch.float64) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(length)

    def draw(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    x, b, c = draw(2, length, 3, 8), draw(2, length, 4), draw(2, length, 4)
    dt = torch.nn.functional.softplus(draw(2, length, 3) - 2)
    a = -torch.exp(draw(3))
    return tuple(tensor.to(dtype) for tensor in (x, dt, a, b, c))


@pytest.mark.parametrize("length", [1, 2, 31, 32, 33, 64, 100, 257])
def test_scan_equals_the_recurrence(length: int) -> None:
    arguments = operands(length)
    torch.testing.assert_close(ssd_scan(*arguments), recurrence(*arguments), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("chunk_samples", [1, 7, 32, 200])
def test_the_chunk_length_does_not_matter(chunk_samples: int) -> None:
    arguments = operands(100)
    scanned = ssd_scan(*arguments, chunk_samples=chunk_samples)
    torch.testing.assert_close(scanned, recurrence(*arguments), rtol=1e-10, atol=1e-10)


def test_float32_stays_close_over_a_whole_window() -> None:
    exact = recurrence(*operands(960))
    scanned = ssd_scan(*operands(960, torch.float32))
    assert scanned.dtype == torch.float32
    torch.testing.assert_close(scanned.double(), exact, rtol=0, atol=2e-5 * exact.abs().max())


def test_decays_stay_float32_in_half_precision() -> None:
    exact = recurrence(*operands(320))
    x, dt, a, b, c = operands(320, torch.float32)
    scanned = ssd_scan(x.bfloat16(), dt, a, b.bfloat16(), c.bfloat16())
    assert scanned.dtype == torch.bfloat16
    torch.testing.assert_close(scanned.double(), exact, rtol=0, atol=2e-2 * exact.abs().max())


def test_gradients_equal_those_of_the_recurrence() -> None:
    arguments = [tensor.requires_grad_() for tensor in operands(70)]
    weight = torch.randn(2, 70, 3, 8, dtype=torch.float64)
    ours = torch.autograd.grad((ssd_scan(*arguments) * weight).sum(), arguments)
    theirs = torch.autograd.grad((recurrence(*arguments) * weight).sum(), arguments)
    for found, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("step", [1e-8, 50.0, 1e4])
def test_extreme_steps_give_finite_outputs_and_gradients(step: float) -> None:
    x, dt, a, b, c = operands(65, torch.float32)
    arguments = [tensor.requires_grad_() for tensor in (x, torch.full_like(dt, step), a, b, c)]
    scanned = ssd_scan(*arguments)
    assert torch.isfinite(scanned).all()
    for gradient in torch.autograd.grad(scanned.sum(), arguments):
        assert torch.isfinite(gradient).all()


def test_the_scan_is_causal() -> None:
    x, dt, a, b, c = operands(80)
    before = ssd_scan(x, dt, a, b, c)
    x = x.clone()
    x[:, 50:] += 1.0
    after = ssd_scan(x, dt, a, b, c)
    torch.testing.assert_close(before[:, :50], after[:, :50], rtol=0, atol=0)
    assert not torch.equal(before[:, 50:], after[:, 50:])


def test_inputs_are_not_written_to() -> None:
    arguments = operands(40)
    copies = [tensor.clone() for tensor in arguments]
    ssd_scan(*arguments)
    assert all(torch.equal(*pair) for pair in zip(arguments, copies, strict=True))
