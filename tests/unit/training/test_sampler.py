"""What is drawn, and how often."""

import collections

import numpy as np
import pytest

from core.training.crops import Crop, list_crops
from core.training.dev_pass import hardest_background
from core.training.sampler import BalancedSampler, NoSeizureError
from core.training.settings import SamplerSettings
from tests.unit.training.training_helpers import (
    SFREQ,
    cached,
    material,
    recording,
    stitched,
)


@pytest.fixture(scope="module")
def subject():
    """Patient p with a long recording, patient q with a short one; one seizure each."""
    return material(
        (recording("r0", "p", 400.0, [(100, 130)]), cached(400 * SFREQ, seed=0)),
        (recording("r1", "q", 80.0, [(40, 60)]), cached(80 * SFREQ, seed=1)),
    )


def sampler_of(subject, batch=8, crop_s=10, **settings):
    return BalancedSampler(
        subject, list_crops(subject, crop_s), SamplerSettings.model_validate(settings), batch
    )


def draw(sampler, n=50, seed=0, hard=()):
    return sampler.batches(n, np.random.default_rng(seed), hard)


def is_seizure(subject, crop):
    return bool(subject.cut(crop).ictal.any())


@pytest.mark.parametrize("batch", [2, 8])
def test_half_of_every_batch_holds_seizure(subject, batch):
    for drawn in draw(sampler_of(subject, batch)):
        assert len(drawn) == batch
        # in turn, so that every even piece of the batch is balanced too
        assert [is_seizure(subject, crop) for crop, _ in drawn] == [True, False] * (batch // 2)


def test_the_seed_decides(subject):
    sampler = sampler_of(subject)
    again = sampler_of(subject)
    assert draw(sampler, seed=[3, 1]) == draw(again, seed=[3, 1])
    assert draw(sampler, seed=[3, 1]) != draw(again, seed=[3, 2])
    assert draw(sampler, seed=[3, 1]) != draw(again, seed=[4, 1])


@pytest.mark.parametrize(("exponent", "share"), [(0.0, 0.5), (1.0, None), (0.5, None)])
def test_how_often_a_patient_is_drawn(subject, exponent, share):
    crops = list_crops(subject, 10)
    drawn = draw(sampler_of(subject, patient_exponent=exponent), 1000)
    for seizure in (True, False):
        side = np.array([c.recording for c, s in zip(crops.crops, crops.ictal_share, strict=True)
                         if (s > 0) == seizure])  # fmt: skip
        p, q = (side == 0).sum(), (side == 1).sum()
        expected = share or p**exponent / (p**exponent + q**exponent)
        found = [crop.recording == 0 for batch in drawn for crop, _ in batch[1 - seizure :: 2]]
        assert len(found) == 4000
        # five standard deviations of 4000 draws
        assert np.mean(found) == pytest.approx(expected, abs=5 * 0.5 / 4000**0.5)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_how_often_a_seizure_is_drawn(exponent):
    # 8 s and 60 s long in one patient; the 20 s of the other patient begin the numbering
    subject = material(
        (recording("r0", "p", 100.0, [(40, 60)]), cached(100 * SFREQ, seed=0)),
        (recording("r1", "q", 400.0, [(101, 109), (200, 260)]), cached(400 * SFREQ, seed=1)),
    )
    crops = list_crops(subject, 10)
    long = {c for c, s in zip(crops.crops, crops.seizure, strict=True) if s == 2}
    assert {c.recording for c in long} == {1}
    assert {c.start // SFREQ for c in long} == {200, 210, 220, 230, 240, 250}
    n_short, n_long = (crops.seizure == 1).sum(), (crops.seizure == 2).sum()
    drawn = draw(sampler_of(subject, patient_exponent=0.0, seizure_exponent=exponent), 1000)
    mine = [crop in long for batch in drawn for crop, _ in batch[::2] if crop.recording == 1]
    expected = n_long**exponent / (n_short**exponent + n_long**exponent)
    # five standard deviations; a patient weighs half whatever their seizures weigh
    assert len(mine) == pytest.approx(2000, abs=5 * 0.5 * 4000**0.5)
    assert np.mean(mine) == pytest.approx(expected, abs=5 * 0.5 / len(mine) ** 0.5)


def test_a_crop_belongs_to_the_seizure_that_fills_most_of_it():
    subject = material((recording("r0", "p", 120.0, [(58, 62), (63, 69)]), cached(120 * SFREQ)))
    crops = list_crops(subject, 10)
    seen = {c.start // SFREQ: s for c, s in zip(crops.crops, crops.seizure, strict=True)}
    assert seen[50] == 0  # 58 to 60 s
    assert seen[60] == 1  # 2 s of the first, 6 s of the second
    assert seen[70] == -1


def test_ictal_share_is_that_of_the_samples_drawn(subject):
    sampler = sampler_of(subject, patient_exponent=0.5)
    drawn = draw(sampler, 400)
    found = np.mean([subject.cut(crop).ictal.mean() for batch in drawn for crop, _ in batch])
    assert sampler.ictal_share == pytest.approx(found, abs=0.02)


def test_no_seizure_is_an_error():
    subject = material((recording(duration_s=100.0), cached(100 * SFREQ)))
    with pytest.raises(NoSeizureError, match="hold no seizure"):
        sampler_of(subject)
    subject = material((recording(duration_s=60.0, seizures=[(0, 60)]), cached(60 * SFREQ)))
    with pytest.raises(NoSeizureError, match="no background without seizure"):
        sampler_of(subject)


# hard negatives -------------------------------------------------------------------------------


def confused(subject, recording_index, start_s, stop_s):
    """Logits of a network that takes a stretch of background for a seizure, and seizures too."""

    def logits(r, times_s):
        planted = (r == recording_index) & (times_s >= start_s) & (times_s < stop_s)
        seizure = np.zeros(len(times_s), bool)
        for onset_s, offset_s in subject.seizures[r]:
            seizure |= (times_s >= onset_s) & (times_s < offset_s)
        return np.where(planted, 4.0, np.where(seizure, 6.0, -4.0 + 0.001 * times_s))

    return stitched(subject, logits)


@pytest.mark.parametrize("crop_s", [2, 10, 60])
def test_the_hardest_background_is_the_planted_confuser(subject, crop_s):
    # 60 s, so that a crop of each length lies inside
    found = hardest_background(
        subject, confused(subject, 0, 180, 240), crop_s * SFREQ, 60 // crop_s
    )
    assert len(set(found)) == 60 // crop_s
    for crop in found:
        assert crop.recording == 0
        assert 180 <= crop.start / SFREQ <= 240 - crop_s
        assert not subject.cut(crop).ictal.any()
        assert crop.window_start % (10 * SFREQ) == 0
        assert 0 <= crop.offset <= 60 * SFREQ - crop.n_samples


def test_what_touches_a_seizure_is_never_hard(subject):
    everything = hardest_background(subject, confused(subject, 1, 30, 70), 10 * SFREQ, 1000)
    assert not any(is_seizure(subject, crop) for crop in everything)
    starts = sorted(c.start // SFREQ for c in everything if c.recording == 1)
    assert starts == [0, 10, 20, 30, 60, 70]
    # hardest first: 30 s and 60 s are in the planted stretch
    assert {crop.start // SFREQ for crop in everything[:2]} == {30, 60}


def test_tails_of_padded_windows_can_be_hard():
    subject = material((recording(duration_s=69.0, seizures=[(5, 9)]), cached(69 * SFREQ)))
    (hardest,) = hardest_background(subject, confused(subject, 0, 66, 69), 3 * SFREQ, 1)
    assert hardest.start == 66 * SFREQ
    assert subject.cut(hardest).counts.all()


def test_mining_raises_the_share_of_a_planted_confuser(subject):
    hard = hardest_background(subject, confused(subject, 1, 0, 30), 10 * SFREQ, 3)
    assert {crop.recording for crop in hard} == {1}
    settings = {"mining": {"top_k": 3, "share": 0.5}}

    def share_of_confuser(batches):
        crops = [crop for batch in batches for crop, _ in batch[1::2]]
        confuser = [c.recording == 1 and c.start + c.n_samples <= 30 * SFREQ for c in crops]
        return np.mean(confuser)

    before = draw(sampler_of(subject, **settings), 200)
    after = draw(sampler_of(subject, **settings), 200, hard=hard)
    assert share_of_confuser(before) < 0.2
    assert share_of_confuser(after) > 0.5
    for batch in after:
        # half is seizure all the same; a quarter of the batch was mined
        assert [is_seizure(subject, crop) for crop, _ in batch] == [True, False] * 4
        assert sum(is_hard for _, is_hard in batch) == 2
    counts = collections.Counter(c for batch in after for c, is_hard in batch if is_hard)
    assert set(counts) == set(hard)
    assert min(counts.values()) > 80  # of 400, over three


def test_hard_negatives_without_mining_are_left_alone(subject):
    hard = [Crop(0, 0, 0, 0, 10 * SFREQ)]
    assert draw(sampler_of(subject), hard=hard) == draw(sampler_of(subject))
    shareless = sampler_of(subject, mining={"top_k": 5, "share": 0.0})
    assert not any(is_hard for batch in draw(shareless, hard=hard) for _, is_hard in batch)
