"""A killed session is verified, taken up again, and verified once more."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import warnings
from contextlib import closing
from pathlib import Path

import edfio
import pytest

from tests.edf_files import edf_bytes
from tests.monitor_fakes import bursts, signals

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 200
PROGRAM = """
import sys
sys.path.insert(0, '.')
import monitor.app, monitor.cli
from tests.monitor_fakes import AmplitudeScorer
monitor.app.load_engine = lambda *_: AmplitudeScorer()
monitor.cli.main()
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("recording") / "bed.edf"
    data = bursts(150 * 200, 200, [(30, 40), (80, 92)])
    path.write_bytes(edf_bytes(signals(data, 200)))
    return path


@pytest.fixture(scope="module")
def killed_once(recording, tmp_path_factory):
    """A session that was killed just after its second alarm was shown."""
    folder = tmp_path_factory.mktemp("killed") / "s"
    arguments = ["replay", recording, "--headless", "--speed", "60", "--session", folder]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    watchdog = threading.Timer(TIMEOUT_S, process.kill)
    watchdog.start()
    shown = []
    for line in process.stderr:
        shown.append(line)
        if "alarm 2 raised" in line:
            break
    process.send_signal(signal.SIGKILL)
    rest = process.communicate(timeout=TIMEOUT_S)[1]
    watchdog.cancel()
    assert "alarm 2 raised" in shown[-1], shown
    return folder, [*shown, *rest.splitlines()]


@pytest.fixture
def killed(killed_once, tmp_path):
    folder, shown = killed_once
    return Path(shutil.copytree(folder, tmp_path / "s")), shown


def steps(folder):
    with closing(sqlite3.connect(folder / "alarms.sqlite")) as db:
        return db.execute("SELECT run, alarm_id, transition FROM alarm_steps").fetchall()


def eeg_s(path):
    with warnings.catch_warnings():
        # killed between a record and its count: edfio reads what is there, and warns
        warnings.simplefilter("ignore")
        edf = edfio.read_edf(path)
    assert edf.patient.code == "X"
    assert any(a.text.startswith("Recording starts") for a in edf.annotations)
    return edf.duration


def test_killed_verified_taken_up_again(vigil, stand_in, killed, recording):
    folder, shown = killed
    first = vigil("verify", folder, "--json")
    assert first.code == 3, first.out
    found = first.json
    assert (found["verdict"], found["faults"], found["runs"]) == ("loss", [], 1)
    (loss,) = found["losses"]
    assert "run 1: was not closed in order" in loss
    assert "at most 1 s of EEG behind that lost, no logged step" in loss
    assert found["eeg"]["seconds"] == eeg_s(folder / "eeg.edf")
    assert 90 <= found["eeg"]["seconds"] <= 150

    again = vigil("replay", recording, "--headless", "--speed", "max", "--session", folder)
    assert again.code == 0, again.err
    said = again.err.splitlines()[0]
    assert "session was interrupted in run 1" in said
    assert f"the EEG at {found['eeg']['seconds']:.1f} s" in said
    assert f"run 2 begins at {found['eeg']['seconds']:.1f} s" in said
    assert said.removeprefix("vigil: ") in again.out

    logged = steps(folder)
    n_shown = sum(" alarm " in line for line in shown)
    assert sum(run == 1 for run, *_ in logged) >= n_shown
    raised = [alarm for run, alarm, transition in logged if transition == "raised" and run == 2]
    assert raised[0] == 1 + max(alarm for run, alarm, _ in logged if run == 1)
    told = json.loads((folder / "session.json").read_text())
    assert [run["state"] for run in told["runs"]] == ["interrupted", "finished"]
    assert told["runs"][1]["offset_s"] == found["eeg"]["seconds"]
    # A record more, where remarks that came after the last sample found no room.
    assert 150 <= eeg_s(folder / "eeg_part2.edf") <= 151

    last = vigil("verify", folder)
    assert last.code == 3, last.out
    assert last.out.splitlines()[0] == f"lost: {said.removeprefix('vigil: ')}"
    assert "annotations agree with the log" in last.out
    refused = vigil("replay", recording, "--headless", "--session", folder)
    assert (refused.code, refused.line) == (
        1, f"vigil: {folder}: holds a session already; choose another folder",
    )  # fmt: skip


def test_what_was_changed_after_a_crash_is_found(vigil, stand_in, killed, recording):
    """Taking up a session seals what was there before."""
    folder, _ = killed
    assert vigil("replay", recording, "--headless", "--speed", "max", "--session", folder).code == 0
    raw = bytearray((folder / "eeg.edf").read_bytes())
    raw[256 * 21 + 100] ^= 1
    (folder / "eeg.edf").write_bytes(raw)
    result = vigil("verify", folder)
    assert result.code == 1
    assert result.out.splitlines()[0] == (
        "fault: eeg.edf: its records were changed after it was closed"
    )


def test_a_power_cut_that_tore_the_last_record(vigil, stand_in, killed, recording):
    folder, _ = killed
    path = folder / "eeg.edf"
    before = vigil("verify", folder, "--json").json["eeg"]["seconds"]
    os.truncate(path, path.stat().st_size - 100)
    result = vigil("verify", folder, "--json")
    assert (result.code, result.json["faults"]) == (3, [])
    assert result.json["eeg"]["seconds"] == before - 1
    assert vigil("replay", recording, "--headless", "--speed", "max", "--session", folder).code == 0
    assert eeg_s(path) == before - 1
    assert vigil("verify", folder).code == 3


def test_while_it_is_written(vigil, stand_in, write_edf, tmp_path):
    recording = write_edf("long.edf", 300, 200)
    folder = tmp_path / "s"
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "replay", str(recording), "--headless",
         "--session", str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    try:
        while not (folder / "eeg.edf").exists():
            assert process.poll() is None
        refused = vigil("replay", recording, "--headless", "--session", folder)
        assert (refused.code, refused.line) == (
            1, f"vigil: {folder}: another process is writing to this session",
        )  # fmt: skip
        refused = vigil("verify", folder)
        assert (refused.code, refused.line) == (
            1,
            f"vigil: {folder}: another process is writing to this session; "
            "verify it once that has ended",
        )
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0
    assert vigil("verify", folder).code == 0


def test_not_a_session(vigil, tmp_path):
    result = vigil("verify", tmp_path / "nothing")
    assert (result.code, result.line) == (
        1, f"vigil: {tmp_path / 'nothing'}: no such session folder",
    )  # fmt: skip


def test_a_session_has_nothing_of_the_patients_name(vigil, stand_in, write_edf, tmp_path):
    header = {
        "patient": "MCH-0234567 F 02-MAY-1951 Haagse_Harry",
        "recording": "Startdate 02-MAR-2002 EMG561 BK/JOP Sony",
    }
    edf = write_edf("bed.edf", 70, 200, [(30, 40)], **header)
    result = vigil("replay", edf, "--headless", "--speed", "max", "--session", tmp_path / "s")
    assert result.code == 0, result.err
    kept = b"".join(path.read_bytes() for path in (tmp_path / "s").iterdir())
    assert b"bed.edf" in kept
    for secret in ("Haagse", "0234567", "1951", "EMG561", "JOP"):
        assert secret.encode() not in kept
        assert secret not in result.out + result.err
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "s").iterdir()}
    assert modes == {0o600}
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o700
    assert vigil("verify", tmp_path / "s").code == 0
