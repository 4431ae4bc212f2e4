"""The loop with a scaled-down network on simulated seizures."""

import math
from contextlib import nullcontext

import numpy as np
import pytest
import safetensors.torch
import torch

from core.config import Config
from core.errors import VigilError
from core.model.checkpoint import load_checkpoint
from core.model.network import build_network
from core.training.batches import Batches
from core.training.crops import Material
from core.training.dev_pass import DevScores, dev_scores, hardest_background, run_network
from core.training.loop import Training
from core.training.optimisation import make_optimizer
from core.training.processes import Processes
from core.training.sampler import NoSeizureError
from core.training.state import StateError
from core.training.step import Stepper
from tests.unit.training.training_helpers import (
    SFREQ,
    cached,
    material,
    recording,
    small_settings,
    table,
)

pytestmark = pytest.mark.usefixtures("tiny_network")

ALONE = Processes(0, 1, torch.device("cpu"))


def train(settings, data, dev, out, *, resume=False, identity=None, report=None):
    out.mkdir(exist_ok=True)
    said = report if report is not None else []
    training = Training(
        settings, data, dev, out, ALONE, identity or {}, lambda share, _text: said.append(share)
    )
    return training.run(resume=resume)


def tensors(path):
    return safetensors.torch.load(path.read_bytes())


def assert_same_tensors(path, other):
    one, two = tensors(path), tensors(other)
    assert one.keys() == two.keys()
    for name, value in one.items():
        assert torch.equal(value, two[name]), name


def test_overfits_a_tiny_set(simulated, tmp_path):
    everything = simulated("a", "b", "c")
    settings = small_settings(
        steps_per_epoch=60,
        checkpoint_steps=1000,
        stages=({"crop_s": 10, "epochs": 1},),
        optimisation={"batch": 8, "micro_batch": 8, "lr": 1e-2},
        stopping={"stride_s": 30},
    )
    shares = []
    result = train(settings, everything, everything, tmp_path / "out", report=shares)
    assert result.scores.auroc > 0.99
    assert result.scores.sensitivity["ovlp"] == 1.0
    assert (result.n_epochs, result.n_steps, result.skipped) == (1, 60, 0)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    # what is on disk is that network, calibrated, for the monitor
    network, info = load_checkpoint(result.weights, Config())
    assert info.calibration == result.calibration
    found = dev_scores(everything, run_network(network, everything, 10, nullcontext), 10)
    assert found == result.scores
    rows = table(tmp_path / "out" / "steps.csv")
    assert [row["step"] for row in rows] == list(range(1, 61))
    losses = [row["loss"] for row in rows]
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:10])
    (epoch,) = table(tmp_path / "out" / "epochs.csv")
    assert epoch["loss"] == pytest.approx(np.mean(losses))
    assert (epoch["step"], epoch["crop_s"], epoch["best"]) == (60, 10, 1)


def test_early_stopping(simulated, tmp_path, monkeypatch):
    data, dev = simulated("a"), simulated("b")
    aurocs = iter([0.7, 0.9, 0.8, 0.9, 0.85, 0.99])
    judged = []

    def scores(*_):
        judged.append(next(aurocs))
        return DevScores(judged[-1], 0.5, 0.6, {"taes": 0.2, "ovlp": 0.2, "szcore": 0.2})

    monkeypatch.setattr("core.training.loop.dev_scores", scores)
    settings = small_settings(
        steps_per_epoch=1, stages=({"crop_s": 2, "epochs": 9},), stopping={"patience": 3}
    )
    result = train(settings, data, dev, tmp_path)
    # 0.9 is the best; an equal one is no improvement; three epochs later it is over
    assert result.best_epoch == 1
    assert result.n_epochs == 5
    rows = table(tmp_path / "epochs.csv")
    assert [row["best"] for row in rows] == [1, 1, 0, 0, 0]


def test_the_best_epoch_is_kept_not_the_last(simulated, tmp_path, monkeypatch):
    data, dev = simulated("a"), simulated("b")
    aurocs = iter([0.9, 0.8, 0.7])
    kept = []

    def scores(*_):
        return DevScores(next(aurocs), 0.5, 0.6, {"taes": 0.2, "ovlp": 0.2, "szcore": 0.2})

    def keep(self, calibration):
        original(self, calibration)
        kept.append(tensors(tmp_path / "best.safetensors"))

    original = Training._keep
    monkeypatch.setattr(Training, "_keep", keep)
    monkeypatch.setattr("core.training.loop.dev_scores", scores)
    settings = small_settings(steps_per_epoch=2, stages=({"crop_s": 2, "epochs": 2},))
    train(settings, data, dev, tmp_path)
    last = tensors(tmp_path / "best.safetensors")
    assert len(kept) == 1
    assert all(torch.equal(value, kept[0][name]) for name, value in last.items())


def test_without_dev_the_last_epoch_is_the_best(simulated, tmp_path):
    settings = small_settings(stages=({"crop_s": 2, "epochs": 2},))
    result = train(settings, simulated("a"), material_of_nothing(), tmp_path)
    assert (result.best_epoch, result.scores) == (1, None)
    assert math.isnan(table(tmp_path / "epochs.csv")[0]["auroc"])
    load_checkpoint(result.weights, Config())


def material_of_nothing():
    return Material([], [], Config())


def test_no_seizure_in_the_training_data(simulated, tmp_path):
    data = material((recording(duration_s=70.0), cached(70 * SFREQ)))
    with pytest.raises(NoSeizureError):
        train(small_settings(), data, simulated("b"), tmp_path)


@pytest.mark.parametrize(("poison", "average"), [(math.nan, 0.9), (math.inf, 0.0)])
def test_a_step_that_is_not_finite_is_skipped(simulated, tmp_path, monkeypatch, poison, average):
    original = Batches.tensors

    def poisoned(self, piece, step, first):
        data, ictal, counts = original(self, piece, step, first)
        if step == 2:
            data[0, 3, 100] = poison
        return data, ictal, counts

    monkeypatch.setattr(Batches, "tensors", poisoned)
    settings = small_settings(optimisation={"ema_decay": average})
    result = train(settings, simulated("a"), simulated("b"), tmp_path)
    assert result.skipped == 1
    rows = table(tmp_path / "steps.csv")
    assert [row["skipped"] for row in rows] == [0, 0, 1, 1, 1, 1, 1, 1]
    assert not math.isfinite(rows[2]["loss"]) or not math.isfinite(rows[2]["grad_norm"])
    assert all(math.isfinite(row["loss"]) for row in rows if row["step"] != 3)
    # neither weights nor batch norm's statistics keep anything of it
    for path in (tmp_path / "state.safetensors", tmp_path / "best.safetensors"):
        assert all(value.isfinite().all() for value in tensors(path).values())
    epochs = table(tmp_path / "epochs.csv")
    assert [row["skipped"] for row in epochs] == [1, 1]
    assert all(math.isfinite(row["loss"]) for row in epochs)


def test_a_skipped_step_changes_nothing(simulated, tmp_path, monkeypatch):
    monkeypatch.setattr(
        Batches,
        "tensors",
        lambda *_: (torch.full((4, 19, 512), math.nan),) + (torch.ones(4, 512),) * 2,
    )
    settings = small_settings(steps_per_epoch=2, stages=({"crop_s": 2, "epochs": 1},))
    result = train(settings, simulated("a"), simulated("b"), tmp_path)
    assert result.skipped == 2
    untouched = build_network("vigil-13m", settings.seed).state_dict()
    found = tensors(tmp_path / "best.safetensors")
    assert all(torch.equal(value, untouched[name]) for name, value in found.items())


def test_same_settings_same_weights(simulated, tmp_path):
    data, dev = simulated("a", "c"), simulated("b")
    settings = small_settings(
        steps_per_epoch=2,
        augmentation={"mirror": True, "amplitude_db": 4.0, "channel_dropout": 0.1,
                      "offset_jitter": True},
        sampler={"mining": {"top_k": 3}},
    )  # fmt: skip
    for name in ("one", "two"):
        torch.manual_seed(len(name))  # whatever was drawn before
        train(settings, data, dev, tmp_path / name)
    for file in ("best.safetensors", "state.safetensors"):
        assert_same_tensors(tmp_path / "one" / file, tmp_path / "two" / file)
    other = settings.model_copy(update={"seed": 4})
    train(other, data, dev, tmp_path / "other")
    losses = [table(tmp_path / name / "steps.csv")[0]["loss"] for name in ("one", "other")]
    assert losses[0] != losses[1]


@pytest.mark.parametrize("source", ["dev", "train"])
def test_hard_negatives_come_from_the_pass_before(simulated, tmp_path, monkeypatch, source):
    data, dev = simulated("a"), simulated("b")
    asked, drawn = [], []
    original = Batches.tensors

    def hardest(subject, stitched, crop_samples, top_k):
        asked.append((subject, crop_samples, top_k))
        return hardest_background(subject, stitched, crop_samples, top_k)

    def watched(self, piece, step, first):
        data_, ictal, counts = original(self, piece, step, first)
        assert [bool(row.any()) for row in ictal] == [True, False] * 2  # half is seizure
        drawn.append((step, [crop for crop, is_hard in piece if is_hard]))
        return data_, ictal, counts

    monkeypatch.setattr("core.training.loop.hardest_background", hardest)
    monkeypatch.setattr(Batches, "tensors", watched)
    settings = small_settings(
        stages=({"crop_s": 2, "epochs": 1}, {"crop_s": 5, "epochs": 1}),
        sampler={"mining": {"top_k": 3, "share": 0.5, "source": source}},
    )
    train(settings, data, dev, tmp_path)
    # once, for the second epoch, in crops of its length
    assert asked == [(dev if source == "dev" else data, 5 * SFREQ, 3)]
    assert [len(hard) for _, hard in drawn] == [0] * 4 + [1] * 4
    assert {crop.n_samples for _, hard in drawn for crop in hard} == {5 * SFREQ}


def test_pieces_of_a_batch_add_up(simulated, monkeypatch):
    """Without batch statistics, a batch in pieces has the gradient of the whole."""
    data, found = simulated("a"), []
    for micro in (4, 2):
        settings = small_settings(optimisation={"micro_batch": micro})
        network = build_network("vigil-13m")
        network.eval()
        monkeypatch.setattr(network, "train", lambda: None)
        batches = Batches(settings, data, data, ALONE.device)
        drawn, weights = batches.of_epoch(0, [])
        optimizer = make_optimizer(network, settings.optimisation)
        step = Stepper(network, optimizer, batches, settings, ALONE).take(drawn[0], 0, weights)
        found.append((step.loss, step.grad_norm))
    assert found[0] == pytest.approx(found[1], rel=1e-5)


def test_a_batch_that_cannot_be_shared_out(simulated):
    three = Processes(0, 3, torch.device("cpu"))
    settings = small_settings(optimisation={"batch": 4, "micro_batch": 2})
    data = simulated("a")
    words = "optimisation.batch 4 in pieces of micro_batch 2 cannot be shared by 3 processes"
    with pytest.raises(VigilError, match=words):
        Training(settings, data, data, None, three, {})


def test_compiled_steps_take_the_same_way(simulated, tmp_path, monkeypatch):
    """The switch reaches the steps, and the checkpoint has the plain names."""
    seen = []

    def compiled(network, **options):
        seen.append(options)
        return network

    monkeypatch.setattr(torch, "compile", compiled)
    settings = small_settings(
        steps_per_epoch=1, stages=({"crop_s": 2, "epochs": 1},), optimisation={"compile": True}
    )
    result = train(settings, simulated("a"), simulated("b"), tmp_path)
    assert seen == [{"dynamic": False}]
    load_checkpoint(result.weights, Config())


# resuming ------------------------------------------------------------------------------------


def test_resume_needs_a_state(simulated, tmp_path):
    with pytest.raises(StateError, match="no state to resume from"):
        train(small_settings(), simulated("a"), simulated("b"), tmp_path, resume=True)


def test_resume_of_another_training(simulated, tmp_path):
    data, dev = simulated("a"), simulated("b")
    settings = small_settings(steps_per_epoch=1, stages=({"crop_s": 2, "epochs": 1},))
    train(settings, data, dev, tmp_path, identity={"settings_hash": "old", "dev": "b"})
    for identity, words in (
        ({"settings_hash": "new", "dev": "b"}, "settings_hash is old, expected new"),
        ({"settings_hash": "old", "dev": "c"}, "dev is b, expected c"),
        ({"settings_hash": "old", "fold": "1"}, "fold is None, expected 1"),
    ):
        with pytest.raises(StateError, match=words):
            train(settings, data, dev, tmp_path, resume=True, identity=identity)


def test_a_finished_training_resumes_to_the_same_end(simulated, tmp_path):
    data, dev = simulated("a"), simulated("b")
    settings = small_settings()
    first = train(settings, data, dev, tmp_path)
    content = first.weights.read_bytes()
    second = train(settings, data, dev, tmp_path, resume=True)
    assert second == first
    assert second.weights.read_bytes() == content
    assert len(table(tmp_path / "steps.csv")) == 8


@pytest.mark.parametrize("harm", ["truncated", "empty", "other", "lacking"])
def test_damaged_state(simulated, tmp_path, harm):
    data, dev = simulated("a"), simulated("b")
    settings = small_settings(steps_per_epoch=1, stages=({"crop_s": 2, "epochs": 1},))
    train(settings, data, dev, tmp_path)
    state = tmp_path / "state.safetensors"
    if harm == "other":
        state.write_bytes((tmp_path / "best.safetensors").read_bytes())
    elif harm == "lacking":
        metadata = {"format": "vigil-training", "progress": "{}"}
        state.write_bytes(safetensors.torch.save({"x": torch.zeros(1)}, metadata))
    else:
        state.write_bytes(state.read_bytes()[:1000] if harm == "truncated" else b"")
    with pytest.raises(StateError) as error:
        train(settings, data, dev, tmp_path, resume=True)
    assert str(state) in str(error.value)
    assert "\n" not in str(error.value)


def test_bfloat16_is_for_the_steps_only(simulated, tmp_path):
    data, dev = simulated("a"), simulated("b")
    for amp in ("off", "bfloat16"):
        settings = small_settings(
            steps_per_epoch=2, stages=({"crop_s": 2, "epochs": 1},), optimisation={"amp": amp}
        )
        train(settings, data, dev, tmp_path / amp)
    exact, rough = (table(tmp_path / amp / "steps.csv") for amp in ("off", "bfloat16"))
    assert exact[0]["loss"] != rough[0]["loss"]
    assert exact[0]["loss"] == pytest.approx(rough[0]["loss"], rel=0.05)
    found = tensors(tmp_path / "bfloat16" / "best.safetensors")
    assert {value.dtype for value in found.values()} == {torch.float32, torch.int64}
