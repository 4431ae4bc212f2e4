import numpy as np
import pytest
from scipy import signal

from core.display_filter import DisplayFilter, DisplayFilterSettings, design_display_filter
from core.display_montage import built_in_montages

SFREQ = 256.0
REFERENTIAL, _, BIPOLAR = built_in_montages()[:3]
RNG = np.random.default_rng(2)
DATA = (RNG.normal(0, 20, (19, 3000)) + 200).astype(np.float32)
ALL = DisplayFilterSettings(0.5, 35.0, 50.0)


def gain(settings, frequency_hz):
    sos = design_display_filter(settings, SFREQ)
    _, response = signal.freqz_sos(sos, worN=[frequency_hz], fs=SFREQ)
    return abs(response[0])


def test_without_cut_offs_nothing_is_filtered():
    settings = DisplayFilterSettings()
    assert design_display_filter(settings, SFREQ) is None
    assert settings.settling_s == 0
    rows = DisplayFilter(REFERENTIAL, settings, SFREQ).push(DATA)
    np.testing.assert_allclose(rows, DATA, rtol=1e-6)


@pytest.mark.parametrize("cut_hz", [0.16, 0.5, 10.0])
def test_the_low_cut_has_one_pole(cut_hz):
    settings = DisplayFilterSettings(l_freq_hz=cut_hz)
    assert gain(settings, cut_hz) == pytest.approx(np.sqrt(0.5), abs=1e-3)
    assert gain(settings, cut_hz / 10) == pytest.approx(0.0995, abs=2e-3)


@pytest.mark.parametrize("cut_hz", [15.0, 70.0])
def test_the_high_cut_is_at_minus_3_db(cut_hz):
    assert gain(DisplayFilterSettings(h_freq_hz=cut_hz), cut_hz) == pytest.approx(0.7071, abs=1e-3)


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_the_notch_takes_the_mains_and_little_else(mains_hz):
    settings = DisplayFilterSettings(notch_hz=mains_hz)
    assert gain(settings, mains_hz) < 1e-6
    assert gain(settings, mains_hz - 5) > 0.97


def test_pieces_give_what_the_whole_gives_and_scipy_agrees():
    whole = DisplayFilter(BIPOLAR, ALL, SFREQ).push(DATA)
    pieces = DisplayFilter(BIPOLAR, ALL, SFREQ)
    joined = [pieces.push(DATA[:, i : i + 77]) for i in range(0, 3000, 77)]
    np.testing.assert_allclose(np.concatenate(joined, axis=1), whole, atol=1e-3)
    sos = design_display_filter(ALL, SFREQ)
    derived = BIPOLAR.weights.astype(float) @ DATA.astype(float)
    steady = signal.sosfilt_zi(sos)[:, None, :] * derived[None, :, :1]
    expected, _ = signal.sosfilt(sos, derived, axis=1, zi=steady)
    np.testing.assert_allclose(whole, expected, atol=2e-3)


def test_a_gap_stays_a_gap_and_the_filter_starts_anew_behind_it():
    data = DATA.copy()
    data[:, 1000:1100] = np.nan
    rows = DisplayFilter(REFERENTIAL, ALL, SFREQ).push(data)
    assert np.isnan(rows[:, 1000:1100]).all()
    assert np.isfinite(rows[:, :1000]).all()
    alone = DisplayFilter(REFERENTIAL, ALL, SFREQ).push(DATA[:, 1100:])
    np.testing.assert_allclose(rows[:, 1100:], alone, atol=1e-4)


def test_a_gap_at_the_edge_of_a_piece_starts_the_filter_anew():
    filter_ = DisplayFilter(REFERENTIAL, ALL, SFREQ)
    filter_.push(DATA[:, :500])
    filter_.push(np.full((19, 10), np.nan, np.float32))
    alone = DisplayFilter(REFERENTIAL, ALL, SFREQ).push(DATA[:, 510:900])
    np.testing.assert_allclose(filter_.push(DATA[:, 510:900]), alone, atol=1e-4)


def test_nothing_in_gives_nothing_out():
    assert DisplayFilter(BIPOLAR, ALL, SFREQ).push(DATA[:, :0]).shape == (18, 0)


@pytest.mark.parametrize(
    "settings", [ALL, DisplayFilterSettings(0.16), DisplayFilterSettings(None, 15)]
)
def test_a_transient_is_over_after_the_settling_time(settings):
    step = np.zeros((19, 6000), np.float32)
    step[:, 1:] = 1000.0
    rows = DisplayFilter(REFERENTIAL, settings, SFREQ).push(step)
    settled = round(settings.settling_s * SFREQ) + 1
    final = 0.0 if settings.l_freq_hz else 1000.0
    np.testing.assert_allclose(rows[:, settled:], final, atol=1.0)
