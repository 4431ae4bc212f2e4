"""Augmentation: off by default, and the label stays true."""

import numpy as np
import pytest

from core.electrodes import ELECTRODES
from core.training.augmentation import MIRRORED, augment, draw_shift
from core.training.settings import AugmentationSettings

OFF = AugmentationSettings()


def crop(seed=0, n=64):
    return np.random.default_rng(seed).normal(0, 2, (19, n)).astype(np.float32)


def changed(data, seed=0, **settings):
    rng = np.random.default_rng(seed)
    return augment(data, AugmentationSettings(**settings), 10.0, rng)


def test_off_by_default():
    data = crop()
    rng = np.random.default_rng(0)
    state = rng.bit_generator.state
    assert augment(data, OFF, 10.0, rng) is data
    assert draw_shift(OFF, 2560, rng) == 0
    assert rng.bit_generator.state == state


def test_mirror_maps_left_to_right():
    pairs = {ELECTRODES[k]: ELECTRODES[MIRRORED[k]] for k in range(19)}
    assert pairs["Fp1"] == "Fp2"
    assert pairs["T6"] == "T5"
    assert pairs["O2"] == "O1"
    assert {name: pairs[name] for name in ("Fz", "Cz", "Pz")} == {
        "Fz": "Fz", "Cz": "Cz", "Pz": "Pz",
    }  # fmt: skip
    assert sorted(MIRRORED) == list(range(19))
    assert all(MIRRORED[MIRRORED[k]] == k for k in range(19))


def test_half_of_the_crops_are_mirrored():
    data = crop()
    results = [changed(data, seed, mirror=True) for seed in range(200)]
    mirrored = [not np.array_equal(each, data) for each in results]
    assert 60 < sum(mirrored) < 140
    once = results[mirrored.index(True)]
    np.testing.assert_array_equal(once[ELECTRODES.index("Fp1")], data[ELECTRODES.index("Fp2")])
    np.testing.assert_array_equal(once[ELECTRODES.index("Fz")], data[ELECTRODES.index("Fz")])
    np.testing.assert_array_equal(once[list(MIRRORED)], data)


def test_gain_is_bounded_in_decibels_and_clipped():
    data = crop()
    gains_db = []
    for seed in range(200):
        result = changed(data, seed, amplitude_db=4.0)
        assert result.dtype == np.float32
        gain = float(result[0, 0] / data[0, 0])
        np.testing.assert_allclose(result, np.clip(data * np.float32(gain), -10, 10), rtol=1e-5)
        gains_db.append(20 * np.log10(gain))
    assert -4.0 <= min(gains_db) < -3
    assert 3 < max(gains_db) <= 4.0001
    loud = changed(np.full((19, 4), 9.9, np.float32), 3, amplitude_db=20.0)
    assert np.abs(loud).max() <= 10.0


def test_dropout_silences_whole_channels():
    data = crop()
    dropped = []
    for seed in range(200):
        result = changed(data, seed, channel_dropout=0.2)
        assert result.dtype == np.float32
        silent = ~result.any(axis=1)
        np.testing.assert_array_equal(result[~silent], data[~silent])
        dropped.append(silent.mean())
    assert np.mean(dropped) == pytest.approx(0.2, abs=0.03)


def test_input_and_padding_stay_as_they_are():
    data = crop()
    data[:, 40:] = 0
    before = data.copy()
    result = changed(data, 5, mirror=True, amplitude_db=10.0, channel_dropout=0.3)
    np.testing.assert_array_equal(data, before)
    assert not result[:, 40:].any()


def test_the_seed_decides():
    everything = {"mirror": True, "amplitude_db": 10.0, "channel_dropout": 0.3}
    np.testing.assert_array_equal(
        changed(crop(), 5, **everything), changed(crop(), 5, **everything)
    )


def test_shifts_are_whole_blocks_of_half_a_stride_at_most():
    rng = np.random.default_rng(0)
    settings = AugmentationSettings(offset_jitter=True)
    shifts = [draw_shift(settings, 2560, rng) for _ in range(2000)]
    assert all(shift % 32 == 0 for shift in shifts)
    assert (min(shifts), max(shifts)) == (-1280, 1280)
