"""Run the detector over a data set and score what it finds."""

import math
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.config import Config
from core.detector import WindowScorer
from core.errors import RecordingError, VigilError
from core.evaluation.counting import Counted, MakeScorer, Progress, count_recordings
from core.evaluation.curves import SCORERS, Curve, OperatingPoint, Scorer
from core.evaluation.dataset import DatasetError, DatasetRecording
from core.evaluation.intervals import Bootstrap, PatientCounts, bin_edges, bin_scores
from core.evaluation.latency import alarm_times, onset_delays
from core.evaluation.metrics import Labelled, Ranking, calibration
from core.evaluation.reference import Reference, settle_reference
from core.evaluation.results import Evaluation, GroupResult, PatientResult, RecordingResult
from core.evaluation.sweep import best_sensitivities, operating_point, thresholds
from core.io.edf import open_recording
from core.montage import plan_montage
from core.types import FloatArray

__all__ = ["LENGTH_TOLERANCE_S", "Part", "evaluate", "evaluate_parts"]

LENGTH_TOLERANCE_S = 1.0
"""How far a recording's length may be from what its annotations say: one data record, usually."""


@dataclass(frozen=True, slots=True)
class Part:
    """Recordings that are analysed with the same weights, as the folds of a cross-validation are.

    Attributes
    ----------
    recordings
        Of :func:`core.evaluation.dataset.find_dataset`.
    make_scorer
        Makes the network; with several processes it is called in every one and must be picklable,
        as a function of a module or a :func:`functools.partial` of one is.
    """

    recordings: Sequence[DatasetRecording]
    make_scorer: MakeScorer


def evaluate(
    recordings: Sequence[DatasetRecording],
    config: Config,
    make_scorer: MakeScorer,
    out: Path,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    command: str = "",
) -> Evaluation:
    """Evaluate a detector on a data set.

    Parameters
    ----------
    recordings
        Of :func:`core.evaluation.dataset.find_dataset`.
    config
        Its thresholds are the locked ones.
    make_scorer
        As in :class:`Part`.
    out
        Probabilities are kept in ``out/probabilities``.
    jobs
        Processes. The results do not depend on it.
    progress
        Takes the share that is done, 0 to 1.
    command
        How the evaluation was called, for the report.

    Raises
    ------
    VigilError
        Where a recording cannot be analysed or scored.

    Notes
    -----
    Seizures of the reference that overlap or touch are joined, and cut at the end of the
    recording: see :mod:`core.evaluation.reference`.
    """
    part = Part(recordings, make_scorer)
    return evaluate_parts([part], config, out, jobs=jobs, progress=progress, command=command)


def evaluate_parts(
    parts: Sequence[Part],
    config: Config,
    out: Path,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    command: str = "",
) -> Evaluation:
    """Evaluate several parts, each with weights of its own, as one data set.

    Parameters and errors are those of :func:`evaluate`.
    """
    recordings = [recording for part in parts for recording in part.recordings]
    if not recordings:
        raise DatasetError("no recording to evaluate")
    if jobs < 1:
        raise VigilError(f"jobs must be at least 1, not {jobs}")
    for recording in recordings:
        _check(recording, config)
    folder = out / "probabilities"
    try:
        folder.mkdir(parents=True, exist_ok=True)  # before hours of work that could not be kept
    except OSError as error:
        raise VigilError(f"{folder}: cannot be made ({error.strerror})") from error
    counted: list[Counted] = []
    by_network: list[float] = []
    references: list[Reference] = []
    scorers: list[WindowScorer] = []
    for part in parts:
        settled = [settle_reference(recording.annotations) for recording in part.recordings]
        scorer = part.make_scorer()
        own = count_recordings(
            [
                replace(recording, annotations=reference.annotations)
                for recording, reference in zip(part.recordings, settled, strict=True)
            ],
            config,
            part.make_scorer,
            scorer,
            folder,
            jobs,
            _share(progress, len(counted), len(part.recordings), len(recordings)),
        )
        counted += own
        by_network.append(_ranking(own).auroc)
        references += settled
        scorers.append(scorer)
    evaluation = _summarise(counted, references, config, scorers, command)
    return replace(evaluation, auroc_by_network=tuple(by_network)) if len(parts) > 1 else evaluation


def _share(
    progress: Progress | None, n_done: int, n_part: int, n_recordings: int
) -> Progress | None:
    """Progress of the whole from that of a part."""
    if progress is None:
        return None
    return lambda share: progress((n_done + share * n_part) / n_recordings)


def _check(recording: DatasetRecording, config: Config) -> None:
    """Find what can be found before hours of work: a montage or a length that does not fit."""
    with open_recording(recording.path) as opened:
        if not opened.complete:
            raise RecordingError(
                f"{recording.path}: incomplete, cannot be scored ({opened.shortfall})"
            )
        try:
            plan_montage(opened.info.ch_names, config.montage)
        except VigilError as error:
            raise type(error)(f"{recording.path}: {error}") from error
        annotated_s = recording.annotations.duration_s
        if abs(opened.duration_s - annotated_s) > LENGTH_TOLERANCE_S:
            raise DatasetError(
                f"{recording.path}: lasts {opened.duration_s:g} s, but "
                f"{recording.annotations.name} says {annotated_s:g} s"
            )


def _summarise(
    counted: Sequence[Counted],
    references: Sequence[Reference],
    config: Config,
    scorers: Sequence[WindowScorer],
    command: str,
) -> Evaluation:
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
