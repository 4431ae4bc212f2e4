"""The pipeline with a recording: what was seen is what is kept."""

import numpy as np
import pytest

from core.config import Config
from core.electrodes import ELECTRODES
from core.errors import SignalError
from core.types import StreamInfo
from monitor.archive.part_recovery import part_paths
from monitor.archive.recording import SessionRecording
from monitor.disk import DiskWatch
from monitor.worker import Pipeline
from tests.monitor_fakes import AmplitudeScorer, BrokenScorer, MemorySource, Notes, bursts
from tests.recorded_eeg import read_with

TIMEOUT_S = 60


class Keeper(Notes):
    """A recorder that also writes into the EEG, as the session's does."""

    def __init__(self, recording):
        super().__init__()
        self.recording = recording
        self.said = []

    def record(self, *steps):
        super().record(*steps)
        for step in steps:
            text = f"Seizure alarm {step.alarm.alarm_id} {step.transition.value}"
            self.said.append(text)
            self.recording.annotate(step.alarm.onset_sample, text)


def start(tmp_path, source, scorer=None, disk=None, first_alarm_id=1):
    config = Config()
    recording = SessionRecording(
        tmp_path,
        source.info,
        run=2,
        first_part=3,
        settings=config.recording,
        free=lambda _: 1e12,
    )
    keeper = Keeper(recording)
    pipeline = Pipeline(
        source,
        config,
        scorer or AmplitudeScorer(),
        keeper,
        keeper,
        disk,
        first_alarm_id=first_alarm_id,
        recording=recording,
    )
    pipeline.start()
    return pipeline, keeper, recording


@pytest.mark.parametrize("can_wait", [True, False])
def test_signal_probability_and_alarms_are_kept(tmp_path, can_wait):
    data = bursts(256 * 115 + 77, at_s=[(25, 32), (70, 90)])
    source = MemorySource([(0, data)], can_wait=can_wait, pause_s=0.0 if can_wait else 0.002)
    pipeline, keeper, recording = start(tmp_path, source, first_alarm_id=8)
    assert pipeline.join(TIMEOUT_S)
    assert not recording.is_alive
    found = read_with("mne", tmp_path / "eeg_part3.edf")
    assert np.abs(found.data[:, : data.shape[1]] - data).max() <= 0.051
    assert found.labels == list(ELECTRODES)
    texts = [text for _, _, text in found.annotations]
    assert [text for text in keeper.said if text not in texts] == []
    assert keeper.said[0] == "Seizure alarm 8 raised"
    assert [(part.number, part.n_samples) for part in keeper.opened] == [(3, None)]
    assert [(part.run, part.n_samples) for part in keeper.closed] == [(2, data.shape[1])]
    kept = np.fromfile(tmp_path / "probability_run2.f32", "<f4")
    assert len(kept) == pipeline.detection.n_samples
    assert np.nanmax(kept) > 0.9
    (first, *_) = keeper.delays
    assert (first.key, first.sample) == ("seizure 8", keeper.steps[0].at_sample)
    assert 0 < first.condition_s < 70


def test_gaps_of_the_stream_are_gaps_of_the_recording(tmp_path):
    pieces = [
        (0, bursts(256 * 30)),
        (256 * 40, bursts(256 * 20, seed=1)),
        (256 * 200, bursts(256 * 65, seed=2)),
    ]
    pipeline, keeper, recording = start(tmp_path, MemorySource(pieces))
    assert pipeline.join(TIMEOUT_S)
    assert [(p.start_sample, p.n_samples) for p in keeper.closed] == [
        (0, 256 * 60), (256 * 200, 256 * 65),
    ]  # fmt: skip
    texts = read_with("edfio", tmp_path / "eeg_part3.edf").annotations
    assert (30.0, 10.0, "GAP") in texts
    kept = np.fromfile(tmp_path / "probability_run2.f32", "<f4")
    assert len(kept) == 256 * 265
    assert np.isnan(kept[256 * 31 : 256 * 39]).all()
    assert recording.lost_s == 0


def test_the_raw_stream_is_kept_with_all_its_channels_and_rate(tmp_path):
    data = bursts(500 * 65, 500.0, n_channels=21)
    info = StreamInfo((*ELECTRODES, "ECG", "Grüße"), 500.0, name="memory")
    pipeline, keeper, _ = start(tmp_path, MemorySource([(0, data)], info=info))
    assert pipeline.join(TIMEOUT_S)
    found = read_with("pyedflib", tmp_path / "eeg_part3.edf")
    assert (found.sfreq, found.labels[-2:]) == (500, ["ECG", "Gru_e"])
    assert np.abs(found.data - data).max() <= 0.051
    assert keeper.closed[0].ch_names == info.ch_names


def test_the_operator_is_attended_to_until_the_recording_is_closed(tmp_path):
    source = MemorySource([(0, bursts(256 * 65))])
    config = Config()
    recording = SessionRecording(
        tmp_path, source.info, run=1, first_part=1, settings=config.recording, free=lambda _: 1e12
    )
    keeper = Keeper(recording)
    pipeline = Pipeline(source, config, AmplitudeScorer(), keeper, keeper, recording=recording)
    pipeline.start(stay=True)
    while not pipeline.has_ended:
        assert not pipeline.join(0.05)
    assert recording.is_alive
    assert keeper.closed == []
    pipeline.leave()
    assert pipeline.join(TIMEOUT_S)
    assert len(keeper.closed) == 1


def test_a_network_that_fails_leaves_the_recording_whole(tmp_path):
    source = MemorySource([(0, bursts(256 * 400))])
    scorer = BrokenScorer(SignalError("out of order"), at=2)
    pipeline, keeper, recording = start(tmp_path, source, scorer)
    with pytest.raises(SignalError, match="out of order"):
        pipeline.join(TIMEOUT_S)
    assert not recording.is_alive
    (part,) = keeper.closed
    assert part.n_samples >= 256 * 80
    assert read_with("pyedflib", tmp_path / part.file).data.shape[1] >= part.n_samples


def test_a_log_that_fails_leaves_the_recording_whole(tmp_path):
    source = MemorySource([(0, bursts(256 * 400, at_s=[(25, 32)]))])
    pipeline, keeper, recording = start(tmp_path, source)

    def fail(*steps):
        raise SignalError("disk is full")

    keeper.record = fail
    with pytest.raises(SignalError, match="disk is full"):
        pipeline.join(TIMEOUT_S)
    assert not recording.is_alive
    assert read_with("pyedflib", tmp_path / "eeg_part3.edf").data.shape[1] >= 256 * 40


def test_a_disk_that_takes_nothing_is_an_alarm_and_detection_goes_on(tmp_path):
    source = MemorySource([(0, bursts(256 * 115, at_s=[(25, 32), (70, 90)]))])
    pipeline, keeper, recording = start(tmp_path / "gone", source)
    assert pipeline.join(TIMEOUT_S)
    assert len(pipeline.detection.events) == 2
    assert [(a.key, a.text, a.active) for a in keeper.technical] == [
        ("recording", "EEG is not recorded: no such file or directory", True)
    ]
    assert recording.lost_s == pytest.approx(115, abs=0.01)


def test_hours_left_are_known_from_the_start(tmp_path):
    free = 1.5e9
    disk = DiskWatch(tmp_path, lambda _: free)
    info = StreamInfo(tuple(f"X{k}" for k in range(237)) + ELECTRODES, 4096.0)
    source = MemorySource([(0, bursts(4096, 4096.0, n_channels=256))], info=info, sfreq=4096.0)
    pipeline, keeper, recording = start(tmp_path, source, disk=disk)
    assert pipeline.join(TIMEOUT_S)
    assert free / recording.bytes_per_s / 3600 < 2
    assert [(a.key, a.text) for a in keeper.technical if a.key == "disk"] == [
        ("disk", "Disk almost full: 1.5 GB left, for less than 1 h at the current rate")
    ]
    assert len(part_paths(tmp_path)) == 1
