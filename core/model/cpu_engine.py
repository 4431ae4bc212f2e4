"""The engine of a computer without a GPU."""

import numpy as np
import torch
from torch import nn

from core.config import Config
from core.errors import VigilError
from core.model.builtin import UNTRAINED
from core.model.checkpoint import Calibration
from core.model.detection_network import DetectionNetwork
from core.model.inference import inference_network, narrow
from core.model.probabilities import calibrated, check_finite, check_shape
from core.types import FloatArray

__all__ = ["TorchEngine", "cpu_engine_name", "has_bfloat16_units"]

BFLOAT16_UNITS = ("amx_bf16", "avx512_bf16")
"""Without one of these, bfloat16 is several times slower than float32."""


class TorchEngine:
    """The network in PyTorch on the CPU, one window at a time.

    The folded form (:func:`core.model.inference.inference_network`), or the plain network with
    ``inference.reference``. The same window always gives bitwise the same probabilities on the
    same computer.

    Parameters
    ----------
    network
        Is switched to inference.
    config
        Its ``inference.reference``, ``inference.precision``, ``inference.threads`` and the
        windows' length count.
    weights
        Identity of the weights.
    calibration
        From logits to probabilities.

    Raises
    ------
    VigilError
        Where bfloat16 is demanded and the processor has no units for it, or TF32, which no
        processor has.
    """

    def __init__(
        self,
        network: DetectionNetwork,
        config: Config,
        weights: str = UNTRAINED,
        calibration: Calibration | None = None,
    ) -> None:
        self.name = cpu_engine_name(config)
        self.weights = weights
        self._calibration = calibration or Calibration()
        self._shape = (network.preset.n_channels, config.window_samples)
        self._threads = config.inference.threads
        plain = network.to("cpu", torch.float32).eval().requires_grad_(False)
        precision = config.inference.precision
        self._network: nn.Module = plain
        if not config.inference.reference:
            self._network = inference_network(plain, winograd=precision == "float32")
        if precision == "bfloat16":
            narrow(self._network, torch.bfloat16)
        # For the whole process: idle OpenMP threads spin and starve their neighbours.
        torch.set_num_threads(self._threads)

    def warm_up(self) -> None:
        """Score one window of silence: the first call allocates and may take ten times as long."""
        self.predict(np.zeros(self._shape, dtype=np.float32))

    def predict(self, data: FloatArray) -> FloatArray:
        """Score one window; see :meth:`core.model.engine.Engine.predict`.

        Raises
        ------
        SignalError
            Where the window has another shape, or the probabilities are not finite.
        """
        check_shape(data, self._shape)
        # A thread that is new to PyTorch begins with all cores.
        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        with torch.inference_mode():
            x = torch.tensor(data, dtype=torch.float32)  # (19, 15360)
            logits = self._network(x.unsqueeze(0)).squeeze(0)  # (15360,)
            probabilities: FloatArray = calibrated(logits, self._calibration).numpy()  # (15360,)
        check_finite(self.name, data, probabilities)
        return probabilities

    def reset(self) -> None:
        """Do nothing: every window is scored by itself."""


def cpu_engine_name(config: Config) -> str:
    """Name of the engine that a configuration asks for on the CPU.

    Raises
    ------
    VigilError
        Where the processor cannot compute in the number format.
    """
    precision = config.inference.precision
    if precision == "tf32":
        raise VigilError("inference.precision is tf32, which only GPUs have; use float32")
    if precision == "bfloat16" and not has_bfloat16_units():
        raise VigilError(
            "inference.precision is bfloat16, but this processor has no units for it "
            f"({' or '.join(BFLOAT16_UNITS)}); use float32"
        )
    form = "-reference" if config.inference.reference else ""
    return f"torch-cpu{form}-{precision}"


def has_bfloat16_units() -> bool:
    """Whether the processor multiplies bfloat16 matrices in hardware."""
    # PyTorch before 2.10 cannot tell.
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(bool(capabilities.get(unit)) for unit in BFLOAT16_UNITS)
