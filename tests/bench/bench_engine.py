"""One window on each engine of every preset, and cost against length. Run with ``make bench``.

Everything is measured in turns within one run (A, B, A, B ...), so that ratios hold on a machine
that is busy with other things; the minimum of the rounds counts. ``--clock cpu`` counts processor
time instead of wall time, which is the fairer of the two beside other programs; it is for one
thread. Prints tables, or one JSON object with ``--json``. ``vigil bench`` measures one engine.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Iterable
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch loads its OpenMP

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from core.config import Config, InferenceConfig, ModelConfig
from core.model.cpu_engine import has_bfloat16_units
from core.model.engine import Engine, choose_engine, load_engine
from monitor.benchmark.machine import describe_machine
from monitor.benchmark.scaling import LENGTHS, measure_scaling
from monitor.benchmark.timing import Clock
from monitor.benchmark.windows import count_flops, example_window, time_windows

PRESETS = ("vigil-13m", "stock-31m", "seizure-transformer", "small-cnn")
REFERENCE = "torch-cpu-reference-float32"


def engines(preset: str, threads: int) -> dict[str, Engine]:
    """Every engine that this machine has."""
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
    made = [load_engine(config, None) for config in variants]
    return {engine.name: engine for engine in made}


def measure_windows(
    presets: Iterable[str], threads: int, rounds: int, clock: Clock
) -> list[dict[str, Any]]:
    """One row for each engine of each preset."""
    window = example_window()
    rows: list[dict[str, Any]] = []
    for preset in presets:
        own = engines(preset, threads)
        times = time_windows(own, rounds, ["float32"], torch.device("cpu"), clock)
        flops, peak = count_flops(preset), times.peak(middle=min)
        expected = own[REFERENCE].predict(window)
        slowest = min(times.windows[REFERENCE])
        for name, runs in times.windows.items():
            best = min(runs)
            rows.append(
                {
                    "preset": preset,
                    "engine": name,
                    "window_ms": 1e3 * best,
                    "window_median_ms": 1e3 * statistics.median(runs),
                    "speed_up": slowest / best,
                    "gemm_gflops": peak / 1e9,
                    "gemm_peak_fraction": flops / best / peak,
                    "gflop": flops / 1e9,
                    "max_difference": float(np.abs(own[name].predict(window) - expected).max()),
                }
            )
    return rows


def table(title: str, rows: list[dict[str, Any]]) -> Table:
    shown = Table(title=title, title_justify="left")
    for key in rows[0]:
        shown.add_column(key, justify="left" if isinstance(rows[0][key], str) else "right")
    for row in rows:
        shown.add_row(*(f"{v:.4g}" if isinstance(v, float) else str(v) for v in row.values()))
    return shown


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
    if 0 < args.longest < LENGTHS[1]:
        parser.error(f"--longest is 0 or at least {LENGTHS[1]}")
    clock = time.perf_counter if args.clock == "wall" else time.thread_time
    windows = measure_windows(args.presets, args.threads, args.rounds, clock)
    scaling = None
    if args.longest:
        turns, cpu = max(2, args.rounds // 2), torch.device("cpu")
        scaling = measure_scaling("vigil-13m", turns, args.longest, 300.0, cpu, clock)
    machine = describe_machine(args.threads)
    if args.json:
        result = {"machine": machine, "clock": args.clock, "windows": windows, "scaling": scaling}
        print(json.dumps(result, indent=2))
        return
    console = Console(width=160)
    console.print(
        f"{machine['processor']}, {machine['cores']} cores, torch {machine['torch']}; "
        f"{args.threads} threads, {args.clock} time"
    )
    console.print(table("One window of 60 s", windows))
    if scaling is not None:
        console.print(table("Six layers at the bottleneck, medians", scaling["rows"]))
        for name, law in scaling["stacks"].items():
            console.print(f"{name}: time ~ length^{law['exponent']:.2f}")


if __name__ == "__main__":
    main()
