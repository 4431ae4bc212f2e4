"""Events and their counts over all thresholds, from probabilities that were computed once."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from core.config import Config
from core.evaluation.annotations import SEIZURE, Annotations, Span, annotate
from core.evaluation.curves import FA_TARGETS, OperatingPoint, Scorer
from core.evaluation.ovlp import ovlp
from core.evaluation.rates import SECONDS_PER_DAY, f1_score, ratio
from core.evaluation.szcore import szcore_event
from core.evaluation.taes import taes
from core.evaluation.tidy import tidy
from core.events import EventTracker
from core.types import Event, FloatArray

__all__ = [
    "SweepCounts",
    "best_sensitivities",
    "count_recording",
    "events_at",
    "operating_point",
    "thresholds",
]

_PIECE = 1 << 20
"""Samples that are looked at in one go, for the memory's sake."""

SweepCounts = npt.NDArray[np.float64]
"""``(n_thresholds, n_scorers, 3)``: hits, misses and false alarms, scorers as in ``SCORERS``."""

Segments = Sequence[tuple[int, FloatArray]]


def thresholds(config: Config) -> tuple[tuple[float, float], ...]:
    """List the pairs (tau_on, tau_off) of the sweep, rising; the locked pair is one of them.

    ``tau_on`` goes up in steps of 0.01, of 0.001 above 0.99, and ends at 0.9995 and 0.9999: that is
    where a confident network keeps its false alarms. ``tau_off`` lies as far below as it is locked.
    """
    locked = (config.events.tau_on, config.events.tau_off)
    distance = locked[0] - locked[1]
    steps = [k / 100 for k in range(1, 100)] + [k / 1000 for k in range(991, 1000)]
    sweep = [
        (tau_on, round(tau_on - distance, 6))
        for tau_on in (*steps, 0.9995, 0.9999)
        if tau_on - distance > 1e-6 and tau_on != locked[0]
    ]
    return tuple(sorted([*sweep, locked]))


def events_at(segments: Segments, config: Config, tau_on: float, tau_off: float) -> list[Event]:
    """Decode probabilities with other thresholds, by the same code as at the bedside.

    Parameters
    ----------
    segments
        First sample and probabilities of each uninterrupted piece; an event ends at a gap.
    config
        All other settings of the events.
    tau_on, tau_off
        Thresholds.
    """
    settings = config.events.model_copy(update={"tau_on": tau_on, "tau_off": tau_off})
    tracker = EventTracker(config.model_copy(update={"events": settings}))
    events: list[Event] = []
    for start, values in segments:
        tracker.begin_at(start)
        for first in range(0, len(values), _PIECE):
            events += tracker.push(values[first : first + _PIECE])
        events += tracker.flush()
    return events


def count_recording(
    segments: Segments,
    annotations: Annotations,
    config: Config,
    pairs: Sequence[tuple[float, float]],
) -> tuple[SweepCounts, tuple[float, ...]]:
    """Count hits, misses and false alarms of one recording at every pair of thresholds.

    Parameters
    ----------
    segments
        As for :func:`events_at`.
    annotations
        The reference.
    config
        Settings of the events.
    pairs
        Of :func:`thresholds`.

    Returns
    -------
    counts
        Over all pairs and scorers.
    seconds
        For each scorer, the length of the recording as it takes it.
    """
    peak = max((float(values.max()) for _, values in segments if len(values)), default=0.0)
    known: dict[tuple[tuple[float, float], ...], npt.NDArray[np.float64]] = {}
    rows = []
    for tau_on, tau_off in pairs:
        events = events_at(segments, config, tau_on, tau_off) if peak >= tau_on else []
        hyp = tuple(annotate(events, annotations.duration_s).seizures())
        if hyp not in known:
            known[hyp] = _count(annotations, hyp)
        rows.append(known[hyp])
    szcore = szcore_event([], [], annotations.duration_s)
    nedc_s = tidy(annotations.spans, annotations.duration_s).end_s
    return np.stack(rows), (nedc_s, nedc_s, szcore.num_samples / szcore.fs_hz)


def _count(
    annotations: Annotations, hyp: tuple[tuple[float, float], ...]
) -> npt.NDArray[np.float64]:
    duration_s = annotations.duration_s
    ref_line = tidy(annotations.spans, duration_s)
    hyp_line = tidy(tuple(Span(onset, offset) for onset, offset in hyp), duration_s)
    szcore = szcore_event(annotations.seizures(), hyp, duration_s)
    nedc = (taes(ref_line, hyp_line)[SEIZURE], ovlp(ref_line, hyp_line)[SEIZURE])
    return np.array(
        [
            *([each.tp, each.fn, each.fp] for each in nedc),
            [szcore.tp, szcore.ref_true - szcore.tp, szcore.fp],
        ],
        dtype=np.float64,
    )


def operating_point(
    scorer: Scorer, tau_on: float, counts: npt.NDArray[np.float64], seconds: Sequence[float]
) -> OperatingPoint:
    """Add up recordings and take the rates.

    Parameters
    ----------
    scorer
        NEDC's rates are 0 where nothing divides; SzCORE's are NaN.
    tau_on
        Threshold.
    counts : (n_recordings, 3) float64
        Hits, misses, false alarms.
    seconds
        Length of each recording.
    """
    # Exact sums, so that the order of the files does not matter.
    tp, fn, fp = (math.fsum(column) for column in counts.T)
    total_s = math.fsum(seconds)
    rate = fp / total_s * SECONDS_PER_DAY if total_s else math.nan
    if scorer == "szcore":
        return OperatingPoint(
            tau_on,
            tp / (tp + fn) if tp + fn else math.nan,
            tp / (tp + fp) if tp + fp else math.nan,
            2 * tp / (2 * tp + fp + fn) if tp + fp + fn else math.nan,
            rate,
        )
    sensitivity, precision = ratio(tp, tp + fn), ratio(tp, tp + fp)
    return OperatingPoint(tau_on, sensitivity, precision, f1_score(precision, sensitivity), rate)


def best_sensitivities(points: Iterable[OperatingPoint]) -> dict[float, float]:
    """Best sensitivity with at most so many false alarms, for every target; no interpolation.

    False alarms do not fall steadily with the threshold, so every point counts. 0 where none keeps
    to the target.
    """
    points = [point for point in points if math.isfinite(point.sensitivity)]
    return {
        target: max((p.sensitivity for p in points if p.fa_per_24h <= target), default=0.0)
        for target in FA_TARGETS
    }
