"""From a data set on disk to the material of a training."""

import pytest

from core.errors import VigilError
from core.training.prepare import choose, prepare
from core.training.sampler import NoSeizureError
from core.training.split import SplitError
from tests.unit.training.training_helpers import recording, small_settings


def silent(_share):
    pass


def test_material_follows_the_split(bids, cache_folder):
    settings = small_settings(
        split={"dev": ("b",), "test": ("c",)}, loss={"border_s": 1.0, "border_weight": 0.5}
    )
    prepared = prepare(settings, bids, cache_folder, None, silent)
    assert prepared.split.patients() == {"train": ["a"], "dev": ["b"], "test": ["c"]}
    assert [each.patient for each in prepared.train.recordings] == ["a"]
    assert [each.patient for each in prepared.dev.recordings] == ["b"]
    assert prepared.train.signals[0].signal.shape == (19, 120 * 256)
    onset_s = prepared.train.seizures[0][0][0]
    assert onset_s == prepared.split.train[0].annotations.seizures()[0][0]


def test_the_patients_of_test_are_not_even_read(bids, tmp_path):
    settings = small_settings(split={"dev": ("b",), "test": ("c",)})
    prepare(settings, bids, tmp_path, None, silent)
    assert len(list(tmp_path.glob("*-signal.npy"))) == 2


def test_simulated_recordings_are_for_training_only(bids, cache_folder, monkeypatch):
    settings = small_settings(
        split={"dev": ("b",)},
        data={"simulated": {"recordings": 2, "minutes": 1.2, "seizures": 1, "seed": 50}},
    )
    first = prepare(settings, bids, cache_folder, None, silent)
    names = ["sim50-1.2min-1", "sim51-1.2min-1"]
    assert first.split.patients()["train"] == ["a", "c", *names]
    assert first.split.patients()["dev"] == ["b"]
    assert all(first.train.seizures)
    # made once
    monkeypatch.setattr("core.training.prepare.simulate_recording", None)
    again = prepare(settings, bids, cache_folder, None, silent)
    assert again.split == first.split


def test_seizures_on_both_sides_before_anything_is_conditioned(bids, tmp_path, monkeypatch):
    recordings = [
        recording("r0", "ill", 60.0, [(1, 9)]),
        recording("r1", "well", 60.0),
        recording("r2", "sound", 60.0),
    ]
    monkeypatch.setattr(choose, "__defaults__", (lambda _: recordings,))
    for dev, kind, words in (
        (("ill",), NoSeizureError, "the training data hold no seizure"),
        (("well",), NoSeizureError, "the dev data hold no seizure"),
        (("ill", "well", "sound"), SplitError, "no patient is left for training"),
    ):
        settings = small_settings(split={"dev": dev})
        with pytest.raises(kind, match=words):
            prepare(settings, bids, tmp_path, None, silent)
    assert not list(tmp_path.glob("*.npy"))


def test_choice_of_data_sets():
    recordings = [recording("r0", dataset="one"), recording("r1", dataset="two")]

    def names(datasets):
        return [each.name for each in choose("folder", datasets, lambda _: recordings)]

    assert names([]) == ["r0", "r1"]
    assert names(["two"]) == ["r1"]
    with pytest.raises(VigilError, match=r"no data set three in it \(there are: one, two\)"):
        names(["three"])
