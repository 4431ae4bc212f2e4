"""EPOCH: labels compared at the middle of every quarter of a second, as NEDC v6 does it.

The same confusion matrix gives the inter-rater agreement (:mod:`core.evaluation.ira`).
"""

import math

import numpy as np
import numpy.typing as npt

from core.evaluation.annotations import BACKGROUND, SEIZURE
from core.evaluation.confusion import Confusion
from core.evaluation.counts import Counts
from core.evaluation.tidy import Timeline

__all__ = ["EPOCH_S", "epoch", "epoch_confusion"]

EPOCH_S = 0.25


def epoch_confusion(ref: Timeline, hyp: Timeline) -> Confusion:
    """Count pairs of labels over the epochs of the reference's length."""
    n_epochs = _first_after(ref.end_s, inclusive=False)
    in_ref, in_hyp = _seizure_epochs(ref, n_epochs), _seizure_epochs(hyp, n_epochs)
    both = int(np.count_nonzero(in_ref & in_hyp))
    n_ref, n_hyp = int(np.count_nonzero(in_ref)), int(np.count_nonzero(in_hyp))
    return Confusion(both, n_ref - both, n_hyp - both, n_epochs - n_ref - n_hyp + both)


def epoch(confusion: Confusion) -> dict[str, Counts]:
    """Count epochs for each label.

    False alarms, insertions and deletions of the background are zero in NEDC, its false positives
    are not.
    """
    hit, missed = confusion.seiz_seiz, confusion.seiz_bckg
    alarm, quiet = confusion.bckg_seiz, confusion.bckg_bckg
    return {
        SEIZURE: Counts(hit + missed, hit, missed, alarm, quiet, alarm, alarm, missed),
        BACKGROUND: Counts(alarm + quiet, quiet, alarm, missed, hit, 0, 0, 0),
    }


def _seizure_epochs(timeline: Timeline, n_epochs: int) -> npt.NDArray[np.bool_]:
    """Whether each epoch is labelled seizure.

    An epoch has the label of the first event that holds its middle, both ends included; the last
    event's where none does.
    """
    inside = np.full(n_epochs, timeline.labels[-1] == SEIZURE)
    # Painted from the last event to the first, so that the earlier one stays on top.
    for start, stop, label in zip(
        timeline.start[::-1], timeline.stop[::-1], timeline.labels[::-1], strict=True
    ):
        first = _first_after(float(start), inclusive=True)
        inside[first : max(first, _first_after(float(stop), inclusive=False))] = label == SEIZURE
    return inside


def _first_after(time_s: float, *, inclusive: bool) -> int:
    """Index of the first epoch whose middle lies behind a time (``inclusive``: or on it)."""
    position = (time_s - EPOCH_S / 2) / EPOCH_S
    # A middle is exact in binary; the difference to a time may round to it. Look at both sides.
    index = max(0, math.ceil(position) - 1)
    while (middle := EPOCH_S / 2 + EPOCH_S * index) < time_s or (
        not inclusive and middle == time_s
    ):
        index += 1
    return index
