"""What one window costs, beside the matrix products of the machine and a transformer network."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from core.config import Config, ModelConfig
from core.detector import WindowScorer
from core.model.engine import load_engine, resolve_device
from core.model.network import build_network
from core.types import FloatArray
from monitor.benchmark.gemm import Product, gemm_peak, gemm_tasks
from monitor.benchmark.timing import Clock, interleaved, spread_ms

__all__ = [
    "BESIDE",
    "WindowTimes",
    "count_flops",
    "example_window",
    "measure_window",
    "time_windows",
]

BESIDE = "seizure-transformer"
"""The network that ours is compared with."""


@dataclass(frozen=True, slots=True)
class WindowTimes:
    """Seconds of each run, all taken in turns.

    Attributes
    ----------
    windows
        Of one window, by engine.
    products
        Of matrix products.
    """

    windows: dict[str, list[float]]
    products: dict[Product, list[float]]

    def peak(
        self,
        precision: str = "float32",
        middle: Callable[[Sequence[float]], float] = statistics.median,
    ) -> float:
        """Speed of the fastest product, FLOP/s; see :func:`monitor.benchmark.gemm.gemm_peak`."""
        return gemm_peak(self.products, precision, middle)


def count_flops(preset: str) -> int:
    """Count the floating-point operations of one window, with PyTorch's counter.

    Those of the plain network, as it was trained, so that work an engine saves counts as speed.
    """
    network = build_network(preset).eval()
    # PyTorch's counter does not know the processor's fused attention.
    attention = sdpa_kernel(SDPBackend.MATH)
    with torch.no_grad(), attention, FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, network.preset.n_channels, Config().window_samples))
    return int(counter.get_total_flops())


def example_window() -> FloatArray:
    """Return noise in the form of a normalised window: (19, 15360) float32."""
    shape = (19, Config().window_samples)
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def time_windows(
    engines: Mapping[str, WindowScorer],
    rounds: int,
    precisions: Sequence[str],
    device: torch.device,
    clock: Clock = time.perf_counter,
) -> WindowTimes:
    """Score one window with each engine and multiply matrices, in turns.

    Parameters
    ----------
    engines
        By any name.
    rounds
        How often.
    precisions
        Number formats of the matrix products.
    device
        Where matrices are multiplied.
    clock
        What is read.
    """
    window = example_window()
    tasks: dict[str | Product, Callable[[], object]] = {
        name: partial(engine.predict, window) for name, engine in engines.items()
    }
    for precision in precisions:
        tasks.update(gemm_tasks(precision, device).items())
    times = interleaved(tasks, rounds, clock)
    return WindowTimes(
        {key: runs for key, runs in times.items() if isinstance(key, str)},
        {key: runs for key, runs in times.items() if isinstance(key, Product)},
    )


def measure_window(config: Config, scorer: WindowScorer, rounds: int) -> dict[str, Any]:
    """Measure one window of an engine, beside the transformer network in the same engine.

    Returns
    -------
    dict
        ``window_ms`` (median), ``window_p95_ms``, ``window_gflop`` and ``gemm_peak_fraction``,
        which is the plain network's FLOPs, over the median time, over the float32 GEMM peak of
        the same rounds; ``seizure_transformer_ms`` and ``seizure_transformer_ratio``, its time
        over ours. ``gemm`` has the peaks (GFLOP/s): of each number format the fastest product,
        by the median of its runs, and its best run.
    """
    device = resolve_device(config)
    model = ModelConfig.model_validate({"preset": BESIDE})
    # Random weights take as long as trained ones.
    beside = load_engine(config.model_copy(update={"model": model}), None)
    precision = config.inference.precision
    precisions = ["float32", *([precision] if precision == "bfloat16" else [])]
    began, busy = time.perf_counter(), time.process_time()
    times = time_windows({"own": scorer, "beside": beside}, rounds, precisions, device)
    busy, wall_s = time.process_time() - busy, time.perf_counter() - began
    own, other = (1000 * statistics.median(times.windows[key]) for key in ("own", "beside"))
    spread = spread_ms(times.windows["own"])
    flops = count_flops(config.model.preset)
    peak = times.peak()
    return {
        "window_ms": round(own, 2),
        "window_p95_ms": spread["p95_ms"],
        "window_max_ms": spread["max_ms"],
        "window_n": spread["n"],
        "processor_share": round(busy / wall_s, 3),
        "window_gflop": round(flops / 1e9, 3),
        "gemm": {
            name: {
                "peak_gflops": round(times.peak(name) / 1e9, 1),
                "best_run_gflops": round(times.peak(name, min) / 1e9, 1),
            }
            for name in precisions
        },
        "gemm_peak_gflops": round(peak / 1e9, 1),
        "gemm_peak_fraction": round(flops / (own / 1000) / peak, 4),
        "seizure_transformer_ms": round(other, 2),
        "seizure_transformer_p95_ms": spread_ms(times.windows["beside"])["p95_ms"],
        "seizure_transformer_gflop": round(count_flops(BESIDE) / 1e9, 3),
        "seizure_transformer_ratio": round(other / own, 3),
    }
