"""What is in the files of EEG: samples, gaps, remarks."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.io.edf import open_recording
from core.types import Chunk
from monitor.archive.part_recovery import part_paths
from tests.recorded_eeg import READERS, eeg, read_with, stream
from tests.unit.monitor.archive.kept_parts import Kept, record, texts

START = datetime(2026, 11, 21, 23, 59, 58, 750000)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("sfreq", [200.0, 256.0, 499.7, 1024.0])
@pytest.mark.parametrize("n_channels", [19, 64])
def test_every_reader_gets_the_samples_and_remarks(tmp_path, reader, sfreq, n_channels):
    info = stream(n_channels, sfreq, start_time=START)
    data = eeg(n_channels, round(5.3 * sfreq), offset_uv=1000.0)
    parts = Kept(tmp_path, info)
    parts.take((0, data[:, : round(3 * sfreq)]))
    parts.annotate(1.5, "Seizure alarm 1 raised [log 17]", 2.0)
    parts.annotate(2.25, "Bemerkung: Zucken, ü")
    parts.take((round(3 * sfreq), data[:, round(3 * sfreq) :]))
    parts.close()
    found = read_with(reader, tmp_path / "eeg.edf")
    n = data.shape[1]
    assert np.abs(found.data[:, :n] - data).max() <= 0.0501
    assert np.ptp(found.data[:, n - 1 :], axis=1).max() == 0
    assert found.sfreq == pytest.approx(sfreq, rel=1e-8)
    assert found.labels == list(info.ch_names)
    rest_s = found.data.shape[1] / sfreq - n / sfreq
    expected = [
        (0.0, 0.0, "Recording starts 2026-11-21T23:59:58.750000"),
        (1.5, 2.0, "Seizure alarm 1 raised [log 17]"),
        (2.25, 0.0, "Bemerkung: Zucken, ü"),
        (n / sfreq, rest_s, "Recording ends"),
    ]
    # mne ends what lasts to the end of the file with its last sample
    tolerance = 1.1 / sfreq if reader == "mne" else 1e-4
    for (onset_s, duration_s, text), (due_s, lasts_s, words) in zip(
        found.annotations, expected, strict=True
    ):
        assert text == words
        assert (onset_s, duration_s) == pytest.approx((due_s, lasts_s), abs=tolerance)
    (part,) = parts.closed
    assert (part.n_samples, part.start_time, part.sfreq_hz) == (n, START, sfreq)
    assert (parts.n_lost, parts.n_recorded) == (0, found.data.shape[1])


def test_a_16_bit_source_keeps_its_digital_values(tmp_path):
    rng = np.random.default_rng(0)
    digital = rng.integers(-32768, 32767, (2, 1024), endpoint=True)
    digital[:, :2] = -32768, 32767
    gain = 10000 / 65535
    data = (digital * gain + (-5000 + 32768 * gain)).astype(np.float32)
    known = {"physical_min_uv": (-5000.0,) * 2, "physical_max_uv": (5000.0,) * 2}
    record(tmp_path, [(0, data)], stream(2, **known))
    raw = (tmp_path / "eeg.edf").read_bytes()[256 * 4 :]
    records = np.frombuffer(raw, "<i2").reshape(4, -1)[:, :512].reshape(4, 2, 256)
    assert np.array_equal(records.swapaxes(0, 1).reshape(2, -1), digital)


@given(st.lists(st.integers(1, 700), min_size=1, max_size=40))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_chunks_give_the_same_bytes(tmp_path_factory, sizes):
    data = eeg(2, 8000, offset_uv=500.0)
    data[0, 3000:5000] += 20000.0
    data[1, 4100:4200] += 9000.0
    pieces = [(0, data[:, :2500]), (2900, data[:, 2500:6000]), (30000, data[:, 6000:])]
    settings_ = {"part_mb": 1.0, "part_hours": 0.01}
    info = stream(2, 100.0, start_time=START)

    def files(cut):
        folder = tmp_path_factory.mktemp("cut")
        parts = Kept(folder, info, **settings_)
        for start, piece in pieces:
            for chunk in cut(piece, start):
                parts.push(chunk)
        parts.close()
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def cut(piece, start):
        position, k = 0, 0
        while position < piece.shape[1]:
            n = sizes[k % len(sizes)]
            yield Chunk(piece[:, position : position + n], start + position)
            position, k = position + n, k + 1

    whole = files(lambda piece, start: [Chunk(piece, start)])
    assert len(whole) == 3
    assert files(cut) == whole


# gaps --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.25, 1.0, 30.0, 60.0])
def test_a_short_gap_is_filled_and_told(tmp_path, seconds):
    before, after = eeg(3, 1000), eeg(3, 1000, seed=1)
    n_gap = round(seconds * 256)
    parts = record(tmp_path, [(0, before), (1000 + n_gap, after)])
    for reader in READERS:
        found = read_with(reader, tmp_path / "eeg.edf")
        assert np.abs(found.data[:, :1000] - before).max() <= 0.051
        assert np.abs(found.data[:, 1000 + n_gap :][:, :1000] - after).max() <= 0.051
        gap = found.data[:, 1000 : 1000 + n_gap]
        assert np.array_equal(gap, np.repeat(found.data[:, 999:1000], n_gap, axis=1))
        assert (round(1000 / 256, 4), seconds, "GAP") in found.annotations
    assert [part.n_samples for part in parts.closed] == [2000 + n_gap]


@pytest.mark.parametrize("seconds", [60.01, 70.0, 3 * 3600.0])
@pytest.mark.parametrize("n_before", [1000, 1024])
def test_a_long_gap_begins_a_new_file_with_its_own_start(tmp_path, seconds, n_before):
    start = n_before + round(seconds * 256)
    info = stream(3, start_time=START)
    parts = record(tmp_path, [(0, eeg(3, n_before)), (start, eeg(3, 1000, seed=1))], info)
    first, second = parts.closed
    assert (first.n_samples, second.n_samples, second.start_sample) == (n_before, 1000, start)
    assert second.start_time == START + timedelta(seconds=start / 256)
    assert [path.name for path in part_paths(tmp_path)] == ["eeg.edf", "eeg_part2.edf"]
    found = read_with("pyedflib", tmp_path / "eeg_part2.edf")
    assert np.abs(found.data[:, :1000] - eeg(3, 1000, seed=1)).max() <= 0.051
    assert texts(tmp_path / "eeg_part2.edf")[0][2].endswith(second.start_time.isoformat())
    ends = [text for _, _, text in texts(tmp_path / "eeg.edf")]
    assert ("Recording ends" in ends) is (n_before % 256 != 0)
    with open_recording(tmp_path / "eeg_part2.edf") as recording:
        assert recording.info.start_time == second.start_time.replace(microsecond=0)


def test_what_was_recorded_already_is_not_recorded_twice(tmp_path):
    data = eeg(3, 1000)
    parts = Kept(tmp_path, stream(3))
    parts.push(Chunk(data[:, :700], 0))
    parts.push(Chunk(data[:, 600:], 600))
    parts.push(Chunk(data[:, :100], 0))
    parts.close()
    assert np.abs(read_with("edfio", tmp_path / "eeg.edf").data[:, :1000] - data).max() <= 0.051


def test_samples_that_were_not_measured_are_told(tmp_path):
    data, valid = eeg(3, 1024), np.ones((3, 1024), dtype=bool)
    valid[1, 300:310] = False
    data[1, 300:310] = np.nan
    parts = Kept(tmp_path, stream(3))
    parts.push(Chunk(data, 0, valid))
    parts.close()
    assert (1.0, 1.0, "INVALID C2") in texts(tmp_path / "eeg.edf")
    assert np.isfinite(read_with("edfio", tmp_path / "eeg.edf").data).all()


# remarks -----------------------------------------------------------------------------------------


def test_a_remark_from_before_the_file_goes_to_its_beginning(tmp_path):
    parts = Kept(tmp_path, stream(3, 100.0), part_hours=0.01)
    parts.take((0, eeg(3, 3650)))
    parts.annotate(35.5, "Seizure alarm 1 raised [log 5]", 3.0)
    parts.take((3650, eeg(3, 500)))
    parts.close()
    for reader in READERS:
        found = texts(tmp_path / "eeg_part2.edf", reader)
        due = "Seizure alarm 1 raised [log 5] (0.5 s before this file begins)"
        assert (0.0, 3.0, due) in found


@pytest.mark.parametrize("n_samples", [1000, 1024])
def test_remarks_behind_the_end_are_brought_to_it(tmp_path, n_samples):
    parts = Kept(tmp_path, stream(3))
    parts.take((0, eeg(3, n_samples)))
    for k in range(30):
        parts.annotate(3.0, f"an old one {k} " + "x" * 50)
    parts.annotate(3600.0, "the end")
    parts.close()
    (part,) = parts.closed
    assert part.n_samples == n_samples
    for reader in READERS:
        found = texts(tmp_path / "eeg.edf", reader)
        assert sum(text.startswith("an old one") for _, _, text in found) == 30
        (last,) = [(onset, text) for onset, _, text in found if text.startswith("the end")]
        assert last[0] == pytest.approx((n_samples - 1) / 256, abs=1e-4)
        assert last[1] == f"the end ({3600 - n_samples / 256:.1f} s after the EEG ends)"
        assert [text for _, _, text in found].count("Recording ends") == 1


def test_remarks_wait_for_the_first_file(tmp_path):
    parts = Kept(tmp_path, stream(3))
    parts.annotate(0.0, "early")
    parts.annotate(1.5, "in time")
    parts.take((0, eeg(3, 1024)))
    parts.close()
    assert texts(tmp_path / "eeg.edf")[1:] == [(0.0, 0.0, "early"), (1.5, 0.0, "in time")]
