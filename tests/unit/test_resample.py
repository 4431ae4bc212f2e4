import math

import numpy as np
import pytest

from core.errors import SignalError
from core.resample import MIN_SFREQ_HZ, Resampler, resampled_index
from core.stream import concatenate, split
from core.types import Chunk

RATES_HZ = [100.0, 128.0, 200.0, 249.98, 250.0, 256.0, 400.0, 499.907, 500.0, 512.0, 1000.0, 2048.0]


def _resampled(data, sfreq, valid=None, start_sample=0, **options):
    resampler = Resampler(sfreq, 256.0, **options)
    return concatenate([*resampler.push(Chunk(data, start_sample, valid)), *resampler.flush()])


@pytest.mark.parametrize("sfreq", RATES_HZ)
@pytest.mark.parametrize("n", [1, 2, 257, 1999])
def test_length_is_the_ceiling(sfreq, n):
    out = _resampled(np.ones((2, n), dtype=np.float32), sfreq)
    assert out.n_samples == math.ceil(round(n * 256 / sfreq, 6))
    assert out.data.dtype == np.float32
    assert out.validity().all()


@pytest.mark.parametrize("sfreq", RATES_HZ)
@pytest.mark.parametrize("freq_hz", [3.0, 12.0, 33.0])
def test_a_tone_keeps_frequency_amplitude_and_phase(sfreq, freq_hz):
    t = np.arange(round(12 * sfreq)) / sfreq
    data = (100 * np.sin(2 * np.pi * freq_hz * t + 0.4)).astype(np.float32)[None]
    out = _resampled(data, sfreq)
    t_out = np.arange(out.n_samples) / 256
    expected = 100 * np.sin(2 * np.pi * freq_hz * t_out + 0.4)
    middle = slice(256, -256)
    np.testing.assert_allclose(out.data[0, middle], expected[middle], atol=0.1)


def test_what_lies_above_the_new_nyquist_is_removed():
    t = np.arange(12_000) / 1000
    data = (100 * np.sin(2 * np.pi * 180 * t)).astype(np.float32)[None]
    assert np.abs(_resampled(data, 1000.0).data[0, 256:-256]).max() < 0.1


@pytest.mark.parametrize("converter", ["sinc_fastest", "sinc_medium", "sinc_best"])
def test_lag_is_below_what_is_stated(converter):
    """From an input sample coming in to the output sample of its time going out."""
    resampler = Resampler(500.0, 256.0, converter)
    lags = []
    n_out = 0
    for i in range(0, 5000, 10):
        chunks = resampler.push(Chunk(np.ones((1, 10), dtype=np.float32), i))
        n_out += sum(chunk.n_samples for chunk in chunks)
        lags.append((i + 10) / 500 - n_out / 256)
    stated_s = {"sinc_fastest": 0.1, "sinc_medium": 0.2, "sinc_best": 1.0}
    assert 0 < max(lags) < stated_s[converter]


@pytest.mark.parametrize("sfreq", [200.0, 256.0, 500.0, 512.33])
def test_validity_is_that_of_the_input_at_the_time(sfreq):
    rng = np.random.default_rng(1)
    n = 3000
    valid = np.repeat(rng.uniform(size=(2, n // 100)) < 0.6, 100, axis=1)
    data = rng.normal(size=(2, n)).astype(np.float32)
    resampler = Resampler(sfreq, 256.0)
    chunks = split([Chunk(data, 0, valid)], seed=2, max_samples=90)
    out = [out for chunk in chunks for out in resampler.push(chunk)]
    joined = concatenate([*out, *resampler.flush()])
    at = np.floor(np.arange(joined.n_samples) / 256 * sfreq + 1e-9).astype(int)
    np.testing.assert_array_equal(joined.validity(), valid[:, at])


def test_equal_rates_pass_unchanged():
    data = np.random.default_rng(0).normal(size=(3, 1000)).astype(np.float32)
    out = _resampled(data, 256.0, start_sample=4321)
    np.testing.assert_array_equal(out.data, data)
    assert out.start_sample == 4321


def test_the_segment_begins_at_the_nearest_index():
    assert _resampled(np.zeros((1, 600), np.float32), 500.0, start_sample=1000).start_sample == 512
    assert resampled_index(1001, 500.0, 256.0) == 513  # 512.512
    # a week at a rate that is no ratio of small numbers stays exact to the sample
    week = round(7 * 86400 * 249.98)
    assert resampled_index(week, 249.98, 256.0) == pytest.approx(7 * 86400 * 256, abs=1)


@pytest.mark.parametrize("sfreq", [99.9, 1.0, 0.0, -256.0, math.nan, math.inf])
def test_rates_that_are_too_slow_or_no_rate_are_refused(sfreq):
    with pytest.raises(SignalError, match="below the minimum of 100 Hz"):
        Resampler(sfreq, 256.0)
    assert MIN_SFREQ_HZ == 100


def test_segments_do_not_leak_into_each_other():
    rng = np.random.default_rng(0)
    first, second = rng.normal(0, 50, (2, 1, 2000)).astype(np.float32)
    resampler = Resampler(500.0, 256.0)
    resampler.push(Chunk(first, 0))
    resampler.flush()
    out = concatenate([*resampler.push(Chunk(second, 0)), *resampler.flush()])
    np.testing.assert_array_equal(out.data, _resampled(second, 500.0).data)


def test_rates_beyond_the_converter_are_refused():
    with pytest.raises(SignalError, match="above the maximum of 65536 Hz"):
        Resampler(65537.0, 256.0)
