"""Every patient is evaluated by the one network that never met them."""

import json

import pytest

from core.errors import VigilError
from core.training.folds import assign_folds, find_folds
from tests.unit.training.training_helpers import recording


def write(folder, name, train, dev, test):
    (folder / name).mkdir()
    record = {"patients": {"train": train, "dev": dev, "test": test}}
    (folder / name / "training.json").write_text(json.dumps(record))


def test_each_recording_goes_to_its_fold(tmp_path):
    write(tmp_path, "fold0", ["c", "d"], ["b"], ["a"])
    write(tmp_path, "fold1", ["a", "d"], ["c"], ["b"])
    folds = find_folds(tmp_path)
    assert [fold.weights for fold in folds] == [
        tmp_path / name / "best.safetensors" for name in ("fold0", "fold1")
    ]
    recordings = [recording(name, name[0]) for name in ("a1", "b1", "a2", "x1")]
    assigned, left = assign_folds(folds, recordings)
    assert [[each.name for each in own] for _, own in assigned] == [["a1", "a2"], ["b1"]]
    assert [each.name for each in left] == ["x1"]
    for fold, own in assigned:
        assert not fold.known & {each.patient for each in own}


def test_what_cannot_be_assigned(tmp_path):
    with pytest.raises(VigilError, match="holds no training"):
        find_folds(tmp_path)
    write(tmp_path, "fold0", [], [], ["a"])
    write(tmp_path, "fold1", [], [], ["a"])
    with pytest.raises(VigilError, match="patient a is tested by 2 folds"):
        assign_folds(find_folds(tmp_path), [recording("a1", "a")])
    with pytest.raises(VigilError, match="no fold was tested on a patient of this data set"):
        assign_folds(find_folds(tmp_path), [recording("x1", "x")])
    (tmp_path / "fold1" / "training.json").write_text("{}")
    with pytest.raises(VigilError, match=r"fold1/training\.json: not the record of a training"):
        find_folds(tmp_path)
