"""The loss against numbers that were worked out by hand."""

import math

import pytest
import torch

from core.training.loss import ClassWeights, class_weights, weighted_bce


def test_a_batch_worked_out_by_hand():
    # logit ln 3 is a probability of 3/4, -ln 3 of 1/4, 0 of 1/2
    logits = torch.tensor([[math.log(3), -math.log(3), 0.0], [0.0, math.log(3), -math.log(3)]])
    ictal = torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    counts = torch.tensor([[1.0, 0.5, 1.0], [1.0, 1.0, 0.0]])
    # cross-entropy: -ln(3/4), -ln(1/4), -ln(1/2) | -ln(1/2), -ln(1/4), -ln(3/4)
    #              = 0.287682, 1.386294, 0.693147 | 0.693147, 1.386294, 0.287682
    # weight of class: 2, 2, 0.5 | 2, 0.5, 0.5
    # times counts:    2, 1, 0.5 | 2, 0.5, 0
    # products:        0.575364, 1.386294, 0.346574 | 1.386294, 0.693147, 0
    # sum 4.387673, over 6 samples 0.731279
    loss = weighted_bce(logits, ictal, counts, ClassWeights(seizure=2.0, background=0.5))
    assert float(loss) == pytest.approx(0.731279, abs=1e-6)


def test_class_weights():
    assert class_weights(0.25) == ClassWeights(2.0, pytest.approx(2 / 3))
    assert class_weights(0.5) == ClassWeights(1.0, 1.0)


@pytest.mark.parametrize("share", [0.1, 0.37, 0.5])
def test_classes_weigh_alike_and_one_on_average(share):
    weights = class_weights(share)
    assert weights.seizure * share == pytest.approx(0.5)
    assert weights.background * (1 - share) == pytest.approx(0.5)


def test_padded_samples_have_no_gradient():
    logits = torch.tensor([[0.3, -2.0, 5.0, 1.0]], requires_grad=True)
    ictal = torch.tensor([[1.0, 0.0, 0.0, 0.0]])
    counts = torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    torch.autograd.backward(weighted_bce(logits, ictal, counts, ClassWeights(1.0, 1.0)))
    # d/dz = weight * (sigmoid(z) - y) / 4
    expected = [(1 / (1 + math.exp(-0.3)) - 1) / 4, (1 / (1 + math.exp(2.0))) / 4, 0.0, 0.0]
    assert logits.grad is not None
    assert logits.grad[0].tolist() == pytest.approx(expected)
    assert logits.grad[0, 2:].tolist() == [0.0, 0.0]


def test_confident_and_wrong_stays_finite():
    logits = torch.tensor([[1e4, -1e4]])
    loss = weighted_bce(logits, torch.tensor([[0.0, 1.0]]), torch.ones(1, 2), ClassWeights(1, 1))
    assert float(loss) == pytest.approx(1e4)
