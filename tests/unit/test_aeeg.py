import numpy as np
import pytest
from scipy import signal

from core.aeeg import AmplitudeEnvelope, semi_log_position

SFREQ = 256.0
RNG = np.random.default_rng(4)
DATA = RNG.normal(0, 25, (3, 5000)).astype(np.float32)


def wave(frequency_hz, peak_uv, seconds=20.0):
    times_s = np.arange(round(seconds * SFREQ)) / SFREQ
    return (peak_uv * np.sin(2 * np.pi * frequency_hz * times_s))[None].astype(np.float32)


@pytest.mark.parametrize("frequency_hz", [4.0, 6.0, 10.0])
def test_a_steady_wave_reads_as_its_peak_to_peak_amplitude(frequency_hz):
    envelope = AmplitudeEnvelope(SFREQ).push(wave(frequency_hz, 40.0))
    assert envelope[0, 2560:].mean() == pytest.approx(80.0, rel=0.03)
    assert np.ptp(envelope[0, 2560:]) < 0.35 * 80.0


@pytest.mark.parametrize("frequency_hz", [0.5, 40.0])
def test_what_is_out_of_the_band_hardly_counts(frequency_hz):
    envelope = AmplitudeEnvelope(SFREQ).push(wave(frequency_hz, 40.0))
    assert envelope[0, 2560:].max() < 8.0


def test_it_is_filter_rectifier_and_smoother():
    data = DATA.astype(np.float64)
    band = signal.butter(3, (2, 15), "bandpass", fs=SFREQ, output="sos")
    steady = signal.sosfilt_zi(band)[:, None, :] * data[None, :, :1]
    filtered, _ = signal.sosfilt(band, data, axis=1, zi=steady)
    smooth = signal.butter(1, 1 / np.pi, fs=SFREQ, output="sos")
    expected = np.pi * signal.sosfilt(smooth, np.abs(filtered), axis=1)
    np.testing.assert_allclose(AmplitudeEnvelope(SFREQ).push(DATA), expected, rtol=1e-4, atol=1e-4)


def test_pieces_give_what_the_whole_gives():
    pieces = AmplitudeEnvelope(SFREQ)
    joined = np.concatenate([pieces.push(DATA[:, i : i + 99]) for i in range(0, 5000, 99)], axis=1)
    np.testing.assert_array_equal(joined, AmplitudeEnvelope(SFREQ).push(DATA))


def test_reset_forgets_and_an_offset_leaves_no_transient():
    envelope = AmplitudeEnvelope(SFREQ)
    envelope.push(DATA)
    envelope.reset()
    assert np.abs(envelope.push(np.full((3, 500), 300.0, np.float32))).max() < 1e-6


def test_the_axis_is_linear_to_10_and_logarithmic_to_100():
    places = semi_log_position([0, 5, 10, 10 * np.sqrt(10), 100, 500, -3])
    np.testing.assert_allclose(places, [0, 0.25, 0.5, 0.75, 1, 1, 0])
