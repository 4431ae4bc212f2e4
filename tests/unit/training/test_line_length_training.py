"""The line-length baseline goes through the same command, data and record."""

import json

import pytest

from core.evaluation.annotations import Annotations, Span
from core.evaluation.szcore_tsv import write_szcore_tsv
from core.model.checkpoint import load_checkpoint
from core.training.train import train_network
from tests.edf_files import edf_bytes
from tests.monitor_fakes import bursts, signals
from tests.unit.training.training_helpers import small_settings


@pytest.fixture
def loud_seizures(tmp_path):
    """Two patients whose seizures are six times as large as what is around them."""
    for seed, name in enumerate("ab"):
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
