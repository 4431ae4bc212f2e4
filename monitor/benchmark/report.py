"""What a benchmark came to, as tables for people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from monitor.benchmark.offline import PARTS

__all__ = ["print_bench"]

_PARTS = {
    "read": "reading the file",
    "condition": "montage, filters, windows",
    "infer": "network",
    "stitch": "stitching",
    "events": "events",
    "other": "everything else",
}
_DELAYS = (
    ("arrival_to_pixels", "from a sample's arrival to its pixels"),
    ("resampling_and_filters", "  filters (and resampling)"),
    ("screen", "  even movement and painting"),
    ("block", "more for the first sample of a block"),
    ("arrival_to_verdict", "from a window's last sample to its verdict"),
    ("queue", "  waiting for inference"),
    ("inference", "  inference"),
    ("decoding", "  stitching, events, alarms, log"),
)

_BUSY = 0.95
"""Share of a core; with less, something else ran."""


def print_bench(result: Mapping[str, Any], console: Console) -> None:
    """Print all parts that were measured."""
    _machine(result, console)
    _window(result, console)
    _offline(result["offline"], console)
    if result["live"] is not None:
        print_delays(result["live"], console)
    if result["scaling"] is not None:
        _scaling(result["scaling"], console)
    _memory(result, console)
    if result["day"] is not None:
        _day(result["day"], console)


def _machine(result: Mapping[str, Any], console: Console) -> None:
    machine = result["machine"]
    _head(console, "Machine")
    memory = "" if machine["memory_gb"] is None else f", {machine['memory_gb']:g} GB of memory"
    units = f" ({', '.join(machine['units'])})" if machine["units"] else ""
    console.print(f"{machine['processor']}, {machine['cores']} cores{memory}{units}")
    if machine["gpu"]:
        console.print(machine["gpu"])
    console.print(f"{machine['system']}, Python {machine['python']}, PyTorch {machine['torch']}")
    console.print(
        f"engine {result['engine']}, network {result['preset']}, weights {result['weights']}, "
        f"{_count(machine['threads'], 'thread')}"
    )
    load = machine["load_average"]
    if load is not None:
        console.print(f"load at the start: {load:g}")
    share = result["processor_share"]
    if machine["threads"] == 1 and share < _BUSY and "-cpu-" in result["engine"]:
        console.print(
            f"The machine was busy, only {100 * share:.0f} % of a core was left: times are too "
            "long. Ratios were taken in turns."
        )


def _window(result: Mapping[str, Any], console: Console) -> None:
    _head(console, f"One window of 60 s, {_count(result['window_n'], 'run')}, in turns")
    beside = result["seizure_transformer_ms"]
    rows = [
        (
            result["preset"],
            f"{result['window_ms']:.1f}",
            f"{result['window_p95_ms']:.1f}",
            f"{result['window_gflop']:.1f}",
        ),
        (
            "seizure-transformer",
            f"{beside:.1f}",
            f"{result['seizure_transformer_p95_ms']:.1f}",
            f"{result['seizure_transformer_gflop']:.1f}",
        ),
    ]
    _table(console, ("Network", "Median, ms", "95 %, ms", "GFLOP"), rows)
    console.print(f"The transformer takes {result['seizure_transformer_ratio']:.2f} times as long.")
    peaks = ", ".join(
        f"{peak['peak_gflops']:.0f} in {name}" for name, peak in result["gemm"].items()
    )
    console.print(
        f"Fastest matrix product, GFLOP/s: {peaks}. The network runs at "
        f"{100 * result['gemm_peak_fraction']:.0f} % of that in float32, counting the work of the "
        "plain network."
    )


def _offline(offline: Mapping[str, Any], console: Console) -> None:
    _head(console, f"Offline detection: {offline['recording']}")
    console.print(
        f"{offline['duration_s'] / 60:.1f} min of {offline['n_channels']} channels at "
        f"{offline['sfreq_hz']:g} Hz in {offline['wall_s']:.1f} s: "
        f"{offline['real_time_factor']:.1f} times as fast as real time; "
        f"{_count(offline['n_windows'], 'window')}, {_count(len(offline['events']), 'event')}"
    )
    wall_s = offline["wall_s"]
    rows = []
    for part in (*PARTS, "other"):
        seconds = offline["parts_s"][part]
        rows.append((_PARTS[part], f"{seconds:.3f}", f"{100 * seconds / wall_s:.1f}"))
    _table(console, ("Part", "s", "%"), rows)


def print_delays(live: Mapping[str, Any], console: Console) -> None:
    """Print the delays of the live part."""
    _head(console, f"Live delays: {live['seconds']:g} s of signal")
    delays = live["delays"]
    rows = []
    for key, name in _DELAYS:
        spread = delays[key]
        cells = [_ms(spread[column]) for column in ("median_ms", "p95_ms", "max_ms")]
        rows.append((name, str(spread["n"]), *cells))
    alarm = delays["alarm_to_light_and_sound_s"]
    for what in ("light", "sound"):
        middle, worst = (alarm[f"{what}_{which}_s"] for which in ("median", "max"))
        cells = ["-" if value is None else _ms(1000 * value) for value in (middle, worst)]
        rows.append((f"from an alarm to {what}", str(alarm["n"]), cells[0], "-", cells[1]))
    _table(console, ("Delay", "n", "Median", "95 %", "Worst"), rows)
    lags = ", ".join(f"{ms:g} ms at {rate}" for rate, ms in live["resampling_lag_ms"].items())
    console.print(f"Lag of the resampler: {lags}.")
    console.print(
        f"A verdict comes every {live['stride_s']:g} s. {live['transport']}; "
        f"{live['n_channels']} channels at {live['sfreq_hz']:g} Hz; {live['engine']}, "
        f"{live['weights']}"
    )


def _scaling(scaling: Mapping[str, Any], console: Console) -> None:
    _head(console, f"Time against length: {scaling['layers']} layers, {scaling['width']} wide")
    rows = [
        (
            f"{row['length']:,}",
            f"{row['length'] / 16:g} s",
            *(_ms(row[f"{name}_ms"], missing="left out") for name in scaling["stacks"]),
        )
        for row in scaling["rows"]
    ]
    _table(console, ("Samples", "Signal", "Mamba-2", "Transformer"), rows)
    for key, name in (("mamba", "Mamba-2"), ("transformer", "Transformer")):
        law = scaling["stacks"][key]
        left_out = ", ".join(f"{n:,}" for n in law["left_out"])
        why = f" (without {left_out}: {law['why_left_out']})" if left_out else ""
        console.print(
            f"{name}: time grows with length to the power of {law['exponent']:.2f}; "
            f"{law['last_doubling_exponent']:.2f} in the last doubling{why}"
        )


def _memory(result: Mapping[str, Any], console: Console) -> None:
    _head(console, "Memory")
    if result["peak_rss_mb"] is None:
        console.print("This system does not tell.")
        return
    what = "detection and live monitoring" if result["live"] else "detection"
    console.print(f"At most {result['peak_rss_mb']:.0f} MB in {what}.")


def _day(day: Mapping[str, Any], console: Console) -> None:
    _head(console, f"{day['signal_h']:g} h of simulated EEG in {day['wall_s'] / 60:.1f} min")
    rows = [
        (
            f"{row['hour']:g}",
            str(row["n_windows"]),
            *(_ms(row[key]) for key in ("median_ms", "p95_ms", "worst_ms")),
            "-" if row["rss_mb"] is None else f"{row['rss_mb']:.0f} MB",
        )
        for row in day["hours"]
    ]
    _table(console, ("Hour", "Windows", "Median", "95 %", "Worst", "Memory"), rows)
    slopes = (day["rss_slope_mb_per_h"], day["latency_slope_ms_per_h"])
    memory, delay = ("not known" if value is None else f"{value:+.2f}" for value in slopes)
    console.print(
        f"From the second hour on, change an hour: memory {memory} MB, a window's time {delay} ms. "
        f"{_count(day['n_events'], 'event')}."
    )


def _head(console: Console, text: str) -> None:
    console.print(f"\n{text}", style="bold")


def _table(console: Console, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False)
    for k, heading in enumerate(headings):
        table.add_column(heading, justify="right" if k else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _ms(value: float | None, missing: str = "-") -> str:
    return missing if value is None else f"{value:,.1f} ms"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
