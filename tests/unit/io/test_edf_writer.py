"""The writer of EDF+C: whole after every write; and the repair of what a cut has left."""

import os
from datetime import datetime
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RecordingError
from core.io.edf import open_recording
from core.io.edf_layout import RecordLayout, edf_labels, plan_records
from core.io.edf_repair import repair_edf
from core.io.edf_writer import EdfChannel, EdfWriter
from tests.recorded_eeg import READERS, read_with

START = datetime(2026, 11, 21, 22, 3, 4, 567000)
N = 16


def steps(n_records, n_channels=2, seed=0):
    shape = (n_channels, n_records * N)
    return np.random.default_rng(seed).integers(-32768, 32767, shape, np.int16, endpoint=True)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.edf"


@pytest.fixture
def make(path):
    files = []

    def open_writer(n_channels=2, **options):
        files.append(path.open("wb", buffering=0))
        channels = [EdfChannel(f"C{k + 1}") for k in range(n_channels)]
        options = {"layout": RecordLayout(N, "1"), "start_time": START, **options}
        return EdfWriter(files[-1], channels=channels, **options)

    yield open_writer
    for file in files:
        file.close()


@pytest.mark.parametrize("reader", READERS)
def test_the_file_is_whole_after_every_write(make, path, reader):
    writer, data = make(sync=True), steps(7)
    assert path.stat().st_size == 0
    stop = 0
    for count in (1, 2, 1, 3):
        writer.write(data[:, stop * N : (stop + count) * N])
        stop += count
        writer.annotate(stop - 0.5, f"second {stop}")
        found = read_with(reader, path)
        np.testing.assert_allclose(found.data, data[:, : stop * N] * 0.1, atol=1e-6)
        assert found.labels == ["C1", "C2"]
        assert len(found.annotations) == {1: 0, 3: 1, 4: 2, 7: 3}[stop]
        assert writer.n_bytes == path.stat().st_size
        assert writer.stop_s == stop


@pytest.mark.parametrize("reader", READERS)
def test_annotations_are_those_that_were_given(make, path, reader):
    writer = make()
    given_texts = [
        (0.0, None, "first"), (1.25, 2.5, "lasting"), (0.125, None, "late, of an earlier record"),
        (3.999999, 0.0, "Grüße, Ω"), (2.0, None, "a\x14b\x00c\nd"),
    ]  # fmt: skip
    writer.write(steps(1))
    for onset_s, duration_s, text in given_texts:
        writer.annotate(onset_s, text, duration_s)
    writer.write(steps(3))
    assert writer.n_waiting == 0
    expected = [(round(a, 4), b or 0.0, c) for a, b, c in given_texts[:4]]
    found = read_with(reader, path).annotations
    assert found == sorted([*expected, (2.0, 0.0, "a b c d")])


def test_what_does_not_fit_goes_into_the_records_that_follow(make, path):
    writer = make(annotation_bytes=64)
    for k in range(6):
        writer.annotate(0.0, f"remark {k} " + "x" * 18)
    writer.write(steps(3))
    assert writer.n_waiting == 3
    writer.write(steps(1))
    waiting = writer.take_waiting()
    assert [text[:8] for _, _, text in waiting] == ["remark 4", "remark 5"]
    assert writer.n_waiting == 0
    with open_recording(path) as recording:
        assert [a.text[:8] for a in recording.annotations] == [f"remark {k}" for k in range(4)]


@pytest.mark.parametrize("text", ["word " * 300, "ä" * 700, "\U0001f9e0" * 400])
def test_a_long_text_is_continued(make, path, text):
    writer = make()
    writer.annotate(0.5, text, 1.0)
    writer.write(steps(10))
    found = read_with("edfio", path).annotations
    with open_recording(path) as recording:
        assert "".join(a.text for a in recording.annotations) == text
    assert {(onset, duration) for onset, duration, _ in found} == {(0.5, 1.0)}
    assert len(found) > 1


def test_a_remark_on_what_is_to_come_waits_for_it(make, path):
    writer = make()
    writer.annotate(2.5, "later")
    writer.write(steps(2))
    assert writer.n_waiting == 1
    writer.write(steps(1))
    assert writer.n_waiting == 0
    assert read_with("edfio", path).annotations == [(2.5, 0.0, "later")]


def test_a_write_that_fails_counts_nothing_and_keeps_its_remarks(make, path, monkeypatch):
    writer = make()
    writer.write(steps(2))
    whole = path.read_bytes()
    writer.annotate(1.0, "kept")
    real, written = os.pwrite, []

    def pwrite(fd, content, position):
        if written:
            raise OSError(28, "No space left on device")
        written.append(real(fd, bytes(content)[:100], position))
        return written[0]

    monkeypatch.setattr(os, "pwrite", pwrite)
    with pytest.raises(OSError, match="No space"):
        writer.write(steps(1))
    monkeypatch.undo()
    assert (writer.n_records, writer.n_waiting) == (2, 1)
    assert path.read_bytes()[: len(whole)] == whole
    writer.write(steps(1, seed=1))
    assert read_with("pyedflib", path).annotations == [(1.0, 0.0, "kept")]


def test_records_are_on_the_disk_before_they_are_counted(make, monkeypatch):
    happened = []
    real = os.pwrite
    monkeypatch.setattr(
        os, "pwrite", lambda fd, b, at: (happened.append(("write", at)), real(fd, b, at))[1]
    )
    monkeypatch.setattr("core.io.edf_writer._sync_data", lambda _: happened.append("sync"))
    writer = make(sync=True)
    writer.write(steps(1))
    end = writer.n_bytes
    writer.write(steps(1))
    assert happened == [("write", 0), "sync", ("write", end), "sync", ("write", 236)]


@pytest.mark.parametrize("start", [None, datetime(1984, 12, 31), datetime(2085, 1, 1)])
def test_a_start_that_cannot_be_written_is_withheld(make, path, start):
    make(start_time=start).write(steps(1))
    with open_recording(path) as recording:
        assert recording.info.start_time is None
    assert read_with("pyedflib", path).data.shape == (2, N)


def test_the_start_and_no_patient_are_in_the_header(make, path):
    make(recording="X X Vigil").write(steps(1))
    raw = path.read_bytes()
    assert raw[8:88].decode().strip() == "X X X X"
    assert raw[88:168].decode().strip() == "Startdate 21-NOV-2026 X X Vigil"
    with open_recording(path) as recording:
        assert recording.info.start_time == START.replace(microsecond=0)


def test_a_field_that_is_too_long_is_refused(path):
    with path.open("wb", buffering=0) as file, pytest.raises(ValueError, match="16 characters"):
        EdfWriter(
            file,
            channels=[EdfChannel("x" * 17)],
            layout=RecordLayout(N, "1"),
            start_time=None,
        )


# lengths of records and labels -------------------------------------------------------------------


@pytest.mark.parametrize(
    "sfreq",
    [1.0, 2.5, 19.3, 100.0, 199.99, 256.0, 499.7, 512.5, 1024.0, 1000 / 3, 16384.0, 4999.99],
)
def test_records_last_a_second_at_most_and_tell_the_rate(sfreq):
    layout = plan_records(sfreq)
    assert len(layout.record_s) <= 8
    seconds = Fraction(layout.record_s)
    assert 0.5 <= seconds <= 1
    assert abs(layout.n_samples / seconds / Fraction(sfreq) - 1) < (1e-8 if sfreq > 100 else 1e-6)


def test_a_very_slow_rate_has_longer_records():
    assert plan_records(0.25) == RecordLayout(1, "4")


@pytest.mark.parametrize("sfreq", [0.0, -1.0, float("nan"), 2e6])
def test_a_rate_that_is_none_is_refused(sfreq):
    with pytest.raises(ValueError, match="sampling rate"):
        plan_records(sfreq)


def test_labels():
    names = ["Fp1", "EEG Fp1-REF", "Größe µV", "脳", "", "Fp1", "fp1", "x" * 30, "x" * 31,
             "EDF Annotations", "a\tb"]  # fmt: skip
    assert edf_labels(names) == (
        "Fp1", "EEG Fp1-REF", "Gro_e uV", "CH4", "CH5", "Fp1~2", "fp1~3",
        "x" * 16, "x" * 14 + "~2", "EDF Annotation~2", "a_b",
    )  # fmt: skip


@given(st.lists(st.text(max_size=25), max_size=40))
def test_labels_fit_and_differ(names):
    labels = edf_labels(names)
    assert len(labels) == len(names)
    assert all(label.isascii() and 0 < len(label) <= 16 for label in labels)
    assert all(label == label.strip() and label.isprintable() for label in labels)
    assert len({label.upper() for label in labels}) == len(labels)
    assert "EDF ANNOTATIONS" not in {label.upper() for label in labels}


# repair ------------------------------------------------------------------------------------------


@pytest.fixture
def whole(make, path):
    writer = make(annotation_bytes=64)
    for k in range(5):
        writer.annotate(k + 0.5, f"remark {k}")
    writer.write(steps(5))
    return path.read_bytes()


RECORD = 2 * 2 * N + 64


def test_a_whole_file_is_left_alone(whole, path):
    before = path.stat().st_mtime_ns
    repair = repair_edf(path)
    assert not repair.changed
    assert (repair.n_records, repair.missing_records, repair.cut_bytes) == (5, 0, 0)
    assert str(repair) == "x.edf: whole, 5 records"
    assert path.stat().st_mtime_ns == before


def test_cut_at_every_byte_of_the_last_two_records(whole, path):
    for cut in range(1, 2 * RECORD + 1):
        path.write_bytes(whole[:-cut])
        repair = repair_edf(path)
        n_left = 5 - -(-cut // RECORD)
        assert repair.n_records == n_left
        assert repair.missing_records == 5 - n_left
        assert repair.cut_bytes == -cut % RECORD
        assert path.stat().st_size == len(whole) - (5 - n_left) * RECORD
        assert path.read_bytes()[256:] == whole[256 : path.stat().st_size]
        assert not repair_edf(path).changed
        with open_recording(path) as recording:
            assert recording.complete
            assert len(recording.annotations) == n_left
        if cut % 37 == 1:
            for reader in READERS:
                found = read_with(reader, path)
                assert found.data.shape == (2, n_left * N)
                assert len(found.annotations) == n_left


def test_more_than_was_counted_is_counted(whole, path):
    counted = whole[:236] + b"3       " + whole[244:]
    path.write_bytes(counted + b"\x01" * 10)
    repair = repair_edf(path)
    assert str(repair) == (
        "x.edf: 5 whole records, the header counted 3; a torn one of 10 bytes was cut off"
    )
    assert path.read_bytes() == whole


def test_nothing_left_but_the_header(whole, path):
    path.write_bytes(whole[: 256 * 4 + 5])
    repair = repair_edf(path)
    assert (repair.n_records, repair.cut_bytes) == (0, 5)


@pytest.mark.parametrize("length", [0, 100, 300])
def test_a_header_that_is_cut_cannot_be_repaired(whole, path, length):
    path.write_bytes(whole[:length])
    with pytest.raises(RecordingError, match=r"x\.edf"):
        repair_edf(path)


def test_a_file_that_is_not_there(path):
    with pytest.raises(RecordingError, match="cannot be repaired"):
        repair_edf(path)
