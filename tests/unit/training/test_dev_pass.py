"""The pass over dev: the monitor's windows, the evaluation's scores."""

import math
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from torch import nn

from core.training.dev_pass import dev_scores, run_network
from tests.unit.training.training_helpers import SFREQ, cached, material, recording, stitched


class Mean(nn.Module):
    """The logit of a sample is the mean over its channels."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return x.mean(dim=1) * self.weight


@pytest.mark.parametrize("stride_s", [10, 30, 60])
@pytest.mark.parametrize("lengths", [(60 * SFREQ,), (40 * SFREQ, 133 * SFREQ + 11)])
def test_every_sample_is_the_mean_of_its_windows(lengths, stride_s):
    subject = material((recording(duration_s=300.0), cached(*lengths)))
    signal = subject.signals[0]
    signal.mean[:] = np.arange(len(signal.mean))[:, None] / 1000  # each window is shifted
    signal.std[:] = 1.0
    shares = []
    (found,) = run_network(Mean(), subject, stride_s, nullcontext, shares.append)
    assert shares[-1] == 1.0
    for each, segment in zip(found, signal.segments, strict=True):
        n, stride = segment.n_samples, stride_s * SFREQ
        assert (each.start_sample, len(each.logits)) == (segment.start_sample, n)
        total, votes = np.zeros(n), np.zeros(n)
        for start in range(0, max(1, n - 60 * SFREQ + stride), stride):
            stop = min(start + 60 * SFREQ, n)
            first = segment.first_column + start
            block = segment.first_block + -(-stop // 32) - 1
            values = signal.signal[:, first : first + stop - start] - signal.mean[block, 0]
            total[start:stop] += values.mean(axis=0)
            votes[start:stop] += 1
        assert votes.min() >= 1
        np.testing.assert_allclose(each.logits, total / votes, atol=2e-6)


def test_scores():
    subject = material(
        (recording("r0", "p", 1000.0, [(100, 150), (400, 450)]), cached(1000 * SFREQ)),
    )

    def logits(_, times_s):
        # the first seizure is found, half of the second is; nothing else
        found = ((times_s >= 100) & (times_s < 150)) | ((times_s >= 400) & (times_s < 425))
        return np.where(found, 3.0, -3.0)

    scores = dev_scores(subject, stitched(subject, logits), 10)
    # 75 of 100 s of seizure are above all background, 25 level with it
    assert scores.auroc == pytest.approx(0.75 + 0.25 / 2)
    assert scores.sensitivity["ovlp"] == 1.0
    assert scores.sensitivity["taes"] == pytest.approx(0.75, abs=0.01)
    low, high = math.log1p(math.exp(-3)), math.log1p(math.exp(3))
    assert scores.loss == pytest.approx(((0.75 * low + 0.25 * high) + low) / 2)
    assert scores.key("taes") == (scores.sensitivity["taes"], scores.auroc)


def test_false_alarms_bound_the_sensitivity():
    subject = material((recording("r0", "p", 1000.0, [(100, 150)]), cached(1000 * SFREQ)))

    def logits(_, times_s):
        # background elsewhere is above the seizure: one alarm in 1000 s is 86 a day
        seizure = (times_s >= 100) & (times_s < 150)
        return np.where(seizure, 1.0, np.where((times_s > 500) & (times_s < 520), 2.0, -2.0))

    scores = dev_scores(subject, stitched(subject, logits), 10)
    assert (scores.sensitivity["taes"], scores.sensitivity["szcore"]) == (0.0, 0.0)
    # not OVLP, for which one event from beginning to end hits without a false alarm
    assert scores.sensitivity["ovlp"] == 1.0
