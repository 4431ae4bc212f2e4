"""Figures of an evaluation."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from core.evaluation.curves import FA_TARGETS, SCORERS, Curve, Trace
from core.evaluation.drawing import (
    BLUE,
    GREEN,
    GREY,
    INK,
    NOT_DEFINED,
    ORANGE,
    VERMILION,
    plain,
    say_not_defined,
    unit,
)
from core.evaluation.results import Evaluation

__all__ = ["FIGURES"]

COLOURS = {"taes": BLUE, "ovlp": VERMILION, "szcore": GREEN}
NAMES = {"taes": "TAES", "ovlp": "OVLP", "szcore": "SzCORE"}

_LOWEST_FA = 0.1

Place = Literal["lower left", "lower right"]


def draw_fa_curves(evaluation: Evaluation) -> Figure:
    """Draw the best sensitivity with at most so many false alarms in 24 hours, by scorer."""
    figure = Figure(figsize=(9.2, 3.4), layout="constrained")
    panels = figure.subplots(1, len(SCORERS), sharex=True, sharey=True)
    points = [point for curve in evaluation.curves.values() for point in curve.points]
    highest = max((p.fa_per_24h for p in points if math.isfinite(p.fa_per_24h)), default=0.0)
    limits = (_LOWEST_FA, max(100.0, 1.3 * highest))
    for axes, scorer in zip(panels, SCORERS, strict=True):
        plain(axes)
        axes.set_title(NAMES[scorer], loc="left", fontsize=10)
        curve, point = evaluation.curves.get(scorer), evaluation.locked.get(scorer)
        axes.set_xscale("log")
        axes.set_xlim(limits)
        if curve is None or not _draw_curve(axes, curve, limits[1]):
            say_not_defined(axes)
            continue
        if point is not None and math.isfinite(point.sensitivity + point.fa_per_24h):
            axes.plot(
                [max(point.fa_per_24h, _LOWEST_FA)], [point.sensitivity], "o", markersize=8,
                color=INK, markeredgecolor="white", zorder=5, clip_on=False,
            )  # fmt: skip
        for target in FA_TARGETS:
            axes.axvline(target, color=GREY, linewidth=0.7, linestyle=":", zorder=0)
        axes.set_xlabel("False alarms in 24 h (log)")
    ticks = [tick for tick in (0.1, 1, 10, 100, 1000, 10000) if tick <= limits[1]]
    panels[0].set_xticks(ticks, labels=["≤ 0.1", *(f"{tick:g}" for tick in ticks[1:])])
    for axes in panels:
        axes.minorticks_off()
    panels[0].set_ylabel("Sensitivity")
    unit(panels[0].set_ylim, panels[0].yaxis)
    return figure


def draw_roc(evaluation: Evaluation) -> Figure:
    """Draw the receiver operating characteristic over samples."""
    figure, axes = _panel(3.9, 3.7)
    if _draw_trace(axes, evaluation.roc, "AUROC", evaluation.auroc, "lower right"):
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--", zorder=0)
    axes.set_xlabel("False positive rate of samples")
    axes.set_ylabel("True positive rate of samples")
    return figure


def draw_pr(evaluation: Evaluation) -> Figure:
    """Draw precision against recall over samples, with the share of seizure as the floor."""
    figure, axes = _panel(3.9, 3.7)
    if _draw_trace(axes, evaluation.pr, "AUPRC", evaluation.auprc, "lower left"):
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
        plain(axes)
        middle = f", median {np.median(values):.1f} s" if values else ""
        n_text = f"{len(values)} of {evaluation.n_onsets} onsets{middle}"
        if not evaluation.n_onsets:
            n_text = "no onset in true EEG"
        axes.set_title(f"{title}: {n_text}", loc="left", fontsize=9.5)
        axes.set_xlabel("Delay after the annotated onset (s)")
        if not values:
            say_not_defined(axes)
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
    plain(axes)
    plain(below)
    calibration = evaluation.calibration
    known = np.isfinite(calibration.observed) & np.isfinite(calibration.predicted)
    if known.any():
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--", zorder=0)
        axes.plot(
            calibration.predicted[known], calibration.observed[known], "o-", color=BLUE,
            markersize=5,
        )  # fmt: skip
        width = 0.9 / len(calibration.centres)
        below.bar(calibration.centres, calibration.counts, width=width, color=BLUE)
        below.set_yscale("log")
        # Whole decades: within one, the labels of the minor ticks would lie upon each other.
        decades = np.log10(calibration.counts[calibration.counts > 0])
        below.set_ylim(10 ** np.floor(decades.min()), 10 ** max(1, np.ceil(decades.max())))
        below.minorticks_off()
    else:
        say_not_defined(axes)
        say_not_defined(below)
    axes.set_ylabel("Share that was seizure")
    unit(axes.set_ylim, axes.yaxis)
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
        plain(axes)
        axes.tick_params(axis="y", length=0)
    left.set_xlabel("Sensitivity (OVLP)")
    unit(left.set_xlim, left.xaxis)
    right.set_xlabel("False alarms in 24 h (OVLP)")
    if not patients:
        say_not_defined(left)
        say_not_defined(right)
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
            f"{rate:.0f} ({_length(patient.background_hours)})", (rate, row), xytext=(3, 0),
            textcoords="offset points", va="center", fontsize=7.5, color=INK,
        )  # fmt: skip
    right.margins(x=0.38)  # room for the text beside the longest bar
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
        "any. Dotted: 1, 2.5, 5 and 10 false alarms in 24 h. Dot: the locked thresholds.",
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
        "Each patient at the locked thresholds. Beside the bars: seizures, length of background.",
        draw_patients,
    ),
}
"""Every figure by name: its caption and what draws it."""


def _panel(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    plain(axes)
    return figure, axes


def _length(hours: float) -> str:
    return f"{hours:.1f} h" if hours >= 1 else f"{60 * hours:.1f} min"


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


def _draw_trace(axes: Axes, trace: Trace | None, name: str, area: float, place: Place) -> bool:
    unit(axes.set_xlim, axes.xaxis)
    unit(axes.set_ylim, axes.yaxis)
    if trace is None or not len(trace.x):
        say_not_defined(axes)
        return False
    label = f"{name} {area:.3f}" if math.isfinite(area) else f"{name} {NOT_DEFINED}"
    axes.plot(trace.x, trace.y, color=BLUE, linewidth=1.8, label=label)
    axes.legend(loc=place, frameon=False)
    return True
