"""The optimiser, its learning rate over time, and the running average of the weights."""

import copy
import math

import torch
from torch import nn

from core.model.detection_network import DetectionNetwork
from core.training.settings import OptimisationSettings

__all__ = ["WeightAverage", "learning_rate", "make_optimizer"]


def make_optimizer(network: nn.Module, settings: OptimisationSettings) -> torch.optim.AdamW:
    """AdamW over all parameters.

    Mamba-2's decay rates and step biases, norms and biases are not drawn to zero by weight decay:
    zero means nothing for them (as in the reference code of Mamba-2).
    """
    decayed: list[nn.Parameter] = []
    free: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        small = parameter.ndim < 2 or name.endswith(("A_log", "dt_bias", "D"))
        (free if small else decayed).append(parameter)
    groups = [
        {"params": decayed, "weight_decay": settings.weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.lr)


def learning_rate(settings: OptimisationSettings, step: int, n_steps: int) -> float:
    """Linear warm-up, then half a cosine down to 0.

    Parameters
    ----------
    step
        From 0.
    n_steps
        Of the whole training.
    """
    warmup = round(settings.warmup_share * n_steps)
    if step < warmup:
        return settings.lr * (step + 1) / warmup
    done = (step - warmup) / max(1, n_steps - warmup)
    return settings.lr * 0.5 * (1.0 + math.cos(math.pi * done))


class WeightAverage:
    """Exponential moving average of weights and running statistics.

    Parameters
    ----------
    network
        Whose weights are averaged.
    decay
        Share of the old average that each step keeps; lower in the first steps, so that the random
        beginning is soon forgotten.
    """

    def __init__(self, network: DetectionNetwork, decay: float) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take in the weights after a step, counted from 0."""
        decay = min(self._decay, (1 + step) / (10 + step))
        new = network.state_dict()
        for name, kept in self.network.state_dict().items():
            if kept.is_floating_point():
                kept.lerp_(new[name], 1.0 - decay)
            else:
                kept.copy_(new[name])
