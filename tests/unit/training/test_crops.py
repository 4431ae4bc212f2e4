"""Labels and pieces, against seizures that were laid out by hand."""

import numpy as np
import pytest

from core.config import BLOCK_SAMPLES
from core.training.crops import Crop, list_crops
from core.window import normalise
from tests.unit.training.training_helpers import SFREQ, cached, material, recording

WINDOW, STRIDE = 60 * SFREQ, 10 * SFREQ


def one(seconds, seizures=(), **settings):
    duration_s = float(seconds)
    return material(
        (recording(seizures=seizures, duration_s=duration_s), cached(round(seconds * SFREQ))),
        **settings,
    )


def test_labels():
    subject = one(100, [(20.5, 30.25), (55, 70), (62, 64), (90, 120)])
    cut = subject.cut(Crop(0, 0, 0, 0, WINDOW))
    expected = np.zeros(WINDOW, np.float32)
    expected[5248:7744] = 1  # 20.5 s and 30.25 s
    expected[14080:] = 1  # from 55 s on
    np.testing.assert_array_equal(cut.ictal, expected)
    np.testing.assert_array_equal(cut.counts, np.ones(WINDOW))
    # the second seizure ends at 70 s, the last runs past the end
    cut = subject.cut(Crop(0, 0, 4 * STRIDE, 0, WINDOW))  # 40 to 100 s
    expected = np.zeros(WINDOW, np.float32)
    expected[15 * SFREQ : 30 * SFREQ] = 1
    expected[50 * SFREQ :] = 1
    np.testing.assert_array_equal(cut.ictal, expected)
    # a crop is the same piece of it
    crop = subject.cut(Crop(0, 0, 4 * STRIDE, 5120, 2560))
    np.testing.assert_array_equal(crop.ictal, expected[5120:7680])
    assert (crop.data.dtype, crop.ictal.dtype, crop.counts.dtype) == (np.float32,) * 3


def test_labels_count_from_the_recording_not_from_the_segment():
    # 20 s, a gap of 10 s, then 40 s that begin at 30 s
    subject = material(
        (
            recording(seizures=[(15, 35)], duration_s=70.0),
            cached(20 * SFREQ, 40 * SFREQ, starts=[0, 30 * SFREQ]),
        )
    )
    first, second = subject.ictal(0, 0), subject.ictal(0, 1)
    assert np.flatnonzero(first).tolist() == list(range(15 * SFREQ, 20 * SFREQ))
    assert np.flatnonzero(second).tolist() == list(range(5 * SFREQ))
    cut = subject.cut(Crop(0, 1, 0, 0, WINDOW))
    assert np.flatnonzero(cut.ictal).tolist() == list(range(5 * SFREQ))


def test_padding_is_zero_and_does_not_count():
    subject = one(25, [(20, 40)])
    cut = subject.cut(Crop(0, 0, 0, 0, WINDOW))
    valid = 25 * SFREQ
    assert not cut.data[:, valid:].any()
    assert not cut.ictal[valid:].any()  # though the seizure is annotated to 40 s
    assert not cut.counts[valid:].any()
    assert cut.ictal[20 * SFREQ : valid].all()
    assert cut.counts[:valid].all()
    assert (cut.data[:, :valid] != 0).mean() > 0.99


def test_normalised_by_what_is_known_at_the_end_of_the_window():
    subject = one(100)
    signal = subject.signals[0]
    last = (STRIDE + WINDOW) // BLOCK_SAMPLES - 1
    cut = subject.cut(Crop(0, 0, STRIDE, 5120, 2560))
    start = STRIDE + 5120
    expected = normalise(
        signal.signal[:, start : start + 2560], signal.mean[last], signal.std[last], 10.0
    )
    np.testing.assert_array_equal(cut.data, expected)


def test_border_weights():
    subject = one(60, [(20, 40)], border_s=2.0, border_weight=0.25)
    counts = subject.cut(Crop(0, 0, 0, 0, WINDOW)).counts
    times_s = np.arange(WINDOW) / SFREQ
    near = (np.abs(times_s - 20) < 2) | (np.abs(times_s - 40) < 2)
    np.testing.assert_array_equal(counts, np.where(near, 0.25, 1))
    assert near.sum() == 2 * (4 * SFREQ - 1)
    # the border of a seizure outside the crop reaches into it
    crop = subject.cut(Crop(0, 0, 0, 41 * SFREQ, 4 * SFREQ))
    assert not crop.ictal.any()
    assert (crop.counts == 0.25).sum() == SFREQ


@pytest.mark.parametrize("shift", [-1280, -1248, -32, 0, 32, 1280])
@pytest.mark.parametrize("k", [0, 2, 4])
@pytest.mark.parametrize("n_samples", [100 * SFREQ, 100 * SFREQ + 7])
def test_a_shift_stays_in_the_segment_and_on_the_blocks(shift, k, n_samples):
    subject = material((recording(duration_s=101.0), cached(n_samples)))
    signal = subject.signals[0]
    signal.signal[:] = np.arange(n_samples)  # each sample says where it is
    signal.mean[:] = np.arange(len(signal.mean))[:, None]  # and each block which it is
    signal.std[:] = 1e5
    crop = Crop(0, 0, k * STRIDE, 2560, 2560)
    data = subject.cut(crop, shift).data.astype(np.float64)
    start = min(max(0, k * STRIDE + shift), n_samples - WINDOW) // 32 * 32
    block = -(-(start + WINDOW) // BLOCK_SAMPLES) - 1
    expected = (start + 2560 + np.arange(2560) - block) / 1e5
    np.testing.assert_allclose(data, np.broadcast_to(expected, data.shape), atol=1e-6)


def test_padded_windows_are_not_shifted():
    subject = one(65)
    crop = Crop(0, 0, STRIDE, 0, WINDOW)
    np.testing.assert_array_equal(subject.cut(crop, 1280).data, subject.cut(crop).data)


def test_all_crops_of_all_windows_with_their_ictal_share():
    subject = material(
        (recording(duration_s=75.0, seizures=[(15, 40)]), cached(75 * SFREQ)),
        (recording(duration_s=12.0), cached(12 * SFREQ)),
    )
    found = list_crops(subject, 20)
    long = [(c.window_start // SFREQ, c.offset // SFREQ) for c in found.crops if c.recording == 0]
    # windows at 0, 10 and, padded, 20 s; 75 s are over before nothing of its last crop
    assert long == [(w, o) for w in (0, 10, 20) for o in (0, 20, 40)]
    shares = dict(zip(long, found.ictal_share, strict=False))
    assert shares[0, 0] == pytest.approx(5 / 20)  # 0 to 20 s
    assert shares[0, 20] == pytest.approx(1)  # 20 to 40 s
    assert shares[0, 40] == 0
    assert shares[10, 0] == pytest.approx(15 / 20)  # 10 to 30 s
    assert shares[10, 20] == pytest.approx(10 / 20)  # 30 to 50 s
    assert shares[20, 0] == pytest.approx(1)  # 20 to 40 s
    assert shares[20, 40] == 0  # 60 to 75 s
    # of a recording of 12 s only the first crop holds anything
    assert found.crops[-1] == Crop(1, 0, 0, 0, 20 * SFREQ)
    assert len(found.crops) == 10
    assert {crop.n_samples for crop in found.crops} == {20 * SFREQ}


def test_shares_are_those_of_the_labels():
    subject = material((recording(duration_s=130.0, seizures=[(50, 61), (100, 128.5)]),
                        cached(40 * SFREQ + 5, 77 * SFREQ + 9)))  # fmt: skip
    found = list_crops(subject, 5)
    for crop, share in zip(found.crops, found.ictal_share, strict=True):
        cut = subject.cut(crop)
        assert share == pytest.approx(cut.ictal.sum() / cut.counts.sum())
