"""Run the detector over a data set and score what it finds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.config import Config
from core.detector import WindowScorer
from core.errors import RecordingError, VigilError
from core.evaluation.counting import Counted, MakeScorer, Progress, count_recordings
from core.evaluation.dataset import DatasetError, DatasetRecording
from core.evaluation.reference import Reference, settle_reference
from core.evaluation.results import Evaluation
from core.evaluation.summarise import summarise
from core.io.edf import open_recording
from core.montage import plan_montage

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
    counted: list[list[Counted]] = []
    n_counted = 0
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
            _share(progress, n_counted, len(part.recordings), len(recordings)),
        )
        counted.append(own)
        n_counted += len(own)
        references += settled
        scorers.append(scorer)
    return summarise(counted, references, config, scorers, command)


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
