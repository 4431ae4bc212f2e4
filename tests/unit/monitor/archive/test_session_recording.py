"""The recording's thread: what it promises when disks fail, fill up, or stand still."""

import os
import subprocess
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest

from core.config import RecordingSettings
from core.types import Chunk, DetectionStep, Gap
from monitor.archive.part_file import PartClosed
from monitor.archive.recording import SessionRecording
from monitor.orders import EquipmentReport
from tests.recorded_eeg import READERS, chunks, eeg, read_with, stream

TIMEOUT_S = 30


class Told(list):
    """What the desk hears."""

    @property
    def faults(self):
        return [message.fault for message in self if isinstance(message, EquipmentReport)]

    @property
    def closed(self):
        return [message.part for message in self if isinstance(message, PartClosed)]

    def wait_for(self, condition):
        deadline = time.monotonic() + TIMEOUT_S
        while not condition(self):
            assert time.monotonic() < deadline, list(self)
            time.sleep(0.01)


@contextmanager
def recording_in(folder, info=None, free=lambda _: 1e12, retry_s=0.05, **values):
    told = Told()
    recording = SessionRecording(
        folder,
        info or stream(3),
        run=1,
        first_part=1,
        settings=RecordingSettings(**values),
        tell=told.append,
        free=free,
        retry_s=retry_s,
    )
    recording.start()
    try:
        yield recording, told
    finally:
        recording.close()


def test_what_was_put_and_waited_for_is_on_the_disk(tmp_path):
    data = eeg(3, 256 * 5)
    with recording_in(tmp_path) as (recording, told):
        for k, chunk in enumerate(chunks(data, size=256), 1):
            recording.put(chunk, wait=True)
            assert read_with("pyedflib", tmp_path / "eeg.edf").data.shape == (3, 256 * k)
        recording.put(Gap(1280, 2000), wait=True)
        recording.annotate(256, "noted [log 3]", 1.0)
        recording.start()
        recording.close()
        recording.close()
        assert not recording.is_alive
        recording.put(chunks(data)[0], wait=True)  # nobody is there, and nobody waits
    assert (1.0, 1.0, "noted [log 3]") in read_with("edfio", tmp_path / "eeg.edf").annotations
    assert [part.n_samples for part in told.closed] == [1280]
    assert told.faults == []
    assert (recording.lost_s, recording.recorded_s) == (0, 5.0)
    assert recording.bytes_per_s == 3 * 256 * 2 + 1024


def test_probability_stands_at_its_place(tmp_path):
    with recording_in(tmp_path) as (recording, _):
        first, second = np.linspace(0, 1, 500, dtype="f4"), np.ones(300, dtype="f4")
        nothing = np.empty(0, dtype="f4")
        recording.put_probability(DetectionStep(0, first, second))
        recording.put_probability(DetectionStep(500, nothing, nothing))
        recording.put_probability(DetectionStep(300_000, second, nothing))
    path = tmp_path / "probability_run1.f32"
    found = np.fromfile(path, dtype="<f4")
    assert np.array_equal(found[:500], first)
    assert np.isnan(found[500:300_000]).all()
    assert np.array_equal(found[300_000:], second)
    assert path.stat().st_mode & 0o777 == 0o600


# disks -------------------------------------------------------------------------------------------


def test_a_disk_that_fails_is_told_and_tried_again_in_a_new_file(tmp_path, monkeypatch):
    data = eeg(3, 256 * 40)
    pieces = chunks(data, size=64)
    broken = threading.Event()
    real = os.pwrite

    def pwrite(handle, content, position):
        if broken.is_set():
            raise OSError(5, "Input/output error")
        return real(handle, content, position)

    monkeypatch.setattr(os, "pwrite", pwrite)
    with recording_in(tmp_path) as (recording, told):
        for chunk in pieces[:40]:
            recording.put(chunk, wait=True)
        broken.set()
        for chunk in pieces[40:60]:
            recording.put(chunk, wait=True)
        told.wait_for(lambda t: t.faults == ["EEG is not recorded: input/output error"])
        recording.put_probability(DetectionStep(0, np.ones(9, "f4"), np.empty(0, "f4")))
        recording.annotate(256 * 12, "while it was broken")
        time.sleep(0.1)
        broken.clear()
        for chunk in pieces[60:]:
            recording.put(chunk, wait=False)
            time.sleep(0.002)
        told.wait_for(lambda t: t.faults[-1] == "")
    assert told.faults == ["EEG is not recorded: input/output error", ""]
    first, second = told.closed
    assert first.n_samples == 256 * 10
    assert 256 * 15 <= second.start_sample < 256 * 30
    assert second.start_sample + second.n_samples == 256 * 40
    assert recording.lost_s == pytest.approx((second.start_sample - first.n_samples) / 256)
    found = read_with("mne", tmp_path / "eeg_part2.edf")
    kept = data[:, second.start_sample :]
    assert np.abs(found.data[:, : kept.shape[1]] - kept).max() <= 0.051
    texts = [text for _, _, text in found.annotations]
    assert f"Not recorded before, {recording.lost_s:.1f} s: input/output error" in texts
    assert any(text.startswith("while it was broken (") for text in texts)
    assert np.fromfile(tmp_path / "probability_run1.f32", "<f4").tolist() == [1.0] * 9


def test_a_folder_that_vanishes_does_not_stop_the_monitor(tmp_path):
    folder = tmp_path / "drive"
    with recording_in(folder, retry_s=0.0) as (recording, told):
        for chunk in chunks(eeg(3, 2560)):
            recording.put(chunk, wait=True)
        told.wait_for(lambda t: t.faults == ["EEG is not recorded: no such file or directory"])
        folder.mkdir()
        for chunk in chunks(eeg(3, 2560), 2560):
            recording.put(chunk, wait=True)
            time.sleep(0.002)
        told.wait_for(lambda t: t.faults[-1] == "")
    assert told.closed[0].start_sample + told.closed[0].n_samples == 5120
    assert recording.lost_s * 256 == told.closed[0].start_sample


def test_the_reserve_is_left_and_taken_up_again(tmp_path):
    room = [100e6]
    with recording_in(tmp_path, free=lambda _: room[0]) as (recording, told):
        for chunk in chunks(eeg(3, 1024)):
            recording.put(chunk, wait=False)
        told.wait_for(lambda t: t.faults == ["EEG is not recorded: disk full"])
        assert list(tmp_path.iterdir()) == []
        room[0] = 300e6
        time.sleep(0.1)
        for chunk in chunks(eeg(3, 2048), 1024):
            recording.put(chunk, wait=False)
        told.wait_for(lambda t: t.faults[-1] == "")
    assert told.closed[0].start_sample == 1024


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_disk_that_is_really_full(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)], check=False
    )
    if mounted.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        ballast = folder / "ballast"
        ballast.write_bytes(b"x" * 100_000)
        with recording_in(folder, reserve_mb=0.0) as (recording, told):
            position = 0
            for chunk in chunks(eeg(3, 256 * 200), size=128):
                recording.put(chunk, wait=True)
                position = chunk.stop_sample
                if told.faults:
                    break
            assert told.faults == ["EEG is not recorded: disk full"]
            for reader in READERS:
                n_samples = read_with(reader, folder / "eeg.edf").data.shape[1]
                assert position - n_samples <= 3 * 256
            ballast.unlink()
            time.sleep(0.1)
            for chunk in chunks(eeg(3, 256 * 20), position, size=128):
                recording.put(chunk, wait=True)
            told.wait_for(lambda t: t.faults[-1] == "")
        assert read_with("pyedflib", folder / "eeg_part2.edf").data.shape[1] >= 256 * 19
        assert told.closed[0].n_samples == n_samples
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_stands_still_holds_nobody_up(tmp_path, monkeypatch):
    gate = threading.Event()
    gate.set()
    monkeypatch.setattr("core.io.edf_writer._sync_data", lambda _: gate.wait(TIMEOUT_S))
    data = eeg(3, 256 * 80)
    pieces = chunks(data, size=32)
    with recording_in(tmp_path) as (recording, told):
        for chunk in pieces[: 8 * 5]:
            recording.put(chunk, wait=True)
        gate.clear()
        slowest = 0.0
        for chunk in pieces[8 * 5 : 8 * 50]:
            began = time.monotonic()
            recording.put(chunk, wait=False)
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < 1.0
        assert told.faults == ["EEG is not recorded: the disk does not keep up"]
        gate.set()
        time.sleep(0.3)
        for chunk in pieces[8 * 50 :]:
            recording.put(chunk, wait=True)
        told.wait_for(lambda t: t.faults[-1] == "")
    (part,) = told.closed
    assert part.n_samples == 256 * 80
    found = read_with("edfio", tmp_path / "eeg.edf")
    (gap,) = [a for a in found.annotations if a[2].startswith("GAP")]
    assert gap[2] == "GAP, not recorded: the disk does not keep up"
    assert 10 < gap[1] < 16
    assert recording.lost_s == pytest.approx(gap[1], abs=1e-3)
    start, stop = round(gap[0] * 256), round((gap[0] + gap[1]) * 256)
    assert np.abs(found.data[:, :start] - data[:, :start]).max() <= 0.051
    assert np.abs(found.data[:, stop:] - data[:, stop:]).max() <= 0.051
    assert np.ptp(found.data[:, start:stop], axis=1).max() == 0


def test_a_mistake_of_ours_is_told_and_does_not_end_the_monitor(tmp_path, monkeypatch):
    with recording_in(tmp_path, retry_s=60) as (recording, told):
        recording.put(Chunk(eeg(2, 300), 0), wait=True)  # a channel too few
        told.wait_for(lambda t: len(t.faults) == 1)
        recording.put(Chunk(eeg(3, 300), 300), wait=True)
        assert recording.is_alive
    assert told.faults[0].startswith("EEG is not recorded: ValueError")
    assert recording.lost_s == pytest.approx(600 / 256)


def test_probability_that_cannot_be_written_is_told_and_kept(tmp_path, monkeypatch):
    (tmp_path / "probability_run1.f32").mkdir()
    with recording_in(tmp_path) as (recording, told):
        step = DetectionStep(0, np.ones(9, "f4"), np.empty(0, "f4"))
        recording.put_probability(step)
        told.wait_for(lambda t: t.faults == ["Probability is not recorded: is a directory"])
        for chunk in chunks(eeg(3, 512)):
            recording.put(chunk, wait=True)
        (tmp_path / "probability_run1.f32").rmdir()
        recording.put_probability(DetectionStep(9, np.ones(1, "f4"), np.empty(0, "f4")))
    assert told.faults == ["Probability is not recorded: is a directory", ""]
    assert np.fromfile(tmp_path / "probability_run1.f32", "<f4").tolist() == [1.0] * 10
    assert [part.n_samples for part in told.closed] == [512]
