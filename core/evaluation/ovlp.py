"""OVLP: any-overlap scoring, as NEDC v6 does it."""

import numpy as np

from core.evaluation.annotations import BACKGROUND, LABELS, SEIZURE
from core.evaluation.counts import Counts
from core.evaluation.tidy import Seconds, Timeline

__all__ = ["ovlp"]


def ovlp(ref: Timeline, hyp: Timeline) -> dict[str, Counts]:
    """Score one file: an event is found where any event of its label overlaps it.

    Returns
    -------
    dict
        Counts for each label.
    """
    found = {label: _count(ref.of(label), hyp.of(label)) for label in LABELS}
    other = {SEIZURE: BACKGROUND, BACKGROUND: SEIZURE}
    return {
        label: Counts.of_events(len(ref.of(label)[0]), *found[label], others=found[other[label]][0])
        for label in LABELS
    }


def _count(ref: tuple[Seconds, Seconds], hyp: tuple[Seconds, Seconds]) -> tuple[int, int, int]:
    """Hits, misses and false alarms of one label; one row at a time, for the memory's sake."""
    hyp_start, hyp_stop = hyp
    matched = np.zeros(len(hyp_start), dtype=np.bool_)
    hits = 0
    for start, stop in zip(*ref, strict=True):
        overlaps = (hyp_stop > start) & (hyp_start < stop)
        hits += bool(overlaps.any())
        matched |= overlaps
    return hits, len(ref[0]) - hits, int(np.count_nonzero(~matched))
