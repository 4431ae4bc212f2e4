"""Figures of ensembles, of likeness between layers, and of silencing."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from core.evaluation.drawing import BLUE, GREY, INK, VERMILION, plain
from core.interpret.ensembles import SIDES
from core.interpret.estimate import estimate
from core.interpret.findings import select
from core.interpret.results import LayerResult, NetworkResult, UnitGroup
from core.interpret.silencing import ABLATIONS, INTACT

__all__ = ["draw_cka", "draw_ensembles", "draw_selectivity", "draw_silencing"]

_COLOURS = {"seizure": VERMILION, "background": BLUE}


def draw_cka(network: NetworkResult) -> Figure:
    """Draw how alike the layers are."""
    n_layers = len(network.layers)
    side = min(8.0, 2.2 + 0.42 * n_layers)
    figure = Figure(figsize=(side + 1.4, side), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(network.cka, vmin=0, vmax=1, cmap="viridis")
    names = [layer.name for layer in network.layers]
    axes.set_xticks(range(n_layers), names, rotation=60, ha="right", fontsize=8.5)
    axes.set_yticks(range(n_layers), names, fontsize=8.5)
    if n_layers <= 8:
        for i in range(n_layers):
            for j in range(n_layers):
                value = network.cka[i, j]
                colour = "white" if value < 0.6 else INK
                axes.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=8, color=colour)
    figure.colorbar(image, ax=axes, shrink=0.8, label="CKA")
    return figure


def draw_selectivity(network: NetworkResult) -> Figure:
    """Draw every unit's AUROC, layer by layer; the folds together."""
    figure = Figure(figsize=(9.2, 3.0), layout="constrained")
    axes = figure.subplots()
    plain(axes)
    rng = np.random.default_rng(0)
    for k, layer in enumerate(network.inner):
        for group in layer.groups:
            found = group.ensembles.selectivity
            for sign, colour in ((0, GREY), (1, VERMILION), (-1, BLUE)):
                values = found.auroc[found.sign == sign]
                at = k + rng.uniform(-0.3, 0.3, len(values))
                axes.scatter(at, values, s=6, color=colour, alpha=0.5, linewidths=0)
    axes.axhline(0.5, color=INK, linewidth=0.8, linestyle="--", zorder=0)
    turned = len(network.inner) > 8
    axes.set_xticks(
        range(len(network.inner)),
        [layer.name for layer in network.inner],
        rotation=35 if turned else 0,
        ha="right" if turned else "center",
    )
    axes.set_ylabel("AUROC of the unit")
    axes.set_ylim(0, 1)
    for colour, label in (
        (VERMILION, "seizure unit"), (BLUE, "background unit"), (GREY, "neither"),
    ):  # fmt: skip
        axes.scatter([], [], s=16, color=colour, label=label)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def draw_ensembles(network: NetworkResult) -> Figure:
    """Draw co-activation in the last fold, units sorted by ensemble."""
    layers = [layer for layer in network.inner if layer.groups]
    if len(layers) > 4:  # a deep network: where its signal is shortest
        layers = [layers[k] for k in np.linspace(0, len(layers) - 1, 4).round().astype(int)]
    figure = Figure(figsize=(2.5 * len(layers) + 0.4, 3.1), layout="constrained")
    panels = figure.subplots(1, len(layers), squeeze=False)[0]
    image = None
    for axes, layer in zip(panels, layers, strict=True):
        image = _draw_group(axes, layer, layer.groups[-1])
    if image is not None:
        figure.colorbar(image, ax=panels.tolist(), shrink=0.7, label="co-activation (r)")
    return figure


def _draw_group(axes: Axes, layer: LayerResult, group: UnitGroup) -> AxesImage:
    order: list[int] = []
    edges: list[tuple[int, int, str]] = []
    for side in SIDES:
        for members in group.ensembles.groups[side]:
            edges.append((len(order), len(order) + len(members), side))
            order += members
    rest = [unit for unit in range(layer.n_units) if unit not in set(order)]
    order += rest
    matrix = group.together[np.ix_(order, order)]
    image = axes.imshow(matrix, vmin=-1, vmax=1, cmap="RdBu_r", interpolation="nearest")
    for first, stop, side in edges:
        if stop - first > 1:
            axes.add_patch(_frame(first, stop, _COLOURS[side]))
    axes.set_xticks([])
    axes.set_yticks([])
    n_side = {side: len(group.ensembles.order(side)) for side in SIDES}
    axes.set_title(
        f"{layer.name}\n{n_side['seizure']} seizure, {n_side['background']} background,\n"
        f"{len(rest)} neither",
        fontsize=9,
    )
    return image


def _frame(first: int, stop: int, colour: str) -> Rectangle:
    size = stop - first
    return Rectangle(
        (first - 0.5, first - 0.5),
        size,
        size,
        fill=False,
        edgecolor=colour,
        linewidth=1.8,
        clip_on=False,
    )


def draw_silencing(network: NetworkResult, ablation: str = ABLATIONS[0]) -> Figure:
    """Draw what is still called rightly as more and more of the ensembles fall silent."""
    layers = [layer.name for layer in network.inner]
    figure = Figure(figsize=(2.35 * len(layers), 4.9), layout="constrained")
    panels = figure.subplots(2, len(layers), sharex=True, sharey=True, squeeze=False)
    for row, side in zip(panels, SIDES, strict=True):
        for axes, layer in zip(row, layers, strict=True):
            _draw_curves(axes, network, layer, ablation, side)
            axes.set_title(f"{layer}: {side} ensembles", loc="left", fontsize=9)
        row[0].set_ylabel("Called rightly")
        row[0].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    for axes in panels[-1]:
        axes.set_xlabel("Share silenced", fontsize=9)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    handles, texts = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, texts, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure


def _draw_curves(axes: Axes, network: NetworkResult, layer: str, ablation: str, side: str) -> None:
    plain(axes)
    shares = sorted({each.share for each in network.outcomes if each.target == side})
    drawn = False
    for measure, colour, what in (
        ("sensitivity", VERMILION, "seizure segments"),
        ("specificity", BLUE, "background segments"),
    ):
        for target, style, label in (
            (side, "-", what),
            (f"random for {side}", ":", f"{what}, random sets"),
        ):
            at, found = [], []
            for share in (0.0, *shares):
                chosen = (INTACT, INTACT) if share == 0 else (ablation, target)
                rows = select(network.outcomes, layer, *chosen, share)
                if rows:
                    at.append(share)
                    found.append(estimate({p: getattr(o, measure) for p, o in rows.items()}))
            if len(at) < 2:
                continue
            drawn = True
            axes.plot(at, [e.mean for e in found], style, color=colour, label=label, linewidth=1.5)
            if style == "-":
                axes.fill_between(
                    at, [e.low for e in found], [e.high for e in found], color=colour, alpha=0.15,
                    linewidth=0,
                )  # fmt: skip
    if not drawn:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "no such unit", transform=axes.transAxes, ha="center", color=GREY)
        return
    axes.axhline(0.5, color=GREY, linewidth=0.8, linestyle="--", zorder=0)
    axes.set_ylim(-0.03, 1.03)
