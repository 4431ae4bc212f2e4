"""Every kind of broken file ends in one clear line."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import RecordingError
from core.io.edf import open_recording
from core.stream import concatenate
from tests.edf_files import Signal, edf_bytes

RECORD = 2 * 2 * 100


def signals(**overrides):
    ramp = np.arange(500)
    return [Signal("Fp1", ramp), Signal("F3", -ramp, overrides=overrides)]


def refusal(path):
    with pytest.raises(RecordingError) as caught:
        open_recording(path).close()
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"version": "1"}, "not an EDF or BDF file"),
        ({"n_signals": "0", "header_bytes": "256"}, "zero channels"),
        ({"n_signals": "-2"}, "zero channels"),
        ({"n_signals": "two"}, "number of signals is not a whole number ('two')"),
        ({"n_signals": ""}, "number of signals is not a whole number ('')"),
        ({"n_signals": "3"}, "number of header bytes is 768, must be 1024 for 3 signals"),
        ({"header_bytes": "7\xb2"}, "number of header bytes is not a whole number"),
        ({"n_records": "nan"}, "number of data records is not a whole number ('nan')"),
        ({"n_records": "-5"}, "number of data records is -5"),
        ({"record_s": "0"}, "data record duration is 0 s, must be above 0"),
        ({"record_s": "-1"}, "data record duration is -1 s, must be above 0"),
        ({"record_s": "nan"}, "data record duration is not a number ('nan')"),
        ({"record_s": "inf"}, "data record duration is not a number ('inf')"),
        ({"record_s": "1e-310"}, "sampling rate is inf Hz, must be 1 to 1000000 Hz"),
        ({"record_s": "500"}, "sampling rate is 0.2 Hz, must be 1 to 1000000 Hz"),
        ({"record_s": "fast"}, "data record duration is not a number ('fast')"),
        ({"reserved": "EDF+D"}, "EDF+D without an annotation signal"),
    ],
)
def test_header(tmp_path, overrides, message):
    path = tmp_path / "bad.edf"
    path.write_bytes(edf_bytes(signals(), **overrides))
    assert message in refusal(path)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"physical_min": "5", "physical_max": "5"}, "F3: physical minimum and maximum are both 5"),
        ({"digital_min": "7", "digital_max": "7"}, "F3: digital minimum and maximum are both 7"),
        ({"physical_min": "NaN"}, "physical min of F3 is not a number ('NaN')"),
        ({"physical_max": "?"}, "physical max of F3 is not a number ('?')"),
        ({"digital_max": ""}, "digital max of F3 is not a number ('')"),
        ({"physical_max": "1e300"}, "F3: physical range -3276.8 to 1e+300 uV is too large"),
        ({"n_per_record": "0"}, "F3: samples per record is 0"),
        ({"n_per_record": "-100"}, "F3: samples per record is -100"),
        ({"n_per_record": "x"}, "samples per record of F3 is not a whole number ('x')"),
        ({"unit": "furlong"}, "channel F3 has unit 'furlong', must be one of nV, uV, µV, mV, V"),
        ({"unit": ""}, "channel F3 has no unit, must be one of"),
        ({"unit": "MV"}, "channel F3 has unit 'MV'"),
    ],
)
def test_signal_fields(tmp_path, overrides, message):
    path = tmp_path / "bad.edf"
    path.write_bytes(edf_bytes(signals(**overrides)))
    assert message in refusal(path)


def test_a_decimal_comma_is_understood(tmp_path):
    path = tmp_path / "comma.edf"
    path.write_bytes(edf_bytes(signals(physical_min="-3276,8")))
    with open_recording(path) as recording:
        assert recording.info.physical_min_uv == pytest.approx((-3276.8, -3276.8))


def test_fields_of_signals_that_nobody_reads_do_not_matter(tmp_path):
    path = tmp_path / "x.edf"
    unused = Signal("SpO2", np.zeros(500, int), unit="%", overrides={"physical_min": "-"})
    path.write_bytes(edf_bytes([*signals(), unused]))
    with open_recording(path) as recording:
        assert recording.info.ch_names == ("Fp1", "F3")


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (0, "empty file"),
        (7, "not an EDF or BDF file"),
        (200, "header is cut short (200 of 256 bytes)"),
        (700, "header is cut short (700 of 768 bytes)"),
        (768, "holds no complete data record"),
        (768 + RECORD - 1, "holds no complete data record"),
    ],
)
def test_cut_before_the_first_record(tmp_path, size, message):
    path = tmp_path / "cut.edf"
    path.write_bytes(edf_bytes(signals())[:size])
    assert message in refusal(path)


def test_no_eeg_at_all(tmp_path):
    path = tmp_path / "x.edf"
    path.write_bytes(edf_bytes([Signal("SpO2", np.zeros(500, int), unit="%")]))
    assert "zero channels with EEG" in refusal(path)
    path.write_bytes(edf_bytes([], tals=[b"+0\x14\x14\x00"]))
    assert "zero channels with EEG" in refusal(path)


def test_other_things_than_files(tmp_path):
    assert "no such file" in refusal(tmp_path / "missing.edf")
    (tmp_path / "folder.edf").mkdir()
    assert "is a folder" in refusal(tmp_path / "folder.edf")
    os.mkfifo(tmp_path / "pipe.edf")
    assert "not a regular file" in refusal(tmp_path / "pipe.edf")
    assert "cannot be read" in refusal(tmp_path / ("n" * 300))


def test_unreadable(tmp_path, monkeypatch):
    path = tmp_path / "secret.edf"
    path.write_bytes(edf_bytes(signals()))
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything

        def deny(*_, **__):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("pathlib.Path.open", deny)
    assert "cannot be read (Permission denied)" in refusal(path)


@pytest.mark.parametrize("size", [768 + 3 * RECORD, 768 + 3 * RECORD + 1, 768 + 4 * RECORD - 1])
def test_the_readable_part_of_a_cut_file_is_processed(tmp_path, size):
    path = tmp_path / "cut.edf"
    path.write_bytes(edf_bytes(signals())[:size])
    with open_recording(path) as recording:
        assert not recording.complete
        assert recording.shortfall == "cut.edf: data are cut short, 3 of 5 records (3 of 5 s)"
        assert recording.n_samples == 300
        data = concatenate(list(recording.chunks())).data
    np.testing.assert_allclose(data[0], np.arange(300) / 10, atol=1e-3)


@pytest.mark.parametrize("n_records", ["-1", "2", "0"])
def test_a_record_count_that_is_out_of_date(tmp_path, n_records):
    path = tmp_path / "open.edf"
    path.write_bytes(edf_bytes(signals(), n_records=n_records))
    with open_recording(path) as recording:
        assert (recording.complete, recording.n_samples) == (True, 500)


def test_a_writer_that_died_inside_a_record(tmp_path):
    path = tmp_path / "open.edf"
    path.write_bytes(edf_bytes(signals(), n_records="-1")[:-10])
    with open_recording(path) as recording:
        assert "last record is incomplete (390 of 400 bytes)" in recording.shortfall
        assert recording.n_samples == 400


@settings(max_examples=150, deadline=None)
@given(
    where=st.integers(0, 1023),
    garbage=st.one_of(
        st.binary(min_size=1, max_size=8),
        st.sampled_from(
            [b"1e-320  ", b"9" * 8, b"-1      ", b"0       ", b"1e300   ", b"\x00" * 8]
        ),
    ),
)
def test_garbage_in_the_header_is_understood_or_refused(tmp_path_factory, where, garbage):
    path = tmp_path_factory.mktemp("fuzz") / "fuzz.edf"
    raw = edf_bytes(signals(), tals=[f"+{k}\x14\x14\x00".encode() for k in range(5)])
    path.write_bytes(raw[:where] + garbage + raw[where + len(garbage) :])
    message = f"{path}"
    try:
        with open_recording(path) as recording:
            data = concatenate(list(recording.chunks())).data
            assert np.isfinite(data).all()
            assert recording.annotations == []
    except RecordingError as error:
        message = str(error)
    assert str(path) in message
    assert "\n" not in message


@pytest.mark.parametrize("onset", ["9" * 12, "9" * 400, "0.0.0", "1e5"])
def test_garbage_in_the_first_onset(tmp_path, onset):
    path = tmp_path / "x.edf"
    tals = [f"+{onset}\x14\x14\x00".encode() for _ in range(5)]
    path.write_bytes(edf_bytes(signals(), tals=tals, tal_bytes=420))
    with open_recording(path) as recording:
        assert recording.n_samples == 500


def test_no_file_stays_open_behind_an_error(tmp_path):
    path = tmp_path / "bad.edf"
    path.write_bytes(edf_bytes(signals(unit="furlong")))
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("open files are counted in /proc, which is not there")
    before = len(list(descriptors.iterdir()))
    for _ in range(5):
        refusal(path)
    assert len(list(descriptors.iterdir())) == before
