"""DPALIGN: label strings aligned at the least edit distance, times unseen, as NEDC v6 does it."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from core.evaluation.annotations import BACKGROUND, LABELS, SEIZURE, AnnotationError
from core.evaluation.confusion import Confusion
from core.evaluation.counts import Counts
from core.evaluation.tidy import Timeline

__all__ = ["Alignment", "dpalign"]

_SUBSTITUTE, _INSERT, _DELETE = 0, 1, 2
_END = -1
"""Symbol at both ends of a string; pairs with itself."""

MAX_CELLS = 10**9
"""Largest table of an alignment, one byte a cell."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Result of one file.

    Attributes
    ----------
    confusion
        Labels that were aligned with each other.
    insertions, deletions
        Labels of the hypothesis, and of the reference, without a partner: (seiz, bckg).
    """

    confusion: Confusion
    insertions: tuple[int, int]
    deletions: tuple[int, int]

    def counts(self) -> dict[str, Counts]:
        """Count for each label; a substitution is a miss, but not a false alarm."""
        pairs = self.confusion
        hits = (pairs.seiz_seiz, pairs.bckg_bckg)
        swapped = (pairs.seiz_bckg, pairs.bckg_seiz)
        counts = {}
        for k, label in enumerate((SEIZURE, BACKGROUND)):
            missed, extra = self.deletions[k] + swapped[k], self.insertions[k]
            counts[label] = Counts(
                hits[k] + missed,
                hits[k],
                missed,
                extra,
                hits[1 - k],
                extra,
                extra,
                self.deletions[k],
            )
        return counts


def dpalign(ref: Timeline, hyp: Timeline) -> Alignment:
    """Align the labels of one file.

    Raises
    ------
    AnnotationError
        Where there are so many events that the table would not fit into memory.
    """
    cells = (len(ref.labels) + 2) * (len(hyp.labels) + 2)
    if cells > MAX_CELLS:
        raise AnnotationError(
            f"{len(ref.labels)} and {len(hyp.labels)} events are too many to be aligned "
            f"({cells} cells, must be at most {MAX_CELLS})"
        )
    return _align(ref.labels, hyp.labels)


@lru_cache(maxsize=1024)  # neighbours differ, so that a string is known by its length and first
def _align(ref: tuple[str, ...], hyp: tuple[str, ...]) -> Alignment:
    ref_codes, hyp_codes = _codes(ref), _codes(hyp)
    moves = _moves(ref_codes, hyp_codes)
    pairs = np.zeros((len(LABELS), len(LABELS)), dtype=np.int64)
    inserted = [0, 0]
    deleted = [0, 0]
    i, j = len(ref_codes) - 1, len(hyp_codes) - 1
    while i > 0 or j > 0:
        move = moves[i, j]
        # The two end symbols may be left without a partner, too; they are not events.
        if move == _SUBSTITUTE:
            if ref_codes[i] != _END and hyp_codes[j] != _END:
                pairs[ref_codes[i], hyp_codes[j]] += 1
            i, j = i - 1, j - 1
        elif move == _INSERT:
            if hyp_codes[j] != _END:
                inserted[hyp_codes[j]] += 1
            j -= 1
        else:
            if ref_codes[i] != _END:
                deleted[ref_codes[i]] += 1
            i -= 1
    confusion = Confusion(*(int(count) for count in pairs.ravel()))
    return Alignment(confusion, (inserted[0], inserted[1]), (deleted[0], deleted[1]))


def _codes(labels: tuple[str, ...]) -> npt.NDArray[np.int8]:
    return np.array([_END, *(LABELS.index(label) for label in labels), _END], dtype=np.int8)


def _moves(ref: npt.NDArray[np.int8], hyp: npt.NDArray[np.int8]) -> npt.NDArray[np.uint8]:
    """Cheapest last step to each pair of positions, ``(len(ref), len(hyp))``.

    Insertion, deletion and substitution cost 1. Among equals, substitution (or a match) goes first,
    then insertion.
    """
    moves = np.full((len(ref), len(hyp)), _DELETE, dtype=np.uint8)
    moves[0] = _INSERT
    columns = np.arange(len(hyp))
    above = columns.copy()
    for i in range(1, len(ref)):
        substituted = above[:-1] + (hyp[1:] != ref[i])
        deleted = above[1:] + 1
        # cost[j] = min(best[j], cost[j - 1] + 1) for all j at once
        best = np.concatenate(([i], np.minimum(substituted, deleted)))
        cost = np.minimum.accumulate(best - columns) + columns
        inserted = cost[:-1] + 1
        moves[i, 1:] = np.where(
            deleted < np.minimum(substituted, inserted),
            _DELETE,
            np.where(inserted < substituted, _INSERT, _SUBSTITUTE),
        )
        above = cost
    return moves
