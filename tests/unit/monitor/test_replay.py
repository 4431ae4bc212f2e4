"""A recording played as if it came now."""

import math
import threading
import time
from datetime import datetime, timedelta

import numpy as np
import pytest

from core.electrodes import ELECTRODES
from core.errors import RecordingError
from core.stream import concatenate
from monitor.sources.replay import ReplaySource
from tests.edf_files import Signal, edf_bytes, write_edf_plus_d
from tests.monitor_fakes import bursts

SFREQ = 200
N_S = 5


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "bed.edf"
    digital = np.rint(bursts(SFREQ * N_S, SFREQ) * 10).astype(int)
    signals = [
        Signal(name, row, SFREQ) for name, row in zip(ELECTRODES, digital, strict=True)
    ]  # fmt: skip
    file.write_bytes(edf_bytes(signals))
    return file


@pytest.fixture
def make(path):
    sources = []

    def build(*args, **kwargs):
        sources.append(ReplaySource(path, *args, **kwargs))
        return sources[-1]

    yield build
    for source in sources:
        source.close()


def play(source):
    began = time.monotonic()
    chunk = concatenate(list(source.chunks()))
    return chunk, time.monotonic() - began


def test_speed(make):
    slow, slow_s = play(make(50.0))
    fast, fast_s = play(make(math.inf))
    assert 0.095 <= slow_s < 2
    assert slow.n_samples == fast.n_samples == SFREQ * N_S
    np.testing.assert_array_equal(slow.data, fast.data)
    assert fast_s < slow_s


def test_live_chunks_are_an_eighth_of_a_second(make):
    assert {c.n_samples for c in make(1000.0).chunks()} == {25}


def test_start_rebases_indices_and_the_clock(make):
    whole, _ = play(make(math.inf))
    source = make(math.inf, 1.5)
    assert source.info.start_time == datetime(2023, 5, 4, 6, 7, 8) + timedelta(seconds=1.5)
    part, _ = play(source)
    assert part.start_sample == 0
    np.testing.assert_array_equal(part.data, whole.data[:, 300:])


def test_start_before_a_gap_keeps_the_gap(tmp_path):
    file = tmp_path / "gap.edf"
    data = np.zeros((1, 256 * 3)) + np.arange(256 * 3) / 10
    write_edf_plus_d(file, [(0, data), (10, data)], ch_names=["Fp1"])
    source = ReplaySource(file, math.inf, 1.0)
    starts = [(c.start_sample, c.stop_sample) for c in source.chunks()]
    source.close()
    assert starts == [(0, 512), (9 * 256, 12 * 256)]


@pytest.mark.parametrize("start_s", [5.0, 6.0, -1.0, math.nan, math.inf])
def test_start_outside_the_recording(path, start_s):
    with pytest.raises(RecordingError) as caught:
        ReplaySource(path, start_s=start_s)
    text = str(caught.value)
    assert text == f"{path}: start {start_s:g} s is outside the recording of 5 s"


def test_pause_and_go_on(make):
    source = make(100.0)
    chunks = source.chunks()
    next(chunks)
    source.pause(True)
    rest = []
    thread = threading.Thread(target=lambda: rest.extend(chunks), daemon=True)
    thread.start()
    thread.join(0.25)
    assert thread.is_alive()
    n_paused = len(rest)
    assert n_paused <= 1
    resumed = time.monotonic()
    source.pause(False)
    thread.join(10)
    assert not thread.is_alive()
    assert len(rest) == 39
    # the time spent pausing is not made up for in a rush
    assert time.monotonic() - resumed >= 0.04


@pytest.mark.parametrize("paused", [False, True])
def test_stop_ends_soon(make, paused):
    source = make(0.5)
    chunks = source.chunks()
    got = []
    thread = threading.Thread(target=lambda: got.extend(chunks), daemon=True)
    source.pause(paused)
    thread.start()
    time.sleep(0.05)
    source.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert len(got) <= 1


def test_a_file_may_be_held_up(make):
    assert make().can_wait
    assert make(4.0).speed == 4.0


@pytest.mark.parametrize("start_s", [-1.0, math.nan, math.inf, 1e300, 1e13])
def test_start_that_a_followed_recording_never_reaches(path, start_s):
    with pytest.raises(RecordingError, match="outside the recording"):
        ReplaySource(path, start_s=start_s, follow=True)
