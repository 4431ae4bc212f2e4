"""Channels of different rates, brought to the highest."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.io.decoder import RecordDecoder
from core.io.edf import open_recording
from core.stream import concatenate
from tests.edf_files import Signal, edf_bytes, tal


def sine(n_per_record, n_records, f_hz=4.0, offset=5000):
    t = np.arange(n_per_record * n_records) / n_per_record
    return np.rint(offset + 10000 * np.sin(2 * np.pi * f_hz * t)).astype(int)


def whole(path, **how):
    with open_recording(path) as recording:
        return concatenate(list(recording.chunks(**how)))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("rates") / "x.edf"
    signals = [
        Signal("C3", sine(100, 20), 100),
        Signal("C4", sine(256, 20), 256),
        Signal("O1", sine(128, 20), 128),
    ]
    path.write_bytes(edf_bytes(signals))
    return path


def test_slower_channels_are_raised_in_place_and_in_length(path):
    with open_recording(path) as recording:
        assert (recording.info.sfreq, recording.n_samples) == (256.0, 20 * 256)
    data = whole(path).data
    assert data.shape == (3, 20 * 256)
    middle = data[:, 512:-512]
    # 1000 uV of sine, held against the channel that was recorded at the main rate.
    np.testing.assert_allclose(middle[0], middle[1], atol=0.5)
    np.testing.assert_allclose(middle[2], middle[1], atol=0.5)
    assert np.abs(data - data[1]).max() < 200  # the ends are guessed, but do not ring


@settings(max_examples=10, deadline=None)
@given(chunk_s=st.floats(0.01, 25))
def test_any_chunk_length_gives_the_same_samples(path, chunk_s):
    np.testing.assert_array_equal(whole(path, chunk_s=chunk_s).data, whole(path).data)


def test_any_split_of_the_records_gives_the_same_samples(path):
    with open_recording(path) as recording:
        file, indices = recording._file, recording._indices
        records = file.read(0, 20)
        outputs = []
        for cuts in ([], [1], [3, 4, 11], list(range(1, 20))):
            decoder = RecordDecoder(file.header, indices, recording._calibrations, 256)
            parts = [decoder.push(part) for part in np.split(records, cuts)]
            outputs.append(np.concatenate([*parts, decoder.flush()], axis=1))
            assert decoder.flush().shape[1] == 0
    for output in outputs[1:]:
        np.testing.assert_array_equal(output, outputs[0])


def test_a_late_start_is_settled(path):
    np.testing.assert_allclose(
        whole(path, start_s=7.25).data, whole(path).data[:, 1856:], atol=0.05
    )


def test_each_segment_keeps_its_length(tmp_path):
    signals = [Signal("C3", sine(100, 6), 100), Signal("C4", sine(256, 6), 256)]
    tals = [tal(onset_s) for onset_s in (0, 1, 2, 8, 9, 10)]
    (tmp_path / "x.edf").write_bytes(edf_bytes(signals, tals=tals, reserved="EDF+D"))
    with open_recording(tmp_path / "x.edf") as recording:
        chunks = list(recording.chunks(100.0))
    assert [(c.start_sample, c.n_samples) for c in chunks] == [(0, 768), (2048, 768)]
