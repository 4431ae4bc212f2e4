"""Streaming filters and resampler against SciPy on the whole signal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from core.config import ConditioningConfig
from core.filters import SosFilter, design_band_pass, design_notch
from core.resample import Resampler
from core.stream import concatenate, split
from core.types import Chunk

CONFIG = ConditioningConfig()
fewer = settings(deadline=None, database=None, derandomize=True, max_examples=10)


def _drifting(seed, n=4000):
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(0, 3, (3, n)), axis=1)
    return (walk + np.array([[1000.0], [-20.0], [0.0]])).astype(np.float32)


@pytest.mark.parametrize("design", [design_band_pass, design_notch])
@fewer
@given(seed=st.integers(0, 1000))
def test_sosfilt_on_the_whole_signal(design, seed):
    data = _drifting(seed)
    sos = design(CONFIG)
    x = data.astype(np.float64)
    zi = signal.sosfilt_zi(sos)[:, None, :] * x[None, :, :1]
    expected, _ = signal.sosfilt(sos, x, axis=1, zi=zi)
    sos_filter = SosFilter(sos)
    pieces = split([Chunk(data, 0)], seed=seed, max_samples=300)
    out = concatenate([piece for chunk in pieces for piece in sos_filter.push(chunk)])
    np.testing.assert_array_equal(out.data, expected.astype(np.float32))


def test_designs_equal_scipy():
    expected = signal.butter(3, [0.5, 120], "bandpass", fs=256, output="sos")
    np.testing.assert_array_equal(design_band_pass(CONFIG), expected)
    b, a = signal.iirnotch(60, 30, fs=256)
    sos = design_notch(CONFIG)
    freq_hz = np.linspace(1, 127, 300)
    _, ours = signal.freqz_sos(sos, worN=freq_hz, fs=256)
    _, theirs = signal.freqz(b, a, worN=freq_hz, fs=256)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("sfreq", [200, 250, 500, 512, 1000])
def test_resample_poly_in_the_passband(sfreq):
    rng = np.random.default_rng(3)
    n = 20 * sfreq
    # band-limited noise, so that the two anti-alias filters' own slopes do not matter
    low = signal.butter(6, 40, fs=sfreq, output="sos")
    data = signal.sosfiltfilt(low, rng.normal(0, 50, (2, n)), axis=1).astype(np.float32)
    resampler = Resampler(sfreq, 256.0)
    out = concatenate([*resampler.push(Chunk(data, 0)), *resampler.flush()]).data
    expected = signal.resample_poly(data.astype(np.float64), 256, sfreq, axis=1)
    assert out.shape == expected.shape
    middle = slice(512, -512)
    error = out[:, middle] - expected[:, middle]
    assert np.sqrt(np.mean(error**2)) < 0.01 * np.sqrt(np.mean(expected[:, middle] ** 2))
