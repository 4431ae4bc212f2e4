"""Simulated recordings: what a file reader may rely on, and where seizures and faults are put."""

import itertools
import re
import warnings
from datetime import datetime
from pathlib import Path

import edfio
import numpy as np
import pytest

from core.electrodes import ELECTRODES
from core.errors import VigilError
from core.simulate import SFREQ, Seizure, SimulatedEeg, simulate_recording
from core.simulate.schedule import place_faults, place_seizures

DEMO = Path(__file__).parents[3] / "recordings" / "demo.edf"
SEED = 27  # that `recording` is made with


def test_same_seed_gives_the_same_bytes(recording, tmp_path):
    again = simulate_recording(tmp_path / "again.edf", 9, 2, SEED)
    assert again.edf_path.read_bytes() == recording.edf_path.read_bytes()
    assert again.events_path.read_bytes() == recording.events_path.read_bytes()


def test_seeds_differ(tmp_path):
    first = simulate_recording(tmp_path / "a.edf", 0.2, 0, 1).edf_path.read_bytes()
    second = simulate_recording(tmp_path / "b.edf", 0.2, 0, 2).edf_path.read_bytes()
    assert first[6000:] != second[6000:]


def test_longer_recording_has_the_same_background():
    short = next(SimulatedEeg(45, (), (), 3).minutes())
    long = next(SimulatedEeg(150, (), (), 3).minutes())
    assert np.array_equal(short, long[:, : 45 * SFREQ])


def test_chunks_say_what_the_file_says(recording, signals):
    eeg = SimulatedEeg(540, recording.seizures, recording.faults, SEED)
    first, second = itertools.islice(eeg.chunks(), 2)
    assert first.data.dtype == np.float32
    assert second.start_sample == first.stop_sample == 60 * SFREQ
    np.testing.assert_allclose(second.data, signals[:, 60 * SFREQ : 120 * SFREQ], atol=1e-3)


def test_a_day_is_generated_minute_by_minute():
    seizures = place_seizures(24 * 3600, 40, 4)
    minutes = SimulatedEeg(24 * 3600, seizures, (), 4).minutes()
    assert [m.shape for m in itertools.islice(minutes, 2)] == [(19, 60 * SFREQ)] * 2


def test_only_touching_seizures_are_held(monkeypatch):
    seizures = tuple(Seizure("generalised", 70.0 + 60 * k, 30.0, None, k) for k in range(6))
    eeg = SimulatedEeg(480, seizures, (), 4)
    held = []
    original = SimulatedEeg._minute

    def spy(self, minute, samples, background, rendered):
        signal = original(self, minute, samples, background, rendered)
        held.append(len(rendered))
        return signal

    monkeypatch.setattr(SimulatedEeg, "_minute", spy)
    for _ in eeg.minutes():
        pass
    assert max(held) <= 2
    assert held[-1] == 0


def test_labels_and_header(recording):
    edf = edfio.read_edf(recording.edf_path)
    assert [s.label for s in edf.signals] == [f"EEG {name}-REF" for name in ELECTRODES]
    assert {s.sampling_frequency for s in edf.signals} == {256}
    assert {s.physical_dimension for s in edf.signals} == {"uV"}
    assert edf.recording.hospital_administration_code == "SIMULATED"
    assert edf.patient.name == "X"
    assert f"{datetime.combine(edf.startdate, edf.starttime)}" == "2026-01-01 22:00:00"
    assert edf.duration == recording.duration_s == 540


def test_annotations_name_seizures_and_faults(recording):
    found = [(a.onset, a.duration, a.text) for a in edfio.read_edf(recording.edf_path).annotations]
    expected = [(s.onset_s, s.duration_s, s.description) for s in recording.seizures]
    expected += [(f.onset_s, f.offset_s - f.onset_s, f.description) for f in recording.faults]
    assert found == sorted(expected)


def test_pyedflib_and_mne_read_the_same_values(recording, signals):
    pyedflib = pytest.importorskip("pyedflib")
    with pyedflib.EdfReader(str(recording.edf_path)) as reader:
        np.testing.assert_allclose(reader.readSignal(4), signals[4], atol=1e-6)
        assert len(reader.readAnnotations()[0]) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mne = pytest.importorskip("mne")
        raw = mne.io.read_raw_edf(recording.edf_path, verbose="error")
        np.testing.assert_allclose(raw.get_data()[7] * 1e6, signals[7], atol=1e-6)
        assert len(raw.annotations) == 3


def test_events_file_lists_the_seizures(recording):
    lines = recording.events_path.read_text().splitlines()
    header = "onset duration eventType confidence channels dateTime recordingDuration"
    assert lines[0].split("\t") == header.split()
    rows = [line.split("\t") for line in lines[1:]]
    assert [float(row[0]) for row in rows] == [s.onset_s for s in recording.seizures]
    assert [float(row[1]) for row in rows] == [s.duration_s for s in recording.seizures]
    assert {row[2] for row in rows} == {"sz_foc_ia", "sz_gen_nm"}
    for row in rows:
        assert all(re.fullmatch(r"\d+\.\d\d", row[i]) for i in (0, 1, 3, 6))
        assert row[6] == "540.00"
        assert re.fullmatch(r"2026-01-01 22:0\d:\d\d", row[5])


def test_no_seizure_is_one_background_row(tmp_path):
    made = simulate_recording(tmp_path / "quiet_eeg.edf", 0.5, 0, 1, mains_hz=50)
    assert made.events_path.name == "quiet_events.tsv"
    assert made.seizures == ()
    assert made.events_path.read_text().splitlines()[1:] == [
        "0.00\t30.00\tbckg\t1.00\tn/a\t2026-01-01 22:00:00\t30.00"
    ]


def test_progress_runs_to_one(tmp_path):
    shares = []
    simulate_recording(tmp_path / "p.edf", 2.5, 0, 1, progress=shares.append)
    assert shares == [0.4, 0.8, 1.0]


@pytest.mark.parametrize(("minutes", "n_seizures"), [(9, 2), (60, 10), (1440, 100), (20, 5)])
@pytest.mark.parametrize("seed", range(5))
def test_seizures_are_spread(minutes, n_seizures, seed):
    seizures = place_seizures(minutes * 60, n_seizures, seed)
    assert len(seizures) == n_seizures
    assert seizures[0].onset_s >= 60
    for before, after in itertools.pairwise(seizures):
        assert after.onset_s - before.offset_s >= 120
        assert {before.kind, after.kind} == {"focal", "generalised"}
    assert all(30 <= s.duration_s <= 90 for s in seizures)
    assert seizures[-1].offset_s <= minutes * 60 - 30
    if n_seizures < 100:
        largest = max(b.onset_s - a.onset_s for a, b in itertools.pairwise(seizures))
        assert largest < 2.5 * minutes * 60 / n_seizures


@pytest.mark.parametrize(("length_s", "n_seizures"), [(53, 1), (113, 2), (150, 2), (500, 3)])
def test_short_recordings_get_short_margins(length_s, n_seizures):
    seizures = place_seizures(length_s, n_seizures, 1)
    assert all(s.duration_s >= 30 for s in seizures)
    assert seizures[0].onset_s >= 15
    assert seizures[-1].offset_s <= length_s
    assert all(b.onset_s - a.offset_s >= 29 for a, b in itertools.pairwise(seizures))


def test_faults_stay_clear_of_seizures():
    for seed in range(20):
        seizures = place_seizures(4 * 3600, 12, seed)
        faults = place_faults(4 * 3600, seizures, seed)
        assert len(faults) == 2
        for fault, seizure in itertools.product(faults, seizures):
            assert fault.offset_s + 10 < seizure.onset_s or fault.onset_s > seizure.offset_s + 30


def test_a_recording_without_room_has_no_fault():
    assert place_faults(50, (), 1) == ()


@pytest.mark.parametrize(
    ("minutes", "n_seizures", "seed", "mains_hz", "message"),
    [
        (0, 0, 1, 60, "minutes must be above 0"),
        (-3, 0, 1, 60, "minutes must be above 0"),
        (float("nan"), 0, 1, 60, "minutes must be above 0"),
        (float("inf"), 0, 1, 60, "minutes must be above 0"),
        (1e-4, 0, 1, 60, "at least one second"),
        (1, -1, 1, 60, "number of seizures"),
        (1, 0, -1, 60, "seed"),
        (1, 0, 2**64, 60, "seed"),
        (1, 0, 1, 55, "50 or 60 Hz"),
        (2, 3, 1, 60, "3 seizures cannot be placed in 2 min: at least 2.9 min"),
        (0.5, 1, 1, 60, "1 seizure cannot be placed in 0.5 min"),
    ],
)
def test_bad_arguments_are_one_line(tmp_path, minutes, n_seizures, seed, mains_hz, message):
    with pytest.raises(VigilError, match=message) as caught:
        simulate_recording(tmp_path / "x.edf", minutes, n_seizures, seed, mains_hz=mains_hz)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_unwritable_path_and_wrong_suffix(tmp_path):
    with pytest.raises(VigilError, match="cannot be written"):
        simulate_recording(tmp_path / "none" / "x.edf", 0.1, 0, 1)
    with pytest.raises(VigilError, match=r"ends in \.edf"):
        simulate_recording(tmp_path / "x.txt", 0.1, 0, 1)


def test_a_failed_run_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.edf"
    path.write_bytes(b"old")

    def interrupt(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_recording(path, 0.1, 0, 1, progress=interrupt)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_demo_is_what_the_readme_says(recording):
    assert DEMO.stat().st_size < 6_000_000
    made, kept = edfio.read_edf(recording.edf_path), edfio.read_edf(DEMO)
    assert made.annotations == kept.annotations
    # One step of leeway: the last bit of a matrix product depends on the processor.
    for ours, theirs in zip(made.signals, kept.signals, strict=True):
        np.testing.assert_allclose(ours.data, theirs.data, atol=0.11)
    events = DEMO.with_name("demo_events.tsv")
    assert events.read_text() == recording.events_path.read_text()
