"""Killed with SIGKILL and resumed: the weights of an unbroken training, to the bit."""

import csv
import json
import shutil
import signal
import subprocess
import sys

import pytest
import safetensors.torch
import torch

from core.training.state import StateError
from core.training.train import train_network
from tests.unit.training.training_helpers import (
    ENVIRONMENT,
    SCRIPT,
    small_settings,
    use_tiny_network,
)

SETTINGS = small_settings(
    checkpoint_steps=2,
    steps_per_epoch=4,
    stages=({"crop_s": 2, "epochs": 2}, {"crop_s": 4, "epochs": 1}),
    sampler={"mining": {"top_k": 4}},
    augmentation={"mirror": True, "amplitude_db": 4.0},
    optimisation={"ema_decay": 0.9},
)


@pytest.fixture(scope="module")
def unbroken(bids, cache_folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("unbroken")
    with pytest.MonkeyPatch.context() as patch:
        use_tiny_network(patch)
        train_network(SETTINGS, bids, out, cache_folder)
    return out


def steps(folder):
    with (folder / "steps.csv").open(newline="") as file:
        return list(csv.reader(file))


def epochs(folder):
    with (folder / "epochs.csv").open(newline="") as file:
        return [{k: v for k, v in row.items() if k != "wall_s"} for row in csv.DictReader(file)]


def run_and_die(bids, cache_folder, out, where):
    settings = out.with_suffix(".json")
    settings.write_text(json.dumps(SETTINGS.model_dump(mode="json")))
    command = [sys.executable, SCRIPT, bids, cache_folder, out, settings, where]
    done = subprocess.run(command, env=ENVIRONMENT, timeout=120, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.parametrize(
    ("where", "n_steps_done"),
    [
        ("step:7", 6),  # in the second epoch; the state is of step 6
        ("dev:1", 6),  # while the second epoch is judged: its last steps are taken again
    ],
)
def test_resume_equals_unbroken(
    bids, cache_folder, unbroken, tmp_path, tiny_network, where, n_steps_done
):
    out = tmp_path / "out"
    run_and_die(bids, cache_folder, out, where)
    assert not (out / "training.json").exists()
    with safetensors.safe_open(out / "state.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["progress"])["step"] == n_steps_done

    # neither a fresh training nor one with other settings may go on here
    before = (out / "state.safetensors").read_bytes()
    with pytest.raises(StateError, match="holds a training already; use --resume"):
        train_network(SETTINGS, bids, out, cache_folder)
    other = SETTINGS.model_copy(update={"seed": 4})
    with pytest.raises(
        StateError, match=f"settings_hash is {SETTINGS.hash}, expected {other.hash}"
    ):
        train_network(other, bids, out, cache_folder, resume=True)
    assert (out / "state.safetensors").read_bytes() == before

    train_network(SETTINGS, bids, out, cache_folder, resume=True)
    assert (out / "best.safetensors").read_bytes() == (unbroken / "best.safetensors").read_bytes()
    states = [safetensors.torch.load((each / "state.safetensors").read_bytes())
              for each in (out, unbroken)]  # fmt: skip
    assert states[0].keys() == states[1].keys()
    assert any(name.startswith("optimizer.exp_avg_sq.") for name in states[0])
    assert any(name.startswith("average.") for name in states[0])
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]), name
    assert steps(out) == steps(unbroken)
    assert epochs(out) == epochs(unbroken)
    records = [json.loads((each / "training.json").read_text()) for each in (out, unbroken)]
    for record in records:
        for key in ("began", "ended", "weights"):
            del record[key]
    assert records[0] == records[1]


def test_a_state_survives_a_write_that_is_cut_off(
    bids, cache_folder, unbroken, tmp_path, tiny_network
):
    out = tmp_path / "out"
    shutil.copytree(unbroken, out)
    (out / "state.safetensors.partial").write_bytes(b"half a st")
    train_network(SETTINGS, bids, out, cache_folder, resume=True)
    assert (out / "best.safetensors").read_bytes() == (unbroken / "best.safetensors").read_bytes()
