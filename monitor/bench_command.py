"""The command that measures the monitor's delays."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from monitor.command_options import (
    ConfigOption,
    EngineOption,
    JsonOption,
    WeightsOption,
    print_json,
    read_settings,
)

__all__ = ["bench"]

_ROWS = (
    ("arrival_to_pixels", "from a sample's arrival to its pixels"),
    ("resampling_and_filters", "  filters (and resampling)"),
    ("screen", "  even movement and painting"),
    ("block", "more for the first sample of a block"),
    ("arrival_to_verdict", "from a window's last sample to its verdict"),
    ("queue", "  waiting for inference"),
    ("inference", "  inference"),
    ("decoding", "  stitching, events, alarms, log"),
)


def bench(
    seconds: Annotated[
        float, typer.Option(help="Seconds of signal, in real time; windows take 60.", min=5)
    ] = 75.0,
    weights: WeightsOption = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
    json: JsonOption = False,
) -> None:
    """Measure the delay from a sample's arrival to its pixels and to its verdict."""
    from monitor.benching import BenchOptions, measure_delays

    options = BenchOptions(read_settings(config, engine), weights, seconds)
    typer.echo(f"measuring for {seconds:g} s", err=True)
    result = measure_delays(options)
    if json:
        print_json(result)
    else:
        _print(result)


def _print(result: dict[str, Any]) -> None:
    delays = result["delays"]
    table = Table(box=None, pad_edge=False)
    table.add_column("Delay", no_wrap=True)
    for heading in ("n", "Median", "95 %", "Worst"):
        table.add_column(heading, justify="right", no_wrap=True)
    for key, name in _ROWS:
        spread = delays[key]
        cells = [_ms(spread[column]) for column in ("median_ms", "p95_ms", "max_ms")]
        table.add_row(name, str(spread["n"]), *cells)
    alarm = delays["alarm_to_light_and_sound_s"]
    for what in ("light", "sound"):
        middle, worst = (alarm[f"{what}_{which}_s"] for which in ("median", "max"))
        cells = ["-" if value is None else _ms(1000 * value) for value in (middle, worst)]
        table.add_row(f"from an alarm to {what}", str(alarm["n"]), cells[0], "-", cells[1])
    Console(width=100, highlight=False, markup=False).print(table)
    lags = ", ".join(f"{ms:g} ms at {rate}" for rate, ms in result["resampling_lag_ms"].items())
    typer.echo(f"Lag of the resampler: {lags}.")
    typer.echo(
        f"A verdict comes every {result['stride_s']:g} s. {result['transport']}; "
        f"{result['n_channels']} channels at {result['sfreq_hz']:g} Hz; {result['engine']}, "
        f"{result['weights']}"
    )


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"
