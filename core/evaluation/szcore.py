"""SzCORE scores (Dan et al. 2024), counted by the ``timescoring`` package.

Samples are compared at 1 Hz. Events are compared at 10 Hz after joining those less than 90 s apart
and cutting them into pieces of 300 s; a piece is found where any detection lies between 30 s before
and 60 s after it.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from timescoring.scoring import EventScoring, SampleScoring

__all__ = ["EVENT_HZ", "SAMPLE_HZ", "SzcoreScores", "szcore_event", "szcore_sample"]

SAMPLE_HZ = 1
EVENT_HZ = 10
_INPUT_HZ = 256

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SzcoreScores:
    """Counts over one file or more, and what follows from them; NaN where nothing does.

    Attributes
    ----------
    tp, fp
        Samples, or events.
    ref_true
        Samples, or pieces of events, in the reference.
    num_samples
        Samples in all files.
    fs_hz
        Their rate.
    """

    tp: int
    fp: int
    ref_true: int
    num_samples: int
    fs_hz: int

    @classmethod
    def total(cls, scores: Iterable["SzcoreScores"], fs_hz: int) -> "SzcoreScores":
        """Sum over files, before any rate is taken."""
        tp = fp = ref_true = num_samples = 0
        for each in scores:
            tp += each.tp
            fp += each.fp
            ref_true += each.ref_true
            num_samples += each.num_samples
        return cls(tp, fp, ref_true, num_samples, fs_hz)

    @property
    def sensitivity(self) -> float:
        return self.tp / self.ref_true if self.ref_true else math.nan

    @property
    def precision(self) -> float:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else math.nan

    @property
    def f1(self) -> float:
        if self.ref_true + self.fp == 0:
            return math.nan
        return 2 * self.tp / (2 * self.tp + self.fp + (self.ref_true - self.tp))

    @property
    def fp_per_24h(self) -> float:
        """False positives in 24 hours."""
        if self.num_samples == 0:
            return math.nan
        return self.fp / (self.num_samples / self.fs_hz / 3600 / 24)


@dataclass(frozen=True, slots=True, eq=False)
class _Intervals:
    """What the scorers read of an annotation, without 24 hours of samples at 256 Hz behind it."""

    events: list[Interval]
    mask: npt.NDArray[np.bool_]
    fs: int


def szcore_sample(
    ref: Sequence[Interval], hyp: Sequence[Interval], duration_s: float
) -> SzcoreScores:
    """Score one file sample by sample.

    Parameters
    ----------
    ref, hyp
        Start and stop of the seizures in seconds.
    duration_s
        Length of the recording.
    """
    return _score(partial(SampleScoring, fs=SAMPLE_HZ), ref, hyp, duration_s, SAMPLE_HZ)


def szcore_event(
    ref: Sequence[Interval], hyp: Sequence[Interval], duration_s: float
) -> SzcoreScores:
    """Score one file event by event.

    Parameters
    ----------
    ref, hyp
        Start and stop of the seizures in seconds.
    duration_s
        Length of the recording.
    """
    if round(round(duration_s * _INPUT_HZ) / _INPUT_HZ * EVENT_HZ) == 0:
        return SzcoreScores(0, 0, 0, 0, EVENT_HZ)  # too short to hold one of its samples
    return _score(EventScoring, ref, hyp, duration_s, EVENT_HZ)


def _score(
    scoring: Callable[[_Intervals, _Intervals], Any],
    ref: Sequence[Interval],
    hyp: Sequence[Interval],
    duration_s: float,
    fs_hz: int,
) -> SzcoreScores:
    # Only the length of the mask is used; a broadcast scalar has it and takes one byte.
    mask = np.broadcast_to(np.False_, (round(duration_s * _INPUT_HZ),))
    ref_intervals, hyp_intervals = (
        _Intervals(sorted(events), mask, _INPUT_HZ) for events in (ref, hyp)
    )
    # The package divides before it is asked to: by the length, which is no sample below half a
    # second, and by the window of an event, which is empty far beyond the end (it is not found).
    with np.errstate(divide="ignore", invalid="ignore"):
        scored = scoring(ref_intervals, hyp_intervals)
    return SzcoreScores(
        int(scored.tp), int(scored.fp), int(scored.refTrue), scored.numSamples, fs_hz
    )
