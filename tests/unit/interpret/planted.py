"""A network with ensembles made by hand, and segments that drive them."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import torch

from core.interpret.segments import SegmentSet
from core.model.presets import ShallowCnnPreset
from core.model.shallow_cnn import ShallowCnn

SEIZURE_A, SEIZURE_B, BACKGROUND = (0, 1, 2, 3), (4, 5, 6), (7, 8, 9)
N_UNITS = 16
N_SAMPLES = 64


def planted_network():
    """Unit k of every layer reads channel k; A and B speak for a seizure, the next against it.

    With A and B silent the logit of a seizure is 0: chance, exactly. Units 10 to 15 say nothing.
    """
    preset = ShallowCnnPreset(
        "planted",
        segment_samples=N_SAMPLES,
        widths=(N_UNITS,) * 3,
        kernels=(1, 1, 1),
        strides=(1, 1, 1),
        hidden=N_UNITS,
    )
    network = ShallowCnn(preset).eval().requires_grad_(False)
    eye = torch.eye(N_UNITS)
    for k, layer in enumerate(network.convolutions.values()):
        weight = torch.zeros_like(layer[0].weight)
        weight[:, :N_UNITS, 0] = eye
        layer[0].weight.copy_(weight)
        assert k or layer[0].weight.shape[1] == 19
    network.dense[0].weight.copy_(eye)
    network.dense[0].bias.zero_()
    network.head.weight.zero_()
    network.head.weight[0, list(SEIZURE_A + SEIZURE_B)] = 1.0
    network.head.weight[0, list(BACKGROUND)] = -2.0
    network.head.bias.zero_()
    return network


@dataclass
class FakeMaterial:
    """Segments that are there already; a crop is a number."""

    pieces: list = field(default_factory=list)

    def cut(self, crop):
        return SimpleNamespace(data=self.pieces[crop])


def planted_segments(n_patients=8, n_each=20, seed=0):
    """Runs of 10 seizure and 10 background segments, as recordings have them."""
    rng = np.random.default_rng(seed)
    material, ictal, patients = FakeMaterial(), [], []
    for patient in range(n_patients):
        for k in range(2 * n_each):
            label = (k // 10) % 2 == 0
            # Channels rest below 0, where the ReLU lets nothing through.
            drive = np.full(19, -1.0) + 0.1 * rng.standard_normal(19)
            if label:
                drive[list(SEIZURE_A)] = 2 + rng.uniform(0, 2) + 0.1 * rng.standard_normal(4)
                drive[list(SEIZURE_B)] = 2 + rng.uniform(0, 2) + 0.1 * rng.standard_normal(3)
            else:
                drive[list(BACKGROUND)] = 2 + rng.uniform(0, 2) + 0.1 * rng.standard_normal(3)
            drive[10:N_UNITS] = 1 + rng.standard_normal(N_UNITS - 10)
            noise = 0.05 * rng.standard_normal((19, N_SAMPLES))
            material.pieces.append((drive[:, None] + noise).astype(np.float32))
            ictal.append(label)
            patients.append(f"p{patient}")
    n = len(ictal)
    return SegmentSet(material, tuple(range(n)), np.array(ictal), np.array(patients))
