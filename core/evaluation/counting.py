"""Analyse and count recordings, one after another or in several processes."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.config import Config
from core.detector import WindowScorer
from core.errors import VigilError
from core.evaluation.dataset import DatasetRecording
from core.evaluation.metrics import Labelled, labelled
from core.evaluation.probabilities import Analysis, analyse, read_segments
from core.evaluation.sweep import SweepCounts, count_recording, thresholds

__all__ = ["Counted", "MakeScorer", "Progress", "count_recordings"]

MakeScorer = Callable[[], WindowScorer]
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """One recording, analysed and counted over the sweep."""

    recording: DatasetRecording
    analysis: Analysis
    counts: SweepCounts
    seconds: tuple[float, ...]
    sfreq: float

    @property
    def ref(self) -> tuple[tuple[float, float], ...]:
        return tuple(self.recording.annotations.seizures())

    def pieces(self) -> Iterator[Labelled]:
        """Probabilities with labels."""
        segments = read_segments(self.analysis.path, self.analysis.segments)
        return labelled(segments, self.ref, self.sfreq)

    @property
    def background_s(self) -> float:
        """Length of what lies outside the annotated seizures."""
        duration_s = self.recording.annotations.duration_s
        seizure_s = reached_s = 0.0
        for onset_s, offset_s in self.ref:
            first, last = max(onset_s, reached_s), min(offset_s, duration_s)
            seizure_s += max(0.0, last - first)
            reached_s = max(reached_s, last)
        return duration_s - seizure_s


def count_recordings(
    recordings: Sequence[DatasetRecording],
    config: Config,
    make_scorer: MakeScorer,
    scorer: WindowScorer,
    folder: Path,
    jobs: int,
    progress: Progress | None,
) -> list[Counted]:
    """Analyse all recordings and count events over the sweep.

    Parameters
    ----------
    recordings, config, jobs, progress
        As for :func:`core.evaluation.evaluate.evaluate`.
    make_scorer, scorer
        Makes the network in other processes; the network of this one.
    folder
        For the probabilities.

    Returns
    -------
    list of Counted
        In the order of the recordings.
    """
    work = partial(_count, config=config, folder=folder)
    if jobs == 1:
        return _in_turn(recordings, work, scorer, progress)
    return _in_processes(recordings, work, make_scorer, jobs, progress)


def _count(
    recording: DatasetRecording,
    scorer: WindowScorer,
    progress: Progress | None = None,
    *,
    config: Config,
    folder: Path,
) -> Counted:
    analysis = analyse(recording.path, config, scorer, folder, progress)
    segments = list(read_segments(analysis.path, analysis.segments))
    try:
        counts, seconds = count_recording(
            segments, recording.annotations, config, thresholds(config)
        )
    except VigilError as error:
        raise type(error)(f"{recording.annotations.name}: {error}") from error
    return Counted(recording, analysis, counts, seconds, float(config.conditioning.sfreq))


def _in_turn(
    recordings: Sequence[DatasetRecording],
    work: Callable[..., Counted],
    scorer: WindowScorer,
    progress: Progress | None,
) -> list[Counted]:
    total_s = sum(recording.annotations.duration_s for recording in recordings)
    counted: list[Counted] = []
    done_s = 0.0
    for recording in recordings:
        duration_s = recording.annotations.duration_s

        def within(share: float, before_s: float = done_s, own_s: float = duration_s) -> None:
            if progress is not None:
                progress((before_s + min(1.0, share) * own_s) / total_s)

        counted.append(work(recording, scorer, within))
        done_s += duration_s
        within(1.0)
    return counted


_scorers: list[WindowScorer] = []
"""The network of a worker process, made once."""


def _begin_worker(make_scorer: MakeScorer) -> None:
    _scorers[:] = [make_scorer()]


def _work(work: Callable[..., Counted], recording: DatasetRecording) -> Counted:
    return work(recording, _scorers[0])


def _in_processes(
    recordings: Sequence[DatasetRecording],
    work: Callable[..., Counted],
    make_scorer: MakeScorer,
    jobs: int,
    progress: Progress | None,
) -> list[Counted]:
    total_s = sum(recording.annotations.duration_s for recording in recordings)
    done_s = 0.0
    # Longest first, so that the last one does not keep all others waiting.
    order = sorted(range(len(recordings)), key=lambda k: -recordings[k].annotations.duration_s)
    counted: dict[int, Counted] = {}
    pool = ProcessPoolExecutor(
        min(jobs, len(recordings)),
        multiprocessing.get_context("spawn"),
        _begin_worker,
        (make_scorer,),
    )
    try:
        futures = {pool.submit(_work, work, recordings[k]): k for k in order}
        for future in as_completed(futures):
            k = futures[future]
            counted[k] = future.result()
            done_s += recordings[k].annotations.duration_s
            if progress is not None:
                progress(done_s / total_s)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return [counted[k] for k in range(len(recordings))]
