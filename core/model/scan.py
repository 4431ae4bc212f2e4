"""The selective state-space scan of Mamba-2, in chunks.

The recurrence of one head, for state ``S`` (d_state, head_dim) and sample ``t``, is

    S[t] = exp(dt[t] * a) * S[t-1] + dt[t] * outer(b[t], x[t]);    y[t] = c[t] @ S[t]

Inside a chunk it is the same as a masked matrix product (the duality of Dao & Gu, "Transformers
are SSMs", ICML 2024), which is what processors are fast at; only the states at the chunks' ends
are passed on one after the other. The cost is linear in the length.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["CHUNK_SAMPLES", "Scan", "ssd_scan"]

CHUNK_SAMPLES = 32
"""Fastest on a CPU; longer chunks are slower and lose digits in the decays."""

Scan = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]
"""``(x, dt, a, b, c) -> y``; see :func:`ssd_scan`."""


def ssd_scan(
    x: Tensor,
    dt: Tensor,
    a: Tensor,
    b: Tensor,
    c: Tensor,
    *,
    chunk_samples: int = CHUNK_SAMPLES,
) -> Tensor:
    """Scan a sequence from left to right, from a state of zero.

    Parameters
    ----------
    x : (batch, length, n_heads, head_dim)
        Input.
    dt : (batch, length, n_heads)
        Step sizes, positive.
    a : (n_heads,)
        Decay rates, negative.
    b, c : (batch, length, d_state)
        Input and output maps, shared by the heads.
    chunk_samples
        Length of a chunk; it does not have to divide ``length``.

    Returns
    -------
    (batch, length, n_heads, head_dim) tensor
        Output. Decays and states are kept in float32 at least, whatever the inputs are.
    """
    length, q = x.shape[1], chunk_samples
    exact = torch.promote_types(dt.dtype, torch.float32)
    rate = dt.to(exact) * a.to(exact)  # (batch, length, heads)
    drive = x * dt.unsqueeze(-1)  # (batch, length, heads, dim)

    # A padded sample has step 0: it neither decays the state nor adds to it.
    rate = _chunked(rate, q).transpose(2, 3)  # (batch, chunks, heads, q)
    drive = _chunked(drive, q).transpose(2, 3)  # (batch, chunks, heads, q, dim)
    b = _chunked(b, q).unsqueeze(2)  # (batch, chunks, 1, q, state)
    c = _chunked(c, q).unsqueeze(2)  # (batch, chunks, 1, q, state)

    # Each chunk sums its own exponents: a sum over the whole sequence would lose digits.
    elapsed = rate.cumsum(-1)  # (batch, chunks, heads, q), sample by sample
    total = elapsed[..., -1:]  # (batch, chunks, heads, 1), whole chunk

    # Within the chunk: sample i hears sample j <= i, damped by what elapsed in between.
    between = elapsed.unsqueeze(-1) - elapsed.unsqueeze(-2)  # (batch, chunks, heads, q, q)
    future = torch.ones(q, q, dtype=torch.bool, device=x.device).triu(1)  # (q, q)
    damping = between.masked_fill(future, -torch.inf).exp()  # (batch, chunks, heads, q, q)
    y = ((c @ b.mT) * damping).to(drive.dtype) @ drive  # (batch, chunks, heads, q, dim)

    # What each chunk leaves behind at its end, and what all earlier ones have left at its start.
    to_end = (total - elapsed).exp().unsqueeze(-1)  # (batch, chunks, heads, q, 1)
    left = b.mT @ (drive * to_end).to(b.dtype)  # (batch, chunks, heads, state, dim)
    before = _states_before(left, total.exp().unsqueeze(-1))  # (batch, chunks, heads, state, dim)
    y = y + (c.to(before.dtype) @ before) * elapsed.exp().unsqueeze(-1)

    y = y.transpose(2, 3).flatten(1, 2)  # (batch, chunks * q, heads, dim)
    return y[:, :length].to(x.dtype)  # (batch, length, heads, dim)


def _chunked(sequence: Tensor, chunk_samples: int) -> Tensor:
    """Zero-pad axis 1 on the right to whole chunks and split it: (batch, chunks, q, ...)."""
    missing = -sequence.shape[1] % chunk_samples
    if missing:
        padding = [0, 0] * (sequence.dim() - 2) + [0, missing]
        sequence = functional.pad(sequence, padding)
    n_batch, length, *rest = sequence.shape
    return sequence.reshape(n_batch, length // chunk_samples, chunk_samples, *rest)


def _states_before(left: Tensor, decay: Tensor) -> Tensor:
    """Pass states on from chunk to chunk.

    Parameters
    ----------
    left : (batch, chunks, n_heads, d_state, head_dim)
        What each chunk adds to the state by its end.
    decay : (batch, chunks, n_heads, 1, 1)
        What each chunk leaves of the state that it found.

    Returns
    -------
    (batch, chunks, n_heads, d_state, head_dim) tensor
        The state at the start of each chunk.
    """
    state = torch.zeros_like(left[:, 0], dtype=decay.dtype)  # (batch, heads, state, dim)
    states = []
    for added, kept in zip(left.unbind(1), decay.unbind(1), strict=True):
        states.append(state)
        state = state * kept + added
    return torch.stack(states, dim=1)
