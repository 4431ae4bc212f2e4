"""How fast the machine multiplies matrices: the most that a network could reach."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch.nn import functional

__all__ = ["Product", "gemm_peak", "gemm_tasks"]

_CPU_SIZES = (1024, 1536, 2048)
_GPU_SIZES = (4096, 8192)


@dataclass(frozen=True, slots=True)
class Product:
    """A square matrix product.

    Attributes
    ----------
    precision
        Number format, ``float32`` or ``bfloat16``.
    size
        Rows and columns.
    form
        ``mm``: PyTorch's matrix product. ``conv``: the same as a 1x1 convolution, which another
        library computes.
    """

    precision: str
    size: int
    form: str

    @property
    def flops(self) -> int:
        """Floating-point operations."""
        return 2 * self.size**3


def gemm_tasks(precision: str, device: torch.device) -> dict[Product, Callable[[], object]]:
    """Make square products of several sizes, in two forms, to be called and timed.

    Parameters
    ----------
    precision
        ``float32`` or ``bfloat16``.
    device
        Where; a call returns once the product is there.
    """
    dtype = {"float32": torch.float32, "bfloat16": torch.bfloat16}[precision]
    tasks: dict[Product, Callable[[], object]] = {}
    for size in _GPU_SIZES if device.type == "cuda" else _CPU_SIZES:
        a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
        image = a.T.reshape(1, size, 1, size).contiguous(memory_format=torch.channels_last)
        kernel = b.reshape(size, size, 1, 1)
        tasks[Product(precision, size, "mm")] = _finished(partial(torch.mm, a, b), device)
        tasks[Product(precision, size, "conv")] = _finished(
            partial(functional.conv2d, image, kernel), device
        )
    return tasks


def gemm_peak(
    times: Mapping[Product, Sequence[float]],
    precision: str,
    middle: Callable[[Sequence[float]], float] = statistics.median,
) -> float:
    """Return the speed of the fastest product of a number format, FLOP/s.

    Parameters
    ----------
    times
        Seconds of each run.
    precision
        The number format.
    middle
        Which of a product's runs counts.
    """
    return max(
        product.flops / middle(runs)
        for product, runs in times.items()
        if product.precision == precision
    )


def _finished(product: Callable[[], object], device: torch.device) -> Callable[[], object]:
    def run() -> None:
        with torch.inference_mode():
            product()
        if device.type == "cuda":
            torch.cuda.synchronize()

    return run
