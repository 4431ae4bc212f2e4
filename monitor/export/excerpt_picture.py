"""The picture of an alarm: EEG, what reviewers marked, and the probability below."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from core.evaluation.audit_pictures import CUT_OFF, choose_spacing_uv
from core.evaluation.drawing import BLUE, GREEN, GREY, INK, ORANGE, VERMILION, plain
from monitor.archive.history import Finding, Verdict
from monitor.export.excerpt import Excerpt

__all__ = ["draw_excerpt"]

_CHAIN_GAP = 0.6
"""Between chains of electrodes, in spacings between rows."""

_COLOURS = {Finding.SEIZURE: VERMILION, Finding.NO_SEIZURE: GREEN, Finding.UNSURE: GREY}
_PROBABILITY_HZ = 256.0


def draw_excerpt(
    excerpt: Excerpt,
    event_s: tuple[float, float],
    raised_s: float | None,
    thresholds: tuple[float, float],
    verdicts: Sequence[Verdict],
) -> Figure:
    """Draw one alarm; the time axis counts from its onset.

    Parameters
    ----------
    excerpt
        What was recorded around it.
    event_s
        Onset and offset, since the session began.
    raised_s
        End of the signal that had been analysed when it was raised, or None.
    thresholds
        At which an event begins and ends.
    verdicts
        The latest of each reviewer.
    """
    lanes = max(0.01, 0.16 * len(verdicts))
    figure = Figure(figsize=(9.6, 5.3 + lanes), layout="constrained")
    marks, eeg, strip = figure.subplots(
        3, 1, sharex=True, gridspec_kw={"height_ratios": (lanes, 4.3, 0.8), "hspace": 0.0}
    )
    onset_s, offset_s = event_s
    for axes in (eeg, strip):
        axes.axvspan(0, offset_s - onset_s, color=ORANGE, alpha=0.13, linewidth=0)
        axes.axvline(0, color=VERMILION, linewidth=1.1)
        if raised_s is not None and raised_s <= excerpt.stop_s:
            axes.axvline(raised_s - onset_s, color=BLUE, linewidth=1.1, linestyle="--")
    _draw_verdicts(marks, verdicts, onset_s)
    _draw_rows(eeg, excerpt, onset_s)
    _draw_probability(strip, excerpt, onset_s, thresholds)
    strip.set_xlim(excerpt.start_s - onset_s, max(excerpt.stop_s, excerpt.start_s + 1) - onset_s)
    strip.set_xlabel("Seconds after the onset", fontsize=8.5)
    return figure


def _draw_verdicts(axes: Axes, verdicts: Sequence[Verdict], onset_s: float) -> None:
    axes.set_axis_off()
    axes.set_ylim(max(1, len(verdicts)) - 0.5, -0.5)
    for lane, verdict in enumerate(verdicts):
        colour = _COLOURS[verdict.finding]
        axes.plot(
            [verdict.onset_s - onset_s, verdict.offset_s - onset_s], [lane, lane],
            color=colour, linewidth=5, solid_capstyle="butt",
        )  # fmt: skip
        axes.annotate(
            f"{verdict.reviewer}: {verdict.finding}", (0, lane), xytext=(-4, 0),
            xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="right", va="center", fontsize=6.5, color=INK, annotation_clip=False,
        )  # fmt: skip


def _draw_rows(axes: Axes, excerpt: Excerpt, onset_s: float) -> None:
    plain(axes)
    n_rows = len(excerpt.labels)
    gaps = np.searchsorted(excerpt.chain_starts, np.arange(n_rows), side="right")
    places = -(np.arange(n_rows) + _CHAIN_GAP * gaps)
    axes.set_yticks(places, labels=list(excerpt.labels), fontsize=6.5)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelbottom=False, length=0)
    axes.spines["bottom"].set_visible(False)
    axes.set_ylim(places[-1] - 1, 1)
    if not excerpt.stretches:
        axes.text(
            0.5, 0.5, "no EEG was recorded here", transform=axes.transAxes, ha="center", color=GREY
        )
        return
    everything = np.concatenate([stretch.rows for stretch in excerpt.stretches], axis=1)
    spacing_uv = choose_spacing_uv(everything)
    for stretch in excerpt.stretches:
        time_s = stretch.start_s - onset_s + np.arange(stretch.rows.shape[1]) / stretch.sfreq_hz
        shown = np.clip(stretch.rows / spacing_uv, -CUT_OFF, CUT_OFF) + places[:, np.newaxis]
        axes.plot(time_s, shown.T, color=INK, linewidth=0.45)
    _draw_scale(axes, spacing_uv, places[-1])


def _draw_scale(axes: Axes, spacing_uv: int, lowest: float) -> None:
    """Draw a bar as high as the spacing, at the right edge."""
    axes.plot(
        [1.006, 1.006], [lowest, lowest + 1], transform=axes.get_yaxis_transform(),
        color=INK, linewidth=1.4, clip_on=False,
    )  # fmt: skip
    axes.annotate(
        f"{spacing_uv} µV", (1.011, lowest + 0.5), xycoords=axes.get_yaxis_transform(),
        fontsize=6.5, va="center", annotation_clip=False,
    )  # fmt: skip


def _draw_probability(
    axes: Axes, excerpt: Excerpt, onset_s: float, thresholds: tuple[float, float]
) -> None:
    plain(axes)
    axes.tick_params(labelsize=7.5)
    axes.set_ylim(0, 1.02)
    axes.set_yticks([0, 1], labels=["0", "1"], fontsize=7)
    axes.set_ylabel("Prob.", fontsize=7.5, labelpad=2)
    values = excerpt.probability
    time_s = excerpt.start_s - onset_s + np.arange(len(values)) / _PROBABILITY_HZ
    axes.fill_between(time_s, 0, values, color=BLUE, alpha=0.2, linewidth=0)
    axes.plot(time_s, values, color=BLUE, linewidth=1)
    for threshold in thresholds:
        axes.axhline(threshold, color=GREY, linewidth=0.7, linestyle=":")
