"""The whole session on one page: alarms, technical alarms, probability, seizure burden."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, PercentFormatter

from core.evaluation.drawing import BLUE, GREY, INK, ORANGE, VERMILION, plain
from monitor.alarm import Alarm, AlarmState
from monitor.archive.history import AlarmHistory
from monitor.burden import HOUR_S, STATUS_SHARE, seizure_share
from monitor.export.events import CONFIRMED
from monitor.export.material import Material, start_time

__all__ = ["Burden", "draw_overview", "highest_share", "measure_burden"]

_SFREQ_HZ = 256.0
_N_BINS = 900
_PIECE_S = 3600.0
_TICKS_S = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_MOST_TICKS = 12

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Burden:
    """How much of the session was seizure, by the detector.

    Attributes
    ----------
    block_s
        Length of a block.
    blocks
        Share of each block, 0 to 1.
    hours
        Share of the 60 min before each block's end.
    """

    block_s: float
    blocks: Floats
    hours: Floats


def measure_burden(material: Material) -> Burden:
    """Measure the seizure burden over a session; retracted alarms do not count."""
    duration_s = material.duration_s
    block_s = next((s for s in (60.0, 300.0) if duration_s / s <= 120), 900.0)
    alarms = [_on_session_clock(alarm) for alarm in material.alarms]
    edges = [round(k * block_s * _SFREQ_HZ) for k in range(int(duration_s // block_s) + 1)]
    end = round(duration_s * _SFREQ_HZ)
    if edges[-1] < end:
        edges.append(end)
    hour = round(HOUR_S * _SFREQ_HZ)
    blocks = [seizure_share(alarms, a, b) for a, b in pairwise(edges)]
    hours = [seizure_share(alarms, b - hour, b) for b in edges[1:]]
    return Burden(block_s, np.array(blocks), np.array(hours))


def highest_share(burden: Burden) -> float:
    """Return the highest share of any 60 min."""
    return float(burden.hours.max(initial=0.0))


def _on_session_clock(alarm: AlarmHistory) -> Alarm:
    """Count an alarm's samples from the session's beginning, whatever run it belongs to."""
    return Alarm(
        alarm.alarm_id,
        round(alarm.onset_s * _SFREQ_HZ),
        round(alarm.offset_s * _SFREQ_HZ),
        alarm.peak,
        AlarmState(alarm.state),
        round(alarm.raised_s * _SFREQ_HZ),
    )


def draw_overview(material: Material, burden: Burden) -> Figure:
    """Draw the session."""
    figure = Figure(figsize=(9.6, 4.6), layout="constrained")
    lanes, probability, share = figure.subplots(3, 1, sharex=True, height_ratios=(1.0, 1.7, 1.7))
    _draw_lanes(lanes, material)
    _draw_probability(probability, material)
    _draw_burden(share, material, burden)
    for axes in (lanes, probability, share):
        for run in material.runs[1:]:
            axes.axvline(run.offset_s, color=INK, linewidth=0.9, linestyle=":")
    share.set_xlim(0, max(1.0, material.duration_s))
    _time_axis(share, material)
    return figure


def _draw_lanes(axes: Axes, material: Material) -> None:
    plain(axes)
    axes.spines[["left", "bottom"]].set_visible(False)
    names = ("Alarms", "Retracted", "Technical", "Notes")
    axes.set_yticks(range(len(names)), labels=list(names), fontsize=8)
    axes.tick_params(length=0, axis="both", labelbottom=False)
    axes.set_ylim(len(names) - 0.5, -0.5)
    least_s = material.duration_s / 500  # what is shorter would not be seen
    for lane, colour, spans in (
        (0, VERMILION, [(a.onset_s, a.offset_s) for a in material.alarms if a.state in CONFIRMED]),
        (1, GREY, [(a.onset_s, a.offset_s) for a in material.alarms if a.state == "retracted"]),
        (2, ORANGE, [(t.start_s, _stop(t.stop_s, material)) for t in material.technical]),
    ):
        bars = [(onset_s, max(least_s, stop_s - onset_s)) for onset_s, stop_s in spans]
        axes.broken_barh(bars, (lane - 0.33, 0.66), color=colour, linewidth=0)
    times_s = [note.time_s for note in material.notes]
    axes.plot(times_s, [3] * len(times_s), "|", color=INK, markersize=8)


def _stop(stop_s: float | None, material: Material) -> float:
    return material.duration_s if stop_s is None else stop_s


def _draw_probability(axes: Axes, material: Material) -> None:
    plain(axes)
    axes.set_ylabel("Probability,\nhighest", fontsize=8)
    axes.set_ylim(0, 1.02)
    axes.set_yticks([0, 0.5, 1], labels=["0", "0.5", "1"], fontsize=8)
    time_s, highest = _highest_probability(material)
    axes.fill_between(time_s, 0, highest, step="post", color=BLUE, alpha=0.75, linewidth=0)
    missing = np.isnan(highest[:-1])
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8)))
    spans = [(time_s[a], time_s[b] - time_s[a]) for a, b in edges.reshape(-1, 2)]
    axes.broken_barh(spans, (0, 1.02), color=GREY, alpha=0.25, linewidth=0)


def _highest_probability(material: Material) -> tuple[Floats, Floats]:
    """Return edges of bins, and the highest value in each; the last one is repeated."""
    duration_s = max(1.0, material.duration_s)
    edges = np.linspace(0, duration_s, _N_BINS + 1)
    highest = np.full(_N_BINS + 1, np.nan)
    begin_s = 0.0
    while begin_s < duration_s:
        stop_s = min(duration_s, begin_s + _PIECE_S)
        values = material.probability(begin_s, stop_s)
        known = np.flatnonzero(~np.isnan(values))
        time_s = begin_s + known / _SFREQ_HZ
        bins = np.minimum(_N_BINS - 1, (time_s / duration_s * _N_BINS).astype(np.int64))
        np.fmax.at(highest, bins, values[known])
        begin_s = stop_s
    highest[-1] = highest[-2]
    return edges, highest


def _draw_burden(axes: Axes, material: Material, burden: Burden) -> None:
    plain(axes)
    axes.set_ylabel("Seizure burden", fontsize=8)
    # An axis of square roots: a few percent matter, and a status must fit.
    axes.set_yscale("function", functions=(np.sqrt, np.square))
    axes.set_ylim(0, max(0.25, 1.05 * float(burden.blocks.max(initial=0.0))))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_yticks([t for t in (0, 0.05, 0.2, 0.5, 1) if t <= axes.get_ylim()[1]])
    axes.tick_params(axis="y", labelsize=8)
    starts_s = burden.block_s * np.arange(len(burden.blocks))
    stops_s = np.minimum(starts_s + burden.block_s, material.duration_s)
    axes.bar(
        starts_s, burden.blocks, width=stops_s - starts_s, align="edge", color=ORANGE, alpha=0.7
    )
    axes.plot(
        np.concatenate([[0], stops_s]), np.concatenate([[0], burden.hours]), color=INK, linewidth=1
    )
    axes.axhline(STATUS_SHARE, color=VERMILION, linewidth=0.8, linestyle="--")


def _time_axis(axes: Axes, material: Material) -> None:
    """Put ticks on round times of day, or on round times since the start."""
    duration_s = material.duration_s
    step_s = next((s for s in _TICKS_S if duration_s / s <= _MOST_TICKS), _TICKS_S[-1])
    begin = start_time(material)
    first_s = 0.0
    if begin is not None:
        midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
        first_s = -((begin - midnight).total_seconds() % step_s) % step_s
    axes.xaxis.set_major_locator(
        FixedLocator(np.arange(first_s, duration_s + 1e-6, step_s).tolist())
    )
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda time_s, _: _label(begin, float(time_s), step_s))
    )
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlabel("Time since the start" if begin is None else "Time of day", fontsize=8.5)


def _label(begin: datetime | None, time_s: float, step_s: float) -> str:
    if begin is None:
        hour, minute, second = int(time_s // 3600), int(time_s // 60) % 60, int(time_s) % 60
    else:
        moment = begin + timedelta(seconds=time_s)
        hour, minute, second = moment.hour, moment.minute, moment.second
    text = f"{hour}:{minute:02d}" if begin is None else f"{hour:02d}:{minute:02d}"
    return text if step_s >= 60 else f"{text}:{second:02d}"
