"""The engine of a computer with an NVIDIA GPU."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from core.config import Config
from core.errors import VigilError
from core.model.builtin import UNTRAINED
from core.model.checkpoint import Calibration
from core.model.cpu_engine import TorchEngine
from core.model.detection_network import DetectionNetwork
from core.model.grouped_scan import grouped_scan
from core.model.inference import inference_network, narrow
from core.model.mamba_ssm_scan import find_mamba_ssm_scan
from core.model.probabilities import calibrated, check_finite, check_shape
from core.types import FloatArray

__all__ = ["CudaEngine", "GpuLostError", "cuda_engine_name", "in_batches"]

MAX_BATCH = 32
WARM_UP_RUNS = 3
"""Before a graph is recorded, so that kernels are compiled and buffers are there."""


class GpuLostError(VigilError):
    """The GPU failed or has no memory left; :meth:`CudaEngine.on_cpu` goes on without it."""


class CudaEngine:
    """The folded network on a GPU.

    One window, as it comes at the bedside, is one CUDA graph; many windows go in batches. The
    Triton kernel of mamba-ssm scans where it is installed. :meth:`predict` gives bitwise the same
    probabilities for a window as long as the engine lives; a batch may round differently.

    Parameters
    ----------
    network
        Stays on the CPU and is switched to inference.
    config
        Its ``inference.precision`` and the windows' length count; the rest is for
        :meth:`on_cpu`.
    weights
        Identity of the weights.
    calibration
        From logits to probabilities.

    Raises
    ------
    GpuLostError
        Where the GPU fails.
    """

    def __init__(
        self,
        network: DetectionNetwork,
        config: Config,
        weights: str = UNTRAINED,
        calibration: Calibration | None = None,
    ) -> None:
        self.name = cuda_engine_name(config)
        self.weights = weights
        self._plain = network.to("cpu", torch.float32).eval().requires_grad_(False)
        self._config = config
        self._calibration = calibration or Calibration()
        self._shape = (network.preset.n_channels, config.window_samples)
        self._use_tf32 = config.inference.precision == "tf32"
        self._batch = MAX_BATCH
        self._graph: torch.cuda.CUDAGraph | None = None
        folded = inference_network(self._plain, find_mamba_ssm_scan() or grouped_scan)
        if config.inference.precision == "bfloat16":
            narrow(folded, torch.bfloat16)
        with _gpu_errors():
            self._network = folded.to("cuda")
            # PyTorch declares no types for it.
            self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            self._host = torch.zeros(1, *self._shape, pin_memory=True)  # (1, 19, 15360)
            self._input = torch.zeros(1, *self._shape, device="cuda")  # (1, 19, 15360)
            self._output = torch.zeros(1, self._shape[1], device="cuda")  # (1, 15360)
            torch.cuda.synchronize()  # what was filled here is read on the other stream

    def warm_up(self) -> None:
        """Compile the kernels and record the graph of one window: takes seconds.

        Raises
        ------
        GpuLostError
            Where the GPU fails.
        """
        with _gpu_errors(), self._computing():
            for _ in range(WARM_UP_RUNS):
                self._score(self._input)
            self._stream.synchronize()
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=self._stream):
                self._output = self._score(self._input)
            self._graph = graph

    def predict(self, data: FloatArray) -> FloatArray:
        """Score one window; see :meth:`core.model.engine.Engine.predict`.

        Raises
        ------
        SignalError
            Where the window has another shape, or the probabilities are not finite.
        GpuLostError
            Where the GPU fails.
        """
        check_shape(data, self._shape)
        if self._graph is None:
            self.warm_up()
        assert self._graph is not None
        with _gpu_errors(), self._computing():
            # The last call has waited for its own copy: the buffer is free.
            self._host.copy_(torch.tensor(data, dtype=torch.float32))
            self._input.copy_(self._host, non_blocking=True)
            self._graph.replay()
            probabilities: FloatArray = self._output[0].cpu().numpy()  # (15360,)
        check_finite(self.name, data, probabilities)
        return probabilities

    def predict_many(self, data: FloatArray) -> FloatArray:
        """Score many windows, in batches that the GPU's memory holds.

        Parameters
        ----------
        data : (n, 19, 15360) float32
            Normalised windows.

        Returns
        -------
        (n, 15360) float32 array
            Probabilities; their last digits may differ from those of :meth:`predict`.

        Raises
        ------
        SignalError
            Where a window has another shape, or a probability is not finite.
        GpuLostError
            Where the GPU fails, or its memory does not hold a single window.
        """
        check_shape(data, (len(data), *self._shape))
        with _gpu_errors(), self._computing():
            probabilities, self._batch = in_batches(self._score_batch, data, self._batch)
        check_finite(self.name, data, probabilities)
        return probabilities

    def reset(self) -> None:
        """Do nothing: every window is scored by itself."""

    def on_cpu(self) -> TorchEngine:
        """Make the engine that takes over when the GPU is lost: the same weights, in float32."""
        inference = self._config.inference.model_copy(
            update={"device": "cpu", "precision": "float32"}
        )
        config = self._config.model_copy(update={"inference": inference})
        return TorchEngine(self._plain, config, self.weights, self._calibration)

    def _score(self, x: Tensor) -> Tensor:
        """Probabilities of windows on the GPU: (B, 19, 15360) -> (B, 15360)."""
        return calibrated(self._network(x), self._calibration)

    def _score_batch(self, data: FloatArray) -> FloatArray:
        host = torch.from_numpy(np.ascontiguousarray(data)).pin_memory()  # (B, 19, 15360)
        probabilities: FloatArray = self._score(host.to("cuda", non_blocking=True)).cpu().numpy()
        return probabilities

    @contextmanager
    def _computing(self) -> Iterator[None]:
        """On a stream of its own, by fixed algorithms, in the number format that the name says."""
        precision = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("high" if self._use_tf32 else "highest")
        try:
            with (
                torch.inference_mode(),
                torch.cuda.stream(self._stream),
                torch.backends.cudnn.flags(
                    enabled=True, deterministic=True, allow_tf32=self._use_tf32
                ),
            ):
                yield
        finally:
            torch.set_float32_matmul_precision(precision)


def cuda_engine_name(config: Config) -> str:
    """Name of the engine that a configuration asks for on a GPU."""
    kernels = "torch" if find_mamba_ssm_scan() is None else "mamba-ssm"
    return f"{kernels}-cuda-{config.inference.precision}"


def in_batches(
    score: Callable[[FloatArray], FloatArray], data: FloatArray, size: int
) -> tuple[FloatArray, int]:
    """Score windows in batches, in smaller ones where the memory does not hold them.

    Parameters
    ----------
    score
        (B, ...) -> (B, L).
    data : (n, ...)
        Windows.
    size
        Largest batch to try.

    Returns
    -------
    probabilities : (n, L)
        Of all windows.
    size
        What the memory held.

    Raises
    ------
    torch.OutOfMemoryError
        Where it does not hold a single window.
    """
    scored: list[FloatArray] = []
    start = 0
    while start < len(data):
        try:
            scored.append(score(data[start : start + size]))
        except torch.OutOfMemoryError:
            if size == 1:
                raise
            size //= 2
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            continue
        start += size
    return np.concatenate(scored), size


@contextmanager
def _gpu_errors() -> Iterator[None]:
    """Turn what the driver reports into one line and a type that the monitor can act on."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise GpuLostError("the GPU has no memory left for one window") from error
    except RuntimeError as error:
        text = str(error)
        if not any(sign in text for sign in ("CUDA", "cuDNN", "CUBLAS", "NVML")):
            raise
        raise GpuLostError(f"the GPU failed: {text.splitlines()[0]}") from error
