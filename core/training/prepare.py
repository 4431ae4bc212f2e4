"""From a data set on disk to the material of a training."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import VigilError
from core.evaluation.dataset import DatasetRecording, find_dataset
from core.evaluation.pairing import read_annotations
from core.simulate import simulate_recording
from core.training.cache import SignalCache
from core.training.crops import Material
from core.training.sampler import NoSeizureError
from core.training.settings import SimulatedSettings, TrainingSettings
from core.training.split import Split, SplitError, split_patients

__all__ = ["Prepared", "choose", "prepare"]

SIMULATED = "simulated"
"""Data set of simulated recordings."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Split and material of a training."""

    split: Split
    train: Material
    dev: Material


def choose(
    folder: Path,
    datasets: Sequence[str],
    find: Callable[[Path], list[DatasetRecording]] = find_dataset,
) -> list[DatasetRecording]:
    """List the recordings of the data sets that are asked for.

    Raises
    ------
    VigilError
        Where a data set is not there.
    """
    recordings = find(folder)
    known = sorted({recording.dataset for recording in recordings})
    for name in datasets:
        if name not in known:
            raise VigilError(f"{folder}: no data set {name} in it (there are: {', '.join(known)})")
    return [each for each in recordings if not datasets or each.dataset in datasets]


def prepare(
    settings: TrainingSettings,
    data: Path,
    cache_folder: Path,
    fold: int | None,
    progress: Callable[[float], None],
) -> Prepared:
    """Split by patient, simulate what is asked for, and condition everything.

    Raises
    ------
    NoSeizureError
        Where the recordings of training or dev hold no seizure.
    VigilError
        Where data, split or cache cannot be used.
    """
    recordings = choose(data, settings.data.datasets)
    split = split_patients(recordings, settings.split, settings.seed, fold)
    cache = SignalCache(cache_folder, settings.detector)
    simulated = _simulate(cache_folder / SIMULATED, settings.data.simulated)
    split = Split((*split.train, *simulated), split.dev, split.test)
    # Before hours are spent on conditioning.
    _check_seizures("training", split.train)
    if split.dev:
        _check_seizures("dev", split.dev)
    cache.fill([*split.train, *split.dev], progress)

    def material(side: Sequence[DatasetRecording]) -> Material:
        return Material(
            side,
            [cache.open(recording.path) for recording in side],
            settings.detector,
            settings.loss.border_s,
            settings.loss.border_weight,
        )

    return Prepared(split, material(split.train), material(split.dev))


def _check_seizures(side: str, recordings: Sequence[DatasetRecording]) -> None:
    if not recordings:
        raise SplitError(f"no patient is left for {side}")
    if not any(recording.annotations.seizures() for recording in recordings):
        raise NoSeizureError(f"the {side} data hold no seizure")


def _simulate(folder: Path, settings: SimulatedSettings) -> list[DatasetRecording]:
    """Make the simulated recordings that are not there yet; each is a patient."""
    recordings = []
    for k in range(settings.recordings):
        seed = settings.seed + k
        name = f"sim{seed}-{settings.minutes:g}min-{settings.seizures}"
        path = folder / f"{name}.edf"
        events = folder / f"{name}_events.tsv"
        if not (path.is_file() and events.is_file()):
            folder.mkdir(parents=True, exist_ok=True)
            simulate_recording(path, settings.minutes, settings.seizures, seed)
        recordings.append(
            DatasetRecording(path, path.name, name, SIMULATED, read_annotations(events))
        )
    return recordings
