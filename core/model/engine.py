"""What runs a detector: windows in, probabilities out."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from core.config import Config
from core.errors import SignalError, VigilError
from core.model.checkpoint import Calibration, load_checkpoint
from core.model.detection_network import DetectionNetwork
from core.model.line_length import LineLength, RunningBaseline, count_valid
from core.model.network import build_network
from core.types import FloatArray

__all__ = [
    "UNTRAINED",
    "Engine",
    "LineLengthEngine",
    "TorchEngine",
    "engine_name",
    "load_engine",
    "resolve_device",
]

UNTRAINED = "UNTRAINED"
"""Identity of weights that nobody trained."""


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
        network: DetectionNetwork,
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
        _check_shape(data, self._shape)
        with torch.inference_mode(), _exact_convolutions(self._device):
            x = torch.tensor(data, dtype=torch.float32, device=self._device)  # (19, 15360)
            logits: Tensor = self._network(x.unsqueeze(0)).squeeze(0)  # (15360,)
            probabilities = _calibrated(logits, self._calibration)  # (15360,)
        _check_finite(self.name, data, probabilities)
        return probabilities

    def reset(self) -> None:
        """Do nothing: every window is scored by itself."""


class LineLengthEngine:
    """The line-length detector, on the CPU, with the running baseline of one patient.

    Parameters
    ----------
    network
        Slope and threshold.
    config
        Its windows' length and distance and ``inference.threads`` count.
    weights
        Identity of the parameters.
    calibration
        From logits to probabilities.
    """

    def __init__(
        self,
        network: LineLength,
        config: Config,
        weights: str = UNTRAINED,
        calibration: Calibration | None = None,
    ) -> None:
        self._network = network.cpu().eval().requires_grad_(False)
        self._calibration = calibration or Calibration()
        self._baseline = RunningBaseline(network.sizes, config.stride_samples)
        self._shape = (network.preset.n_channels, config.window_samples)
        self.name = "line-length-cpu-float32"
        self.weights = weights
        torch.set_num_threads(config.inference.threads)

    def predict(self, data: FloatArray) -> FloatArray:
        """Score the next window of the patient; see :meth:`Engine.predict`.

        Raises
        ------
        SignalError
            Where the window has another shape or is not finite.
        """
        _check_shape(data, self._shape)
        # Before the window can spoil the baseline.
        _check_finite(self.name, data, data)
        with torch.inference_mode():
            x = torch.tensor(data, dtype=torch.float32)  # (19, 15360)
            n_valid = count_valid(x)
            scores = self._baseline.push(self._network.levels(x, n_valid), n_valid)  # (60,)
            logits = self._network.logits(scores)  # (15360,)
            return _calibrated(logits, self._calibration)  # (15360,)

    def reset(self) -> None:
        """Forget the patient's baseline."""
        self._baseline.reset()


def load_engine(config: Config, weights: Path | None) -> Engine:
    """Make the engine that a configuration asks for.

    Parameters
    ----------
    config
        Preset, device and threads.
    weights
        A file of :func:`core.model.checkpoint.save_checkpoint`. None gives seeded random weights,
        or the line-length detector's defaults, which ``weights`` then calls ``UNTRAINED``.

    Raises
    ------
    CheckpointError
        Where the weights cannot be used; see :func:`core.model.checkpoint.load_checkpoint`.
    VigilError
        Where a GPU is demanded and there is none.
    """
    resolve_device(config)  # before a large file is read in vain
    if weights is None:
        network, identity, calibration = build_network(config.model.preset), UNTRAINED, None
    else:
        network, info = load_checkpoint(weights, config)
        identity, calibration = info.weights, info.calibration
    if isinstance(network, LineLength):
        return LineLengthEngine(network, config, identity, calibration)
    engine = TorchEngine(network, config, identity, calibration)
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


def _check_shape(data: FloatArray, shape: tuple[int, int]) -> None:
    if data.shape != shape:
        raise SignalError(f"the network takes windows of {shape}, not {data.shape}")


def _check_finite(name: str, data: FloatArray, probabilities: FloatArray) -> None:
    if not np.isfinite(probabilities).all():
        bad_input = "" if np.isfinite(data).all() else "; the window itself is not finite"
        raise SignalError(f"{name}: probabilities are not finite{bad_input}")


def _calibrated(logits: Tensor, calibration: Calibration) -> FloatArray:
    """Probabilities of logits: (15360,) -> (15360,)."""
    scaled = logits / calibration.temperature + calibration.bias  # (15360,)
    probabilities: FloatArray = torch.sigmoid(scaled).cpu().numpy()  # (15360,)
    return probabilities


def _exact_convolutions(device: torch.device) -> AbstractContextManager[None]:
    """On a GPU, convolve in true float32 by a fixed algorithm; cuDNN would choose TF32."""
    if device.type != "cuda":
        return nullcontext()
    return torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
