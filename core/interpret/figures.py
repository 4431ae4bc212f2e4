"""Figures of the networks and of what their layers hold apart."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from core.evaluation.drawing import BLUE, GREEN, GREY, INK, ORANGE, VERMILION, plain
from core.interpret.estimate import ByPatient, estimate
from core.interpret.results import NetworkResult
from core.interpret.separation import MEASURES
from core.model.presets import ShallowCnnPreset

__all__ = [
    "draw_architecture",
    "draw_embeddings",
    "draw_inputs",
    "draw_population",
    "draw_separation",
]

SEIZURE, BACKGROUND = VERMILION, BLUE
_NAMES = {
    "probe": "Linear probe (AUROC)",
    "purity": "k-NN purity",
    "silhouette": "Silhouette width",
}
_MEASURES = {
    "sparseness": "Population sparseness",
    "lifetime": "Lifetime sparseness",
    "dimension": "Effective dimension / units",
    "correlation": "Mean |r| of two units",
}
Floats = npt.NDArray[np.float64]


def draw_architecture(preset: ShallowCnnPreset) -> Figure:
    """Draw the shallow CNN as a row of boxes."""
    figure = Figure(figsize=(9.2, 1.9), layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    length = preset.segment_samples
    boxes = [("Segment", f"19 x {length}", GREY), ("Input type", preset.input_type, GREY)]
    for k, (width, kernel, stride) in enumerate(
        zip(preset.widths, preset.kernels, preset.strides, strict=True), start=1
    ):
        length = -(-length // stride)
        boxes.append((f"conv{k}", f"{width} x {length}\nk {kernel}, stride {stride}", BLUE))
    boxes += [
        ("Mean", f"over time\n{preset.widths[-1]}", GREY),
        ("dense", f"{preset.hidden}", GREEN),
        ("Logit", "1", VERMILION),
    ]
    for k, (title, text, colour) in enumerate(boxes):
        axes.add_patch(
            FancyBboxPatch(
                (k, 0.1), 0.72, 0.8, boxstyle="round,pad=0.03", facecolor=colour, alpha=0.16,
                edgecolor=colour, linewidth=1.2,
            )
        )  # fmt: skip
        axes.text(k + 0.36, 0.66, title, ha="center", va="center", fontsize=10, color=INK)
        axes.text(k + 0.36, 0.36, text, ha="center", va="center", fontsize=8, color=INK)
        if k:
            axes.annotate(
                "", (k - 0.04, 0.5), (k - 0.24, 0.5), arrowprops={"arrowstyle": "->", "color": INK}
            )
    axes.set_xlim(-0.1, len(boxes) - 0.15)
    axes.set_ylim(0, 1)
    return figure


def draw_inputs(networks: Sequence[NetworkResult], segment_s: float) -> Figure:
    """Draw one background and one seizure segment as each kind of network sees them."""
    figure = Figure(figsize=(9.2, 2.5 * len(networks)), layout="constrained")
    rows = figure.subplots(len(networks), 2, squeeze=False)
    for network, pair in zip(networks, rows, strict=True):
        limits = [float(np.quantile(np.stack(network.examples), q)) for q in (0.01, 0.99)]
        for axes, data, title in zip(
            pair, network.examples, ("background", "seizure"), strict=True
        ):
            axes.set_title(f"{network.name}: {title}", loc="left", fontsize=10)
            plain(axes)
            if len(data) > 19:
                n_rows = len(data) // 19
                axes.imshow(
                    data.reshape(19, n_rows, -1).mean(axis=0), aspect="auto", origin="lower",
                    extent=(0, segment_s, 0, 40), vmin=limits[0], vmax=limits[1], cmap="viridis",
                )  # fmt: skip
                axes.set_ylabel("Hz, mean of channels", fontsize=9)
            else:
                chosen = data[::4]
                times_s = np.arange(data.shape[1]) / data.shape[1] * segment_s
                step = max(4.0, limits[1] - limits[0])
                for k, row in enumerate(chosen):
                    colour = SEIZURE if title == "seizure" else BACKGROUND
                    axes.plot(times_s, row - k * step, color=colour, linewidth=0.8)
                axes.set_yticks([])
                axes.set_ylim(-len(chosen) * step, step)
                axes.set_ylabel("5 of 19 channels", fontsize=9)
            axes.set_xlim(0, segment_s)
    for axes in rows[-1]:
        axes.set_xlabel("Time (s)")
    return figure


def draw_embeddings(network: NetworkResult) -> Figure:
    """Draw the PCA-UMAP of every layer."""
    n_columns = min(5, len(network.layers))
    n_rows = math.ceil(len(network.layers) / n_columns)
    figure = Figure(figsize=(1.95 * n_columns, 2.1 * n_rows + 0.4), layout="constrained")
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axes in panels[len(network.layers) :]:
        axes.set_axis_off()
    for axes, layer in zip(panels, network.layers, strict=False):
        embedding = layer.embedding
        for held_out, size, alpha in ((False, 3, 0.25), (True, 7, 0.8)):
            chosen = embedding.held_out == held_out
            # Mixed, so that neither class hides the other.
            order = np.random.default_rng(0).permutation(np.flatnonzero(chosen))
            colours = np.where(embedding.ictal[order], SEIZURE, BACKGROUND)
            axes.scatter(
                *embedding.points[order].T, s=size, c=colours.tolist(), alpha=alpha, linewidths=0
            )
        axes.set_title(layer.name, fontsize=10)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_color("#cccccc")
    handles = [
        figure.legends,
        *(
            panels[0].scatter([], [], s=16, c=colour, label=label)
            for colour, label in ((SEIZURE, "seizure"), (BACKGROUND, "background"))
        ),
    ][1:]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure


def draw_separation(network: NetworkResult) -> Figure:
    """Draw how far the classes are apart, layer by layer."""
    return _by_layer(
        network,
        _NAMES,
        [
            ({m: [lay.separation.values[m] for lay in network.layers] for m in MEASURES}, BLUE,
             "trained"),
            ({m: [lay.untrained_separation.values[m] if lay.untrained_separation else {}
                  for lay in network.layers] for m in MEASURES}, ORANGE, "random weights"),
        ],
        {
            m: [lay.separation.baselines[m] for lay in network.layers]
            for m in MEASURES
        },
    )  # fmt: skip


def draw_population(network: NetworkResult) -> Figure:
    """Draw sparseness and redundancy, layer by layer."""
    sources = []
    for field, colour, label in (
        ("population", BLUE, "trained"),
        ("untrained_population", ORANGE, "random weights"),
    ):
        table: dict[str, list[ByPatient]] = {}
        for measure in _MEASURES:
            found = [getattr(layer, field) for layer in network.inner]
            table[measure] = [getattr(each, measure) if each else {} for each in found]
        sources.append((table, colour, label))
    return _by_layer(network, _MEASURES, sources, {})


def _by_layer(
    network: NetworkResult,
    names: Mapping[str, str],
    sources: Sequence[tuple[Mapping[str, Sequence[ByPatient]], str, str]],
    baselines: Mapping[str, Sequence[Floats]],
) -> Figure:
    """One panel a measure: estimates with intervals over the layers."""
    n_layers = max(len(rows) for table, _, _ in sources for rows in table.values())
    labels = [layer.name for layer in network.layers[-n_layers:]]
    crowded = n_layers > 8
    n_columns = 1 if crowded else len(names)
    n_rows = len(names) if crowded else 1
    size = (9.2, 1.9 * n_rows + 0.6) if crowded else (2.9 * n_columns, 3.1)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(n_rows, n_columns, squeeze=False, sharex=True).ravel()
    at = np.arange(n_layers)
    for axes, (measure, title) in zip(panels, names.items(), strict=True):
        plain(axes)
        axes.set_title(title, loc="left", fontsize=10)
        if measure in baselines:
            limits = np.array([np.nanpercentile(each, [2.5, 97.5]) for each in baselines[measure]])
            axes.fill_between(at, *limits.T, color=GREY, alpha=0.25, linewidth=0, label="by chance")
        for shift, (table, colour, label) in zip((-0.06, 0.06), sources, strict=False):
            found = [estimate(values) for values in table[measure]]
            if all(not math.isfinite(each.mean) for each in found):
                continue
            means = np.array([each.mean for each in found])
            spread = np.array([[e.mean - e.low, e.high - e.mean] for e in found]).T
            axes.errorbar(
                at + shift, means, np.nan_to_num(spread), color=colour, marker="o", markersize=4,
                linewidth=1.2, elinewidth=1, capsize=2, label=label,
            )  # fmt: skip
        _name_layers(axes, at, labels)
    handles, texts = panels[0].get_legend_handles_labels()
    figure.legend(
        handles, texts, loc="outside lower center", ncols=len(texts), frameon=False, fontsize=9
    )
    return figure


def _name_layers(axes: Axes, at: npt.NDArray[np.intp], labels: Sequence[str]) -> None:
    turned = len(labels) > 4
    axes.set_xticks(
        at, labels, rotation=35 if turned else 0, ha="right" if turned else "center", fontsize=8.5
    )
