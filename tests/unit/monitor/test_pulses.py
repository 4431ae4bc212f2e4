"""Rhythm and spectrum, measured on the samples that are played."""

import io
import wave

import numpy as np
import pytest

from monitor.priority import Priority
from monitor.pulses import BURSTS, SAMPLE_RATE_HZ, burst_samples, wav_bytes

HIGH, MEDIUM, LOW = Priority.HIGH, Priority.MEDIUM, Priority.LOW


def pulses(priority):
    """Begin and end of every pulse, s, where its envelope passes a tenth of the peak."""
    samples = np.abs(burst_samples(BURSTS[priority]))
    hop = SAMPLE_RATE_HZ // 200  # 5 ms: longer than a period, shorter than a pause
    n = len(samples) // hop
    loud = samples[: n * hop].reshape(n, hop).max(axis=1) > 0.1 * samples.max()
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(int), [0]])))
    return edges.reshape(-1, 2) * hop / SAMPLE_RATE_HZ


def spectrum(priority):
    begin, end = (int(t * SAMPLE_RATE_HZ) for t in pulses(priority)[0])
    pulse = burst_samples(BURSTS[priority])[begin:end]
    power = np.abs(np.fft.rfft(pulse * np.hanning(len(pulse)), 1 << 17))
    return np.fft.rfftfreq(1 << 17, 1 / SAMPLE_RATE_HZ), 20 * np.log10(power / power.max() + 1e-12)


@pytest.mark.parametrize(
    ("priority", "n_pulses", "shortest_s", "longest_s"),
    [(HIGH, 10, 0.075, 0.200), (MEDIUM, 3, 0.125, 0.250), (LOW, 1, 0.125, 0.250)],
)
def test_number_and_length_of_pulses(priority, n_pulses, shortest_s, longest_s):
    measured = pulses(priority)
    assert len(measured) == n_pulses
    lengths = measured[:, 1] - measured[:, 0]
    assert np.all((lengths >= shortest_s) & (lengths <= longest_s))
    assert np.ptp(lengths) <= 0.011
    nominal = BURSTS[priority].pulse_s
    assert shortest_s <= nominal <= longest_s


def test_high_is_three_and_two_twice():
    measured = pulses(HIGH)
    pauses = measured[1:, 0] - measured[:-1, 1]
    short, long, middle = pauses[[0, 1, 3, 5, 6, 8]], pauses[[2, 7]], pauses[4]
    assert short.max() < long.min()
    assert long.max() < middle
    assert np.all((short >= 0.05) & (short <= 0.13))
    assert 0.35 <= middle <= 1.3


def test_medium_is_even():
    measured = pulses(MEDIUM)
    pauses = measured[1:, 0] - measured[:-1, 1]
    assert np.all((pauses >= 0.125) & (pauses <= 0.25))


@pytest.mark.parametrize(
    ("priority", "least_s", "most_s"), [(HIGH, 2.5, 15.0), (MEDIUM, 2.5, 30.0)]
)
def test_bursts_repeat_in_time(priority, least_s, most_s):
    assert least_s <= BURSTS[priority].repeat_s <= most_s


def test_a_low_burst_is_not_repeated():
    assert BURSTS[LOW].repeat_s is None


@pytest.mark.parametrize("priority", list(Priority))
def test_pitch_and_harmonics(priority):
    frequency_hz, level_db = spectrum(priority)
    peaks = [
        frequency_hz[i]
        for i in range(1, len(level_db) - 1)
        if level_db[i] > -15 and level_db[i - 1] < level_db[i] >= level_db[i + 1]
    ]
    pitch_hz = BURSTS[priority].pitch_hz
    assert 150 <= pitch_hz <= 1000
    assert peaks[0] == pytest.approx(pitch_hz, abs=3)
    harmonics = [f for f in peaks[1:] if 300 <= f <= 4000]
    assert len(harmonics) >= 4
    assert all(abs(f / pitch_hz - round(f / pitch_hz)) < 0.01 for f in harmonics)


@pytest.mark.parametrize("priority", list(Priority))
def test_neither_clipped_nor_clicking(priority):
    samples = burst_samples(BURSTS[priority])
    assert samples.dtype == np.float32
    assert 0.7 < np.abs(samples).max() <= 0.8
    assert abs(samples[0]) < 1e-3
    assert abs(samples[-1]) < 0.02
    first = pulses(priority)[0]
    begin = int(first[0] * SAMPLE_RATE_HZ)
    swelling = np.abs(samples[begin : begin + int(0.004 * SAMPLE_RATE_HZ)]).max()
    assert swelling < 0.3


def test_priorities_sound_different():
    assert len({burst.pitch_hz for burst in BURSTS.values()}) == 3


def test_a_wav_file_that_others_read():
    with wave.open(io.BytesIO(wav_bytes(BURSTS[MEDIUM]))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 44100)
        assert file.getnframes() == len(burst_samples(BURSTS[MEDIUM]))
