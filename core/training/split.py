"""Who trains and who is kept apart: by patient, never by file."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import VigilError
from core.evaluation.dataset import SAME_PATIENT, DatasetRecording
from core.training.settings import SplitSettings

__all__ = ["Split", "SplitError", "split_patients"]


class SplitError(VigilError):
    """A patient would be on both sides, is unknown, or nobody would be on one of them."""


@dataclass(frozen=True, slots=True)
class Split:
    """Recordings of three groups of patients who do not meet."""

    train: tuple[DatasetRecording, ...]
    dev: tuple[DatasetRecording, ...]
    test: tuple[DatasetRecording, ...]

    def __post_init__(self) -> None:
        groups = {"train": self.train, "dev": self.dev, "test": self.test}
        seen: dict[str, str] = {}
        for side, recordings in groups.items():
            for patient in sorted({recording.patient for recording in recordings}):
                if patient in seen:
                    raise SplitError(f"patient {patient} is in {seen[patient]} and in {side}")
                seen[patient] = side

    def patients(self) -> dict[str, list[str]]:
        """Return the names on each side, sorted."""
        sides = {"train": self.train, "dev": self.dev, "test": self.test}
        return {side: sorted({each.patient for each in group}) for side, group in sides.items()}


def split_patients(
    recordings: Sequence[DatasetRecording],
    settings: SplitSettings,
    seed: int,
    fold: int | None = None,
) -> Split:
    """Divide recordings by patient.

    Named patients go to dev and test, all others to training. With folds, patients who have
    seizures are dealt out in turn by the length of theirs, after a seeded shuffle; so are those
    who have none. Fold ``k`` is tested, the next one is dev.

    Parameters
    ----------
    recordings
        Of :func:`core.evaluation.dataset.find_dataset`.
    settings
        Names, or a number of folds.
    seed
        Of the shuffle.
    fold
        Which fold, counted from 0; None: by names.

    Raises
    ------
    SplitError
        Where a name is unknown or on both sides, or the fold does not exist.
    """
    if fold is not None:
        dev, test = _fold(recordings, settings.folds, seed, fold)
    else:
        dev, test = _named(settings.dev, recordings), _named(settings.test, recordings)
        for patient in sorted(dev & test):
            raise SplitError(f"patient {patient} is in dev and in test")
    return Split(
        train=tuple(r for r in recordings if r.patient not in dev | test),
        dev=tuple(r for r in recordings if r.patient in dev),
        test=tuple(r for r in recordings if r.patient in test),
    )


def _named(names: Sequence[str], recordings: Sequence[DatasetRecording]) -> set[str]:
    known = {recording.patient for recording in recordings}
    patients = set()
    for name in names:
        patient = SAME_PATIENT.get(name, name)
        if patient not in known:
            raise SplitError(f"split: no patient {name} in the data ({', '.join(sorted(known))})")
        patients.add(patient)
    return patients


def _fold(
    recordings: Sequence[DatasetRecording], n_folds: int, seed: int, fold: int
) -> tuple[set[str], set[str]]:
    if n_folds < 3:
        raise SplitError(f"split.folds must be at least 3 to train by folds, not {n_folds}")
    if not 0 <= fold < n_folds:
        raise SplitError(f"fold must be 0 to {n_folds - 1}, not {fold}")
    ictal_s: dict[str, float] = {}
    for recording in recordings:
        seconds = sum(stop - start for start, stop in recording.annotations.seizures())
        ictal_s[recording.patient] = ictal_s.get(recording.patient, 0.0) + seconds
    if n_folds > len(ictal_s):
        raise SplitError(f"split.folds must be at most {len(ictal_s)} patients, not {n_folds}")
    order = sorted(ictal_s)
    random.Random(seed).shuffle(order)
    order.sort(key=lambda patient: -ictal_s[patient])
    folds = [set(order[k::n_folds]) for k in range(n_folds)]
    return folds[(fold + 1) % n_folds], folds[fold]
