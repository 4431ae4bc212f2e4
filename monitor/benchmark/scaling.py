"""Time against length: the Mamba-2 stack beside a transformer encoder of the same width."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.model.grouped_scan import GroupedScan, grouped_scan
from core.model.inference import inference_network
from core.model.mamba_ssm_scan import find_mamba_ssm_scan
from core.model.network import SeizureNetwork, build_network
from core.model.presets import PRESETS, Preset
from monitor.benchmark.timing import Clock

__all__ = ["LENGTHS", "PowerLaw", "build_stacks", "fit_power_law", "measure_scaling", "time_stacks"]

LENGTHS = (960, 1920, 3840, 7680, 15360)
"""Samples at the bottleneck; 960 are one window, 15,360 are 16 minutes of signal."""

_WIDTH = 512

_ONCE_S = 10.0
"""A stack that takes longer is not repeated."""


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """``seconds = factor * length ** exponent``."""

    exponent: float
    factor: float

    def at(self, length: float) -> float:
        """Seconds for a length."""
        return float(self.factor * length**self.exponent)


def fit_power_law(lengths: Sequence[float], seconds: Sequence[float]) -> PowerLaw:
    """Fit a straight line to log time over log length, by least squares.

    Raises
    ------
    ValueError
        With fewer than two lengths.
    """
    if len(lengths) < 2:
        raise ValueError("a fit needs at least two lengths")
    slope, offset = np.polyfit(np.log(lengths), np.log(seconds), 1)
    return PowerLaw(float(slope), float(np.exp(offset)))


def build_stacks(preset: str, device: torch.device) -> dict[str, nn.Module]:
    """Make the stacks, ``mamba`` and ``transformer``, with random weights.

    Parameters
    ----------
    preset
        Whose Mamba-2 stack; that of ``vigil-13m`` where it has none. The encoder has the same
        width and as many layers, and a feed-forward part of 2,048.
    device
        Where.

    Returns
    -------
    dict
        (1, L, 512) -> the same, in the form that the engines run, in float32.
    """
    sizes = PRESETS[preset]
    has_mamba = isinstance(sizes, Preset) and sizes.bottleneck == "mamba"
    stacks: dict[str, nn.Module] = {}
    scan: GroupedScan = grouped_scan
    if device.type == "cuda":
        scan = find_mamba_ssm_scan() or grouped_scan
    for name, of in (
        ("mamba", preset if has_mamba else "vigil-13m"),
        ("transformer", "seizure-transformer"),
    ):
        network = build_network(of)
        assert isinstance(network, SeizureNetwork)
        stacks[name] = inference_network(network, scan).get_submodule("stack").to(device)
    encoder = stacks["transformer"].get_submodule("stack")
    assert isinstance(encoder.layers, nn.ModuleList)
    assert isinstance(stacks["mamba"], nn.Sequential)
    encoder.layers = encoder.layers[: len(stacks["mamba"])]
    return stacks


def time_stacks(
    stacks: Mapping[str, Callable[[Tensor], Tensor]],
    lengths: Sequence[int],
    rounds: int,
    longest_run_s: float,
    device: torch.device,
    clock: Clock = time.perf_counter,
) -> dict[str, dict[int, list[float]]]:
    """Run all stacks on all lengths, in turns.

    Parameters
    ----------
    stacks
        (1, L, 512) -> the same.
    lengths
        Ascending.
    rounds
        How often. What takes more than 10 s is run once.
    longest_run_s
        Lengths at which a run would probably take longer are left out: estimated from the two
        lengths before, as if the next doubling cost as much as the last one.
    device
        Where.
    clock
        What is read.

    Returns
    -------
    dict
        Seconds of each run, by stack and length; no entry for what was left out.
    """
    times: dict[str, dict[int, list[float]]] = {name: {} for name in stacks}
    generator = torch.Generator().manual_seed(0)
    with torch.inference_mode():
        for turn in range(-1, rounds):
            # The first turn, on the shortest only, warms up.
            for length in lengths if turn >= 0 else lengths[:1]:
                x = torch.randn(1, length, _WIDTH, generator=generator).to(device)
                for name, stack in stacks.items():
                    runs = times[name].get(length, [])
                    if turn <= 0:
                        skips = _estimate_s(times[name], length) > longest_run_s
                    else:
                        skips = not runs or runs[0] > _ONCE_S
                    if skips:
                        continue
                    began = clock()
                    stack(x)
                    if device.type == "cuda":
                        torch.cuda.synchronize()
                    if turn >= 0:
                        times[name][length] = [*runs, clock() - began]
    return times


def measure_scaling(
    preset: str,
    rounds: int,
    longest: int,
    longest_run_s: float,
    device: torch.device,
    clock: Clock = time.perf_counter,
) -> dict[str, Any]:
    """Measure both stacks over all lengths up to ``longest``, and fit their exponents.

    Returns
    -------
    dict
        ``rows``, one a length, with the median of each stack in ms (None where left out) and how
        many runs it had; ``stacks``, each with its ``exponent`` and ``factor_s``, that of its last
        doubling, the lengths that were ``left_out``, and why.
    """
    lengths = [length for length in LENGTHS if length <= longest]
    stacks = build_stacks(preset, device)
    times = time_stacks(stacks, lengths, rounds, longest_run_s, device, clock)
    medians = {
        name: {length: statistics.median(runs) for length, runs in of.items()}
        for name, of in times.items()
    }
    rows = [
        {"length": length}
        | {f"{name}_ms": _ms(of.get(length)) for name, of in medians.items()}
        | {f"{name}_n": len(of.get(length, ())) for name, of in times.items()}
        for length in lengths
    ]
    return {
        "format": "float32",
        "layers": len(list(stacks["mamba"].children())),
        "width": _WIDTH,
        "rows": rows,
        "stacks": {
            name: _law(of, [n for n in lengths if n not in of], longest_run_s)
            for name, of in medians.items()
        },
    }


def _law(medians: Mapping[int, float], left_out: list[int], longest_run_s: float) -> dict[str, Any]:
    law = fit_power_law(list(medians), list(medians.values()))
    last = fit_power_law(list(medians)[-2:], list(medians.values())[-2:])
    return {
        "exponent": round(law.exponent, 4),
        "factor_s": law.factor,
        "last_doubling_exponent": round(last.exponent, 4),
        "left_out": left_out,
        "why_left_out": f"a run would take more than {longest_run_s:g} s" if left_out else None,
    }


def _estimate_s(times: Mapping[int, Sequence[float]], length: int) -> float:
    """Seconds that a run will probably take; 0 where nothing is known yet."""
    known = list(times)[-2:]
    if length in times or len(known) < 2:
        return 0.0
    return fit_power_law(known, [times[n][0] for n in known]).at(length)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 2)
