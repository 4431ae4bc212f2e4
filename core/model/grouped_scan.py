"""The scans of several directions at once, for inference; :mod:`core.model.scan` has the equations.

What differs from :func:`core.model.scan.ssd_scan`: each direction (group) of heads has input and
output maps and decays of its own, so one call serves them all; and what a chunk hears of itself
and of the past is one matrix product, ``[c b^T * damping | c * decay] @ [drive; state]``. It writes
into its own buffers, which a gradient could not follow.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from core.model.scan import CHUNK_SAMPLES

__all__ = ["GroupedScan", "grouped_scan"]

SEGMENT_SAMPLES = 960
"""A window at the bottleneck. Longer sequences go piece by piece, to stay in the caches."""

GroupedScan = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]
"""``(x, dt, a, b, c) -> y``; see :func:`grouped_scan`."""


def grouped_scan(
    x: Tensor,
    dt: Tensor,
    a: Tensor,
    b: Tensor,
    c: Tensor,
    *,
    chunk_samples: int = CHUNK_SAMPLES,
    segment_samples: int = SEGMENT_SAMPLES,
) -> Tensor:
    """Scan each group from left to right, from a state of zero.

    Parameters
    ----------
    x : (batch, length, groups, n_heads, head_dim)
        Input.
    dt : (batch, length, groups, n_heads)
        Step sizes, positive.
    a : (groups, n_heads)
        Decay rates, negative.
    b, c : (batch, length, groups, d_state)
        Input and output maps, shared by the heads of a group.
    chunk_samples
        Length of a chunk; it does not have to divide ``length``.
    segment_samples
        Length of what is computed at a time.

    Returns
    -------
    (batch, groups, length, n_heads, head_dim) tensor
        Output, float32; group by group, because what follows treats groups apart.
    """
    n_batch, length, groups, n_heads, head_dim = x.shape
    state = x.new_zeros((n_batch, groups, n_heads, b.shape[-1], head_dim), dtype=torch.float32)
    scanned = []
    for start in range(0, length, segment_samples):
        at = slice(start, start + segment_samples)
        y, state = _scan_segment(x[:, at], dt[:, at], b[:, at], c[:, at], a, state, q=chunk_samples)
        scanned.append(y)
    return scanned[0] if len(scanned) == 1 else torch.cat(scanned, dim=2)


def _scan_segment(
    x: Tensor, dt: Tensor, b: Tensor, c: Tensor, a: Tensor, state: Tensor, *, q: int
) -> tuple[Tensor, Tensor]:
    """Scan in chunks of ``q``, from a state (batch, groups, heads, d_state, dim) to the next."""
    length = x.shape[1]
    n_state, head_dim = b.shape[-1], x.shape[-1]
    missing = -length % q
    if missing:
        # A padded sample has step 0: it neither decays the state nor adds to it.
        x, dt, b, c = (
            functional.pad(t, [0, 0] * (t.dim() - 2) + [0, missing]) for t in (x, dt, b, c)
        )
    # From here on (batch, groups, heads, chunks, q, ...).
    x = torch.unflatten(x, 1, (-1, q)).permute(0, 3, 4, 1, 2, 5)
    dt = torch.unflatten(dt, 1, (-1, q)).permute(0, 3, 4, 1, 2).float().contiguous()
    b = torch.unflatten(b, 1, (-1, q)).permute(0, 3, 1, 2, 4).unsqueeze(2)  # one for all heads
    c = torch.unflatten(c, 1, (-1, q)).permute(0, 3, 1, 2, 4).unsqueeze(2)
    sizes = dt.shape[:4]

    # Each chunk sums its own exponents: a sum over the whole sequence would lose digits.
    elapsed = (dt * a[..., None, None]).cumsum(-1)  # (..., q), sample by sample
    total = elapsed[..., -1:]  # (..., 1), whole chunk

    hears = x.new_empty((*sizes, q, q + n_state), dtype=torch.float32)
    between = elapsed.unsqueeze(-1) - elapsed.unsqueeze(-2)  # (..., q, q)
    future = torch.ones(q, q, dtype=torch.bool, device=x.device).triu(1)  # (q, q)
    damping = between.masked_fill_(future, -torch.inf).exp_()  # (..., q, q)
    c = c.float()
    torch.mul(c @ b.mT.float(), damping, out=hears[..., :q])
    torch.mul(c, elapsed.exp().unsqueeze(-1), out=hears[..., q:])

    heard = x.new_empty((*sizes, q + n_state, head_dim), dtype=torch.float32)
    drive, before = heard[..., :q, :], heard[..., q:, :]
    torch.mul(x, dt.unsqueeze(-1), out=drive)  # (..., q, dim)
    to_end = (total - elapsed).exp().unsqueeze(-1)  # (..., q, 1)
    left = (b * to_end).mT @ drive  # (..., state, dim), what each chunk leaves at its end
    kept = total.exp().unsqueeze(-1)  # (..., 1, 1), and what of the earlier ones
    for k in range(sizes[3]):
        before[:, :, :, k] = state
        state = torch.addcmul(left[:, :, :, k], state, kept[:, :, :, k])

    y = hears @ heard  # (batch, groups, heads, chunks, q, dim)
    y = y.flatten(3, 4)[:, :, :, :length]  # (batch, groups, heads, length, dim)
    return y.transpose(2, 3), state  # (batch, groups, length, heads, dim)
