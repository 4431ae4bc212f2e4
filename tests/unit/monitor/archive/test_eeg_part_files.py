"""Where one file of EEG ends and the next begins: length, size, range, failing disks."""

import stat

import numpy as np
import pytest

from core.types import Chunk
from monitor.archive.part_file import PartOpened
from monitor.archive.part_recovery import next_part_number, part_paths, recover_parts
from tests.recorded_eeg import eeg, read_with, stream
from tests.unit.monitor.archive.kept_parts import Kept, record, texts


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
