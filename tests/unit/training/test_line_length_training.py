"""The line-length baseline goes through the same command, data and record."""

import json
from functools import partial

import pytest

from core.evaluation.annotations import Annotations, Span
from core.evaluation.dataset import find_dataset
from core.evaluation.evaluate import Part, evaluate_parts
from core.evaluation.szcore_tsv import write_szcore_tsv
from core.model.checkpoint import load_checkpoint
from core.model.engine import load_engine
from core.training.folds import assign_folds, find_folds
from core.training.out_of_fold import calibrate_out_of_fold
from core.training.train import train_network
from tests.edf_files import edf_bytes
from tests.monitor_fakes import bursts, signals
from tests.unit.training.training_helpers import small_settings


@pytest.fixture
def loud_seizures(tmp_path):
    """Three patients whose seizures are six times as large as what is around them."""
    for seed, name in enumerate("abc"):
        folder = tmp_path / "data" / f"sub-{name}"
        folder.mkdir(parents=True)
        seizures = ((90, 120), (200, 220))
        data = bursts(260 * 128, 128, seizures, seed)
        (folder / f"sub-{name}_eeg.edf").write_bytes(edf_bytes(signals(data, 128)))
        spans = tuple(Span(*map(float, each)) for each in seizures)
        write_szcore_tsv(Annotations(260.0, spans), folder / f"sub-{name}_events.tsv")
    return tmp_path / "data"


def test_is_fitted_and_recorded(loud_seizures, tmp_path):
    settings = small_settings(
        detector={"model": {"preset": "line-length"}, "inference": {"device": "cpu"}},
    )
    out = tmp_path / "out"
    record = train_network(settings, loud_seizures, out, tmp_path / "cache")
    assert record == json.loads((out / "training.json").read_text())
    assert record["dev"]["auroc"] > 0.95
    assert record["dev"]["ovlp"] == 1.0
    assert (record["n_epochs"], record["n_steps"]) == (1, 0)
    _, info = load_checkpoint(out / "best.safetensors", settings.detector)
    assert info.calibration.bias == record["calibration"]["bias"]


def test_folds_are_calibrated_with_the_baseline_that_the_monitor_has(loud_seizures, tmp_path):
    settings = small_settings(
        detector={"model": {"preset": "line-length"}, "inference": {"device": "cpu"}},
        split={"folds": 3},
    )
    for k in range(3):
        out = tmp_path / "folds" / str(k)
        train_network(settings, loud_seizures, out, tmp_path / "cache", fold=k)
    calibrate_out_of_fold(tmp_path / "folds", loud_seizures, tmp_path / "cache")
    assigned, _ = assign_folds(find_folds(tmp_path / "folds"), find_dataset(loud_seizures))
    parts = [
        Part(own, partial(load_engine, settings.detector, fold.weights)) for fold, own in assigned
    ]
    evaluation = evaluate_parts(parts, settings.detector, tmp_path / "evaluation")
    locked = evaluation.locked["ovlp"]
    assert (locked.sensitivity, locked.fa_per_24h) == (1.0, 0.0)
    assert len(evaluation.auroc_by_network) == 3
    assert min(evaluation.auroc_by_network) > 0.95
