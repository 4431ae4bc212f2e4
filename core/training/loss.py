"""Binary cross-entropy with a weight for every sample."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

__all__ = ["ClassWeights", "class_weights", "weighted_bce"]


@dataclass(frozen=True, slots=True)
class ClassWeights:
    """Weight of a seizure sample and of a background sample."""

    seizure: float
    background: float


def class_weights(ictal_share: float) -> ClassWeights:
    """Weigh both classes alike over all samples that are drawn.

    The sampler has balanced the windows already; what is left is that a window with seizure is not
    seizure throughout. Weights from the raw data would count the balance twice.

    Parameters
    ----------
    ictal_share
        Share of seizure among the samples that are drawn.
    """
    return ClassWeights(0.5 / ictal_share, 0.5 / (1.0 - ictal_share))


def weighted_bce(logits: Tensor, ictal: Tensor, counts: Tensor, weights: ClassWeights) -> Tensor:
    """Mean over all samples of weight times cross-entropy.

    Parameters
    ----------
    logits : (B, L)
        The network's output.
    ictal : (B, L)
        1 in a seizure, else 0.
    counts : (B, L)
        Weight of each sample apart from its class; 0 for padding.
    weights
        Of the classes.
    """
    by_class = ictal * weights.seizure + (1.0 - ictal) * weights.background  # (B, L)
    loss = functional.binary_cross_entropy_with_logits(logits, ictal, reduction="none")  # (B, L)
    return (loss * by_class * counts).mean()
