"""A hundred replays killed at random moments, and what is left of each.

Every replay is the real command in a process of its own, killed with SIGKILL. Then, beside
``vigil verify``, checks that do not trust the program: the EEG on disk is the first seconds of the
recording, digital value by digital value, read by edfio, pyEDFlib and MNE; every step that was
printed is in the log. The age of the last write is printed, not judged: a replay that is starved
falls behind its speed.
Half of the copies then lose their last bytes, as in a power cut, and are checked again. Every
fifth session is taken up again and must end in order.

    python -m tests.bench.kill_recording --runs 100

Prints a table; fails where anything was lost that must not be.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import edfio
import mne
import numpy as np
import pyedflib
from rich.console import Console
from rich.table import Table

from core.io.edf_header import read_header
from core.io.edf_repair import repair_edf

SPEED = 16.0
MAX_LOSS_S = 1.0
_VIGIL = [sys.executable, "-c", "from monitor.cli import main; main()"]
_STEP = re.compile(r"alarm (\d+) (raised|confirmed|retracted|ended)")


@dataclass
class Tally:
    """What became of all runs."""

    eeg_s: list[float] = field(default_factory=list)
    behind_s: list[float] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    printed_steps: int = 0
    faults: list[str] = field(default_factory=list)
    torn: int = 0
    resumed: int = 0


def vigil(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_VIGIL, *arguments], capture_output=True, text=True, timeout=600, check=False
    )


def kill_one(recording: Path, folder: Path, start_s: float, wait_s: float) -> tuple[float, str]:
    """Replay and kill; return the wall-clock time of death and what was printed."""
    command = [
        *_VIGIL,
        *("replay", str(recording), "--headless", "--speed", f"{SPEED:g}"),
        *("--start", f"{start_s:g}", "--session", str(folder)),
    ]
    printed = folder.with_suffix(".stderr")
    with printed.open("w") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
        while not (folder / "eeg.edf").exists() and process.poll() is None:
            time.sleep(0.02)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(wait_s)
        died = time.time()
        process.send_signal(signal.SIGKILL)
        process.wait()
    return died, printed.read_text()


def read_eeg(path: Path) -> list[np.ndarray]:
    """Digital values as each reader has them; MNE's in microvolts are only counted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one = edfio.read_edf(path)
        assert one.annotations, "no annotation"
        found = [np.stack([signal.digital for signal in one.signals])]
        with pyedflib.EdfReader(str(path)) as other:
            assert other.readAnnotations()[2].size, "no annotation"
            n = other.signals_in_file
            found.append(np.stack([other.readSignal(i, digital=True) for i in range(n)]))
        raw = mne.io.read_raw_edf(path, preload=True, verbose="error")
        assert len(raw.annotations), "no annotation"
        assert raw.n_times == found[0].shape[1], f"MNE reads {raw.n_times} samples"
    return found


def check_eeg(path: Path, whole: np.ndarray, first: int) -> int:
    """Compare with the recording; return how many samples there are."""
    for values in read_eeg(path):
        n = values.shape[1]
        assert np.array_equal(values, whole[:, first : first + n]), "not the recording's values"
    return n


def check_log(folder: Path, printed: str) -> int:
    """Find every printed step in the log; return how many there were."""
    steps = [(int(alarm), transition) for alarm, transition in _STEP.findall(printed)]
    log = sqlite3.connect(folder / "alarms.sqlite")
    try:
        logged = log.execute("SELECT alarm_id, transition FROM alarm_steps").fetchall()
    finally:
        log.close()
    missing = Counter(steps) - Counter(logged)
    assert not missing, f"printed and not in the log: {missing}"
    return len(steps)


def tear(folder: Path, rng: np.random.Generator, whole: np.ndarray, first: int) -> None:
    """Cut up to one record off the end, as a power cut may, and read what repair leaves."""
    path = folder / "eeg.edf"
    with path.open("r+b") as file:
        header = read_header(file, path.name)
        n_bytes = path.stat().st_size - int(rng.integers(1, header.record_bytes + 1))
        file.truncate(n_bytes)
    repair_edf(path)
    with path.open("rb") as file:
        n_records = read_header(file, path.name).n_records
    n_whole = (n_bytes - header.n_bytes) // header.record_bytes
    assert n_records == n_whole, f"{n_records} records of {n_whole} whole ones"
    if n_whole:
        check_eeg(path, whole, first)


def judge(folder: Path, tally: Tally) -> None:
    """Ask ``vigil verify``; a loss of more than a second, or of a step, is a fault."""
    result = vigil("verify", str(folder), "--json")
    found = json.loads(result.stdout)
    tally.verdicts[found["verdict"]] += 1
    assert found["verdict"] != "fault", f"verify: {found['faults']}"
    assert result.returncode == {"sound": 0, "loss": 3}[found["verdict"]]
    for line in found["losses"]:
        if "EEG" in line and (most := re.search(r"at most ([\d.]+) s", line)):
            assert float(most[1]) <= MAX_LOSS_S, line
        assert "no logged step" in line or "step" not in line, line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--recording", type=Path, default=Path("recordings/demo.edf"))
    parser.add_argument("--start", type=float, default=100.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    whole_edf = edfio.read_edf(options.recording)
    whole = np.stack([signal.digital for signal in whole_edf.signals])
    sfreq = whole_edf.signals[0].sampling_frequency
    first = round(options.start * sfreq)
    tally = Tally()
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(options.runs):
            folder = Path(scratch) / f"session{number}"
            wait_s = float(rng.uniform(0.0, 12.0))
            died, printed = kill_one(options.recording, folder, options.start, wait_s)
            try:
                eeg = folder / "eeg.edf"
                tally.behind_s.append((died - eeg.stat().st_mtime) * SPEED)
                tally.eeg_s.append(check_eeg(eeg, whole, first) / sfreq)
                tally.printed_steps += check_log(folder, printed)
                judge(folder, tally)
                if number % 2:
                    copy = folder.with_name(f"torn{number}")
                    shutil.copytree(folder, copy)
                    tear(copy, rng, whole, first)
                    tally.torn += 1
                if number % 5 == 0:
                    ended = vigil(
                        *("replay", str(options.recording), "--headless", "--speed", "max"),
                        *("--start", "480", "--session", str(folder), "--json"),
                    )
                    assert ended.returncode == 0, ended.stderr
                    judge(folder, tally)
                    tally.resumed += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, the next run goes on
                tally.faults.append(f"run {number}, killed after {wait_s:.2f} s: {error!r}")
                print(tally.faults[-1], file=sys.stderr, flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(folder.with_name(f"torn{number}"), ignore_errors=True)
    report(tally)
    sys.exit(bool(tally.faults))


def report(tally: Tally) -> None:
    table = Table("", "", title="Replays killed with SIGKILL")
    table.add_row("runs", f"{len(tally.behind_s)}")
    table.add_row("EEG on disk", f"{min(tally.eeg_s):.0f} to {max(tally.eeg_s):.0f} s")
    table.add_row(
        f"age of the last write, in EEG at {SPEED:g} times its speed",
        f"median {np.median(tally.behind_s):.2f} s, largest {max(tally.behind_s):.2f} s",
    )
    table.add_row("steps of alarms printed, all in the log", f"{tally.printed_steps}")
    table.add_row("verify", ", ".join(f"{v}: {n}" for v, n in tally.verdicts.items()))
    table.add_row("last record torn, repaired and read by all", f"{tally.torn}")
    table.add_row("taken up again, ended in order", f"{tally.resumed}")
    table.add_row("faults", f"{len(tally.faults)}")
    Console().print(table)


if __name__ == "__main__":
    main()
