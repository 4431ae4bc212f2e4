"""The weights that come with Vigil, on the demo recording that comes with it."""

import sqlite3
from pathlib import Path

from core.model.builtin import builtin_weights

DEMO = Path(__file__).parents[2] / "recordings" / "demo.edf"
SEIZURES_S = [(156.0, 217.25), (396.25, 446.5)]
"""As in recordings/demo_events.tsv."""


def test_the_demo_replay_raises_both_seizures_and_nothing_else(vigil, tmp_path):
    run = vigil("replay", DEMO, "--headless", "--speed", "max", "--json",
                "--session", tmp_path / "session")  # fmt: skip
    assert run.code == 0, run.err
    assert run.json["weights"].startswith("vigil-13m.safetensors ")
    assert run.json["alarms"] | {"acknowledged": 0} == {
        "raised": 2, "confirmed": 2, "retracted": 0, "acknowledged": 0,
    }  # fmt: skip
    for (onset_s, offset_s, _), (start_s, stop_s) in zip(
        run.json["events"], SEIZURES_S, strict=True
    ):
        assert abs(onset_s - start_s) < 3
        assert abs(offset_s - stop_s) < 3
    # The provisional stream raises them, long before the final one can.
    db = sqlite3.connect(tmp_path / "session" / "alarms.sqlite")
    raised = db.execute(
        "SELECT at_sample / 256.0 FROM alarm_steps WHERE transition = 'raised' ORDER BY id"
    ).fetchall()
    db.close()
    for (at_s,), (start_s, _) in zip(raised, SEIZURES_S, strict=True):
        assert 3 <= at_s - start_s <= 14


def test_the_file_is_small_enough_to_ship():
    path = builtin_weights("vigil-13m")
    assert path is not None
    assert path.stat().st_size < 40e6


def test_other_thresholds_are_refused_in_one_line(vigil, tmp_path):
    config = tmp_path / "low.toml"
    config.write_text("[events]\ntau_on = 0.5\ntau_off = 0.4\n")
    run = vigil("detect", DEMO, "--out", tmp_path, "--config", config)
    assert run.code == 1
    assert run.line.endswith(
        "trained with other settings: events.tau_off is 0.78, expected 0.4; "
        "events.tau_on is 0.86, expected 0.5"
    )


def test_the_engine_can_be_chosen(vigil, write_edf, tmp_path):
    path = write_edf("x.edf", 9, 256, [])
    names = {}
    for choice in ("torch-cpu", "torch-cpu-reference"):
        run = vigil("detect", path, "--out", tmp_path, "--json", "--engine", choice)
        names[choice] = run.json["engine"]
    assert names == {
        "torch-cpu": "torch-cpu-float32",
        "torch-cpu-reference": "torch-cpu-reference-float32",
    }
    run = vigil("detect", path, "--out", tmp_path, "--engine", "abacus")
    assert run.code == 1
    assert run.line == (
        "vigil: unknown engine 'abacus' (known: auto, torch-cpu, torch-cpu-reference, cuda)"
    )
