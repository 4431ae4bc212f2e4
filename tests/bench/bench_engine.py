"""One window on each engine, and cost against length. Run with ``make bench``.

Everything is measured in turns within one run (A, B, A, B ...), so that ratios hold on a machine
that is busy with other things; the minimum of the rounds counts. ``--clock cpu`` counts processor
time instead of wall time, which is the fairer of the two beside other programs; it is for one
thread. Prints tables, or one JSON object with ``--json``.
"""

import argparse
import json
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch loads its OpenMP

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from core.config import Config, InferenceConfig, ModelConfig
from core.model.cpu_engine import has_bfloat16_units
from core.model.engine import Engine, choose_engine, load_engine
from core.model.grouped_scan import grouped_scan
from core.model.inference import inference_network
from core.model.network import SeizureNetwork, build_network

PRESETS = ("vigil-13m", "stock-31m", "seizure-transformer", "small-cnn")
GEMM_SIZES = (1024, 1536, 2048)
LENGTHS = (960, 1920, 3840, 7680, 15360)

Clock = Callable[[], float]
Times = dict[str, list[float]]


def interleaved(tasks: dict[str, Callable[[], Any]], rounds: int, clock: Clock) -> Times:
    """Run all tasks in turn, ``rounds`` times; seconds of each run."""
    times: Times = {name: [] for name in tasks}
    for task in tasks.values():
        task()  # the first call allocates
    for _ in range(rounds):
        for name, task in tasks.items():
            began = clock()
            task()
            times[name].append(clock() - began)
    return times


def count_flops(preset: str) -> int:
    """Floating-point operations of one window, of the plain network; saved work counts as speed."""
    network = build_network(preset).eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 19, Config().window_samples))
    return counter.get_total_flops()


def gemm_tasks(dtype: torch.dtype) -> dict[str, Callable[[], Any]]:
    """Square products, by PyTorch's matrix product and as a 1x1 convolution (oneDNN)."""
    tasks: dict[str, Callable[[], Any]] = {}
    for size in GEMM_SIZES:
        a, b = torch.randn(size, size).to(dtype), torch.randn(size, size).to(dtype)
        image = a.T.reshape(1, size, 1, size).contiguous(memory_format=torch.channels_last)
        kernel = b.reshape(size, size, 1, 1)
        tasks[f"{size} mm"] = lambda a=a, b=b: a @ b
        tasks[f"{size} conv"] = lambda i=image, k=kernel: nn.functional.conv2d(i, k)
    return tasks


def gemm_peak(rounds: int, clock: Clock, dtype: torch.dtype) -> float:
    """FLOP/s of the fastest of several products."""
    times = interleaved(gemm_tasks(dtype), rounds, clock)
    return max(2 * int(name.split()[0]) ** 3 / min(runs) for name, runs in times.items())


def engines(presets: Iterable[str], threads: int) -> dict[tuple[str, str], Engine]:
    """Every engine that this machine has, for every preset."""
    made: dict[tuple[str, str], Engine] = {}
    for preset in presets:
        model = ModelConfig.model_validate({"preset": preset})
        plain = Config(model=model, inference=InferenceConfig(device="cpu", threads=threads))
        variants = [choose_engine(plain, "torch-cpu-reference"), plain]
        wide = ["bfloat16"] if has_bfloat16_units() else []
        on_gpu = ["float32", "tf32", "bfloat16"] if torch.cuda.is_available() else []
        for device, formats in (("cpu", wide), ("cuda", on_gpu)):
            for precision in formats:
                inference = InferenceConfig.model_validate(
                    {"device": device, "precision": precision, "threads": threads}
                )
                variants.append(plain.model_copy(update={"inference": inference}))
        for config in variants:
            engine = load_engine(config, None)
            made[preset, engine.name] = engine
    return made


def measure_windows(args: argparse.Namespace, clock: Clock) -> list[dict[str, Any]]:
    """One row for each engine of each preset."""
    window = np.random.default_rng(0).standard_normal((19, 15360), dtype=np.float32)
    made = engines(args.presets, args.threads)
    with torch.inference_mode():
        peak = gemm_peak(args.rounds, clock, torch.float32)
        narrow = gemm_peak(args.rounds, clock, torch.bfloat16) if has_bfloat16_units() else math.nan
    print(f"float32 GEMM {peak / 1e9:.0f}, bfloat16 {narrow / 1e9:.0f} GFLOP/s", file=sys.stderr)
    rows: list[dict[str, Any]] = []
    for preset in args.presets:
        own = {name: engine for (of, name), engine in made.items() if of == preset}
        times = interleaved(
            {name: (lambda e=engine: e.predict(window)) for name, engine in own.items()},
            args.rounds,
            clock,
        )
        flops = count_flops(preset)
        expected = own["torch-cpu-reference-float32"].predict(window)
        slowest = min(times["torch-cpu-reference-float32"])
        for name, runs in times.items():
            best = min(runs)
            rows.append(
                {
                    "preset": preset,
                    "engine": name,
                    "window_ms": 1e3 * best,
                    "window_median_ms": 1e3 * statistics.median(runs),
                    "speed_up": slowest / best,
                    "gemm_peak_fraction": flops / best / peak,
                    "gflop": flops / 1e9,
                    "max_difference": float(np.abs(own[name].predict(window) - expected).max()),
                }
            )
    return rows


def measure_lengths(args: argparse.Namespace, clock: Clock) -> list[dict[str, Any]]:
    """Time of the Mamba stack and of a transformer encoder of the same width."""
    stacks: dict[str, nn.Module] = {}
    for name, preset in (("mamba", "vigil-13m"), ("transformer", "seizure-transformer")):
        network = build_network(preset)
        assert isinstance(network, SeizureNetwork)
        stacks[name] = inference_network(network, grouped_scan).get_submodule("stack")
    # As many layers as the other has.
    transformer = stacks["transformer"].get_submodule("stack")
    assert isinstance(transformer.layers, nn.ModuleList)
    transformer.layers = transformer.layers[:6]
    rows = []
    with torch.inference_mode():
        for length in (n for n in LENGTHS if n <= args.longest):
            x = torch.randn(1, length, 512)
            tasks = {name: (lambda s=stack, x=x: s(x)) for name, stack in stacks.items()}
            times = interleaved(tasks, max(2, args.rounds // 2), clock)
            rows.append({"length": length, **{k: 1e3 * min(runs) for k, runs in times.items()}})
    return rows


def exponent(rows: list[dict[str, Any]], name: str) -> float:
    """Slope of log time over log length."""
    lengths = np.log([row["length"] for row in rows])
    return float(np.polyfit(lengths, np.log([row[name] for row in rows]), 1)[0])


def table(title: str, rows: list[dict[str, Any]]) -> Table:
    shown = Table(title=title, title_justify="left")
    for key in rows[0]:
        shown.add_column(key, justify="left" if isinstance(rows[0][key], str) else "right")
    for row in rows:
        shown.add_row(*(v if isinstance(v, str) else f"{v:.4g}" for v in row.values()))
    return shown


def processor() -> str:
    """Name of the processor, where Linux tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="+", default=list(PRESETS), choices=PRESETS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--longest", type=int, default=LENGTHS[-1], help="samples; 0: none")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.clock == "cpu" and args.threads > 1:
        parser.error("--clock cpu is for one thread")
    clock = time.perf_counter if args.clock == "wall" else time.thread_time
    windows = measure_windows(args, clock)
    lengths = measure_lengths(args, clock) if args.longest else []
    exponents = {
        name: exponent(lengths, name) for name in ("mamba", "transformer") if len(lengths) > 1
    }
    machine = f"{processor()}, {os.cpu_count()} cores, torch {torch.__version__}"
    if args.json:
        print(
            json.dumps(
                {
                    "machine": machine,
                    "clock": args.clock,
                    "threads": args.threads,
                    "windows": windows,
                    "lengths": lengths,
                    "scaling_exponent": exponents,
                },
                indent=2,
            )
        )
        return
    console = Console(width=140)
    console.print(f"{machine}; {args.threads} threads, {args.clock} time")
    console.print(table("One window of 60 s", windows))
    if lengths:
        console.print(table("Six layers at the bottleneck, ms", lengths))
    for name, slope in exponents.items():
        console.print(f"{name}: time ~ length^{slope:.2f}")


if __name__ == "__main__":
    main()
