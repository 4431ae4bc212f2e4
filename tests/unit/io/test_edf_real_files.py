"""Real recordings, sample for sample, against three other readers."""

import edfio
import mne
import numpy as np
import pyedflib
import pytest

from core.io.edf import Annotation, check_channels, open_recording
from core.stream import concatenate

NIHON_KOHDEN = "mne-testing_NihonKohden_MB0400FU.edf"
BCI2000 = "mne-testing_overlapping_annotations.edf"
BIOSEMI = "mne-testing_multiple_annotation_chans.bdf"
NEONATE = "stevenson_burst_eg.edf"
MICROVOLTS = {"uV": 1.0, "mV": 1e3}
RTOL = 2.0**-22
"""float32 has 24 bits of mantissa; readers that add the offset in another order differ by one."""


def read(path, chunk_s=7.3):
    with open_recording(path) as recording:
        return recording.info, concatenate(list(recording.chunks(chunk_s)))


def assert_same_samples(ours, theirs):
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, rtol=RTOL, atol=1e-3)


@pytest.mark.parametrize("name", [NIHON_KOHDEN, BCI2000, NEONATE, BIOSEMI])
def test_edfio_reads_the_same(fixtures_dir, name):
    path = fixtures_dir / name
    theirs = edfio.read_bdf(path) if path.suffix == ".bdf" else edfio.read_edf(path)
    info, chunk = read(path)
    kept = [
        s for s in theirs.signals if s.physical_dimension in MICROVOLTS and s.label != "Trigger"
    ]
    assert info.ch_names == tuple(signal.label for signal in kept)
    assert {signal.sampling_frequency for signal in kept} == {info.sfreq}
    for row, signal in zip(chunk.data, kept, strict=True):
        assert_same_samples(row, signal.data * MICROVOLTS[signal.physical_dimension])
    assert info.start_time.date() == theirs.startdate
    assert info.start_time.time() == theirs.starttime
    for k, signal in enumerate(kept):
        factor = MICROVOLTS[signal.physical_dimension]
        assert info.physical_min_uv[k] == pytest.approx(signal.physical_min * factor)
        assert info.physical_max_uv[k] == pytest.approx(signal.physical_max * factor)


@pytest.mark.parametrize("name", [BCI2000, BIOSEMI])
def test_pyedflib_reads_the_same(fixtures_dir, name):
    info, chunk = read(fixtures_dir / name)
    with pyedflib.EdfReader(str(fixtures_dir / name)) as reader:
        labels = reader.getSignalLabels()
        for label, row in zip(info.ch_names, chunk.data, strict=True):
            assert_same_samples(row, reader.readSignal(labels.index(label)))


@pytest.mark.parametrize("name", [NIHON_KOHDEN, BCI2000, NEONATE])
def test_mne_reads_the_same(fixtures_dir, name):
    info, chunk = read(fixtures_dir / name)
    raw = mne.io.read_raw_edf(fixtures_dir / name, verbose="error")
    assert_same_samples(chunk.data, raw.get_data(list(info.ch_names)) * 1e6)


@pytest.mark.parametrize("name", [BCI2000, BIOSEMI, NEONATE])
def test_annotations_are_those_of_edfio(fixtures_dir, name):
    path = fixtures_dir / name
    theirs = edfio.read_bdf(path) if path.suffix == ".bdf" else edfio.read_edf(path)
    with open_recording(path) as recording:
        ours = recording.annotations
    assert sorted((a.onset_s, a.text) for a in ours) == [
        (a.onset, a.text) for a in theirs.annotations
    ]
    assert {a.duration_s for a in ours} == {a.duration for a in theirs.annotations}


def test_nihon_kohden_remarks_keep_their_own_onset(fixtures_dir):
    with open_recording(fixtures_dir / NIHON_KOHDEN) as recording:
        assert recording.annotations == [
            Annotation(0.0, None, "Segment: REC START ALLE EEG"),
            Annotation(1.14, None, "A1+A2 OFF"),
        ]
        assert (recording.n_samples, recording.duration_s, recording.complete) == (5800, 29, True)


def test_a_dead_channel_of_a_real_recording_is_named(fixtures_dir):
    with open_recording(fixtures_dir / BIOSEMI) as recording:
        assert recording.constant_channels(recording.info.ch_names) == ["ECG"]
        check_channels(recording, ["C3", "C4"])
