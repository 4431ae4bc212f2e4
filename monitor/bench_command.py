"""The command that measures how fast this machine detects, and how late it warns."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.config import Config
from monitor.command_options import (
    ConfigOption,
    EngineOption,
    JsonOption,
    WeightsOption,
    print_json,
    read_settings,
)

__all__ = ["bench"]

_SHORTEST_S = 5.0
_TWO_LENGTHS = 1920


def bench(
    seconds: Annotated[
        float,
        typer.Option(
            help="Seconds of live signal, in real time; windows take 60. 0: no live part.", min=0
        ),
    ] = 75.0,
    recording: Annotated[
        Path | None,
        typer.Option(help="EDF or BDF file for the offline part; else the demo recording."),
    ] = None,
    rounds: Annotated[int, typer.Option(help="How often a window is scored.", min=1)] = 15,
    longest: Annotated[
        int,
        typer.Option(help="Longest sequence at the bottleneck, samples. 0: none are run.", min=0),
    ] = 15360,
    full: Annotated[bool, typer.Option("--full", help="Also a simulated day; takes long.")] = False,
    hours: Annotated[float, typer.Option(help="Length of that day.", min=0.01, max=168)] = 24.0,
    threads: Annotated[
        int | None, typer.Option(help="Threads that compute; else as configured.", min=1, max=64)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for bench.json and figures.")] = None,
    weights: WeightsOption = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
    json: JsonOption = False,
) -> None:
    """Measure this machine: one window, a recording, live delays, memory; takes minutes."""
    from monitor.benchmark.report import print_bench
    from monitor.benchmark.run import BenchOptions, run_bench

    if 0 < seconds < _SHORTEST_S:
        raise typer.BadParameter(
            f"{seconds:g} is neither 0 nor at least {_SHORTEST_S:g}", param_hint="--seconds"
        )
    if 0 < longest < _TWO_LENGTHS:
        raise typer.BadParameter(
            f"{longest} is neither 0 nor at least {_TWO_LENGTHS}", param_hint="--longest"
        )
    settings = _with_threads(read_settings(config, engine), threads)
    options = BenchOptions(
        settings, weights, recording, seconds, rounds, longest, hours if full else 0.0, out
    )
    result = run_bench(options, lambda text: typer.echo(text, err=True))
    if json:
        print_json(result)
    else:
        print_bench(result, Console(width=100, highlight=False, markup=False))


def _with_threads(settings: Config, threads: int | None) -> Config:
    if threads is None:
        return settings
    inference = settings.inference.model_copy(update={"threads": threads})
    return settings.model_copy(update={"inference": inference})
