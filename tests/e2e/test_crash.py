"""Signals end a session cleanly; a killed one can still be read."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 60
PROGRAM = """
import sys
sys.path.insert(0, '.')
import monitor.app, monitor.cli
from tests.monitor_fakes import AmplitudeScorer
monitor.app.load_engine = lambda *_: AmplitudeScorer()
monitor.cli.main()
"""


@pytest.fixture
def start(tmp_path, write_edf):
    processes = []

    def run(speed):
        path = write_edf("long.edf", 300, 200, [(20, 30), (100, 110)])
        arguments = ["replay", path, "--headless", "--speed", speed, "--json", "--session",
                     tmp_path / "s"]  # fmt: skip
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *map(str, arguments)],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        )  # fmt: skip
        return processes[-1]

    yield run
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.communicate()


def query(path, text):
    db = sqlite3.connect(path)
    try:
        return db.execute(text).fetchall()
    finally:
        db.close()


def wait_for(condition):
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_session_with_a_summary(start, tmp_path, number):
    process = start("1")
    wait_for((tmp_path / "s" / "alarms.sqlite-wal").exists)
    time.sleep(1.0)
    assert process.poll() is None
    process.send_signal(number)
    out, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    summary = json.loads(out)
    assert 0 < summary["duration_s"] < 30
    assert summary["n_windows"] == 1
    description = json.loads((tmp_path / "s" / "session.json").read_text())
    assert description["state"] == "finished"
    assert description["summary"]["duration_s"] == summary["duration_s"]


def test_a_killed_session_keeps_every_step_that_was_shown(start, tmp_path):
    process = start("60")
    shown = process.stderr.readline()
    assert "alarm 1 raised" in shown
    process.send_signal(signal.SIGKILL)
    _, rest = process.communicate(timeout=TIMEOUT_S)
    said = [shown, *rest.splitlines()]
    log = tmp_path / "s" / "alarms.sqlite"
    steps = query(log, "SELECT alarm_id, transition FROM alarm_steps ORDER BY id")
    assert steps[0] == (1, "raised")
    assert len(steps) >= sum("alarm" in line for line in said)
    assert query(log, "PRAGMA integrity_check") == [("ok",)]
    assert dict(query(log, "SELECT * FROM session"))["weights"] == "UNTRAINED"
    description = json.loads((tmp_path / "s" / "session.json").read_text())
    assert description["state"] == "running"
