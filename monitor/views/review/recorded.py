"""The stretches of the session that the window has at hand; the rest is asked for."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.electrodes import ELECTRODES
from core.events import Hysteresis
from core.types import BoolArray, Chunk, FloatArray
from monitor.views.probability_history import inside_events
from monitor.views.review.reader import Stretch

__all__ = ["BLOCK_SAMPLES", "RecordedProbabilities", "RecordedSignal"]

BLOCK_SAMPLES = 30 * 256
"""What is read and kept at a time: 0.8 MB."""

KEPT_BLOCKS = 60
AHEAD_BLOCKS = 3
"""Read to either side of the page before someone turns to it."""


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """A block of a stretch."""

    signal: Chunk
    probability: FloatArray
    problem: str


class RecordedSignal:
    """Signal and probability of a session, in blocks; those shown last are kept.

    It has the face of the bedside window's history: what is not at hand yet is not a number, and
    is asked for. Belongs to Qt's thread.

    Parameters
    ----------
    n_samples
        Length of the session.
    ask
        Takes stretches of samples, the most urgent first; they come back through :meth:`take`.
    """

    def __init__(self, n_samples: int, ask: Callable[[Sequence[tuple[int, int]]], None]) -> None:
        self._n_samples = n_samples
        self._ask = ask
        self._blocks: OrderedDict[int, _Block] = OrderedDict()
        self._page = (0, 0)
        self._awaited: list[int] = []

    @property
    def start(self) -> int:
        return 0

    @property
    def stop(self) -> int:
        return self._n_samples

    @property
    def nbytes(self) -> int:
        """Memory of what is at hand."""
        return sum(
            block.signal.data.nbytes + block.signal.validity().nbytes + block.probability.nbytes
            for block in self._blocks.values()
        )

    def take(self, stretch: Stretch) -> bool:
        """Keep a stretch of whole blocks; return whether it is part of what was read last."""
        first = stretch.signal.start_sample
        for k in self._numbers(first, stretch.signal.stop_sample):
            self._blocks[k] = _block(stretch, k)
        self._awaited = [k for k in self._awaited if k not in self._blocks]
        while len(self._blocks) > KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return first < self._page[1] and stretch.signal.stop_sample > self._page[0]

    def read(self, first: int, stop: int) -> Chunk:
        """Return samples ``[first, stop)``; not a number where they are unknown."""
        data = np.full((len(ELECTRODES), stop - first), np.nan, dtype=np.float32)
        valid = np.ones(data.shape, dtype=np.bool_)
        for block, source, target in self._pieces(first, stop):
            data[:, target] = block.signal.data[:, source]
            if block.signal.valid is not None:
                valid[:, target] = block.signal.valid[:, source]
        self._want(first, stop)
        return Chunk(data, first, valid)

    def probability(self, first: int, stop: int) -> FloatArray:
        """Return the final probability of ``[first, stop)`` where it is at hand."""
        values = np.full(stop - first, np.nan, dtype=np.float32)
        for block, source, target in self._pieces(first, stop):
            values[target] = block.probability[source]
        return values

    def missing(self, first: int, stop: int) -> bool:
        """Return whether any of a stretch is not at hand yet."""
        return any(k not in self._blocks for k in self._numbers(first, stop))

    def problem(self, first: int, stop: int) -> str:
        """Return what of a stretch cannot be read, in one line; empty where all can."""
        found = (block.problem for block, _, _ in self._pieces(first, stop))
        return next((problem for problem in found if problem), "")

    def is_blank(self, first: int, stop: int) -> bool:
        """Return whether all of a stretch is at hand, and nothing was recorded in it."""
        return not self.missing(first, stop) and not any(
            np.isfinite(block.signal.data[0, source]).any()
            for block, source, _ in self._pieces(first, stop)
        )

    def _numbers(self, first: int, stop: int) -> range:
        first, stop = max(0, first), min(stop, self._n_samples)
        return range(first // BLOCK_SAMPLES, -(-stop // BLOCK_SAMPLES) if stop > first else 0)

    def _pieces(self, first: int, stop: int) -> list[tuple[_Block, slice, slice]]:
        """Return which samples of which blocks go where."""
        pieces = []
        for k in self._numbers(first, stop):
            if k in self._blocks:
                block = self._blocks[k]
                begin = max(first, block.signal.start_sample)
                end = min(stop, block.signal.stop_sample)
                own = block.signal.start_sample
                source, target = slice(begin - own, end - own), slice(begin - first, end - first)
                pieces.append((block, source, target))
        return pieces

    def _want(self, first: int, stop: int) -> None:
        """Ask for what is missing of a page, then for what lies beside it."""
        self._page = (first, stop)
        page = self._numbers(first, stop)
        for k in page:
            if k in self._blocks:
                self._blocks.move_to_end(k)
        last = -(-self._n_samples // BLOCK_SAMPLES)
        after = range(page.stop, min(page.stop + AHEAD_BLOCKS, last))
        before = range(page.start - 1, max(-1, page.start - 1 - AHEAD_BLOCKS), -1)
        wanted = [k for k in (*page, *after, *before) if k not in self._blocks]
        if wanted != self._awaited:
            self._awaited = wanted
            page_now = [k for k in wanted if k in page]
            runs = [*_runs(page_now), *_runs(k for k in wanted if k not in page)]
            size = BLOCK_SAMPLES
            self._ask([(first * size, min(stop * size, self._n_samples)) for first, stop in runs])


class RecordedProbabilities:
    """The probabilities of a session, with the face of the bedside window's history.

    Parameters
    ----------
    signal
        Where they are at hand.
    tau_on, tau_off
        Thresholds at which an event begins and ends.
    """

    def __init__(self, signal: RecordedSignal, tau_on: float, tau_off: float) -> None:
        self._signal = signal
        self._taus = (tau_on, tau_off)

    def read(self, first: int, stop: int) -> tuple[FloatArray, BoolArray, BoolArray]:
        """Return probabilities, where they are in an event, and that all are final."""
        # Whether the page begins inside of an event shows where a threshold was crossed last.
        lead = min(max(0, first), 2 * BLOCK_SAMPLES)
        values = self._signal.probability(first - lead, stop)
        inside = inside_events(Hysteresis(*self._taus), values)
        return values[lead:], inside[lead:], np.ones(stop - first, dtype=np.bool_)


def _block(stretch: Stretch, k: int) -> _Block:
    """Cut a block out of what was read; a copy, so that the rest can go."""
    signal = stretch.signal
    first = k * BLOCK_SAMPLES
    place = slice(first - signal.start_sample, first - signal.start_sample + BLOCK_SAMPLES)
    valid = None if signal.valid is None else signal.valid[:, place].copy()
    data = signal.data[:, place].copy()
    probability = stretch.probability[place].copy()
    whole = bool(np.isfinite(data).all() and np.isfinite(probability).all())
    return _Block(Chunk(data, first, valid), probability, "" if whole else stretch.problem)


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Join numbers that follow each other, in either direction, to ``[first, stop)``."""
    runs: list[tuple[int, int]] = []
    for k in numbers:
        if runs and k == runs[-1][1]:
            runs[-1] = (runs[-1][0], k + 1)
        elif runs and k == runs[-1][0] - 1:
            runs[-1] = (k, runs[-1][1])
        else:
            runs.append((k, k + 1))
    return runs
