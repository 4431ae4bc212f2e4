"""The streaming protocol that every operator of the pipeline follows.

An operator takes items one at a time and answers with the 0..n outputs that are due. ``flush``
ends the segment: it returns what was held back and leaves the operator ready for a new segment,
so a second ``flush`` is empty. ``reset`` forgets everything, as if newly made.

The contract, checked by one conformance suite over every operator: any split of the same samples
gives bitwise the same output, an empty chunk is a no-op, inputs are never written to, and memory
is bounded.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import numpy as np

from core.types import Chunk, Gap

__all__ = ["Chain", "Operator", "concatenate", "split"]

In_contra = TypeVar("In_contra", contravariant=True)
Out = TypeVar("Out")


class Operator(Protocol[In_contra, Out]):
    """One step of the pipeline."""

    def push(self, item: In_contra) -> list[Out]:
        """Take one item; return the outputs that are due."""
        ...

    def flush(self) -> list[Out]:
        """End the segment; return what was held back."""
        ...

    def reset(self) -> None:
        """Forget everything."""
        ...


class Chain:
    """Operators in a row; the tail of each is flushed through the next.

    A :class:`~core.types.Gap` ends the segment in every stage and is passed on behind the tail.

    Parameters
    ----------
    operators
        The stages, first to last.
    """

    def __init__(self, operators: Sequence[Operator[Any, Any]]) -> None:
        self._operators = tuple(operators)

    def push(self, item: Any) -> list[Any]:
        if isinstance(item, Gap):
            return [*self.flush(), item]
        return self._through(self._operators, [item])

    def flush(self) -> list[Any]:
        tail: list[Any] = []
        for operator in self._operators:
            tail = [*self._through((operator,), tail), *operator.flush()]
        return tail

    def reset(self) -> None:
        for operator in self._operators:
            operator.reset()

    @staticmethod
    def _through(operators: Iterable[Operator[Any, Any]], items: list[Any]) -> list[Any]:
        for operator in operators:
            items = [out for item in items for out in operator.push(item)]
        return items


def split(chunks: Iterable[Chunk], seed: int, max_samples: int = 2000) -> Iterator[Chunk]:
    """Cut chunks into pieces of random length, zero included.

    Parameters
    ----------
    chunks
        Any stream.
    seed
        Of the random lengths.
    max_samples
        Longest piece.

    Yields
    ------
    Chunk
        The same samples in the same order.
    """
    rng = np.random.default_rng(seed)
    for chunk in chunks:
        position = 0
        while position < chunk.n_samples:
            stop = min(position + int(rng.integers(0, max_samples + 1)), chunk.n_samples)
            yield Chunk(
                chunk.data[:, position:stop],
                chunk.start_sample + position,
                None if chunk.valid is None else chunk.valid[:, position:stop],
            )
            position = stop


def concatenate(chunks: Sequence[Chunk]) -> Chunk:
    """Join adjacent chunks into one.

    Raises
    ------
    ValueError
        Where there is no chunk, or a chunk does not begin where the one before it ends.
    """
    if not chunks:
        raise ValueError("no chunk to join")
    for before, after in pairwise(chunks):
        if after.start_sample != before.stop_sample:
            raise ValueError(f"chunk at {after.start_sample} does not follow {before.stop_sample}")
    valid = None
    if any(chunk.valid is not None for chunk in chunks):
        valid = np.concatenate([chunk.validity() for chunk in chunks], axis=1)
    data = np.concatenate([chunk.data for chunk in chunks], axis=1)
    return Chunk(data, chunks[0].start_sample, valid)
