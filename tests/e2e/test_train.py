"""``vigil train``: a tiny training from the command line, and what it cannot be asked."""

import collections
import json
import shutil

import pytest

from core.config import Config
from core.model.checkpoint import Calibration, load_checkpoint, save_checkpoint
from core.simulate import simulate_recording

CONFIG = """
seed = 1
threads = 1
steps_per_epoch = 2
checkpoint_steps = 1
stages = [{ crop_s = 2, epochs = 2 }]
detector = { model = { preset = "small-cnn" }, inference = { device = "cpu" } }
optimisation = { batch = 4, micro_batch = 4, amp = "off" }
stopping = { stride_s = 60 }
"""
SPLIT = '\n[split]\ndev = ["b"]\ntest = ["c"]\n'


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Three simulated patients; c has no seizure."""
    folder = tmp_path_factory.mktemp("bids")
    for name, minutes, seizures, seed in (("a", 1.2, 1, 1), ("b", 1.2, 1, 4), ("c", 0.2, 0, 3)):
        (folder / f"sub-{name}").mkdir()
        path = folder / f"sub-{name}" / f"sub-{name}_eeg.edf"
        simulate_recording(path, minutes, seizures, seed)
    participants = "participant_id\tdataset\n" + "".join(f"sub-{name}\tsim\n" for name in "abc")
    (folder / "participants.tsv").write_text(participants)
    return folder


@pytest.fixture
def data(recordings, tmp_path):
    return shutil.copytree(recordings, tmp_path / "data")


@pytest.fixture
def config(tmp_path):
    def write(text=CONFIG + SPLIT):
        path = tmp_path / "tiny.toml"
        path.write_text(text)
        return path

    return write


def assert_refused(run, words):
    assert (run.code, run.out) == (1, ""), run.err
    assert run.line.startswith("vigil: ")
    assert words in run.line


def test_train_and_resume(vigil, data, config, tmp_path):
    run = vigil("train", config(), "--data", data, "--out", tmp_path / "out", "--json")
    assert (run.code, run.err) == (0, "")
    summary = json.loads(run.out)
    assert summary == json.loads((tmp_path / "out" / "training.json").read_text())
    assert summary["patients"] == {"train": ["a"], "dev": ["b"], "test": ["c"]}
    assert (summary["n_epochs"], summary["n_steps"], summary["skipped_steps"]) == (2, 4, 0)
    assert summary["fold"] is None
    assert set(summary["dev"]) == {"auroc", "auprc", "loss", "taes", "ovlp", "szcore"}
    assert {each.name for each in (tmp_path / "out").iterdir() if each.is_file()} == {
        "best.safetensors", "epochs.csv", "state.safetensors", "steps.csv", "training.json",
    }  # fmt: skip
    weights = tmp_path / "out" / "best.safetensors"
    small = Config.model_validate({"model": {"preset": "small-cnn"}})
    content = weights.read_bytes()
    _, info = load_checkpoint(weights, small)
    assert info.calibration.temperature == summary["calibration"]["temperature"]

    # the monitor takes them with the same preset only
    edf = data / "sub-a" / "sub-a_eeg.edf"
    detect = ("detect", edf, "--out", tmp_path / "events.tsv", "--weights", weights)
    assert_refused(
        vigil(*detect),
        f"{weights}: preset is small-cnn, expected vigil-13m (model.preset)",
    )
    path = tmp_path / "small.toml"
    path.write_text('[model]\npreset = "small-cnn"\n[inference]\ndevice = "cpu"\n')
    run = vigil(*detect, "--config", path, "--json")
    assert run.code == 0
    assert run.json["weights"] == info.weights

    arguments = ("train", config(), "--data", data, "--out", tmp_path / "out")
    assert_refused(
        vigil(*arguments), "out: holds a training already; use --resume or another --out"
    )
    run = vigil(*arguments, "--resume")
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith("2 epochs, 4 steps (0 skipped as not finite).\nBest epoch ")
    assert weights.read_bytes() == content
    config(CONFIG.replace("seed = 1", "seed = 2") + SPLIT)
    assert_refused(vigil(*arguments, "--resume"), "out/state.safetensors: settings_hash is ")


def test_fold(vigil, data, config):
    # c has no seizure, so it can be tested but not developed on
    folds = config(CONFIG + "\n[split]\nfolds = 3\n")
    run = vigil("train", folds, "--data", data, "--fold", 2, "--json")
    assert run.code == 0, run.err
    summary = json.loads(run.out)
    assert (summary["fold"], summary["patients"]["test"]) == (2, ["c"])
    assert summary["weights"] == "training/tiny-fold2/best.safetensors"


def test_a_fit_is_not_overwritten(vigil, data, config, tmp_path):
    text = CONFIG.replace("small-cnn", "line-length") + SPLIT
    arguments = ("train", config(text), "--data", data, "--out", tmp_path / "out")
    assert vigil(*arguments).code == 0
    content = (tmp_path / "out" / "best.safetensors").read_bytes()
    assert_refused(vigil(*arguments), "out: holds a finished training already; use another --out")
    assert_refused(vigil(*arguments, "--resume"), "out: holds no training to resume")
    assert (tmp_path / "out" / "best.safetensors").read_bytes() == content


def test_calibrate_out_of_fold(vigil, data, config, tmp_path):
    text = CONFIG + "\n[split]\nfolds = 3\n"
    folder = tmp_path / "folds"
    (data / "sub-d").mkdir()
    for path in (data / "sub-a").iterdir():
        shutil.copy(path, data / "sub-d" / path.name.replace("sub-a", "sub-d"))
    (data / "participants.tsv").unlink()
    tested = {}
    for fold in ("0", "1", "2"):
        arguments = ("train", config(text), "--data", data, "--fold", fold)
        run = vigil(*arguments, "--out", folder / fold, "--json")
        assert run.code == 0, run.err
        tested[fold] = run.json["patients"]["test"]
    calibrate = ("calibrate", folder, "--data", data)
    run = vigil(*calibrate, "--json")
    assert (run.code, run.err) == (0, "")
    small = Config.model_validate({"model": {"preset": "small-cnn"}})
    for fold in tested:
        record = json.loads((folder / fold / "training.json").read_text())
        others = [name for other, own in tested.items() if other != fold for name in own]
        assert record["calibrated_on"] == sorted(others)
        weights = folder / fold / "best.safetensors"
        assert record["calibration"] == run.json[str(weights)]
        network, info = load_checkpoint(weights, small)
        assert info.calibration == Calibration(**record["calibration"])
        assert info.calibration != Calibration()

    # any other network of these settings, on everybody who was left out
    copy = tmp_path / "other.safetensors"
    save_checkpoint(copy, network, small, dtype="float16")
    run = vigil(*calibrate, "--weights", copy)
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith(f"{copy}: temperature ")
    _, info = load_checkpoint(copy, small)
    assert info.storage == "float16"
    assert info.calibration not in (Calibration(), Calibration(**record["calibration"]))

    path = tmp_path / "small.toml"
    path.write_text('[model]\npreset = "small-cnn"\n[inference]\ndevice = "cpu"\n')
    run = vigil("evaluate", data, "--folds", folder, "--config", path, "--out", tmp_path / "e")
    assert run.code == 0, run.err
    assert "AUROC within each network's patients: mean 0." in run.out

    assert_refused(vigil(*calibrate, "--weights", tmp_path / "no"), "no: cannot be read")
    assert_refused(vigil(*calibrate, "--weights", weights), "is one of the folds")
    beside = tmp_path / "other.training.json"
    beside.write_text("[]")
    assert_refused(vigil(*calibrate, "--weights", copy), f"{beside}: not the record of a training")
    few = shutil.copytree(data, tmp_path / "few")
    shutil.rmtree(few / f"sub-{tested['2'][0]}")
    words = f"no recording of whom {weights} left out ({', '.join(tested['2'])})"
    assert_refused(vigil("calibrate", folder, "--data", few), words)
    record["settings"]["seed"] = 5
    path = folder / "2" / "training.json"
    path.write_text(json.dumps(record))
    assert_refused(vigil(*calibrate), f"{path}: settings_hash is ")
    del record["settings"]
    path.write_text(json.dumps(record))
    assert_refused(vigil(*calibrate), f"{path}: not the record of a training")
    for fold in ("1", "2"):
        shutil.rmtree(folder / fold)
    assert_refused(vigil(*calibrate), "folds: holds one fold; each is calibrated on what others")
    assert_refused(vigil("calibrate", tmp_path / "e"), "e: holds no training")


def test_bad_config(vigil, data, config, tmp_path):
    for text, words in (
        ("learning_rate = 1\n", "tiny.toml: unknown key learning_rate"),
        ("seed = \n", "tiny.toml: not valid TOML"),
        ("stages = [{ crop_s = 7 }]\n", "crop_s must divide 60, not 7"),
        ("[optimisation]\nbatch = 6\nmicro_batch = 4\n", "micro_batch must divide batch"),
        ('[detector.model]\npreset = "huge"\n', "tiny.toml: detector.model.preset: "),
    ):
        assert_refused(vigil("train", config(text), "--data", data), words)
    missing = tmp_path / "no.toml"
    assert_refused(vigil("train", missing, "--data", data), "no.toml: cannot be read")


def test_bad_split(vigil, data, config):
    for split, words in (
        ('dev = ["b"]\ntest = ["b"]', "patient b is in dev and in test"),
        ('dev = ["x"]', "no patient x in the data (a, b, c)"),
        ('dev = ["a", "b"]\ntest = ["c"]', "no patient is left for training"),
        ('dev = ["c"]', "the dev data hold no seizure"),
        ('dev = ["b"]\ntest = ["a"]', "the training data hold no seizure"),
    ):
        assert_refused(
            vigil("train", config(f"{CONFIG}\n[split]\n{split}\n"), "--data", data), words
        )
    folds = config(CONFIG + "\n[split]\nfolds = 3\n")
    arguments = ("train", folds, "--data", data, "--fold")
    assert_refused(vigil(*arguments, "3"), "fold must be 0 to 2, not 3")


def test_bad_data(vigil, data, config, tmp_path):
    arguments = ("train", config(), "--data", data)
    asked = config(CONFIG + SPLIT + '\n[data]\ndatasets = ["TUSZ"]\n')
    assert_refused(vigil(*arguments), "no data set TUSZ in it (there are: sim)")
    config(asked.read_text().replace('"TUSZ"', '"sim"'))
    (data / "sub-a" / "sub-a_events.tsv").unlink()
    assert_refused(vigil(*arguments), "sub-a_eeg.edf: no annotations for it (sub-a_events.tsv)")
    assert_refused(vigil("train", asked, "--data", tmp_path / "nowhere"), "nowhere: no such folder")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert_refused(vigil("train", asked, "--data", empty), "empty: holds no recording")


def test_one_child_under_two_names_on_both_sides(vigil, data, config):
    for old, new in (("a", "chb01"), ("b", "chb21")):
        for path in (data / f"sub-{old}").iterdir():
            path.rename(path.with_name(path.name.replace(f"sub-{old}", f"sub-{new}")))
        (data / f"sub-{old}").rename(data / f"sub-{new}")
    (data / "participants.tsv").unlink()
    both = config(CONFIG + '\n[split]\ndev = ["chb01"]\ntest = ["chb21"]\n')
    assert_refused(vigil("train", both, "--data", data), "patient chb01 is in dev and in test")


def test_bad_recording(vigil, data, config):
    path = data / "sub-a" / "sub-a_eeg.edf"
    path.write_bytes(path.read_bytes()[:-5000])
    assert_refused(
        vigil("train", config(), "--data", data), "sub-a_eeg.edf: incomplete, not for training"
    )


def test_bad_cache(vigil, data, config, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    cache.mkdir()
    usage = collections.namedtuple("usage", "total used free")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage(1 << 30, 0, 1 << 20))
        run = vigil("train", config(), "--data", data, "--cache", cache)
    assert_refused(run, f"{cache}: 1 MiB free, the conditioned signals need ")
    assert [each.name for each in cache.iterdir()] == ["cache.json"]  # made with the defaults
    other = CONFIG.replace("detector = {", "detector = { conditioning = { mains_hz = 50 },")
    run = vigil("train", config(other + SPLIT), "--data", data, "--cache", cache)
    words = f"{cache}: made with other settings: conditioning.mains_hz is 60, expected 50; "
    assert_refused(run, words)


def test_bad_out(vigil, data, config, tmp_path):
    arguments = ("train", config(), "--data", data, "--out", tmp_path / "out")
    assert_refused(vigil(*arguments, "--resume"), "out: holds no training to resume")
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").write_text("")
    assert_refused(vigil(*arguments), "out: cannot be written")
