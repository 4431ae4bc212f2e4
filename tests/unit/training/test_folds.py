"""Which network of a cross-validation scores whom."""

import json
from pathlib import Path

import pytest

from core.errors import VigilError
from core.evaluation.annotations import Annotations
from core.evaluation.dataset import DatasetRecording
from core.training.folds import assign_folds, find_folds


def training(folder, name, *, train, dev, test):
    (folder / name).mkdir(parents=True)
    patients = {"train": train, "dev": dev, "test": test}
    (folder / name / "training.json").write_text(json.dumps({"patients": patients}))


def recording(patient):
    path = Path(f"{patient}.edf")
    return DatasetRecording(path, path.name, patient, "made", Annotations(60.0, ()))


def test_every_patient_goes_to_who_never_met_them(tmp_path):
    training(tmp_path, "fold0", train=["b"], dev=["c"], test=["a"])
    training(tmp_path, "fold1", train=["a"], dev=["b"], test=["c", "d"])
    recordings = [recording(name) for name in ("a", "b", "c", "d", "a")]
    assigned, left = assign_folds(find_folds(tmp_path), recordings)
    found = {fold.weights.parent.name: [r.patient for r in own] for fold, own in assigned}
    assert found == {"fold0": ["a", "a"], "fold1": ["c", "d"]}
    assert [each.patient for each in left] == ["b"]
    for fold, own in assigned:
        assert not fold.known & {each.patient for each in own}


def test_a_patient_whom_two_folds_left_out(tmp_path):
    training(tmp_path, "fold0", train=["b"], dev=[], test=["a"])
    training(tmp_path, "fold1", train=["b"], dev=[], test=["a"])
    with pytest.raises(VigilError, match="patient a is tested by 2 folds"):
        assign_folds(find_folds(tmp_path), [recording("a")])


def test_nobody_was_left_out(tmp_path):
    training(tmp_path, "fold0", train=["b"], dev=[], test=["a"])
    with pytest.raises(VigilError, match="no fold was tested"):
        assign_folds(find_folds(tmp_path), [recording("z")])


def test_folders_without_trainings(tmp_path):
    with pytest.raises(VigilError, match="holds no training"):
        find_folds(tmp_path)
    (tmp_path / "fold0").mkdir()
    (tmp_path / "fold0" / "training.json").write_text("{}")
    with pytest.raises(VigilError, match="not the record of a training"):
        find_folds(tmp_path)
