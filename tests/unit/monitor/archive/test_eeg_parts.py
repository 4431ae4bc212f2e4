"""Files of EEG: what is in them, where one ends and the next begins."""

import stat
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.config import RecordingSettings
from core.io.edf import open_recording
from core.types import Chunk
from monitor.archive.eeg_parts import EegParts
from monitor.archive.part_file import PartClosed, PartOpened
from monitor.archive.part_recovery import next_part_number, part_paths, recover_parts
from tests.recorded_eeg import READERS, chunks, eeg, read_with, stream

START = datetime(2026, 11, 21, 23, 59, 58, 750000)


class Kept(EegParts):
    """With what it told."""

    def __init__(self, folder, info, *, first_part=1, free=lambda _: 1e12, **values):
        self.told = []
        super().__init__(
            folder,
            info,
            run=1,
            first_part=first_part,
            settings=RecordingSettings(**values),
            tell=self.told.append,
            free=free,
        )

    def take(self, *pieces, size=100):
        """Push ``(start, data)`` in chunks."""
        for start, data in pieces:
            for chunk in chunks(data, start, size):
                self.push(chunk)

    @property
    def closed(self):
        return [message.part for message in self.told if isinstance(message, PartClosed)]


def record(folder, pieces, info=None, size=100, **values):
    parts = Kept(folder, info or stream(pieces[0][1].shape[0]), **values)
    parts.take(*pieces, size=size)
    parts.close()
    return parts


def texts(path, reader="edfio"):
    return [
        (onset, duration, text) for onset, duration, text in read_with(reader, path).annotations
    ]


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


# new files ---------------------------------------------------------------------------------------


def test_files_are_as_long_as_is_set(tmp_path):
    data = eeg(2, 100 * 100)
    parts = record(tmp_path, [(0, data)], stream(2, 100.0), part_hours=0.01)
    assert [part.n_samples for part in parts.closed] == [3600, 3600, 2800]
    assert [part.start_sample for part in parts.closed] == [0, 3600, 7200]
    read = [read_with("mne", path).data for path in part_paths(tmp_path)]
    assert np.abs(np.concatenate(read, axis=1) - data).max() <= 0.051
    told = [(type(message).__name__, message.part.number) for message in parts.told]
    assert told == [(name, k) for k in (1, 2, 3) for name in ("PartOpened", "PartClosed")]


def test_files_are_as_large_as_is_set(tmp_path):
    parts = record(tmp_path, [(0, eeg(64, 20480))], stream(64, 1024.0), part_mb=1.0)
    assert [part.n_samples for part in parts.closed] == [8192, 8192, 4096]
    assert all(path.stat().st_size < 1.1e6 for path in part_paths(tmp_path))


def test_a_file_that_is_there_is_never_written_over(tmp_path):
    (tmp_path / "eeg.edf").write_bytes(b"precious")
    (tmp_path / "eeg_part2.edf").write_bytes(b"precious")
    assert next_part_number(tmp_path) == 3
    parts = record(tmp_path, [(0, eeg(3, 300))])
    assert [part.number for part in parts.closed] == [3]
    assert (tmp_path / "eeg.edf").read_bytes() == b"precious"


def test_files_belong_to_their_owner_and_no_draft_stays(tmp_path):
    parts = Kept(tmp_path, stream(3), first_part=4)
    parts.push(Chunk(eeg(3, 200), 0))
    assert parts.told == []
    parts.push(Chunk(eeg(3, 200), 200))
    (opened,) = parts.told
    assert isinstance(opened, PartOpened)
    assert (opened.part.file, opened.part.n_samples) == ("eeg_part4.edf", None)
    assert [path.name for path in tmp_path.iterdir()] == ["eeg_part4.edf"]
    assert stat.S_IMODE((tmp_path / "eeg_part4.edf").stat().st_mode) == 0o600
    parts.close()


def test_nothing_recorded_is_no_file(tmp_path):
    parts = Kept(tmp_path, stream(3))
    parts.annotate(1.0, "nobody there")
    parts.close()
    assert list(tmp_path.iterdir()) == []
    assert parts.told == []


# range -------------------------------------------------------------------------------------------


def test_a_channel_that_stays_outside_its_range_gets_a_new_file(tmp_path):
    data = eeg(3, 256 * 10)
    data[1, 256 * 4 + 100 :] += 30000.0
    parts = record(tmp_path, [(0, data)])
    assert [part.n_samples for part in parts.closed] == [256 * 5, 256 * 5]
    first, second = (read_with("edfio", path) for path in part_paths(tmp_path))
    joined = np.concatenate([first.data, second.data], axis=1)
    good = np.ones(256 * 10, dtype=bool)
    good[256 * 4 + 100 : 256 * 5] = False
    assert np.abs(joined[:, good] - data[:, good]).max() <= 0.051
    assert (4.0, 1.0, "CLIPPED C2") in first.annotations
    assert [text for _, _, text in second.annotations] == ["Recording starts at an unknown time"]


def test_a_channel_that_jumps_to_and_fro_gets_a_file_a_minute_at_most(tmp_path):
    data = eeg(2, 100 * 200)
    for k in range(0, 200, 5):
        data[0, 100 * k : 100 * (k + 2)] += 20000.0
    parts = record(tmp_path, [(0, data)], stream(2, 100.0))
    starts_s = [part.start_sample / 100 for part in parts.closed]
    assert len(starts_s) == 5
    assert np.diff(starts_s[1:]).min() >= 60
    assert any(text == "CLIPPED C1" for path in part_paths(tmp_path) for _, _, text in texts(path))


def test_clipping_all_night_is_told_once_a_minute(tmp_path):
    data = eeg(2, 100 * 300)
    data[0, ::3] += 20000.0
    (part,) = record(tmp_path, [(0, data)], stream(2, 100.0)).closed
    assert part.n_samples == 30000
    clipped = [
        (onset, lasts) for onset, lasts, text in texts(tmp_path / "eeg.edf") if "CLIP" in text
    ]
    assert clipped == [(0, 1), (1, 60), (61, 60), (121, 60), (181, 60), (241, 59)]


def test_many_channels_are_counted(tmp_path):
    data = eeg(12, 400)
    data[:11, 150] = 9e4
    record(tmp_path, [(0, data)], stream(12, 100.0))
    found = [text for _, _, text in texts(tmp_path / "eeg.edf") if "CLIP" in text]
    assert found == ["CLIPPED C1, C2, C3, C4, C5, C6, C7, C8 and 3 more"]


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


# disks -------------------------------------------------------------------------------------------


def _fail(handle):
    raise OSError("pulled out")


def test_after_an_error_the_next_file_tells_what_was_lost(tmp_path, monkeypatch):
    parts = Kept(tmp_path, stream(3))
    data = eeg(3, 256 * 20)
    parts.take((0, data[:, :1000]))
    parts.annotate(3.5, "waits")
    monkeypatch.setattr("core.io.edf_writer._sync_data", _fail)
    with pytest.raises(OSError, match="pulled out"):
        parts.take((1000, data[:, 1000:1100]))
    parts.abandon(1100, "disk full")
    monkeypatch.undo()
    parts.lose(1100, 2000, "disk full")
    parts.take((2000, data[:, 2000:]))
    parts.close()
    first, second = parts.closed
    assert first.n_samples == 768
    assert second.start_sample == 2000
    assert parts.n_lost == 2000 - 768
    assert read_with("pyedflib", tmp_path / "eeg.edf").data.shape == (3, 768)
    found = [text for _, _, text in texts(tmp_path / "eeg_part2.edf")]
    assert f"Not recorded before, {(2000 - 768) / 256:.1f} s: disk full" in found
    assert "waits (4.3 s before this file begins)" in found


def test_signal_left_out_within_a_file_is_a_gap_with_its_reason(tmp_path):
    parts = Kept(tmp_path, stream(3))
    parts.take((0, eeg(3, 1000)))
    parts.lose(1000, 1512, "the disk does not keep up")
    parts.take((1512, eeg(3, 1000)))
    parts.close()
    gap = (round(1000 / 256, 4), 2.0, "GAP, not recorded: the disk does not keep up")
    assert gap in texts(tmp_path / "eeg.edf")
    assert parts.n_lost == 512


def test_the_reserve_is_left_free(tmp_path):
    room = iter([300e6, 150e6])
    parts = Kept(tmp_path, stream(64, 1024.0), free=lambda _: next(room))
    parts.take((0, eeg(64, 1024 * 30)))
    with pytest.raises(OSError, match="No space left"):
        parts.take((1024 * 30, eeg(64, 1024 * 10)), size=1024)
    parts.abandon(1024 * 40, "disk full")
    assert [part.n_samples for part in parts.closed] == [30 * 1024]


def test_recovery_makes_all_files_whole(tmp_path):
    record(tmp_path, [(0, eeg(2, 100 * 80))], stream(2, 100.0), part_hours=0.01)
    torn = tmp_path / "eeg_part3.edf"
    torn.write_bytes(torn.read_bytes()[:-7])
    (tmp_path / "eeg_part4.edf.draft").write_bytes(b"0")
    (tmp_path / "eeg_part07.edf").write_bytes(b"not ours")
    repairs = recover_parts(tmp_path)
    assert [(r.path.name, r.n_records, r.changed) for r in repairs] == [
        ("eeg.edf", 36, False), ("eeg_part2.edf", 36, False), ("eeg_part3.edf", 7, True),
    ]  # fmt: skip
    assert not list(tmp_path.glob("*.draft"))
    assert read_with("pyedflib", torn).data.shape == (2, 700)
