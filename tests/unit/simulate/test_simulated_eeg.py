"""Simulated signals: what an EEG reader may rely on."""

import numpy as np
import pytest
from scipy.signal import welch

from core.electrodes import ELECTRODES
from core.simulate import SFREQ, ElectrodeFault, Seizure, SimulatedEeg
from core.simulate.artefacts import Eyes
from core.simulate.background import Background
from core.simulate.scalp import channel_index, distances, mirror


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


def test_what_crosses_a_minute_goes_on(recording):
    seizure = Seizure("focal", 50.0, 40.0, "T4", 9)
    fault = ElectrodeFault("O1", 55.0)
    with_both = list(SimulatedEeg(120, (seizure,), (fault,), 2).minutes())
    joined = np.concatenate(with_both, axis=1) * 0.1
    step = np.abs(np.diff(joined[:, 59 * SFREQ : 61 * SFREQ], axis=1)).max(axis=1)
    assert np.delete(step, channel_index("O1")).max() < 60
    assert np.ptp(between(joined[[channel_index("O1")]], 67.1, 81.9)) == 0
