"""Simulated recordings: what an EEG reader and a file reader may rely on."""

import itertools
import re
import warnings
from datetime import datetime
from pathlib import Path

import edfio
import numpy as np
import pytest
from scipy.signal import welch

from core.electrodes import ELECTRODES
from core.errors import VigilError
from core.simulate import SFREQ, ElectrodeFault, Seizure, SimulatedEeg, simulate_recording
from core.simulate.artefacts import Eyes
from core.simulate.background import Background
from core.simulate.scalp import channel_index, distances, mirror
from core.simulate.schedule import place_faults, place_seizures

DEMO = Path(__file__).parents[2] / "recordings" / "demo.edf"
SEED = 27


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated") / "made.edf"
    return simulate_recording(path, 9, 2, SEED)


@pytest.fixture(scope="module")
def signals(recording):
    return np.stack([s.data for s in edfio.read_edf(recording.edf_path).signals])


@pytest.fixture(scope="module")
def resting():
    n_samples = 90 * SFREQ
    return Background(np.random.default_rng(5), SFREQ).take(np.ones(n_samples), np.ones(n_samples))


def between(signals, start_s, stop_s):
    return signals[:, round(start_s * SFREQ) : round(stop_s * SFREQ)]


def spectrum(signals, seconds=2):
    freqs, power = welch(signals, SFREQ, nperseg=seconds * SFREQ)
    return freqs, power


def dominant_hz(signal, low_hz=1.2, high_hz=12.0):
    freqs, power = spectrum(signal, 4)
    band = (freqs >= low_hz) & (freqs <= high_hz)
    return freqs[band][np.argmax(power[band] * freqs[band])]


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
    np.testing.assert_allclose(second.data, between(signals, 60, 120), atol=1e-3)


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


def test_awake_amplitude_is_that_of_a_scalp_eeg(resting):
    freqs = np.fft.rfftfreq(resting.shape[1], 1 / SFREQ)
    bins = np.fft.rfft(resting, axis=1)
    bins[:, (freqs < 0.5) | (freqs > 70)] = 0
    seconds = np.fft.irfft(bins, axis=1).reshape(19, -1, SFREQ)
    peak_to_peak = np.median(np.ptp(seconds, axis=2), axis=1)
    assert np.all((peak_to_peak > 18) & (peak_to_peak < 80))


def test_spectrum_falls_like_one_over_f(resting):
    freqs, power = spectrum(resting[channel_index("Cz")], 4)
    band = ((freqs >= 2) & (freqs <= 5)) | ((freqs >= 26) & (freqs <= 45))
    slope = np.polyfit(np.log(freqs[band]), np.log(power[band]), 1)[0]
    assert -2.2 < slope < -0.9


def test_alpha_is_posterior(resting):
    freqs, power = spectrum(resting, 4)
    alpha = power[:, (freqs >= 8) & (freqs <= 12)].sum(axis=1)
    flanks = power[:, (freqs >= 5) & (freqs < 7)].sum(axis=1)
    assert {ELECTRODES[i] for i in np.argsort(alpha)[-2:]} == {"O1", "O2"}
    assert alpha[channel_index("O1")] > 4 * flanks[channel_index("O1")]
    assert alpha[channel_index("O1")] > 10 * alpha[channel_index("Fp1")]


def test_open_eyes_block_alpha():
    minute = next(SimulatedEeg(60, (), (), 11).minutes()) * 0.1
    eyes = Eyes.of_minute(11, 0)
    closed = np.concatenate([minute[:, : int(eyes.open_s * SFREQ)]], axis=1)
    opened = between(minute, eyes.open_s + 1, eyes.close_s)
    powers = []
    for part in (closed, opened):
        freqs, power = spectrum(part[channel_index("O2")], 1)
        powers.append(power[(freqs >= 8) & (freqs <= 12)].sum())
    assert powers[0] > 4 * powers[1]


def test_blinks_are_positive_and_frontal():
    minute = next(SimulatedEeg(60, (), (), 11).minutes()) * 0.1
    onset_s = Eyes.of_minute(11, 0).blinks_s[1]
    around = between(minute, onset_s - 0.2, onset_s + 0.5)
    rise = around.max(axis=1) - np.median(around, axis=1)
    assert {ELECTRODES[i] for i in np.argsort(rise)[-2:]} == {"Fp1", "Fp2"}
    assert rise[channel_index("Fp1")] > 40


def test_correlation_falls_with_distance(resting):
    correlation = np.corrcoef(resting)
    apart = distances()
    near = correlation[(apart > 0) & (apart < 0.8)].mean()
    middle = correlation[(apart >= 0.8) & (apart < 1.3)].mean()
    far = correlation[apart >= 1.6].mean()
    assert near > middle + 0.05 > far + 0.1


@pytest.mark.parametrize("mains_hz", [50, 60])
def test_hum_is_at_the_mains_frequency(mains_hz):
    minute = next(SimulatedEeg(60, (), (), 11, mains_hz).minutes()) * 0.1
    freqs, power = spectrum(minute, 2)
    line, beside = (np.median(power[:, freqs == hz]) for hz in (mains_hz, mains_hz + 4))
    assert line > 3 * beside


def test_power_rises_in_every_seizure(recording, signals):
    for seizure in recording.seizures:
        channel = channel_index(seizure.focus or "Fz")
        before = between(signals, seizure.onset_s - 30, seizure.onset_s - 2)[channel]
        late = between(signals, seizure.offset_s - 20, seizure.offset_s - 1)[channel]
        assert np.var(late) > 6 * np.var(before)
        behind = between(signals, seizure.offset_s + 0.5, seizure.offset_s + 3)[channel]
        assert np.ptp(behind) < 0.5 * np.ptp(late)


def test_focal_seizure_slows_grows_and_spreads(recording, signals):
    seizure = next(s for s in recording.seizures if s.focus)
    here, there = channel_index(seizure.focus), channel_index(mirror(seizure.focus))
    early = between(signals, seizure.onset_s + 4, seizure.onset_s + 12)
    late = between(signals, seizure.offset_s - 9, seizure.offset_s - 1)
    assert 5.5 <= dominant_hz(early[here]) <= 8.5
    assert 1.5 <= dominant_hz(late[here]) <= 3.0
    assert np.std(late[here]) > 2 * np.std(early[here])
    bins = [spectrum(part)[1][:, 2:].sum(axis=1) for part in (early, late)]
    assert bins[0][there] / bins[0][here] < 0.5 * bins[1][there] / bins[1][here]


def test_generalised_seizure_is_three_per_second_and_bilateral(recording, signals):
    seizure = next(s for s in recording.seizures if s.focus is None)
    middle = between(signals, seizure.onset_s + 4, seizure.offset_s - 2)
    assert 2.4 <= dominant_hz(middle[channel_index("Fz")], high_hz=4.5) <= 3.6
    correlation = np.corrcoef(middle[channel_index("F3")], middle[channel_index("F4")])[0, 1]
    assert correlation > 0.85
    assert np.std(middle[channel_index("Fz")]) > 2 * np.std(middle[channel_index("O1")])


def test_postictal_eeg_is_slow(recording, signals):
    seizure = next(s for s in recording.seizures if s.focus)
    channel = channel_index(seizure.focus)

    def slowness(start_s, stop_s):
        freqs, power = spectrum(between(signals, start_s, stop_s)[channel])
        return power[(freqs >= 1) & (freqs < 4)].sum() / power[(freqs >= 6) & (freqs < 13)].sum()

    rest = slowness(seizure.onset_s - 40, seizure.onset_s - 2)
    assert slowness(seizure.offset_s + 10, seizure.offset_s + 40) > 4 * rest


def test_electrode_fault_swings_then_lies_flat(recording, signals):
    (fault,) = recording.faults
    row = signals[[channel_index(fault.channel)]]
    loose = between(row, fault.onset_s + 6, fault.onset_s + fault.loose_s)
    flat = between(row, fault.onset_s + fault.loose_s, fault.offset_s)
    assert np.ptp(loose) > 1500
    assert np.ptp(flat) == 0
    assert np.ptp(between(row, fault.offset_s + 5, fault.offset_s + 8)) < 300
    others = np.delete(between(signals, fault.onset_s, fault.offset_s), 15, axis=0)
    assert fault.channel == "F8"
    assert np.abs(others).max() < 500


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


def test_what_crosses_a_minute_goes_on(recording):
    seizure = Seizure("focal", 50.0, 40.0, "T4", 9)
    fault = ElectrodeFault("O1", 55.0)
    with_both = list(SimulatedEeg(120, (seizure,), (fault,), 2).minutes())
    joined = np.concatenate(with_both, axis=1) * 0.1
    step = np.abs(np.diff(joined[:, 59 * SFREQ : 61 * SFREQ], axis=1)).max(axis=1)
    assert np.delete(step, channel_index("O1")).max() < 60
    assert np.ptp(between(joined[[channel_index("O1")]], 67.1, 81.9)) == 0


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
