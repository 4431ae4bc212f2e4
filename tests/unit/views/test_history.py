import numpy as np
import pytest

from core.stream import split
from core.types import Chunk
from monitor.views.history import STEP_UV, SignalHistory, row_validity

RNG = np.random.default_rng(1)
DATA = RNG.normal(0, 100, (19, 3000)).astype(np.float32)


def history(kept_s=10.0):
    return SignalHistory(19, 100.0, kept_s)


def test_what_was_written_is_read_within_half_a_step():
    kept = history(40)
    kept.write(Chunk(DATA, 50))
    assert (kept.start, kept.stop) == (50, 3050)
    read = kept.read(50, 3050)
    np.testing.assert_allclose(read.data, DATA, atol=0.51 * STEP_UV)
    assert read.valid.all()


def test_what_is_kept_is_what_is_shown_live():
    kept = history(40)
    shown = kept.write(Chunk(DATA, 0))
    np.testing.assert_array_equal(shown.data, kept.read(0, 3000).data)


@pytest.mark.parametrize("seed", range(3))
def test_only_the_newest_samples_are_kept_whatever_the_chunks(seed):
    kept = history()
    for chunk in split([Chunk(DATA, 0)], seed, max_samples=1500):
        kept.write(chunk)
    assert (kept.start, kept.stop) == (2000, 3000)
    np.testing.assert_allclose(kept.read(2000, 3000).data, DATA[:, 2000:], atol=0.06)
    assert np.isnan(kept.read(1990, 2000).data).all()
    assert np.isnan(kept.read(3000, 3010).data).all()


def test_a_gap_is_unknown():
    kept = history(40)
    kept.write(Chunk(DATA[:, :500], 0))
    kept.write(Chunk(DATA[:, :500], 800))
    read = kept.read(400, 1000).data
    assert np.isnan(read[:, 100:400]).all()
    assert np.isfinite(read[:, :100]).all()
    assert np.isfinite(read[:, 400:]).all()


def test_a_gap_longer_than_what_is_kept_forgets_everything_before():
    kept = history()
    kept.write(Chunk(DATA[:, :900], 0))
    kept.write(Chunk(DATA[:, :100], 50_000))
    assert (kept.start, kept.stop) == (49_100, 50_100)
    assert np.isnan(kept.read(49_100, 50_000).data).all()


def test_late_and_doubled_samples_are_dropped():
    kept = history(40)
    kept.write(Chunk(DATA[:, :500], 0))
    assert kept.write(Chunk(-DATA[:, :100], 300)) is None
    shown = kept.write(Chunk(-DATA[:, 400:600], 400))
    assert (shown.start_sample, shown.n_samples) == (500, 100)
    np.testing.assert_allclose(kept.read(0, 500).data, DATA[:, :500], atol=0.06)


def test_validity_is_kept_for_each_channel():
    valid = RNG.random((19, 3000)) > 0.3
    kept = history(40)
    kept.write(Chunk(DATA, 0, valid))
    np.testing.assert_array_equal(kept.read(0, 3000).valid, valid)


def test_values_beyond_the_range_and_no_numbers():
    data = np.full((19, 4), 0.0, np.float32)
    data[:, 0], data[:, 1], data[:, 2] = 1e6, -1e6, np.inf
    data[0, 3] = np.nan
    kept = history()
    kept.write(Chunk(data, 0))
    read = kept.read(0, 4).data
    assert read[0, 0] == pytest.approx(3276.7)
    assert read[0, 1] == pytest.approx(-3276.7)
    assert np.isnan(read[:, 2]).all()
    assert np.isnan(read[0, 3])
    assert read[1, 3] == 0


def test_an_hour_takes_less_than_40_mb_and_never_grows():
    kept = SignalHistory(19, 256.0)
    before = kept.nbytes
    assert before < 40e6
    for start in range(0, 4 * 3600 * 256, 600 * 256):
        kept.write(Chunk(DATA, start))
    assert kept.nbytes == before


def test_a_row_is_measured_where_all_its_electrodes_are():
    uses = np.array([[True, True, False], [False, False, True]])
    valid = np.array([[True, False, True], [True, True, False], [True, True, True]])
    np.testing.assert_array_equal(
        row_validity(uses, valid), [[True, False, False], [True, True, True]]
    )
    assert row_validity(uses, np.ones((3, 5), bool)).all()
