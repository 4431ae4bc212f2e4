"""The engine of the line-length detector."""

import torch

from core.config import Config
from core.model.builtin import UNTRAINED
from core.model.checkpoint import Calibration
from core.model.line_length import LineLength, RunningBaseline, count_valid
from core.model.probabilities import calibrated, check_finite, check_shape
from core.types import FloatArray

__all__ = ["LineLengthEngine"]


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

    name = "line-length-cpu-float32"

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
        self.weights = weights
        torch.set_num_threads(config.inference.threads)

    def predict(self, data: FloatArray) -> FloatArray:
        """Score the next window of the patient; see :meth:`core.model.engine.Engine.predict`.

        Raises
        ------
        SignalError
            Where the window has another shape or is not finite.
        """
        check_shape(data, self._shape)
        # Before the window can spoil the baseline.
        check_finite(self.name, data, data)
        with torch.inference_mode():
            x = torch.tensor(data, dtype=torch.float32)  # (19, 15360)
            n_valid = count_valid(x)
            scores = self._baseline.push(self._network.levels(x, n_valid), n_valid)  # (60,)
            logits = self._network.logits(scores)  # (15360,)
            probabilities: FloatArray = calibrated(logits, self._calibration).numpy()  # (15360,)
        return probabilities

    def reset(self) -> None:
        """Forget the patient's baseline."""
        self._baseline.reset()
