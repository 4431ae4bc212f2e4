"""TAES: time-aligned event scoring (Shah et al. 2021), as NEDC v6 does it.

An event counts by the fraction that was found; what a hypothesis has too much is a false alarm
relative to the length of the reference event, at most one. Two tests say whether events meet: the
times must overlap for a reference event to be looked at, and the whole seconds that they touch
must overlap for a hypothesis to be taken into account.
"""

import numpy as np
import numpy.typing as npt

from core.evaluation.annotations import BACKGROUND, LABELS, SEIZURE, AnnotationError
from core.evaluation.counts import Counts
from core.evaluation.tidy import Seconds, Timeline

__all__ = ["taes"]


def taes(ref: Timeline, hyp: Timeline) -> dict[str, Counts]:
    """Score one file.

    Returns
    -------
    dict
        Counts for each label. Where rows overlapped, hits may be negative or exceed the targets.

    Raises
    ------
    AnnotationError
        Where a fraction of a reference event without length is asked for and has no limit.
    """
    found = {label: _Matching(ref.of(label), hyp.of(label)).count() for label in LABELS}
    other = {SEIZURE: BACKGROUND, BACKGROUND: SEIZURE}
    return {
        label: Counts.of_events(len(ref.of(label)[0]), *found[label], others=found[other[label]][0])
        for label in LABELS
    }


class _Matching:
    """Match the events of one label; neither list needs to be free of overlaps."""

    def __init__(self, ref: tuple[Seconds, Seconds], hyp: tuple[Seconds, Seconds]) -> None:
        self.ref_start, self.ref_stop = ref
        self.hyp_start, self.hyp_stop = hyp
        self.ref_seconds = np.trunc(ref)
        self.hyp_seconds = np.trunc(hyp)
        self.ref_used = np.zeros(len(self.ref_start), dtype=np.bool_)
        self.hyp_used = np.zeros(len(self.hyp_start), dtype=np.bool_)
        self.hits = 0.0
        self.misses = 0.0
        self.alarms = 0.0

    def count(self) -> tuple[float, float, float]:
        """Hits, misses and false alarms."""
        for i in range(len(self.ref_start)):
            if self.ref_used[i]:
                continue
            overlaps = (self.hyp_stop > self.ref_start[i]) & (self.hyp_start < self.ref_stop[i])
            if overlaps.any():
                self._match(i)
        self.misses += float(np.count_nonzero(~self.ref_used))
        self.alarms += float(np.count_nonzero(~self.hyp_used))
        return self.hits, self.misses, self.alarms

    def _match(self, i: int) -> None:
        """Take every free hypothesis in the seconds of reference event ``i``."""
        candidates = np.flatnonzero(_share_second(self.hyp_seconds, self.ref_seconds[:, i]))
        for j in candidates:
            if self.hyp_used[j]:
                continue
            self.misses += 1.0
            self._take(i, j)
            if self.hyp_stop[j] >= self.ref_stop[i]:
                # The hypothesis goes on: it has its one match, later events below it are missed.
                below = _share_second(self.ref_seconds[:, i + 1 :], self.hyp_seconds[:, j])
                self.ref_used[i + 1 :] |= below
                self.misses += float(np.count_nonzero(below))
            else:
                # The event goes on: later hypotheses in it add their parts, used or not.
                for k in candidates[candidates > j]:
                    self._take(i, k)

    def _take(self, i: int, j: np.intp) -> None:
        hit, alarm = _fraction(
            float(self.ref_start[i]),
            float(self.ref_stop[i]),
            float(self.hyp_start[j]),
            float(self.hyp_stop[j]),
        )
        self.hits += hit
        self.misses -= hit
        self.alarms += alarm
        self.ref_used[i] = True
        self.hyp_used[j] = True


def _share_second(events: Seconds, event: Seconds) -> npt.NDArray[np.bool_]:
    """Whether whole seconds are shared; times are truncated, ``(2, n)`` against ``(2,)``.

    An event that runs back over a full second holds none.
    """
    shared: npt.NDArray[np.bool_] = np.maximum(events[0], event[0]) <= np.minimum(
        events[1], event[1]
    )
    return shared


def _fraction(
    ref_start: float, ref_stop: float, hyp_start: float, hyp_stop: float
) -> tuple[float, float]:
    """Part of the reference event that is hit, and the false alarm on its sides.

    Events that share a second without overlapping give a negative hit.
    """
    before, after = ref_start - hyp_start, hyp_stop - ref_stop
    length = ref_stop - ref_start
    if length == 0:
        if before > 0 and after > 0:
            return 1.0, 1.0  # the limit of an ever shorter event inside the hypothesis
        raise AnnotationError(
            f"reference event at {ref_start} s has no length: its hit fraction is undefined"
        )
    if before >= 0 and after <= 0:
        return (hyp_stop - ref_start) / length, min(1.0, before / length)
    if before <= 0 and after >= 0:
        return (ref_stop - hyp_start) / length, min(1.0, after / length)
    if before > 0 and after > 0:
        return 1.0, min(1.0, (before + after) / length)
    return (hyp_stop - hyp_start) / length, 0.0
