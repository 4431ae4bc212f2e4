"""Alarms of the demo recording are explained by the weights that come with Vigil."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.electrodes import ELECTRODES

DEMO = Path(__file__).parents[2] / "recordings" / "demo.edf"


def test_both_alarms_of_the_demo_are_explained_and_nothing_else_changes(vigil, tmp_path):
    session, patient = tmp_path / "session", tmp_path / "patient.toml"
    # Others may keep the processors busy, and an explanation lets everybody go first.
    patient.write_text("[inference]\nattribution_budget_s = 240\n")
    run = vigil("replay", DEMO, "--headless", "--speed", "max", "--json", "--session", session,
                "--config", patient)  # fmt: skip
    assert run.code == 0, run.err
    assert len(run.json["alarm_list"]) == 2
    for alarm in run.json["alarm_list"]:
        assert 1 <= len(alarm["channels"]) <= 5
        assert set(alarm["channels"]) <= set(ELECTRODES)
        assert alarm["region"]
        assert 1 <= alarm["frequency_hz"] <= 30
        assert " \u00b7 ".join((" ".join(alarm["channels"]), alarm["region"])) in run.err
    with closing(sqlite3.connect(session / "alarms.sqlite")) as db:
        rows = db.execute("SELECT body FROM log WHERE kind = 'attribution' ORDER BY seq").fetchall()
    bodies = [json.loads(text) for (text,) in rows]
    assert [body["alarm_id"] for body in bodies] == [1, 2]
    for body, alarm in zip(bodies, run.json["alarm_list"], strict=True):
        assert (body["fault"], len(body["channel_scores"])) == ("", 19)
        assert (body["channels"], body["region"]) == (alarm["channels"], alarm["region"])
        assert body["logit"] > 0
        assert body["wall_s"] > 0
    verified = vigil("verify", session, "--json")
    assert verified.code == 0, verified.err + verified.out

    report = tmp_path / "night.html"
    assert vigil("export", session, "--format", "html", "--out", report).code == 0
    text = report.read_text()
    assert text.count("<svg ") == 2
    assert f"{' '.join(bodies[0]['channels'])} \u00b7 {bodies[0]['region']}" in text
    lines = tmp_path / "night.jsonl"
    assert vigil("export", session, "--format", "json", "--deidentify", "--out", lines).code == 0
    kept = [json.loads(line) for line in lines.read_text().splitlines()]
    kept = [step["body"] for step in kept if step["kind"] == "attribution"]
    assert kept == bodies
    events = tmp_path / "night.tsv"
    assert vigil("export", session, "--format", "tsv", "--out", events).code == 0
    header, *lines = (line.split("\t") for line in events.read_text().splitlines())
    assert {line[header.index("channels")] for line in lines} == {"n/a"}

    config = tmp_path / "off.toml"
    config.write_text("[inference]\nattribution_budget_s = 0\n")
    off = vigil("replay", DEMO, "--headless", "--speed", "max", "--json", "--config", config,
                "--session", tmp_path / "off")  # fmt: skip
    assert off.code == 0, off.err
    same = ("events", "probabilities_sha256", "alarms", "n_windows")
    assert {key: off.json[key] for key in same} == {key: run.json[key] for key in same}
    assert {alarm["region"] for alarm in off.json["alarm_list"]} == {None}
    with closing(sqlite3.connect(tmp_path / "off" / "alarms.sqlite")) as db:
        assert not db.execute("SELECT 1 FROM log WHERE kind = 'attribution'").fetchall()


@pytest.mark.parametrize("preset", ["line-length"])
def test_what_is_no_network_says_so_once(vigil, tmp_path, preset):
    config = tmp_path / "baseline.toml"
    config.write_text(f'[model]\npreset = "{preset}"\n')
    run = vigil("replay", DEMO, "--headless", "--speed", "max", "--json", "--config", config,
                "--session", tmp_path / "session")  # fmt: skip
    assert run.code == 0, run.err
    notes = [note for note in run.json["notes"] if "explained" in note]
    assert notes == ["line-length is no network: its alarms are not explained"]
    assert {alarm["channels"] for alarm in run.json["alarm_list"]} <= {None}
