"""A recording whose program is killed loses less than a second."""

import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from monitor.archive.part_recovery import part_paths, recover_parts
from tests.recorded_eeg import READERS, eeg, read_with

ROOT = Path(__file__).parents[4]
WRITER = """
import sys, time
from pathlib import Path
from core.config import RecordingSettings
from monitor.archive.recording import SessionRecording
from tests.recorded_eeg import chunks, eeg, stream
recording = SessionRecording(
    Path(sys.argv[1]), stream(8), run=1, first_part=1,
    settings=RecordingSettings(part_hours=0.01), free=lambda _: 1e12,
)
recording.start()
for k, chunk in enumerate(chunks(eeg(8, 256 * 240), size=32)):
    recording.put(chunk, wait=True)
    if k % 40 == 0:
        recording.annotate(chunk.stop_sample, f"remark at {chunk.stop_sample}")
    print(chunk.stop_sample, flush=True)
    time.sleep(0.0005)
"""


@pytest.mark.parametrize("seed", range(10))
def test_kill_9_costs_less_than_a_second(tmp_path, seed):
    folder = tmp_path / "session"
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(float(np.random.default_rng(seed).uniform(0.05, 1.5)))
    process.send_signal(signal.SIGKILL)
    out, _ = process.communicate()
    put = int(out.split()[-1]) if out.endswith(b"\n") else int(out.split()[-2])
    as_found = {path.name: path.read_bytes() for path in part_paths(folder)}
    data = eeg(8, 256 * 240)
    for reader in READERS:  # before the repair, too
        shutil.copytree(folder, tmp_path / reader)
        assert _recorded(reader, tmp_path / reader, data, strict=False) > put - 512
    repairs = recover_parts(folder)
    assert [repair.missing_records for repair in repairs] == [0] * len(as_found)
    for reader in READERS:
        assert put - _recorded(reader, folder, data) < 256


def _recorded(reader, folder, data, *, strict=True):
    """Compare what is there with what was put; return how much it is."""
    position = 0
    for path in part_paths(folder):
        with warnings.catch_warnings():
            if not strict:  # edfio tells of a record that is not counted yet
                warnings.simplefilter("ignore")
            found = read_with(reader, path)
        stop = position + found.data.shape[1]
        assert np.abs(found.data - data[:, position:stop]).max() <= 0.051
        texts = [text for _, _, text in found.annotations]
        assert texts[0] == "Recording starts at an unknown time"
        due = [s for s in range(32, stop - 512, 1280) if s > position]
        assert all(any(t.startswith(f"remark at {s}") for t in texts) for s in due)
        position = stop
    return position
