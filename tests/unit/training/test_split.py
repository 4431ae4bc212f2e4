"""Nobody is on both sides."""

import random

import pytest

from core.training.settings import SplitSettings
from core.training.split import Split, SplitError, split_patients
from tests.unit.training.training_helpers import recording


def patients(n_ill=7, n_healthy=4):
    """Two recordings of each; the k-th ill one has seizures of 10 (k + 1) s in all."""
    recordings = []
    for k in range(n_ill):
        onset_s = 100.0
        recordings.append(
            recording(f"ill{k}a", f"ill{k}", 3600.0, [(onset_s, onset_s + 10 * (k + 1))])
        )
        recordings.append(recording(f"ill{k}b", f"ill{k}", 3600.0))
    for k in range(n_healthy):
        recordings += [recording(f"well{k}{ab}", f"well{k}", 60.0) for ab in "ab"]
    return recordings


def ictal_s(recordings):
    return sum(stop - start for each in recordings for start, stop in each.annotations.seizures())


def test_by_names():
    settings = SplitSettings(dev=("ill0", "well1"), test=("ill3",))
    split = split_patients(patients(), settings, seed=0)
    sides = split.patients()
    assert sides["dev"] == ["ill0", "well1"]
    assert sides["test"] == ["ill3"]
    assert sides["train"] == [
        "ill1", "ill2", "ill4", "ill5", "ill6", "well0", "well2", "well3",
    ]  # fmt: skip
    # every recording once, those of a patient together
    assert len(split.train + split.dev + split.test) == len(patients())
    assert [each.name for each in split.test] == ["ill3a", "ill3b"]


def test_two_names_of_one_child():
    recordings = [
        recording("1", "chb01"),
        recording("21", "chb01"),  # find_dataset has renamed chb21
        recording("17", "chb17"),
        recording("3", "chb03"),
    ]
    split = split_patients(recordings, SplitSettings(dev=("chb21",), test=("chb17b",)), 0)
    assert split.patients() == {"train": ["chb03"], "dev": ["chb01"], "test": ["chb17"]}
    assert [each.name for each in split.dev] == ["1", "21"]
    for dev, test, words in (
        ("chb01", "chb21", "patient chb01 is in dev and in test"),
        ("chb17a", "chb17b", "patient chb17 is in dev and in test"),
    ):
        with pytest.raises(SplitError, match=words):
            split_patients(recordings, SplitSettings(dev=(dev,), test=(test,)), 0)


def test_a_patient_on_both_sides():
    one, other = recording("1", "p"), recording("2", "p")
    with pytest.raises(SplitError, match="patient p is in train and in dev"):
        Split((one,), (other,), ())
    with pytest.raises(SplitError, match="patient p is in dev and in test"):
        Split((), (other,), (one,))
    with pytest.raises(SplitError, match="patient ill1 is in dev and in test"):
        split_patients(patients(), SplitSettings(dev=("ill1",), test=("ill1",)), 0)


def test_unknown_name():
    with pytest.raises(SplitError, match=r"no patient chb99 in the data \(ill0, ill1"):
        split_patients(patients(), SplitSettings(dev=("chb99",)), 0)


@pytest.mark.parametrize("n_folds", [3, 4, 5])
def test_every_patient_is_tested_once(n_folds):
    recordings, settings = patients(), SplitSettings(folds=n_folds)
    splits = [split_patients(recordings, settings, 5, fold) for fold in range(n_folds)]
    tested = [name for split in splits for name in split.patients()["test"]]
    assert sorted(tested) == sorted({each.patient for each in recordings})
    developed = [name for split in splits for name in split.patients()["dev"]]
    assert sorted(developed) == sorted(tested)
    for split in splits:
        assert len(split.train + split.dev + split.test) == len(recordings)
        assert ictal_s(split.test) > 0
        assert ictal_s(split.dev) > 0
    # balanced: in number to one, in seizure time to the longest of a patient
    sizes = [len(split.patients()["test"]) for split in splits]
    assert max(sizes) - min(sizes) <= 1
    seconds = [ictal_s(split.test) for split in splits]
    assert max(seconds) - min(seconds) <= 70


def test_folds_depend_on_the_seed_alone():
    # equal lengths of seizure: the order is the shuffle's
    recordings = [recording(f"{k}", f"p{k}", 600.0, [(10, 20)]) for k in range(9)]
    settings = SplitSettings(folds=3)

    def tested(seed, order):
        return [split_patients(order, settings, seed, k).patients()["test"] for k in range(3)]

    shuffled = list(recordings)
    random.Random(1).shuffle(shuffled)
    assert tested(5, recordings) == tested(5, shuffled)
    assert tested(5, recordings) != tested(6, recordings)


@pytest.mark.parametrize(
    ("n_folds", "fold", "words"),
    [
        (4, 4, "fold must be 0 to 3, not 4"),
        (4, -1, "fold must be 0 to 3, not -1"),
        (0, 0, "split.folds must be at least 3 to train by folds, not 0"),
        (2, 0, "split.folds must be at least 3"),
        (12, 0, "split.folds must be at most 11 patients, not 12"),
    ],
)
def test_folds_that_cannot_be(n_folds, fold, words):
    with pytest.raises(SplitError, match=words):
        split_patients(patients(), SplitSettings(folds=n_folds), 0, fold)
