import numpy as np
import pytest
from scipy import signal

from core.spectral_array import FLOOR_DB, epoch_spectrum_db, spectrum_frequencies_hz

RNG = np.random.default_rng(6)


@pytest.mark.parametrize("n_samples", [512, 1024, 2048])
def test_it_is_welchs_estimate(n_samples):
    data = RNG.normal(0, 15, (8, n_samples)).astype(np.float32)
    frequencies, density = signal.welch(data.astype(float), 256.0, nperseg=512)
    np.testing.assert_array_equal(spectrum_frequencies_hz(), frequencies[:41])
    expected = 10 * np.log10(density.mean(axis=0)[:41])
    np.testing.assert_allclose(epoch_spectrum_db(data, 256.0)[1:], expected[1:], atol=1e-6)


def test_a_rhythm_stands_out_at_its_frequency():
    times_s = np.arange(1024) / 256
    data = np.tile(30 * np.sin(2 * np.pi * 6 * times_s), (2, 1)).astype(np.float32)
    spectrum = epoch_spectrum_db(data, 256.0)
    assert spectrum_frequencies_hz()[spectrum.argmax()] == 6.0


def test_silence_is_the_floor():
    assert (epoch_spectrum_db(np.zeros((1, 512), np.float32), 256.0) == FLOOR_DB).all()
