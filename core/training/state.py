"""What a training needs to go on after it was cut off. Safetensors; nothing is pickled."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from core.errors import VigilError
from core.training.crops import Crop

__all__ = ["Progress", "StateError", "load_state", "save_state"]

_FORMAT = "vigil-training"


class StateError(VigilError):
    """A training cannot be resumed from what is on disk."""


@dataclass(slots=True)
class Progress:
    """Where a training stands.

    Attributes
    ----------
    step
        Optimiser steps done, over all epochs.
    skipped
        Steps left out because loss or gradient was not finite.
    best
        Sort key of the best epoch so far, as in :meth:`~core.training.dev_pass.DevScores.key`.
    best_epoch
        Its number, from 0; -1 before the first.
    epoch_loss
        Sum of the losses of the present epoch.
    hard
        Hard negatives of the present epoch.
    stopped
        Whether patience has run out.
    """

    step: int = 0
    skipped: int = 0
    best: tuple[float, float] = (-1.0, -1.0)
    best_epoch: int = -1
    epoch_loss: float = 0.0
    hard: list[Crop] = field(default_factory=list)
    stopped: bool = False


def save_state(
    path: Path,
    network: nn.Module,
    average: nn.Module | None,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
    identity: dict[str, str],
) -> None:
    """Write everything that decides what comes next; the file appears complete or not at all.

    Parameters
    ----------
    identity
        What must be the same for a training to go on, such as the hash of its settings.

    Raises
    ------
    StateError
        Where it cannot be written.
    """
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    if average is not None:
        tensors |= {f"average.{name}": value for name, value in average.state_dict().items()}
    for name, parameter in network.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            tensors[f"optimizer.{key}.{name}"] = value
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    metadata = {"format": _FORMAT, "progress": json.dumps(asdict(progress)), **identity}
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(safetensors.torch.save(tensors, metadata))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StateError(f"{path}: cannot be written ({error.strerror})") from error


def load_state(
    path: Path,
    network: nn.Module,
    average: nn.Module | None,
    optimizer: torch.optim.Optimizer,
    identity: dict[str, str],
) -> Progress:
    """Put network, average and optimiser back; return where the training stood.

    Raises
    ------
    StateError
        Where the file is missing, damaged, or of another training.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (OSError, safetensors.SafetensorError) as error:
        raise StateError(f"{path}: no state to resume from ({error})") from error
    if metadata.get("format") != _FORMAT:
        raise StateError(f"{path}: not the state of a training")
    for key, value in identity.items():
        if metadata.get(key) != value:
            raise StateError(f"{path}: {key} is {metadata.get(key)}, expected {value}")
    try:
        network.load_state_dict(_under("network.", tensors))
        if average is not None:
            average.load_state_dict(_under("average.", tensors))
        progress = _progress(json.loads(metadata["progress"]))
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise StateError(f"{path}: damaged state; start anew without --resume") from error
    kept = _under("optimizer.", tensors)
    for name, parameter in network.named_parameters():
        mine = {key: kept[f"{key}.{name}"] for key in _KEYS if f"{key}.{name}" in kept}
        if mine:
            # AdamW keeps its step counter on the CPU
            optimizer.state[parameter] = {
                key: value if key == "step" else value.to(parameter.device)
                for key, value in mine.items()
            }
    return progress


_KEYS = ("step", "exp_avg", "exp_avg_sq")
"""What AdamW keeps for each parameter."""


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _progress(values: dict[str, Any]) -> Progress:
    values["best"] = tuple(values["best"])
    values["hard"] = [Crop(**each) for each in values["hard"]]
    return Progress(**values)
