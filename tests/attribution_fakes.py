"""A network whose explanation is known."""

import threading

import torch

from core.electrodes import ELECTRODES

LOUD = ("T3", "F7")


class Levels(torch.nn.Module):
    """Logit = weighted amplitude of LOUD; may wait at a gate, or fail."""

    def __init__(self, gate=None, error=None):
        super().__init__()
        self.gate, self.error = gate, error
        self.threads, self.calls, self.reached = set(), 0, threading.Event()

    def forward(self, x):
        self.calls += 1
        self.threads.add(threading.current_thread().name)
        self.reached.set()
        if self.gate is not None:
            assert self.gate.wait(20)
        if self.error is not None:
            raise self.error
        weights = torch.zeros(19)
        for k, name in enumerate(LOUD):
            weights[ELECTRODES.index(name)] = 2.0 - 0.5 * k
        return torch.einsum("bcl,c->bl", x.abs(), weights)
