"""Recorded EEG and probability that were meddled with are found out."""

import shutil

import pytest

from core.simulate import simulate_recording
from tests.unit.monitor.archive.session_checks import faults, flip, only_fault

CHANGED = "eeg.edf: its records were changed after it was closed"


def annotated_file(session):
    """The file that tells of the first alarm: the one that was open when it was raised."""
    (path,) = [
        path for path in session.glob("eeg*.edf") if b"Alarm 1 raised [log " in path.read_bytes()
    ]
    return path


def test_an_annotation_that_was_changed(session):
    path = annotated_file(session)
    raw = path.read_bytes()
    assert raw.count(b"Alarm 1 raised [log ") == 1
    path.write_bytes(raw.replace(b"Alarm 1 raised", b"Alarm 9 raised"))
    first, second = faults(session)
    assert first == f"{path.name}: its records were changed after it was closed"
    assert second.startswith("row ")
    assert f"{path.name} says 'Alarm 9 raised" in second


def test_an_annotation_that_was_moved_or_removed(session):
    path = annotated_file(session)
    raw = path.read_bytes()
    place = raw.index(b"Alarm 1 raised [log ")
    start = raw.rindex(b"\x00", 0, place) + 1
    timing = raw[start : raw.index(b"\x14", start)]
    path.write_bytes(raw[:start] + timing[:-1] + b"9" + raw[start + len(timing) :])
    assert f"{path.name} puts it at" in faults(session)[1]
    stop = raw.index(b"\x00", place)
    path.write_bytes(raw[:start] + bytes(stop - start) + raw[stop:])
    assert "the EEG does not tell of it (Alarm 1 raised" in faults(session)[1]


def test_an_annotation_of_no_row(session):
    path = annotated_file(session)
    raw = path.read_bytes()
    place = raw.index(b"Alarm 1 raised [log ")
    stop = raw.index(b"]", place)
    number = raw[place + len(b"Alarm 1 raised [log ") : stop]
    other = b"3" * len(number)  # a row of another kind, or none
    path.write_bytes(raw[: stop - len(number)] + other + raw[stop:])
    found = faults(session)
    assert any(
        fault.startswith(f"row {other.decode()}: {path.name} tells of it") for fault in found
    )
    assert any(fault.startswith(f"row {number.decode()}: the EEG") for fault in found)


def test_the_eeg_of_another_session(session, tmp_path):
    other = simulate_recording(tmp_path / "other.edf", 2.0, 0, 0).edf_path
    shutil.copyfile(other, session / "eeg.edf")
    assert any("eeg.edf: its channels are" in fault for fault in faults(session))


@pytest.mark.parametrize("second", [0, 31, 71])
def test_a_sample_that_was_changed(session, second):
    path = session / "eeg.edf"
    record = (path.stat().st_size - 256 * 21) // 72
    flip(path, 256 * 21 + second * record + 2 * 256 * 5)
    assert only_fault(session) == CHANGED


@pytest.mark.parametrize("place", [8, 88, 244, 256 + 21 * 104, 256 + 21 * 112, 256 + 21 * 216])
def test_a_header_that_was_changed(session, place):
    """Patient, recording, duration, ranges: another range makes other microvolts of the samples."""
    raw = bytearray((session / "eeg.edf").read_bytes())
    raw[place] = ord("2") if raw[place] != ord("2") else ord("3")
    (session / "eeg.edf").write_bytes(raw)
    assert any("eeg.edf: " in fault for fault in faults(session))


def test_a_range_that_was_changed(session):
    raw = (session / "eeg.edf").read_bytes()
    at = 256 + 20 * 104 + 8  # of the second signal: 19 of EEG and one of annotations
    assert int(raw[252:256]) == 20
    wider = str(2 * float(raw[at : at + 8])).ljust(8)[:8].encode()
    (session / "eeg.edf").write_bytes(raw[:at] + wider + raw[at + 8 :])
    assert only_fault(session) == "eeg.edf: its header was changed after it was written"


@pytest.mark.parametrize(("count", "tail"), [("70", b""), ("-1", b""), ("72", b"x")])
def test_a_count_or_a_tail_that_was_changed(session, count, tail):
    raw = (session / "eeg.edf").read_bytes()
    assert int(raw[236:244]) == 72
    (session / "eeg.edf").write_bytes(raw[:236] + count.ljust(8).encode() + raw[244:] + tail)
    assert "than its header counts" in only_fault(session)


def test_records_put_behind_the_end(session):
    path = session / "eeg.edf"
    raw = path.read_bytes()
    record = (len(raw) - 256 * 21) // int(raw[236:244])
    grown = raw[:236] + str(int(raw[236:244]) + 1).ljust(8).encode() + raw[244:] + raw[-record:]
    path.write_bytes(grown)
    assert any("eeg.edf: holds 73 s, more than the 72 s" in fault for fault in faults(session))


def test_a_file_of_eeg_that_nobody_wrote(session):
    shutil.copyfile(session / "eeg.edf", session / "eeg_part3.edf")
    assert only_fault(session) == "eeg_part3.edf: the log does not tell of this file"


@pytest.mark.parametrize("place", [0, 1, 4 * 256 * 60, -1])
def test_a_probability_that_was_changed(session, place):
    flip(session / "probability_run1.f32", place)
    assert "probability_run1.f32: is not what the log says" in only_fault(session)


def test_a_probability_that_nobody_wrote(session):
    (session / "probability_run7.f32").write_bytes(bytes(8))
    assert only_fault(session) == "probability_run7.f32: the log does not tell of this file"
