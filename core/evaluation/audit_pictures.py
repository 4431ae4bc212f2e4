"""The EEG of a false alarm as a picture."""

import numpy as np
from matplotlib.figure import Figure

from core.electrodes import ELECTRODES
from core.evaluation.audit_rules import FalseAlarm
from core.evaluation.drawing import BLUE, INK, VERMILION, plain, say_not_defined
from core.types import FloatArray

__all__ = ["CUT_OFF", "choose_spacing_uv", "draw_excerpt"]

CUT_OFF = 1.5
"""Where a trace is cut off, in spacings between channels."""

_SPACINGS_UV = (20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000)
"""Round numbers, so that pictures can be compared."""

_MARGIN_S = 0.15
"""Sets the line of an onset at 0 s apart from the axis."""


def choose_spacing_uv(data: FloatArray) -> int:
    """Choose the distance between traces that keeps most of them apart."""
    amplitude = float(np.percentile(np.abs(data), 95))
    return next((step for step in _SPACINGS_UV if step > 2 * amplitude), _SPACINGS_UV[-1])


def draw_excerpt(alarm: FalseAlarm, sfreq: float = 256.0) -> Figure:
    """Draw the EEG around the onset of a false alarm."""
    figure = Figure(figsize=(5.4, 3.5), layout="constrained")
    axes = figure.subplots()
    plain(axes)
    data = alarm.excerpt
    if data is None or data.shape[1] == 0:
        say_not_defined(axes)
        return figure
    time_s = alarm.excerpt_start_s + np.arange(data.shape[1]) / sfreq
    spacing_uv = choose_spacing_uv(data)
    dominant = () if alarm.features is None else alarm.features.dominant
    for row, (name, trace) in enumerate(zip(ELECTRODES, data, strict=True)):
        shown = np.clip(trace / spacing_uv, -CUT_OFF, CUT_OFF) - row
        axes.plot(time_s, shown, linewidth=0.5, color=VERMILION if name in dominant else INK)
    axes.axvline(alarm.onset_s, color=BLUE, linewidth=1.2)
    axes.set_yticks(-np.arange(len(ELECTRODES)), labels=list(ELECTRODES), fontsize=6.5)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-len(ELECTRODES), 1)
    axes.set_xlim(time_s[0] - _MARGIN_S, time_s[-1])
    axes.set_xlabel(f"Time (s); {spacing_uv} µV between channels", fontsize=8)
    axes.tick_params(axis="x", labelsize=7.5)
    return figure
