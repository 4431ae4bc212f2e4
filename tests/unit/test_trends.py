import numpy as np
import pytest

from core.display_montage import built_in_montages
from core.electrodes import ELECTRODES
from core.spectral_array import epoch_spectrum_db
from core.stream import split
from core.trends import BinRing, TrendRecorder
from core.types import Chunk, DetectionStep

BIN = 1024
RNG = np.random.default_rng(8)
DATA = RNG.normal(0, 20, (19, 10 * BIN)).astype(np.float32)
LEFT_PAIRS = [
    (row, names)
    for row, names in enumerate(built_in_montages()[2].electrodes)
    if all(name[-1] in "1357" for name in names)
]


def recorded(*chunks):
    recorder = TrendRecorder()
    for chunk in chunks:
        recorder.add_chunk(chunk)
    return recorder


def known(recorder, side="left"):
    spectra = recorder.spectra[side].read(0, 12)
    return np.flatnonzero(~np.isnan(spectra[:, 0])).tolist()


def test_sides_are_eight_bipolar_channels_of_the_double_banana():
    assert len(LEFT_PAIRS) == 8
    recorder = TrendRecorder()
    for side, digits in (("left", "1357"), ("right", "2468")):
        uses = recorder._sides[side].uses
        assert uses.shape == (8, 19)
        names = {ELECTRODES[i] for i in np.flatnonzero(uses.any(axis=0))}
        assert all(name[-1] in digits for name in names)


def test_a_bin_holds_the_spectrum_of_its_samples():
    recorder = recorded(Chunk(DATA, 0))
    bipolar = built_in_montages()[2].weights[[row for row, _ in LEFT_PAIRS]] @ DATA
    for k in (0, 5, 9):
        expected = epoch_spectrum_db(bipolar[:, k * BIN : (k + 1) * BIN], 256.0)
        stored = recorder.spectra["left"].read(k, k + 1)[0]
        np.testing.assert_allclose(stored, expected, atol=0.04)


def test_one_side_louder_is_seen_on_that_side():
    data = DATA.copy()
    data[:8] *= 3
    recorder = recorded(Chunk(data, 0))
    left, right = (recorder.aeeg[side].read(2, 10) for side in ("left", "right"))
    assert (left[:, 0] > 2 * right[:, 0]).all()
    assert (left[:, 1] >= left[:, 0]).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_size_of_the_chunks_does_not_matter(seed):
    whole = recorded(Chunk(DATA, 0))
    pieces = recorded(*split([Chunk(DATA, 0)], seed))
    for side in ("left", "right"):
        for name in ("aeeg", "spectra"):
            np.testing.assert_array_equal(
                getattr(pieces, name)[side].read(0, 10), getattr(whole, name)[side].read(0, 10)
            )


def test_a_completed_bin_is_announced():
    recorder = TrendRecorder()
    assert not recorder.add_chunk(Chunk(DATA[:, :1000], 0))
    assert recorder.add_chunk(Chunk(DATA[:, 1000:1100], 1000))
    assert not recorder.add_chunk(Chunk(DATA[:, :100], 0))


def test_a_bin_with_a_gap_is_unknown():
    recorder = recorded(Chunk(DATA[:, : 2 * BIN + 5], 0), Chunk(DATA[:, : 3 * BIN], 3 * BIN + 5))
    assert known(recorder) == [0, 1, 4, 5]


def test_a_session_that_begins_within_a_bin_starts_with_the_next():
    assert known(recorded(Chunk(DATA[:, : 3 * BIN], 100))) == [1, 2]


def test_samples_that_are_no_numbers_leave_their_bin_unknown():
    data = DATA.copy()
    data[3, 2 * BIN + 7] = np.nan
    assert known(recorded(Chunk(data, 0))) == [0, 1, 3, 4, 5, 6, 7, 8, 9]


def test_channels_that_were_not_measured_are_left_out():
    wild = DATA.copy()
    wild[ELECTRODES.index("T3"), 4 * BIN : 5 * BIN] = 3000 * np.sign(RNG.normal(size=BIN))
    valid = np.ones(wild.shape, bool)
    valid[ELECTRODES.index("T3"), 4 * BIN : 5 * BIN] = False
    recorder = recorded(Chunk(wild, 0, valid))
    calm = recorded(Chunk(DATA, 0))
    for name in ("aeeg", "spectra"):
        seen = getattr(recorder, name)["left"].read(3, 9)
        usual = getattr(calm, name)["left"].read(3, 9)
        assert np.abs(seen - usual).max() < 25
    valid[:] = False
    assert known(recorded(Chunk(DATA, 0, valid))) == []


def step(k, final, provisional=(), segment_end=False):
    return DetectionStep(
        k * 2560,
        np.full(2560, final, np.float32),
        np.asarray(provisional, np.float32),
        segment_end=segment_end,
    )


def test_probabilities_are_kept_as_mean_and_maximum():
    recorder = TrendRecorder()
    values = RNG.random(10 * 2560).astype(np.float32)
    for k in range(10):
        tail = values[(k + 1) * 2560 : (k + 3) * 2560]
        recorder.add_step(DetectionStep(k * 2560, values[k * 2560 : (k + 1) * 2560], tail))
    bins = values.reshape(-1, BIN)
    mean, highest = recorder.probability_mean.read(0, 25), recorder.probability_max.read(0, 25)
    np.testing.assert_allclose(mean[:, 0], bins.mean(axis=1), rtol=1e-5)
    np.testing.assert_array_equal(highest[:, 0], bins.max(axis=1))
    assert recorder.provisional_from == 10 * 2560


def test_provisional_probabilities_give_way():
    recorder = TrendRecorder()
    recorder.add_step(step(0, 0.1, [0.9] * 5120))
    assert recorder.probability_max.read(5, 6)[0, 0] == pytest.approx(0.9)
    recorder.add_step(step(1, 0.2, [0.3] * 5120))
    recorder.add_step(step(2, 0.2, [0.3] * 2560))
    assert recorder.probability_max.read(5, 6)[0, 0] == pytest.approx(0.2)


def test_a_gap_in_the_probabilities_is_unknown():
    recorder = TrendRecorder()
    recorder.add_step(step(0, 0.1))
    recorder.add_step(step(6, 0.2))
    highest = recorder.probability_max.read(0, 20)[:, 0]
    assert np.isnan(highest[3:15]).all()
    np.testing.assert_allclose(highest[[0, 1, 2]], 0.1)
    np.testing.assert_allclose(highest[15:17], 0.2)


def test_memory_is_bounded_and_a_day_is_kept():
    recorder = TrendRecorder()
    before = recorder.nbytes
    day = 24 * 3600 * 256
    for start in (0, day, 3 * day):
        recorder.add_chunk(Chunk(DATA, start))
        recorder.add_step(step(start // 2560, 0.5))
    assert recorder.nbytes <= before + 5000
    assert before < 4.5e6
    assert recorder.spectra["left"].first == 3 * day // BIN + 10 - 21600


def test_a_ring_forgets_what_was_skipped_and_drops_what_is_too_old():
    ring = BinRing(4, 1)
    ring.write(0, 1.0)
    ring.write(1, 2.0)
    ring.write(4, 5.0)
    np.testing.assert_array_equal(ring.read(0, 6)[:, 0], [np.nan, 2, np.nan, np.nan, 5, np.nan])
    ring.write(0, 9.0)
    assert np.isnan(ring.read(0, 1)[0, 0])
    ring.write(2, 3.0)
    assert ring.read(2, 3)[0, 0] == 3
    ring.write(100, 7.0)
    np.testing.assert_array_equal(ring.read(96, 101)[:, 0], [np.nan, np.nan, np.nan, np.nan, 7])


def test_columns_wider_and_narrower_than_bins():
    ring = BinRing(10, 1)
    for k in range(8):
        ring.write(k, float(k))

    def total(bins, begins):
        return np.add.reduceat(bins, begins, axis=0)

    np.testing.assert_array_equal(ring.columns(np.array([0, 4, 8]), total)[:, 0], [6, 22])
    twice = ring.columns(np.array([2, 2, 3, 3, 4]), total)
    np.testing.assert_array_equal(twice[:, 0], [2, 2, 3, 3])
