"""Scores over a data set, from what was counted in each recording."""

import math
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from core.config import Config
from core.detector import WindowScorer
from core.evaluation.counting import Counted
from core.evaluation.curves import SCORERS, Curve, OperatingPoint, Scorer
from core.evaluation.intervals import Bootstrap, PatientCounts, bin_edges, bin_scores
from core.evaluation.latency import alarm_times, onset_delays
from core.evaluation.metrics import Labelled, Ranking, calibration
from core.evaluation.reference import Reference
from core.evaluation.results import Evaluation, GroupResult, PatientResult, RecordingResult
from core.evaluation.sweep import best_sensitivities, operating_point, thresholds
from core.types import FloatArray

__all__ = ["summarise"]


def summarise(
    parts: Sequence[Sequence[Counted]],
    references: Sequence[Reference],
    config: Config,
    scorers: Sequence[WindowScorer],
    command: str,
) -> Evaluation:
    """Sum up what was counted over all recordings.

    Parameters
    ----------
    parts
        Recordings as they were counted, by the network that scored them.
    references
        Of all recordings, in the same order.
    config
        Its thresholds are the locked ones.
    scorers
        The networks.
    command
        How the evaluation was called, for the report.
    """
    counted = [each for part in parts for each in part]
    pairs = thresholds(config)
    locked = pairs.index((config.events.tau_on, config.events.tau_off))
    ranking = _ranking(counted)
    patients = _grouped(counted, lambda each: each.recording.patient)
    edges = bin_edges(ranking.values)
    bootstrap = Bootstrap(_patient_counts(patients.values(), edges), locked)
    bands = bootstrap.curves()
    curves = {
        name: Curve(name, _points(counted, k, pairs), *bands[name])
        for k, name in enumerate(SCORERS)
    }
    results = tuple(_recording_result(each) for each in counted)
    delays_s, alarm_delays_s, n_onsets = onset_delays(results)
    n_seizures = sum(len(each.ref) for each in counted)
    n_joined = sum(reference.n_joined for reference in references)
    n_clipped = sum(reference.n_clipped for reference in references)
    return Evaluation(
        auroc=ranking.auroc,
        auprc=ranking.auprc,
        auroc_by_network=tuple(_ranking(part).auroc for part in parts) if len(parts) > 1 else (),
        hours=_hours(counted),
        background_hours=_background_hours(counted),
        n_seizures=n_seizures,
        joined_references=n_joined,
        clipped_references=n_clipped,
        sensitivity_at_fa={
            name: best_sensitivities(curve.points) for name, curve in curves.items()
        },
        locked={name: curve.points[locked] for name, curve in curves.items()},
        curves=curves,
        roc=ranking.roc() if ranking.both else None,
        pr=ranking.pr() if ranking.both else None,
        calibration=calibration(_all_pieces(counted)),
        delays_s=delays_s,
        alarm_delays_s=alarm_delays_s,
        n_onsets=n_onsets,
        per_patient=tuple(
            PatientResult(
                name,
                *_group_fields(group, pairs[locked][0], locked),
                dataset=", ".join(sorted({each.recording.dataset for each in group})),
            )
            for name, group in patients.items()
        ),
        per_dataset=tuple(
            GroupResult(
                name,
                *_group_fields(group, pairs[locked][0], locked),
                n_patients=len({each.recording.patient for each in group}),
            )
            for name, group in _grouped(counted, lambda each: each.recording.dataset).items()
        ),
        intervals=bootstrap.intervals(),
        recordings=results,
        engine=", ".join(dict.fromkeys(scorer.name for scorer in scorers)),
        weights=", ".join(dict.fromkeys(scorer.weights for scorer in scorers)),
        config_hash=config.hash,
        tau_on=config.events.tau_on,
        tau_off=config.events.tau_off,
        command=command,
        machine=_machine(),
        notes=_notes(n_seizures, n_onsets, n_joined, n_clipped),
    )


def _notes(n_seizures: int, n_onsets: int, n_joined: int, n_clipped: int) -> tuple[str, ...]:
    notes = []
    if n_onsets < n_seizures:
        notes.append(
            f"{n_seizures - n_onsets} of {n_seizures} seizures begin at a join, behind a gap or at "
            "the start of a recording: delays are those of the others."
        )
    if n_joined:
        notes.append(
            "Annotated seizures that overlap or touch the one before and were joined with it: "
            f"{n_joined} of {n_seizures + n_joined}."
        )
    if n_clipped:
        notes.append(
            "Annotated seizures that run past the end of their recording and were cut there: "
            f"{n_clipped}."
        )
    return tuple(notes)


def _all_pieces(counted: Iterable[Counted]) -> Iterator[Labelled]:
    for each in counted:
        yield from each.pieces()


def _ranking(counted: Sequence[Counted]) -> Ranking:
    return Ranking(lambda: _all_pieces(counted))


def _grouped(
    counted: Sequence[Counted], name: Callable[[Counted], str]
) -> dict[str, list[Counted]]:
    groups: dict[str, list[Counted]] = {}
    for each in counted:
        groups.setdefault(name(each), []).append(each)
    return dict(sorted(groups.items()))


def _patient_counts(patients: Iterable[Sequence[Counted]], edges: FloatArray) -> PatientCounts:
    groups = list(patients)
    return PatientCounts(
        events=np.stack([np.sum([each.counts for each in group], axis=0) for group in groups]),
        seconds=np.stack([np.sum([each.seconds for each in group], axis=0) for group in groups]),
        samples=np.stack([bin_scores(_all_pieces(group), edges) for group in groups]),
    )


def _points(
    counted: Sequence[Counted], k: int, pairs: Sequence[tuple[float, float]]
) -> tuple[OperatingPoint, ...]:
    counts = np.stack([each.counts[:, k] for each in counted])  # (n_recordings, n_thresholds, 3)
    seconds = [each.seconds[k] for each in counted]
    return tuple(
        operating_point(SCORERS[k], tau_on, counts[:, row], seconds)
        for row, (tau_on, _) in enumerate(pairs)
    )


def _group_fields(
    group: Sequence[Counted], tau_on: float, locked: int
) -> tuple[float, float, int, float, float, dict[Scorer, OperatingPoint]]:
    """Hours, background hours, seizures, AUROC, AUPRC, locked scores."""
    ranking = _ranking(group)
    points = {
        name: operating_point(
            name,
            tau_on,
            np.stack([each.counts[locked, k] for each in group]),
            [each.seconds[k] for each in group],
        )
        for k, name in enumerate(SCORERS)
    }
    n_seizures = sum(len(each.ref) for each in group)
    return (
        *(_hours(group), _background_hours(group), n_seizures),
        *(ranking.auroc, ranking.auprc, points),
    )


def _hours(counted: Iterable[Counted]) -> float:
    return math.fsum(each.recording.annotations.duration_s for each in counted) / 3600


def _background_hours(counted: Iterable[Counted]) -> float:
    return math.fsum(each.background_s for each in counted) / 3600


def _recording_result(each: Counted) -> RecordingResult:
    recording, analysis = each.recording, each.analysis
    events = tuple((event.onset_s, event.offset_s) for event in analysis.events)
    raised = alarm_times(events, analysis.standing, each.sfreq)
    return RecordingResult(
        path=recording.path,
        patient=recording.patient,
        dataset=recording.dataset,
        duration_s=recording.annotations.duration_s,
        ref=each.ref,
        hyp_locked=analysis.events,
        # A final event stands in the step that closed it, at the latest.
        first_alarm_s=tuple(math.nan if time_s is None else time_s for time_s in raised),
        ref_alarm_s=alarm_times(each.ref, analysis.standing, each.sfreq),
        probabilities_path=analysis.path,
        segments=analysis.segments,
        gaps_s=tuple((start / each.sfreq, stop / each.sfreq) for start, stop in analysis.gaps),
        joins_s=recording.joins_s,
    )


def _machine() -> str:
    return f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
