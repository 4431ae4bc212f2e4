"""Figures of a benchmark."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from core.errors import VigilError
from core.evaluation.drawing import BLUE, GREY, INK, VERMILION, plain, png
from monitor.benchmark.offline import PARTS
from monitor.benchmark.scaling import PowerLaw

__all__ = ["draw_day", "draw_parts", "draw_scaling", "write_figures"]

_COLOURS = {"mamba": BLUE, "transformer": VERMILION}
_NAMES = {"mamba": "Mamba-2", "transformer": "transformer encoder"}


def write_figures(result: Mapping[str, Any], folder: Path) -> list[str]:
    """Write a PNG for each part that was measured; return the files' names.

    Raises
    ------
    VigilError
        Where one cannot be written.
    """
    drawn: list[tuple[str, str, Callable[[Mapping[str, Any]], Figure]]] = [
        ("scaling", "scaling.png", draw_scaling),
        ("offline", "parts.png", draw_parts),
        ("day", "day.png", draw_day),
    ]
    written = []
    for part, name, draw in drawn:
        if result[part] is None:
            continue
        figure = draw(result[part])
        figure.supxlabel(_machine(result), x=0.99, ha="right", fontsize=6, color=GREY)
        try:
            (folder / name).write_bytes(png(figure))
        except OSError as error:
            raise VigilError(f"{folder / name}: cannot be written ({error.strerror})") from error
        written.append(name)
    return written


def draw_scaling(scaling: Mapping[str, Any]) -> Figure:
    """Draw time against length, both axes logarithmic, with the fitted lines."""
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    plain(axes)
    for name, colour in _COLOURS.items():
        points = [
            (row["length"], row[f"{name}_ms"])
            for row in scaling["rows"]
            if row[f"{name}_ms"] is not None
        ]
        lengths, times_ms = zip(*points, strict=True)
        fitted = scaling["stacks"][name]
        law = PowerLaw(fitted["exponent"], fitted["factor_s"])
        ends = np.array([lengths[0], lengths[-1]])
        label = f"{_NAMES[name]}: length to the power of {fitted['exponent']:.2f}"
        axes.loglog(lengths, times_ms, "o", color=colour, label=label)
        axes.loglog(ends, [1000 * law.at(n) for n in ends], color=colour, linewidth=1)
    ticks = [row["length"] for row in scaling["rows"]]
    axes.set_xticks(ticks, labels=[f"{n:,}" for n in ticks])
    axes.minorticks_off()
    axes.set_xlabel("Samples at the bottleneck (960 are a window of 60 s)")
    axes.set_ylabel("Time of six layers (ms)")
    axes.legend(frameon=False, fontsize=9)
    return figure


def draw_parts(offline: Mapping[str, Any]) -> Figure:
    """Draw what offline detection spends its time on."""
    figure = Figure(figsize=(6.4, 2.4), layout="constrained")
    axes = figure.subplots()
    plain(axes)
    names = [*PARTS, "other"]
    shares = [100 * offline["parts_s"][name] / offline["wall_s"] for name in names]
    bars = axes.barh(names, shares, color=BLUE)
    texts = [
        f"{offline['parts_s'][name]:.2f} s, {share:.1f} %"
        for name, share in zip(names, shares, strict=True)
    ]
    axes.bar_label(bars, texts, padding=4, fontsize=9, color=INK)
    axes.invert_yaxis()
    axes.set_xlim(0, 125)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_xlabel("Share of the time (%)")
    axes.set_title(
        f"{offline['recording']}: {offline['duration_s'] / 60:.1f} min in "
        f"{offline['wall_s']:.1f} s, {offline['real_time_factor']:.0f} times real time",
        loc="left", fontsize=10,
    )  # fmt: skip
    return figure


def draw_day(day: Mapping[str, Any]) -> Figure:
    """Draw memory and delay hour by hour."""
    figure = Figure(figsize=(6.4, 4.6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    hours = [row["hour"] for row in day["hours"]]
    memory_mb = [np.nan if row["rss_mb"] is None else row["rss_mb"] for row in day["hours"]]
    above.plot(hours, memory_mb, "o-", color=BLUE, markersize=4)
    above.set_ylim(0, 1.2 * float(np.nanmax([1.0, *memory_mb])))
    above.set_ylabel("Memory (MB)")
    for key, text, colour in (
        ("worst_ms", "worst", GREY), ("p95_ms", "95 %", VERMILION), ("median_ms", "median", BLUE)
    ):  # fmt: skip
        values = [row[key] for row in day["hours"]]
        below.plot(hours, values, "o-", color=colour, markersize=4, label=text)
    below.set_ylim(bottom=0)
    below.set_ylabel("A window's verdict (ms)")
    below.set_xlabel("Hour of signal")
    below.legend(frameon=False, fontsize=9, ncols=3)
    for axes in (above, below):
        plain(axes)
    return figure


def _machine(result: Mapping[str, Any]) -> str:
    machine = result["machine"]
    return (
        f"{machine['processor']}, {machine['cores']} cores, threads: {machine['threads']}, "
        f"torch {machine['torch']}, {result['engine']}"
    )
