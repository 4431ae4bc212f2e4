from itertools import pairwise

import numpy as np
import pytest

from core.config import QualityConfig
from core.quality import QualityMonitor, RestMarker
from core.stream import concatenate, split
from core.types import Chunk, Quality, StreamInfo

CONFIG = QualityConfig()


def _info(n_channels=1, sfreq=256.0, limit_uv=3200.0):
    names = tuple(f"E{i}" for i in range(n_channels))
    limits = None if limit_uv is None else (limit_uv,) * n_channels
    low = None if limits is None else tuple(-x for x in limits)
    return StreamInfo(names, sfreq, None, low, limits)


def _eeg(seconds, sfreq=256.0, seed=0):
    """Noise with a spectrum that falls as 1/f above 1 Hz, 20 uV RMS."""
    n = round(seconds * sfreq)
    rng = np.random.default_rng(seed)
    freq_hz = np.fft.rfftfreq(n, 1 / sfreq)
    spectrum = np.fft.rfft(rng.normal(size=n)) / np.maximum(freq_hz, 1.0)
    x = np.fft.irfft(spectrum, n)
    return (20 * x / x.std()).astype(np.float32)


def _tone(freq_hz, amplitude_uv, seconds, sfreq=256.0):
    t = np.arange(round(seconds * sfreq)) / sfreq
    return (amplitude_uv * np.sin(2 * np.pi * freq_hz * t)).astype(np.float32)


def _flags(x, mains_hz=60, **options):
    info = _info(**options)
    reports = QualityMonitor(info, CONFIG, mains_hz).push(Chunk(x[None], 0))
    return [report.flags[0] for report in reports]


def _all(flag, flags):
    assert flags
    return all(f is flag or f == flag for f in flags)


@pytest.mark.parametrize("sfreq", [200.0, 256.0, 500.0])
@pytest.mark.parametrize("mains_hz", [50, 60])
def test_clean_eeg_is_good(sfreq, mains_hz):
    for seed in range(5):
        assert _all(Quality.GOOD, _flags(_eeg(10, sfreq, seed), mains_hz, sfreq=sfreq))


@pytest.mark.parametrize(("freq_hz", "amplitude_uv"), [(40.0, 60.0), (3.0, 200.0), (10.0, 80.0)])
def test_rhythms_are_good(freq_hz, amplitude_uv):
    x = _eeg(10) + _tone(freq_hz, amplitude_uv, 10)
    assert _all(Quality.GOOD, _flags(x))


@pytest.mark.parametrize("sfreq", [200.0, 256.0, 500.0])
@pytest.mark.parametrize("mains_hz", [50, 60])
def test_mains_hum(sfreq, mains_hz):
    hum = _eeg(5, sfreq) + _tone(mains_hz, 80, 5, sfreq)
    assert _all(Quality.LINE_NOISE, _flags(hum, mains_hz, sfreq=sfreq))
    # a grid wanders a little, and a weak hum is no reason for an alarm
    wandering = _eeg(5, sfreq) + _tone(mains_hz + 0.3, 80, 5, sfreq)
    assert _all(Quality.LINE_NOISE, _flags(wandering, mains_hz, sfreq=sfreq))
    weak = _eeg(5, sfreq) + _tone(mains_hz, 10, 5, sfreq)
    assert _all(Quality.GOOD, _flags(weak, mains_hz, sfreq=sfreq))


def test_the_other_grid_frequency_is_not_hum():
    assert _all(Quality.GOOD, _flags(_eeg(5) + _tone(50.0, 80, 5), mains_hz=60))


def test_flat():
    assert _all(Quality.FLAT, _flags(np.full(1024, 12.5, dtype=np.float32)))
    half = _eeg(4).reshape(4, 256).copy()
    half[:, :100] = 3.0  # 39 % of each interval
    assert _all(Quality.GOOD, _flags(half.ravel()))
    half[:, :140] = 3.0
    assert _all(Quality.FLAT, _flags(half.ravel()))


@pytest.mark.parametrize("rail_uv", [3200.0, -3200.0])
def test_railed_goes_before_flat(rail_uv):
    assert _all(Quality.RAILED, _flags(np.full(1024, rail_uv, dtype=np.float32)))
    without_range = _flags(np.full(1024, rail_uv, dtype=np.float32), limit_uv=None)
    assert _all(Quality.FLAT, without_range)


def test_loose_electrode():
    swings = _eeg(4) + _tone(1.5, 1000, 4)
    assert _all(Quality.LOOSE, _flags(swings))
    both = swings + _tone(60.0, 3000, 4)
    assert _all(Quality.LOOSE | Quality.LINE_NOISE, _flags(both, limit_uv=None))


def test_reports_name_interval_and_channels():
    x = np.stack([_eeg(3.5), np.zeros(896, dtype=np.float32)])
    monitor = QualityMonitor(_info(2), CONFIG, 60)
    pieces = split([Chunk(x, 1000)], seed=0, max_samples=50)
    reports = [report for piece in pieces for report in monitor.push(piece)]
    assert [(r.start_sample, r.stop_sample) for r in reports] == [
        (1000, 1256),
        (1256, 1512),
        (1512, 1768),
    ]
    assert all(r.ch_names == ("E0", "E1") for r in reports)
    assert all(r.flags == (Quality.GOOD, Quality.FLAT) for r in reports)


def _marked(x, cuts=(), **options):
    marker = RestMarker(_info(**options), CONFIG)
    bounds = [0, *cuts, x.size]
    pieces = [Chunk(x[None, start:stop], start) for start, stop in pairwise(bounds)]
    out = concatenate([out for piece in pieces for out in marker.push(piece)])
    return ~out.validity()[0]


@pytest.mark.parametrize("cuts", [(), (50,), (127, 128, 129), tuple(range(1, 600))])
def test_a_flat_line_is_marked_once_it_lasted_half_a_second(cuts):
    x = _eeg(4)
    x[100:400] = x[99]  # 301 equal samples, from 99 to 399
    expected = np.zeros(x.size, dtype=bool)
    expected[99 + 127 : 400] = True  # the 128th equal sample on
    np.testing.assert_array_equal(_marked(x, cuts), expected)


def test_127_equal_samples_pass():
    x = _eeg(4)
    x[100:226] = x[99]
    assert not _marked(x).any()
    x[226] = x[99]
    assert np.flatnonzero(_marked(x)).tolist() == [226]


@pytest.mark.parametrize("cuts", [(), (502,), (499, 500, 503), tuple(range(490, 520))])
def test_a_rail_is_marked_after_20_ms(cuts):
    x = _eeg(4)
    x[500:510] = [3200, 3199.9, 3200, 3201, 3200, 3200, 3200, 3200, 3200, 3200]
    x[700:704] = -3200  # 4 samples: less than 20 ms
    expected = np.zeros(x.size, dtype=bool)
    expected[504:510] = True  # 5 samples are 20 ms
    np.testing.assert_array_equal(_marked(x, cuts), expected)


def test_a_flat_start_is_marked_and_earlier_marks_stay():
    x = np.zeros(256, dtype=np.float32)
    marker = RestMarker(_info(), CONFIG)
    valid = np.ones((1, 256), dtype=np.bool_)
    valid[0, 5] = False
    (out,) = marker.push(Chunk(x[None], 0, valid))
    assert np.flatnonzero(~out.validity()[0]).tolist() == [5, *range(127, 256)]
    assert valid.sum() == 255  # the input's own mask is left alone


def test_clean_eeg_is_never_marked():
    assert not _marked(_eeg(30)).any()
    assert not _marked(np.round(_eeg(30)), limit_uv=None).any()  # coarse digitisation
