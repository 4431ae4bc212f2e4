"""What runs a detector: windows in, probabilities out."""

from pathlib import Path
from typing import Protocol

import torch

from core.config import Config
from core.errors import ConfigError, VigilError
from core.model.builtin import UNTRAINED
from core.model.checkpoint import load_checkpoint
from core.model.cpu_engine import TorchEngine, cpu_engine_name
from core.model.cuda_engine import CudaEngine, GpuLostError, cuda_engine_name
from core.model.line_length import LineLength
from core.model.line_length_engine import LineLengthEngine
from core.model.network import build_network
from core.types import FloatArray

__all__ = [
    "ENGINES",
    "UNTRAINED",
    "CudaEngine",
    "Engine",
    "GpuLostError",
    "LineLengthEngine",
    "TorchEngine",
    "choose_engine",
    "engine_name",
    "load_engine",
    "resolve_device",
]

ENGINES = ("auto", "torch-cpu", "torch-cpu-reference", "cuda")
"""What can be chosen by name: ``auto`` is ``cuda`` where there is a GPU, else ``torch-cpu``."""


class Engine(Protocol):
    """Anything that can score windows.

    The windows of a recording come in order, each once, and :meth:`reset` goes before the first.
    """

    @property
    def name(self) -> str:
        """What computes, where and in which number format, as in ``torch-cpu-float32``."""
        ...

    @property
    def weights(self) -> str:
        """``UNTRAINED``, or the weights file's name and the first 12 digits of its SHA-256."""
        ...

    def predict(self, data: FloatArray) -> FloatArray:
        """Score one window.

        Parameters
        ----------
        data : (19, 15360) float32
            Normalised signal.

        Returns
        -------
        (15360,) float32 array
            Seizure probability of each sample.
        """
        ...

    def reset(self) -> None:
        """Forget the previous patient; a network has nothing to forget."""
        ...


def load_engine(config: Config, weights: Path | None) -> Engine:
    """Make the engine that a configuration asks for, ready for its first window.

    Parameters
    ----------
    config
        Preset, and everything under ``[inference]``.
    weights
        A file of :func:`core.model.checkpoint.save_checkpoint`. None gives seeded random weights,
        or the line-length detector's defaults, which ``weights`` then calls ``UNTRAINED``.

    Raises
    ------
    CheckpointError
        Where the weights cannot be used; see :func:`core.model.checkpoint.load_checkpoint`.
    GpuLostError
        Where the GPU fails.
    VigilError
        Where a GPU or a number format is demanded that is not there.
    """
    device = resolve_device(config)
    engine_name(device, config)  # before a large file is read in vain
    if weights is None:
        network, identity, calibration = build_network(config.model.preset), UNTRAINED, None
    else:
        network, info = load_checkpoint(weights, config)
        identity, calibration = info.weights, info.calibration
    if isinstance(network, LineLength):
        return LineLengthEngine(network, config, identity, calibration)
    make = CudaEngine if device.type == "cuda" else TorchEngine
    engine = make(network, config, identity, calibration)
    engine.warm_up()
    return engine


def choose_engine(config: Config, choice: str) -> Config:
    """Put the choice of an engine into a configuration.

    Parameters
    ----------
    config
        Everything else, its ``inference.precision`` among it.
    choice
        One of :data:`ENGINES`.

    Raises
    ------
    ConfigError
        Where there is no such engine, or it does not compute in the configuration's format.
    """
    if choice not in ENGINES:
        raise ConfigError(f"unknown engine {choice!r} (known: {', '.join(ENGINES)})")
    device = choice if choice in {"auto", "cuda"} else "cpu"
    reference = choice == "torch-cpu-reference"
    if reference and config.inference.precision != "float32":
        raise ConfigError(
            f"engine {choice} computes in float32, not {config.inference.precision} "
            "(inference.precision)"
        )
    inference = config.inference.model_copy(update={"device": device, "reference": reference})
    return config.model_copy(update={"inference": inference})


def resolve_device(config: Config) -> torch.device:
    """Decide where to compute: ``auto`` takes the GPU where there is one.

    The reference is the CPU's.

    Raises
    ------
    VigilError
        Where ``cuda`` is demanded and there is no GPU that PyTorch can use.
    """
    wanted = config.inference.device
    if wanted == "cpu" or config.inference.reference:
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if wanted == "cuda":
        raise VigilError("inference.device is cuda, but PyTorch finds no GPU; use auto or cpu")
    return torch.device("cpu")


def engine_name(device: torch.device, config: Config | None = None) -> str:
    """Name of the engine that runs a network on a device; None means the default settings.

    Raises
    ------
    VigilError
        Where it cannot compute in the configuration's number format.
    """
    config = config or Config()
    return cuda_engine_name(config) if device.type == "cuda" else cpu_engine_name(config)
