"""What runs the network: windows in, probabilities out."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from core.config import Config
from core.errors import SignalError, VigilError
from core.model.checkpoint import Calibration, load_checkpoint
from core.model.network import SeizureNetwork, build_network
from core.types import FloatArray

__all__ = ["UNTRAINED", "Engine", "TorchEngine", "engine_name", "load_engine", "resolve_device"]

UNTRAINED = "UNTRAINED"
"""Identity of weights that nobody trained."""


class Engine(Protocol):
    """Anything that can score a window."""

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


class TorchEngine:
    """The network in PyTorch, float32, one window at a time.

    The same window always gives bitwise the same probabilities on the same computer.

    Parameters
    ----------
    network
        Is moved to the device and switched to inference.
    config
        Its ``inference.device``, ``inference.threads`` and the windows' length count.
    weights
        Identity of the weights.
    calibration
        From logits to probabilities.

    Raises
    ------
    VigilError
        Where a GPU is demanded and there is none.
    """

    def __init__(
        self,
        network: SeizureNetwork,
        config: Config,
        weights: str = UNTRAINED,
        calibration: Calibration | None = None,
    ) -> None:
        self._device = resolve_device(config)
        self._calibration = calibration or Calibration()
        self._shape = (network.preset.n_channels, config.window_samples)
        self._network = network.to(self._device, torch.float32).eval().requires_grad_(False)
        self.name = engine_name(self._device)
        self.weights = weights
        # For the whole process: idle OpenMP threads spin and starve their neighbours.
        torch.set_num_threads(config.inference.threads)

    def warm_up(self) -> None:
        """Score one window of silence: the first call allocates and may take ten times as long."""
        self.predict(np.zeros(self._shape, dtype=np.float32))

    def predict(self, data: FloatArray) -> FloatArray:
        """Score one window; see :meth:`Engine.predict`.

        Raises
        ------
        SignalError
            Where the window has another shape, or the probabilities are not finite.
        """
        if data.shape != self._shape:
            raise SignalError(f"the network takes windows of {self._shape}, not {data.shape}")
        with torch.inference_mode(), _exact_convolutions(self._device):
            x = torch.tensor(data, dtype=torch.float32, device=self._device)  # (19, 15360)
            logits: Tensor = self._network(x.unsqueeze(0)).squeeze(0)  # (15360,)
            scaled = logits / self._calibration.temperature + self._calibration.bias  # (15360,)
            probabilities: FloatArray = torch.sigmoid(scaled).cpu().numpy()  # (15360,)
        if not np.isfinite(probabilities).all():
            bad_input = "" if np.isfinite(data).all() else "; the window itself is not finite"
            raise SignalError(f"{self.name}: probabilities are not finite{bad_input}")
        return probabilities


def load_engine(config: Config, weights: Path | None) -> TorchEngine:
    """Make the engine that a configuration asks for.

    Parameters
    ----------
    config
        Preset, device and threads.
    weights
        A file of :func:`core.model.checkpoint.save_checkpoint`. None gives seeded random weights,
        which ``weights`` then calls ``UNTRAINED``.

    Raises
    ------
    CheckpointError
        Where the weights cannot be used; see :func:`core.model.checkpoint.load_checkpoint`.
    VigilError
        Where a GPU is demanded and there is none.
    """
    resolve_device(config)  # before a large file is read in vain
    if weights is None:
        engine = TorchEngine(build_network(config.model.preset), config)
    else:
        network, info = load_checkpoint(weights, config)
        engine = TorchEngine(network, config, info.weights, info.calibration)
    engine.warm_up()
    return engine


def resolve_device(config: Config) -> torch.device:
    """Decide where to compute: ``auto`` takes the GPU where there is one.

    Raises
    ------
    VigilError
        Where ``cuda`` is demanded and there is no GPU that PyTorch can use.
    """
    wanted = config.inference.device
    if wanted == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if wanted == "cuda":
        raise VigilError("inference.device is cuda, but PyTorch finds no GPU; use auto or cpu")
    return torch.device("cpu")


def engine_name(device: torch.device) -> str:
    """Name of the engine that computes on a device."""
    return f"torch-{device.type}-float32"


def _exact_convolutions(device: torch.device) -> AbstractContextManager[None]:
    """On a GPU, convolve in true float32 by a fixed algorithm; cuDNN would choose TF32."""
    if device.type != "cuda":
        return nullcontext()
    return torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
