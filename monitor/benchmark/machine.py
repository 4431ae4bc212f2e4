"""The machine that was measured on, and how much memory this process takes."""

import os
import platform
import sys
from pathlib import Path
from typing import Any

import torch

__all__ = ["describe_machine", "peak_rss_mb", "processor_name", "resident_mb"]

_UNITS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "bf16", "sve")
"""Units of a processor that matter for networks, by Linux's names."""


def describe_machine(threads: int) -> dict[str, Any]:
    """Describe processor, memory, PyTorch, and how busy the machine is at this moment.

    Parameters
    ----------
    threads
        That compute here.

    Returns
    -------
    dict
        ``load_average`` counts programs that ran or wanted to in the last minute, and is None
        where the system does not tell; so is ``memory_gb``.
    """
    flags = _cpuinfo("flags") or _cpuinfo("Features")
    on_gpu = torch.cuda.is_available()
    return {
        "processor": processor_name(),
        "units": [unit for unit in _UNITS if unit in flags.split()],
        "cores": os.cpu_count() or 1,
        "memory_gb": _memory_gb(),
        "gpu": torch.cuda.get_device_name() if on_gpu else None,
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": threads,
        "load_average": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def processor_name() -> str:
    """Name of the processor, as exactly as the system tells."""
    name = _cpuinfo("model name") or platform.processor() or platform.machine()
    family, model = _cpuinfo("cpu family"), _cpuinfo("model")
    return f"{name} (family {family}, model {model})" if family and model else name


def resident_mb() -> float | None:
    """Memory of this process now, MB; None where the system does not tell."""
    statm = Path("/proc/self/statm")
    if not statm.is_file():
        return None
    n_pages = int(statm.read_text(encoding="ascii").split()[1])
    return round(n_pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def peak_rss_mb() -> float | None:
    """Most memory that this process ever took, MB; None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, ValueError, OSError):
        return None


def _cpuinfo(key: str) -> str:
    """Value of a key, of the first core; empty where there is none."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    pairs = (line.partition(":") for line in lines)
    return next((value.strip() for name, _, value in pairs if name.strip() == key), "")
