"""The command line: offline and replay agree, JSON alone on stdout, exit codes."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.electrodes import ELECTRODES
from core.simulate import simulate_recording
from tests.edf_files import write_edf_plus_d
from tests.monitor_fakes import bursts

ROOT = Path(__file__).parents[2]
SAME = ("probabilities_sha256", "events", "gaps", "n_windows", "duration_s", "config_hash")
LOWERED = "[events]\ntau_on = 0.3\ntau_off = 0.2\n"
"""Random weights never reach 0.86; trained ones refuse other thresholds."""


def three_ways(vigil, path, tmp_path, *options):
    runs = [
        vigil("detect", path, "--out", tmp_path / "a", "--json", *options),
        vigil("detect", path, "--out", tmp_path / "b", "--json", "--chunk", "random:7", *options),
        vigil("replay", path, "--headless", "--speed", "max", "--json",
              "--session", tmp_path / "session", *options),
    ]  # fmt: skip
    assert [run.code for run in runs] == [0, 0, 0], [run.err for run in runs]
    summaries = [run.json for run in runs]
    for summary in summaries[1:]:
        assert {k: summary[k] for k in SAME} == {k: summaries[0][k] for k in SAME}
    replayed = summaries[-1]
    assert replayed["alarms"]["confirmed"] == len(replayed["events"])
    db = sqlite3.connect(tmp_path / "session" / "alarms.sqlite")
    ended = db.execute(
        "SELECT onset_sample / 256.0, offset_sample / 256.0, peak FROM alarm_steps"
        " WHERE transition = 'ended' ORDER BY id"
    ).fetchall()
    db.close()
    assert [list(row) for row in ended] == replayed["events"]
    description = json.loads((tmp_path / "session" / "session.json").read_text())
    assert description["state"] == "finished"
    assert description["weights"] == replayed["weights"] == "UNTRAINED"
    assert description["summary"]["events"] == replayed["events"]
    return replayed


@pytest.mark.parametrize(
    ("seconds", "sfreq", "at_s"),
    [(37, 256, [(20, 30)]), (83, 500, [(30, 40)]), (9, 200, [(2, 6)])],
)
def test_lengths_and_rates(vigil, stand_in, write_edf, tmp_path, seconds, sfreq, at_s):
    summary = three_ways(vigil, write_edf("x.edf", seconds, sfreq, at_s), tmp_path)
    assert np.allclose([e[:2] for e in summary["events"]], at_s, atol=1.0)
    assert summary["duration_s"] == pytest.approx(seconds, abs=0.2)


def test_a_gap(vigil, stand_in, tmp_path):
    path = tmp_path / "gap.edf"
    first, second = bursts(256 * 72, at_s=[(30, 40)]), bursts(256 * 30, at_s=[(9, 15)], seed=1)
    write_edf_plus_d(path, [(0, first), (90, second)], ch_names=ELECTRODES)
    summary = three_ways(vigil, path, tmp_path)
    assert summary["gaps"] == [[72.0, 90.0]]
    assert np.allclose([e[:2] for e in summary["events"]], [(30, 40), (99, 105)], atol=1.0)


def test_a_real_bipolar_composite(vigil, stand_in, real_recordings, tmp_path):
    summary = three_ways(vigil, real_recordings["chb01"], tmp_path)
    assert summary["duration_s"] == pytest.approx(847, abs=1)
    assert any("bipolar" in note for note in summary["notes"])


def test_a_real_recording_with_the_network(vigil, real_recordings, tmp_path):
    config = tmp_path / "low.toml"
    config.write_text(LOWERED)
    options = ("--config", config, "--weights", "untrained")
    summary = three_ways(vigil, real_recordings["eegma"], tmp_path, *options)
    assert summary["events"]
    assert summary["engine"].startswith("torch-")


def test_a_simulated_recording_with_the_network(vigil, tmp_path):
    path = tmp_path / "sim_eeg.edf"
    simulate_recording(path, 70 / 60, 0, 3)
    summary = three_ways(vigil, path, tmp_path, "--weights", "untrained")
    assert summary["n_windows"] == 2
    assert (tmp_path / "a" / "sim_events.tsv").exists()


def test_text_summaries(vigil, stand_in, write_edf, tmp_path):
    path = write_edf()
    replayed = vigil("replay", path, "--headless", "--speed", "max", "--session", tmp_path / "s")
    assert replayed.code == 0
    for words in (
        "seizure event 0:00:", "1 confirmed", f"session: {tmp_path / 's'}", "UNTRAINED",
        "not a certified medical device",
    ):  # fmt: skip
        assert words in replayed.out
    assert "alarm 1 raised: onset" in replayed.err
    assert "alarm 1 ended: onset" in replayed.err
    detected = vigil("detect", path, "--out", tmp_path / "o", "--format", "csv_bi")
    assert detected.code == 0
    assert "seizure event 0:00:" in detected.out
    assert "seiz" in (tmp_path / "o" / "bed.csv_bi").read_text()


def test_start(vigil, stand_in, write_edf, tmp_path):
    run = vigil("replay", write_edf(), "--headless", "--speed", "max", "--start", "10", "--json",
                "--session", tmp_path / "s")  # fmt: skip
    assert run.json["duration_s"] == pytest.approx(60, abs=0.2)
    assert np.allclose([e[:2] for e in run.json["events"]], [(20, 30)], atol=1.0)


def test_several_recordings_of_which_one_is_bad(vigil, stand_in, write_edf, tmp_path):
    good, bad = write_edf("good.edf"), tmp_path / "bad.edf"
    bad.write_bytes(b"nothing")
    run = vigil("detect", good, bad, "--out", tmp_path / "o", "--json")
    assert run.code == 1
    assert run.line.startswith(f"vigil: {bad}: ")
    assert [r["file"] for r in run.json["recordings"]] == [str(good)]
    assert len(run.json["failures"]) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay"],
        ["replay", "x.edf", "--speed", "0"],
        ["replay", "x.edf", "--speed", "nan"],
        ["replay", "x.edf", "--speed", "fast"],
        ["detect", "x.edf"],
        ["detect", "x.edf", "--out", "o", "--format", "xml"],
        ["detect", "x.edf", "--out", "o", "--chunk", "random:x"],
        ["model", "--preset", "small"],
        ["simulate", "x.edf", "--seizures", "-1"],
        ["dance"],
        ["replay", "x.edf", "--nonsense"],
    ],
)
def test_wrong_usage(vigil, arguments):
    run = vigil(*arguments)
    assert run.code == 2
    assert run.out == ""
    assert "Usage:" in run.err


def test_headless_as_a_process_without_qt(tmp_path, write_edf):
    """JSON alone on stdout; the window's libraries are not even looked at."""
    program = (
        "import sys\n"
        "class NoQt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('PySide6', 'pyqtgraph', 'shiboken6'):\n"
        "            raise AssertionError('headless imports ' + name)\n"
        "sys.meta_path.insert(0, NoQt())\n"
        "from monitor.cli import main\n"
        "main()\n"
    )
    config = tmp_path / "low.toml"
    config.write_text(LOWERED)
    arguments = ["replay", write_edf(), "--headless", "--speed", "max", "--json", "--session",
                 tmp_path / "s", "--config", config, "--weights", "untrained"]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True, text=True, timeout=120, cwd=ROOT, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["n_windows"] == 2
    assert "alarm 1 raised" in done.stderr


def test_model_and_doctor(vigil):
    model = vigil("model", "--json")
    assert model.json["n_parameters"] == 13_405_281
    assert "13,405,281 parameters" in vigil("model").out
    report = vigil("doctor")
    assert report.code == 0
    assert "Python" in report.out


def test_simulate(vigil, tmp_path):
    run = vigil("simulate", tmp_path / "s.edf", "--minutes", "0.2", "--seizures", "0", "--json")
    assert run.code == 0
    assert run.json["duration_s"] == 12
    assert Path(run.json["edf"]).exists()
