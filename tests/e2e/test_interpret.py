"""``vigil interpret`` from the command line, on a few simulated patients."""

import json
import re

import pytest

from core.simulate import simulate_recording

CONFIG = """
threads = 1
folds = 3
per_class = 8
[classifier]
inputs = ["spectrogram"]
segment_s = 1
epochs = 1
steps_per_epoch = 4
batch = 8
[separation]
permutations = 20
components = 10
[ensembles]
permutations = 100
least_auroc = 0.55
resamples = 2
random_sets = 2
sizes = [1.0]
[detector_network]
windows_per_patient = 0
"""
TABLES = {
    "cka.tsv", "ensembles.tsv", "findings.tsv", "layers.tsv", "performance.tsv", "silencing.tsv",
    "units.tsv",
}  # fmt: skip


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bids")
    for name, seed in (("a", 1), ("b", 4), ("c", 3)):
        (folder / f"sub-{name}").mkdir()
        simulate_recording(folder / f"sub-{name}" / f"sub-{name}_eeg.edf", 1.2, 1, seed)
    return folder


def test_report_and_tables(vigil, recordings, tmp_path):
    config = tmp_path / "tiny.toml"
    config.write_text(CONFIG)
    out = tmp_path / "out"
    arguments = ("--out", out, "--config", config, "--cache", tmp_path / "cache")
    run = vigil("interpret", recordings, *arguments, "--json")
    assert run.code == 0, run.err
    summary = json.loads(run.out)
    assert summary["patients"] == ["a", "b", "c"]
    assert len(summary["findings"]) == 3
    assert {finding["network"] for finding in summary["findings"]} == {"spectrogram"}
    assert {path.name for path in out.glob("*.tsv")} == TABLES
    page = (out / "report.html").read_text(encoding="utf-8")
    # self-contained: every picture is in it, and nothing is fetched
    assert page.count("data:image/png;base64,") == 10
    assert not re.search(r'(?:src|href)="https?:', page)
    for finding in summary["findings"]:
        assert finding["verdict"] in page
    # each table has as many cells in a row as columns
    for name in TABLES:
        lines = (out / name).read_text(encoding="utf-8").splitlines()
        assert len(lines) > 1, name
        assert {line.count("\t") for line in lines} == {lines[0].count("\t")}, name
    assert (out / "activations" / "spectrogram" / "trained" / "conv1-units.npy").is_file()


def test_what_it_cannot_do(vigil, recordings, tmp_path):
    config = tmp_path / "bad.toml"
    config.write_text("per_clas = 3\n")
    run = vigil("interpret", recordings, "--out", tmp_path, "--config", config)
    assert (run.code, run.out) == (1, "")
    assert "unknown key per_clas" in run.line
    config.write_text("folds = 5\n")
    cache = ("--cache", tmp_path / "cache")
    run = vigil("interpret", recordings, "--out", tmp_path, "--config", config, *cache)
    assert run.code == 1
    assert "fewer patients than the 5 folds" in run.line
