"""What a well-formed recording gives, however it is read."""

from datetime import datetime

import edfio
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import RecordingError, SignalError
from core.io.edf import Annotation, check_channels, open_recording
from core.io.selection import is_electrode, microvolts_per_unit
from core.stream import concatenate
from tests.edf_files import Signal, edf_bytes, tal

RNG = np.random.default_rng(5)
at = datetime.fromisoformat


def noise(n):
    return RNG.integers(-20000, 20000, n)


def whole(path, **how):
    with open_recording(path) as recording:
        return concatenate(list(recording.chunks(**how)))


@pytest.fixture(scope="module")
def two_channels(tmp_path_factory):
    path = tmp_path_factory.mktemp("edf") / "two.edf"
    signals = [Signal("Fp1", noise(1000)), Signal("EEG F3-REF", noise(1000))]
    path.write_bytes(edf_bytes(signals))
    return path, np.array([signal.in_unit for signal in signals], dtype=np.float32)


def test_info(two_channels):
    path, _ = two_channels
    with open_recording(path) as recording:
        info = recording.info
        assert info.ch_names == ("Fp1", "EEG F3-REF")
        assert (info.sfreq, info.name) == (100.0, "two.edf")
        assert info.start_time == at("2023-05-04 06:07:08")
        assert info.physical_min_uv == pytest.approx((-3276.8, -3276.8))
        assert (recording.n_samples, recording.duration_s) == (1000, 10.0)
        assert (recording.complete, recording.shortfall) == (True, "")
        assert recording.annotations == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chunk_s=st.floats(0.001, 20), start_s=st.floats(0, 9.99))
def test_any_chunk_length_gives_the_same_samples(two_channels, chunk_s, start_s):
    path, expected = two_channels
    with open_recording(path) as recording:
        chunks = list(recording.chunks(chunk_s, start_s))
    start = round(start_s * 100)
    assert chunks[0].start_sample == start
    assert {c.n_samples for c in chunks[:-1]} <= {max(1, round(chunk_s * 100))}
    np.testing.assert_array_equal(concatenate(chunks).data, expected[:, start:])


def test_channels_come_in_the_order_asked_for(two_channels):
    path, expected = two_channels
    np.testing.assert_array_equal(whole(path, ch_names=["EEG F3-REF"]).data, expected[1:])
    np.testing.assert_array_equal(whole(path, ch_names=["EEG F3-REF", "Fp1"]).data, expected[::-1])


def test_doubled_names_keep_their_own_samples(tmp_path):
    signals = [Signal("T8-P8", noise(300)) for _ in range(2)]
    (tmp_path / "x.edf").write_bytes(edf_bytes(signals))
    for ch_names in (None, ["T8-P8", "T8-P8"]):
        data = whole(tmp_path / "x.edf", ch_names=ch_names).data
        np.testing.assert_array_equal(data, np.float32([s.in_unit for s in signals]))


def test_wrong_requests(two_channels):
    path, _ = two_channels
    with open_recording(path) as recording:
        with pytest.raises(RecordingError, match=r"two\.edf: has no EEG channel Cz"):
            recording.chunks(ch_names=["Cz"])
        with pytest.raises(RecordingError, match="zero channels"):
            recording.chunks(ch_names=[])
        with pytest.raises(RecordingError, match=r"lasts 10 s and cannot be read from 10 s"):
            recording.chunks(start_s=10.0)
        for wrong in ({"chunk_s": 0.0}, {"chunk_s": float("nan")}, {"start_s": -1.0}):
            with pytest.raises(ValueError, match="must be"):
                recording.chunks(**wrong)
        with pytest.raises(ValueError, match="follow"):
            recording.chunks(follow=True)


def test_edfio_writes_what_we_read(tmp_path):
    data = RNG.uniform(-100, 100, (2, 2560))
    edf = edfio.Edf(
        [
            edfio.EdfSignal(
                row, 256, label=label, physical_dimension="uV", physical_range=(-200, 200)
            )
            for row, label in zip(data, ["C3", "C4"], strict=True)
        ],
        annotations=[edfio.EdfAnnotation(1.5, None, "eyes open"), edfio.EdfAnnotation(3, 2, "µ")],
    )
    edf.write(tmp_path / "x.edf")
    chunk = whole(tmp_path / "x.edf")
    np.testing.assert_allclose(chunk.data, data, atol=400 / 65535)
    with open_recording(tmp_path / "x.edf") as recording:
        assert recording.annotations == [
            Annotation(1.5, None, "eyes open"),
            Annotation(3.0, 2.0, "µ"),
        ]


def test_bdf_keeps_all_24_bits(tmp_path):
    digital = RNG.integers(-(2**23), 2**23, 200)
    digital[:2] = -(2**23), 2**23 - 1
    signal = Signal(
        "Cz", digital, 100, physical=(-262144, 262143), digital_range=(-(2**23), 2**23 - 1)
    )
    (tmp_path / "x.bdf").write_bytes(edf_bytes([signal], bdf=True, reserved="24BIT"))
    np.testing.assert_array_equal(whole(tmp_path / "x.bdf").data[0], np.float32(signal.in_unit))


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("nV", 1e-3), ("uV", 1), ("UV", 1), (b"\xb5V", 1), ("µV".encode(), 1), ("μV".encode(), 1),
     ("mV", 1e3), ("mv", 1e3), ("V", 1e6), ("v", 1e6)],
)  # fmt: skip
def test_units_become_microvolts(tmp_path, unit, factor):
    signal = Signal("Cz", noise(100), unit=unit, physical=(-300, 300))
    (tmp_path / "x.edf").write_bytes(edf_bytes([signal]))
    data = whole(tmp_path / "x.edf").data[0]
    np.testing.assert_allclose(data, signal.in_unit * factor, rtol=1e-6, atol=1e-4 * factor)


@pytest.mark.parametrize("unit", ["MV", "Mv", "%", "", "uVolt", "mmHg", "G", "ohm"])
def test_other_units_are_no_voltage(unit):
    assert microvolts_per_unit(unit) is None


def test_electrode_names():
    for label in ("Fp1", "EEG T3-REF", "FP1-F7", "Fc5.", "EEG-C3", "POL Fz", "T10", "A1", "cz"):
        assert is_electrode(label), label
    for label in ("ECG", "EMG1", "SpO2", "Resp", "EEG 1", "POL X1", "Status", "", "-", "F11"):
        assert not is_electrode(label), label


def test_what_is_not_eeg_is_left_out(tmp_path):
    signals = [
        Signal("Cz", noise(300)),
        Signal("ECG", noise(300)),
        Signal("SpO2", noise(3), 1, unit="%"),
        Signal("Resp", noise(30), 10),
        Signal("P1", noise(300), unit="mmHg"),
        Signal("Trigger", noise(300)),
        Signal("Status", noise(300), unit="Boolean", physical=(0, 0)),
        Signal("-", noise(300), unit=""),
        Signal(".", noise(300)),
    ]
    (tmp_path / "x.edf").write_bytes(edf_bytes(signals))
    with open_recording(tmp_path / "x.edf") as recording:
        assert recording.info.ch_names == ("Cz", "ECG")


def test_a_faster_channel_that_is_no_eeg_does_not_set_the_rate(tmp_path):
    signals = [Signal("ECG", noise(3000), 1000), Signal("Cz", noise(300)), Signal("X", noise(300))]
    (tmp_path / "x.edf").write_bytes(edf_bytes(signals))
    with open_recording(tmp_path / "x.edf") as recording:
        assert (recording.info.ch_names, recording.info.sfreq) == (("Cz", "X"), 100.0)


@pytest.mark.parametrize(
    ("record_s", "n", "sfreq"),
    [("0.333333", 100, 300.0), ("0.3333333", 100, 300.0), ("1.953125", 500, 256.0),
     ("0.5", 101, 202.0), ("10", 2561, 256.1), ("1.5", 385, 385 / 1.5)],
)  # fmt: skip
def test_rate_of_fractional_records(tmp_path, record_s, n, sfreq):
    (tmp_path / "x.edf").write_bytes(
        edf_bytes([Signal("Cz", noise(3 * n), n)], record_s=record_s[:8])
    )
    with open_recording(tmp_path / "x.edf") as recording:
        assert recording.info.sfreq == sfreq


@pytest.mark.parametrize(
    ("overrides", "start_time"),
    [
        ({"start_date": "04:05:23", "start_time": "06:07:08"}, at("2023-05-04 06:07:08")),
        ({"recording": "", "start_date": "01.02.99"}, at("1999-02-01 06:07:08")),
        ({"recording": "Startdate 02-MAR-2090 X X X"}, at("2090-03-02 06:07:08")),
        ({"recording": "Startdate X X X X"}, None),
        ({"recording": "", "start_date": "01.01.85"}, None),
        ({"recording": "", "start_date": "00.00.00"}, None),
        ({"recording": "", "start_date": ""}, None),
        ({"start_time": "25.00.00"}, None),
        ({"start_time": "soon"}, None),
    ],
)
def test_start_time(tmp_path, overrides, start_time):
    (tmp_path / "x.edf").write_bytes(edf_bytes([Signal("Cz", noise(100))], **overrides))
    with open_recording(tmp_path / "x.edf") as recording:
        assert recording.info.start_time == start_time


def test_times_count_from_the_first_sample_not_from_the_whole_second(tmp_path):
    tals = [tal(0.25) + tal(1.0, 0.5, "spike", "left"), tal(1.25)]
    (tmp_path / "x.edf").write_bytes(edf_bytes([Signal("Cz", noise(200))], tals=tals))
    with open_recording(tmp_path / "x.edf") as recording:
        assert recording.info.start_time == at("2023-05-04 06:07:08.250")
        assert recording.annotations == [
            Annotation(0.75, 0.5, "spike"),
            Annotation(0.75, 0.5, "left"),
        ]
        assert recording.n_samples == 200


class TestDeadChannels:
    @staticmethod
    def record(tmp_path, **channels):
        signals = [Signal(name, digital) for name, digital in channels.items()]
        (tmp_path / "x.edf").write_bytes(edf_bytes(signals))
        return open_recording(tmp_path / "x.edf")

    def test_constant_channels_are_named(self, tmp_path):
        zero, flat = np.zeros(500, int), np.full(500, 77)
        with self.record(tmp_path, C3=noise(500), C4=zero, O1=flat) as recording:
            check_channels(recording, ["C3"])
            with pytest.raises(SignalError, match=r"x\.edf: channel C4 is constant throughout"):
                check_channels(recording, ["C3", "C4"])
            with pytest.raises(SignalError, match=r"channels C4, O1 are constant"):
                check_channels(recording, ["C4", "O1"])

    def test_one_change_at_the_very_end_is_a_signal(self, tmp_path):
        late = np.zeros(500, int)
        late[-1] = 1
        with self.record(tmp_path, C3=late) as recording:
            check_channels(recording, ["C3"])

    def test_reading_stops_when_all_have_changed(self, tmp_path, monkeypatch):
        with self.record(tmp_path, C3=noise(5000)) as recording:
            monkeypatch.setattr("core.io.edf._READ_BYTES", 200)
            read, seen = recording._file.read, []
            monkeypatch.setattr(
                recording._file, "read", lambda first, n: seen.append(first) or read(first, n)
            )
            check_channels(recording, ["C3"])
            assert seen == [0]


def test_memory_does_not_grow_with_the_length(tmp_path):
    import tracemalloc

    path = tmp_path / "long.edf"
    header = edf_bytes([Signal("Cz", noise(0), 5000)] * 2, n_records="-1")
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + 5000 * 20_000)  # 5,000 s, 100 MB, all zero and sparse
    with open_recording(path) as recording:
        tracemalloc.start()
        n_samples = sum(chunk.n_samples for chunk in recording.chunks(10.0))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert n_samples == 5000 * 5000
    assert peak < 25e6
