"""The networks of a cross-validation, and whom each of them has never met."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import VigilError
from core.evaluation.dataset import DatasetRecording
from core.training.loop import BEST
from core.training.train import RECORD

__all__ = ["Fold", "assign_folds", "find_folds", "find_record"]


@dataclass(frozen=True, slots=True)
class Fold:
    """One training of a cross-validation.

    Attributes
    ----------
    weights
        Its checkpoint.
    known
        Patients of training and dev.
    test
        Patients who were left out.
    """

    weights: Path
    known: frozenset[str]
    test: frozenset[str]


def find_record(weights: Path) -> Path | None:
    """Find the record of the training that a checkpoint comes from; None where there is none.

    It is ``NAME.training.json`` beside ``NAME.safetensors``, or the ``training.json`` of the folder
    that the training left its checkpoint in.
    """
    own = weights.with_suffix(f".{RECORD}")
    if own.is_file():
        return own
    path = weights.with_name(RECORD)
    return path if weights.name == BEST and path.is_file() else None


def find_folds(folder: Path) -> list[Fold]:
    """Read the trainings ``FOLDER/*/training.json``, in the order of their names.

    Raises
    ------
    VigilError
        Where there is none, or one is damaged.
    """
    folds = []
    for path in sorted(folder.glob(f"*/{RECORD}")):
        try:
            patients = json.loads(path.read_text(encoding="utf-8"))["patients"]
            known = frozenset(patients["train"]) | frozenset(patients["dev"])
            fold = Fold(path.parent / BEST, known, frozenset(patients["test"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise VigilError(f"{path}: not the record of a training") from error
        folds.append(fold)
    if not folds:
        raise VigilError(f"{folder}: holds no training (*/{RECORD})")
    return folds


def assign_folds(
    folds: Sequence[Fold], recordings: Sequence[DatasetRecording]
) -> tuple[list[tuple[Fold, list[DatasetRecording]]], list[DatasetRecording]]:
    """Give each recording to the fold that was tested on its patient.

    Returns
    -------
    assigned
        Folds with their recordings.
    left
        Recordings of patients whom no fold was tested on.

    Raises
    ------
    VigilError
        Where two folds were tested on a patient, or nothing is left to evaluate.
    """
    assigned: list[tuple[Fold, list[DatasetRecording]]] = [(fold, []) for fold in folds]
    left: list[DatasetRecording] = []
    for recording in recordings:
        mine = [own for fold, own in assigned if recording.patient in fold.test]
        if len(mine) > 1:
            raise VigilError(f"patient {recording.patient} is tested by {len(mine)} folds")
        (mine[0] if mine else left).append(recording)
    assigned = [(fold, own) for fold, own in assigned if own]
    if not assigned:
        raise VigilError("no fold was tested on a patient of this data set")
    return assigned, left
