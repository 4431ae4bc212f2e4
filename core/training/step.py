"""One optimiser step: a batch in pieces, its gradient clipped, and left out if not finite."""

import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import cast

import torch
from torch import nn

from core.errors import VigilError
from core.model.detection_network import DetectionNetwork
from core.training.batches import Batch, Batches, mixed_seed
from core.training.loss import ClassWeights, weighted_bce
from core.training.optimisation import learning_rate
from core.training.processes import Processes
from core.training.settings import OptimisationSettings, TrainingSettings

__all__ = ["Step", "Stepper", "autocast"]


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a step.

    Attributes
    ----------
    loss
        Mean over the batch.
    grad_norm
        Norm of the gradient before it was clipped.
    lr
        Learning rate.
    taken
        False where loss or gradient was not finite: the network is then as it was before.
    """

    loss: float
    grad_norm: float
    lr: float
    taken: bool


class Stepper:
    """Takes optimiser steps, alone or with other processes.

    Parameters
    ----------
    network
        Is changed by each step.
    optimizer
        Over its parameters.
    batches
        Make tensors of crops.
    settings
        Everything that the training can be told.
    processes
        This process and its peers, who share each batch.

    Raises
    ------
    VigilError
        Where a batch cannot be shared out evenly.
    """

    def __init__(
        self,
        network: DetectionNetwork,
        optimizer: torch.optim.Optimizer,
        batches: Batches,
        settings: TrainingSettings,
        processes: Processes,
    ) -> None:
        optimisation = settings.optimisation
        n_pieces = optimisation.batch // optimisation.micro_batch
        if n_pieces % processes.count:
            raise VigilError(
                f"optimisation.batch {optimisation.batch} in pieces of micro_batch "
                f"{optimisation.micro_batch} cannot be shared by {processes.count} processes"
            )
        self._network = network
        self._optimizer = optimizer
        self._batches = batches
        self._settings = settings
        self._processes = processes
        forward: nn.Module = network
        if optimisation.compile:
            # only the training steps: the dev pass has few calls and windows of another length
            forward = cast("nn.Module", torch.compile(network, dynamic=False))
        self._forward = processes.wrap(forward)

    def take(self, batch: Batch, step: int, weights: ClassWeights) -> Step:
        """Take a step, counted from 0 over the whole training."""
        optimisation = self._settings.optimisation
        lr = learning_rate(optimisation, step, self._settings.n_steps)
        for group in self._optimizer.param_groups:
            group["lr"] = lr
        statistics = [buffer.clone() for buffer in self._network.buffers()]
        self._network.train()
        self._optimizer.zero_grad(set_to_none=True)
        loss = self._processes.mean(self._differentiate(batch, step, weights))
        norm = float(nn.utils.clip_grad_norm_(self._network.parameters(), optimisation.clip_norm))
        taken = math.isfinite(loss) and math.isfinite(norm)
        if taken:
            self._optimizer.step()
        else:
            # One NaN would stay in the running statistics of batch norm for ever.
            for buffer, before in zip(self._network.buffers(), statistics, strict=True):
                buffer.copy_(before)
        return Step(loss, norm, lr, taken)

    def _differentiate(self, batch: Batch, step: int, weights: ClassWeights) -> float:
        """Add up the gradients of this process's pieces; return their mean loss."""
        settings, processes = self._settings, self._processes
        micro = settings.optimisation.micro_batch
        mine = range(processes.rank, len(batch) // micro, processes.count)
        total = 0.0
        for k in mine:
            piece = batch[k * micro : (k + 1) * micro]
            data, ictal, counts = self._batches.tensors(piece, step, k * micro)
            torch.manual_seed(mixed_seed(settings.seed, step, k))
            with processes.gathering(self._forward, last=k == mine[-1]):
                with autocast(settings.optimisation, processes.device):
                    logits = self._forward(data)
                loss = weighted_bce(logits.float(), ictal, counts, weights) / len(mine)
                # DistributedDataParallel takes the mean over processes.
                torch.autograd.backward(loss)
            total += float(loss.detach())
        return total


def autocast(
    settings: OptimisationSettings, device: torch.device
) -> AbstractContextManager[object]:
    """Compute in the number format that the settings ask for."""
    if settings.amp == "off":
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16)
