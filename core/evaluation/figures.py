"""Figures of an evaluation, drawn without pyplot's global state.

Colours are those of Okabe and Ito, which readers with any form of colour blindness tell apart.
"""

import io
import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from core.electrodes import ELECTRODES
from core.evaluation.audit_rules import FalseAlarm
from core.evaluation.results import FA_TARGETS, SCORERS, Curve, Evaluation, Trace

__all__ = ["FIGURES", "draw_excerpt", "png"]

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
COLOURS = {"taes": BLUE, "ovlp": VERMILION, "szcore": GREEN}
NAMES = {"taes": "TAES", "ovlp": "OVLP", "szcore": "SzCORE"}
GREY, INK = "#8A8A8A", "#222222"
NOT_DEFINED = "not defined"
DPI = 110

_LOWEST_FA = 0.1

Place = Literal["lower left", "lower right"]


def png(figure: Figure, dpi: int = DPI) -> bytes:
    """Render a figure; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def draw_fa_curves(evaluation: Evaluation) -> Figure:
    """Draw the best sensitivity with at most so many false alarms in 24 hours, by scorer."""
    figure = Figure(figsize=(9.2, 3.4), layout="constrained")
    panels = figure.subplots(1, len(SCORERS), sharex=True, sharey=True)
    points = [point for curve in evaluation.curves.values() for point in curve.points]
    highest = max((p.fa_per_24h for p in points if math.isfinite(p.fa_per_24h)), default=0.0)
    limits = (_LOWEST_FA, max(100.0, 1.3 * highest))
    for axes, scorer in zip(panels, SCORERS, strict=True):
        _plain(axes)
        axes.set_title(NAMES[scorer], loc="left", fontsize=10)
        curve, point = evaluation.curves.get(scorer), evaluation.locked.get(scorer)
        axes.set_xscale("log")
        axes.set_xlim(limits)
        if curve is None or not _draw_curve(axes, curve, limits[1]):
            _say_not_defined(axes)
        elif point is not None and math.isfinite(point.sensitivity + point.fa_per_24h):
            axes.plot(
                [max(point.fa_per_24h, _LOWEST_FA)], [point.sensitivity], "o", markersize=8,
                color=INK, markeredgecolor="white", zorder=5, label="locked thresholds",
            )  # fmt: skip
            axes.legend(loc="upper left", frameon=False, fontsize=8, handletextpad=0.2)
        for target in FA_TARGETS:
            axes.axvline(target, color=GREY, linewidth=0.7, linestyle=":", zorder=0)
        axes.set_xlabel("False alarms in 24 h (log)")
    ticks = [tick for tick in (0.1, 1, 10, 100, 1000, 10000) if tick <= limits[1]]
    panels[0].set_xticks(ticks, labels=["≤ 0.1", *(f"{tick:g}" for tick in ticks[1:])])
    for axes in panels:
        axes.minorticks_off()
    panels[0].set_ylabel("Sensitivity")
    _unit(panels[0].set_ylim, panels[0].yaxis)
    return figure


def draw_roc(evaluation: Evaluation) -> Figure:
    """Draw the receiver operating characteristic over samples."""
    figure, axes = _panel(3.9, 3.7)
    _draw_trace(axes, evaluation.roc, "AUROC", evaluation.auroc, "lower right")
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--", zorder=0)
    axes.set_xlabel("False positive rate of samples")
    axes.set_ylabel("True positive rate of samples")
    return figure


def draw_pr(evaluation: Evaluation) -> Figure:
    """Draw precision against recall over samples, with the share of seizure as the floor."""
    figure, axes = _panel(3.9, 3.7)
    _draw_trace(axes, evaluation.pr, "AUPRC", evaluation.auprc, "lower left")
    if evaluation.hours > 0:
        floor = 1.0 - evaluation.background_hours / evaluation.hours
        axes.axhline(floor, color=GREY, linewidth=0.8, linestyle="--", zorder=0)
    axes.set_xlabel("Recall of samples")
    axes.set_ylabel("Precision of samples")
    return figure


def draw_delays(evaluation: Evaluation) -> Figure:
    """Draw the delays of detections and of first alarms."""
    figure = Figure(figsize=(7.6, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    both = [*evaluation.delays_s, *evaluation.alarm_delays_s]
    edges: Any = np.histogram_bin_edges(both, bins=16) if both else None
    for axes, values, title, colour in (
        (left, evaluation.delays_s, "Detected onset", BLUE),
        (right, evaluation.alarm_delays_s, "First alarm", VERMILION),
    ):
        _plain(axes)
        middle = f", median {np.median(values):.1f} s" if values else ""
        n_text = f"{len(values)} of {evaluation.n_onsets} onsets{middle}"
        axes.set_title(f"{title}: {n_text}", loc="left", fontsize=9.5)
        axes.set_xlabel("Delay after the annotated onset (s)")
        if not values:
            _say_not_defined(axes)
            continue
        axes.hist(values, bins=edges, color=colour, edgecolor="white", linewidth=0.8)
        axes.axvline(float(np.median(values)), color=INK, linewidth=1.2)
    left.set_ylabel("Seizures")
    left.yaxis.get_major_locator().set_params(integer=True)
    return figure


def draw_reliability(evaluation: Evaluation) -> Figure:
    """Draw how often a probability came true, and how often it was given."""
    figure = Figure(figsize=(3.9, 4.4), layout="constrained")
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    _plain(axes)
    _plain(below)
    calibration = evaluation.calibration
    known = np.isfinite(calibration.observed) & np.isfinite(calibration.predicted)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--", zorder=0)
    if known.any():
        axes.plot(
            calibration.predicted[known], calibration.observed[known], "o-", color=BLUE,
            markersize=5,
        )  # fmt: skip
        width = 0.9 / len(calibration.centres)
        below.bar(calibration.centres, calibration.counts, width=width, color=BLUE)
        below.set_yscale("log")
    else:
        _say_not_defined(axes)
    axes.set_ylabel("Share that was seizure")
    _unit(axes.set_ylim, axes.yaxis)
    below.set_ylabel("Samples")
    below.set_xlabel("Predicted probability")
    below.set_xlim(-0.02, 1.02)
    return figure


def draw_patients(evaluation: Evaluation) -> Figure:
    """Draw sensitivity and false alarms of every patient at the locked thresholds."""
    patients = evaluation.per_patient
    height = max(1.8, 0.9 + 0.22 * len(patients))
    figure = Figure(figsize=(7.6, height), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    rows = np.arange(len(patients))
    for axes in (left, right):
        _plain(axes)
        axes.tick_params(axis="y", length=0)
    left.set_xlabel("Sensitivity (OVLP)")
    _unit(left.set_xlim, left.xaxis)
    right.set_xlabel("False alarms in 24 h (OVLP)")
    if not patients:
        _say_not_defined(left)
        return figure
    for row, patient in enumerate(patients):
        sensitivity = patient.sensitivity if patient.n_seizures else math.nan
        if math.isfinite(sensitivity):
            left.barh(row, sensitivity, height=0.7, color=BLUE)
            text, x = f"{sensitivity:.0%} of {patient.n_seizures}", sensitivity
        else:
            text, x = "no seizure", 0.0
        inside = x > 0.7
        left.annotate(
            text, (x, row), xytext=(-3 if inside else 3, 0), textcoords="offset points",
            va="center", ha="right" if inside else "left", fontsize=7.5,
            color="white" if inside else INK,
        )  # fmt: skip
    rates = [p.fa_per_24h if math.isfinite(p.fa_per_24h) else 0.0 for p in patients]
    right.barh(rows, rates, height=0.7, color=ORANGE)
    for row, (patient, rate) in enumerate(zip(patients, rates, strict=True)):
        right.annotate(
            f"{rate:.0f} ({patient.background_hours:.1f} h)", (rate, row), xytext=(3, 0),
            textcoords="offset points", va="center", fontsize=7.5, color=INK,
        )  # fmt: skip
    right.margins(x=0.3)
    right.set_xlim(left=0)
    if not any(rates):
        right.set_xlim(0, 1)
    left.set_yticks(rows, labels=[patient.name for patient in patients], fontsize=8)
    left.set_ylim(len(patients) - 0.4, -0.6)
    return figure


FIGURES: Mapping[str, tuple[str, Callable[[Evaluation], Figure]]] = {
    "fa-curves": (
        "Best sensitivity over the sweep of the threshold with at most so many false alarms in "
        "24 h. Bands: 95 % bootstrap intervals over patients at that threshold, where there are "
        "any. Dotted: 1, 2.5, 5 and 10 false alarms in 24 h.",
        draw_fa_curves,
    ),
    "roc": ("Receiver operating characteristic over samples.", draw_roc),
    "pr": ("Precision and recall over samples. Dashed: share of seizure.", draw_pr),
    "reliability": (
        "Reliability: share of samples that were seizure, by predicted probability.",
        draw_reliability,
    ),
    "delays": (
        "Delays of detected seizures whose onset lies in uninterrupted EEG. Negative: before the "
        "annotated onset.",
        draw_delays,
    ),
    "patients": (
        "Each patient at the locked thresholds. Beside the bars: seizures, hours of background.",
        draw_patients,
    ),
}
"""Every figure by name: its caption and what draws it."""


def draw_excerpt(alarm: FalseAlarm, sfreq: float = 256.0) -> Figure:
    """Draw the EEG around the onset of a false alarm."""
    figure = Figure(figsize=(5.4, 3.5), layout="constrained")
    axes = figure.subplots()
    _plain(axes)
    data = alarm.excerpt
    if data is None or data.shape[1] == 0:
        _say_not_defined(axes)
        return figure
    time_s = alarm.excerpt_start_s + np.arange(data.shape[1]) / sfreq
    amplitude = float(np.percentile(np.abs(data), 95))
    # a scale of round numbers, so that pictures can be compared
    spacing_uv = next((step for step in (50, 100, 200, 500, 1000) if step > 2 * amplitude), 2000)
    dominant = () if alarm.features is None else alarm.features.dominant
    for row, (name, trace) in enumerate(zip(ELECTRODES, data, strict=True)):
        shown = np.clip(trace / spacing_uv, -1.5, 1.5) - row
        axes.plot(time_s, shown, linewidth=0.5, color=VERMILION if name in dominant else INK)
    axes.axvline(alarm.onset_s, color=BLUE, linewidth=1.2)
    axes.set_yticks(-np.arange(len(ELECTRODES)), labels=list(ELECTRODES), fontsize=6.5)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-len(ELECTRODES), 1)
    axes.set_xlim(time_s[0], time_s[-1])
    axes.set_xlabel(f"Time (s); {spacing_uv} µV between channels", fontsize=8)
    axes.tick_params(axis="x", labelsize=7.5)
    return figure


def _panel(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    _plain(axes)
    return figure, axes


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)


def _unit(set_limits: Callable[..., Any], axis: Any) -> None:
    set_limits(-0.02, 1.02)
    axis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _say_not_defined(axes: Axes) -> None:
    axes.text(0.5, 0.5, NOT_DEFINED, transform=axes.transAxes, ha="center", color=GREY)


def _draw_curve(axes: Axes, curve: Curve, highest_fa: float) -> bool:
    points = np.array([(point.fa_per_24h, point.sensitivity) for point in curve.points])
    points = points.reshape(-1, 2)
    known = np.flatnonzero(np.isfinite(points).all(axis=1))
    if known.size == 0:
        return False
    # False alarms do not fall steadily with the threshold: take the best point so far.
    order = known[np.lexsort((-points[known, 1], points[known, 0]))]
    best = np.maximum.accumulate(points[order, 1])
    index = np.maximum.accumulate(np.where(points[order, 1] == best, np.arange(len(order)), 0))
    fa = np.append(np.maximum(points[order, 0], _LOWEST_FA), highest_fa)
    chosen = np.append(order[index], order[index[-1]])
    colour = COLOURS[curve.scorer]
    axes.plot(fa, points[chosen, 1], color=colour, linewidth=1.8, drawstyle="steps-post")
    if len(curve.sensitivity_intervals) == len(points):
        limits = np.array([(limit.low, limit.high) for limit in curve.sensitivity_intervals])
        low, high = limits[chosen].T
        axes.fill_between(fa, low, high, step="post", color=colour, alpha=0.18, linewidth=0)
    return True


def _draw_trace(axes: Axes, trace: Trace | None, name: str, area: float, place: Place) -> None:
    _unit(axes.set_xlim, axes.xaxis)
    _unit(axes.set_ylim, axes.yaxis)
    if trace is None or not len(trace.x):
        _say_not_defined(axes)
        return
    label = f"{name} {area:.3f}" if math.isfinite(area) else f"{name} {NOT_DEFINED}"
    axes.plot(trace.x, trace.y, color=BLUE, linewidth=1.8, label=label)
    axes.legend(loc=place, frameon=False)
