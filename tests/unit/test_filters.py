import numpy as np
import pytest
from scipy import signal

from core.config import BLOCK_SAMPLES, ConditioningConfig
from core.filters import Reblock, SosFilter, design_band_pass, design_notch
from core.types import Chunk

CONFIG = ConditioningConfig()
T = np.arange(30 * 256) / 256


def _band_pass():
    return SosFilter(design_band_pass(CONFIG))


def _tone(freq_hz, amplitude_uv=50.0):
    return (amplitude_uv * np.sin(2 * np.pi * freq_hz * T)).astype(np.float32)[None]


def _gain(sos, freq_hz):
    _, response = signal.freqz_sos(sos, worN=[freq_hz], fs=256)
    return abs(response[0])


def test_band_pass_lies_where_the_specification_says():
    sos = design_band_pass(CONFIG)
    assert sos.shape == (3, 6)  # order 3 each side
    for edge_hz in (0.5, 120.0):
        assert _gain(sos, edge_hz) == pytest.approx(np.sqrt(0.5), rel=1e-6)
    for freq_hz in (2.0, 10.0, 40.0, 100.0):
        assert _gain(sos, freq_hz) == pytest.approx(1.0, abs=0.02)
    assert _gain(sos, 0.05) < 2e-3


@pytest.mark.parametrize("mains_hz", [50, 60])
def test_notch_takes_the_mains_only(mains_hz):
    sos = design_notch(ConditioningConfig(mains_hz=mains_hz))
    assert _gain(sos, mains_hz) < 1e-10
    width_hz = mains_hz / CONFIG.notch_q
    assert _gain(sos, mains_hz + width_hz / 2) == pytest.approx(np.sqrt(0.5), rel=0.02)
    assert _gain(sos, mains_hz - 10) > 0.98


def test_hum_is_removed_and_rhythm_stays():
    chunk = Chunk(_tone(60.0) + _tone(10.0, 20.0), 0)
    (filtered,) = _band_pass().push(chunk)
    (notched,) = SosFilter(design_notch(CONFIG)).push(filtered)
    settled = notched.data[0, 10 * 256 :]
    assert np.sqrt(np.mean(settled**2)) == pytest.approx(20 / np.sqrt(2), rel=0.01)


def test_an_offset_gives_no_transient():
    offsets = np.array([[1e4], [-300.0], [0.0]], dtype=np.float32)
    chunk = Chunk(np.repeat(offsets, 2000, axis=1), 0)
    (filtered,) = _band_pass().push(chunk)
    assert np.abs(filtered.data).max() < 1e-3
    (notched,) = SosFilter(design_notch(CONFIG)).push(chunk)
    np.testing.assert_allclose(notched.data, chunk.data, rtol=1e-6, atol=1e-6)


def test_start_depends_on_the_first_sample_not_on_the_first_chunk():
    rng = np.random.default_rng(0)
    data = (500 + np.cumsum(rng.normal(0, 5, (2, 400)), axis=1)).astype(np.float32)
    (whole,) = _band_pass().push(Chunk(data, 0))
    pieces = _band_pass()
    first, rest = pieces.push(Chunk(data[:, :1], 0)) + pieces.push(Chunk(data[:, 1:], 1))
    np.testing.assert_array_equal(whole.data[:, :1], first.data)
    np.testing.assert_array_equal(whole.data[:, 1:], rest.data)


def test_validity_and_indices_pass_through():
    valid = np.arange(20).reshape(2, 10) % 3 > 0
    (out,) = _band_pass().push(Chunk(np.zeros((2, 10), dtype=np.float32), 77, valid))
    assert out.start_sample == 77
    np.testing.assert_array_equal(out.valid, valid)


def test_a_new_segment_starts_from_its_own_steady_state():
    band_pass = _band_pass()
    band_pass.push(Chunk(np.full((1, 300), -800.0, dtype=np.float32), 0))
    assert band_pass.flush() == []
    (out,) = band_pass.push(Chunk(np.full((1, 300), 900.0, dtype=np.float32), 0))
    assert np.abs(out.data).max() < 1e-3


@pytest.mark.parametrize("n", [1, 31, 32, 33, 64, 100])
def test_blocks_are_of_one_size_but_the_last(n):
    data = np.arange(n, dtype=np.float32)[None]
    reblock = Reblock(BLOCK_SAMPLES)
    blocks = [out for i in range(n) for out in reblock.push(Chunk(data[:, i : i + 1], 5 + i))]
    assert [block.n_samples for block in blocks] == [32] * (n // 32)
    blocks += reblock.flush()
    assert [block.start_sample for block in blocks] == list(range(5, 5 + n, 32))
    np.testing.assert_array_equal(np.concatenate([b.data for b in blocks], axis=1), data)


def test_blocks_carry_validity():
    valid = np.ones((1, 70), dtype=np.bool_)
    valid[0, 30:35] = False
    reblock = Reblock(32)
    data = np.zeros((1, 70), dtype=np.float32)
    blocks = reblock.push(Chunk(data[:, :33], 0, valid[:, :33]))
    blocks += reblock.push(Chunk(data[:, 33:50], 33, valid[:, 33:50]))
    # a chunk without validity counts as valid
    blocks += [*reblock.push(Chunk(data[:, 50:], 50)), *reblock.flush()]
    np.testing.assert_array_equal(np.concatenate([b.validity() for b in blocks], axis=1), valid)
