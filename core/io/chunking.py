"""Chunks of one length out of whatever a reader delivers."""

from collections.abc import Iterator

import numpy as np

from core.types import Chunk, FloatArray

__all__ = ["rechunk"]


def rechunk(
    blocks: Iterator[tuple[int, FloatArray] | None], n_chunk: int, first_sample: int
) -> Iterator[Chunk]:
    """Cut blocks into chunks of ``n_chunk`` samples that never span a gap.

    Parameters
    ----------
    blocks
        Index of the first sample and ``(n_channels, n_samples)`` data; None asks for everything
        to be handed out that has come in.
    n_chunk
        Samples in a chunk; fewer before a gap, before a None and at the end.
    first_sample
        Samples before it are left out.
    """
    parts: list[FloatArray] = []
    start = n_waiting = 0

    def hand_out(size: int) -> Iterator[Chunk]:
        nonlocal parts, start, n_waiting
        joined = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        position = 0
        while n_waiting - position >= size:
            # Contiguous, so that no later result depends on how the samples lay in memory.
            yield Chunk(np.ascontiguousarray(joined[:, position : position + size]), start)
            position += size
            start += size
        parts = [joined[:, position:]]
        n_waiting -= position

    for block in blocks:
        if block is None:
            if n_waiting:
                yield from hand_out(n_waiting)
            continue
        position, data = block
        skipped = min(max(first_sample - position, 0), data.shape[1])
        position, data = position + skipped, data[:, skipped:]
        if data.shape[1] == 0:
            continue
        if n_waiting and position != start + n_waiting:
            yield from hand_out(n_waiting)
        if not n_waiting:
            parts, start = [], position
        parts.append(data)
        n_waiting += data.shape[1]
        if n_waiting >= n_chunk:
            yield from hand_out(n_chunk)
    if n_waiting:
        yield from hand_out(n_waiting)
