"""How the states of an event look: a colour and a pattern for each; a word stands beside them."""

from collections.abc import Sequence

import numpy as np

from core.types import Marker
from monitor.alarm import Alarm, AlarmState
from monitor.views import theme
from monitor.views.raster import Pixels, blended
from monitor.views.span_index import SpanIndex
from monitor.views.time_axis import TimeAxis

__all__ = [
    "PERIOD",
    "PRIORITY",
    "alarm_index",
    "ground_tile",
    "marker_index",
    "state_colour",
    "states_of_columns",
]

PERIOD = 16
"""Pixels after which a pattern repeats."""

PRIORITY = (AlarmState.RETRACTED, AlarmState.ENDED, AlarmState.RAISED, AlarmState.CONFIRMED)
"""Where events overlap, the later one in this row is seen."""

_TINT = {AlarmState.RETRACTED: 0.0, AlarmState.ENDED: 0.24, AlarmState.RAISED: 0.12,
         AlarmState.CONFIRMED: 0.24}  # fmt: skip
_STROKE = 0.24


def alarm_index(alarms: Sequence[Alarm]) -> SpanIndex[Alarm]:
    """Return an index over alarms by what they span."""
    onsets = np.fromiter((alarm.onset_sample for alarm in alarms), np.int64, len(alarms))
    offsets = np.fromiter((alarm.offset_sample for alarm in alarms), np.int64, len(alarms))
    return SpanIndex(alarms, onsets, offsets)


def marker_index(markers: Sequence[Marker]) -> SpanIndex[Marker]:
    """Return an index over remarks by when they were made."""
    samples = np.fromiter((marker.sample for marker in markers), np.int64, len(markers))
    return SpanIndex(markers, samples, samples + 1)


def state_colour(state: AlarmState) -> str:
    """Return the colour of a state; hues of Okabe and Ito's palette."""
    return {
        AlarmState.RAISED: theme.PROVISIONAL,
        AlarmState.CONFIRMED: theme.ALARM,
        AlarmState.ENDED: "#cc79a7",
        AlarmState.RETRACTED: theme.INVALID,
    }[state]


def ground_tile(state: AlarmState, height: int) -> Pixels:
    """Return ``(height, PERIOD)`` pixels of the ground behind the traces.

    Raised: strokes to one side. Confirmed: strokes to both sides. Ended: even. Retracted: dots.
    """
    y, x = np.arange(height)[:, None], np.arange(PERIOD)[None, :]
    up, down = (x + y) % PERIOD < 2, (x - y) % PERIOD < 2
    strokes = {
        AlarmState.RAISED: up,
        AlarmState.CONFIRMED: up | down,
        AlarmState.ENDED: np.zeros_like(up),
        AlarmState.RETRACTED: (x % 8 < 2) & (y % 8 < 2),
    }[state]
    colour = state_colour(state)
    even = blended(theme.PLOT, colour, _TINT[state])
    stroke = blended(theme.PLOT, colour, _TINT[state] + _STROKE)
    return np.where(strokes, stroke, even).astype(np.uint32)


def states_of_columns(
    alarms: SpanIndex[Alarm], axis: TimeAxis, n_columns: int
) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    """Return what each column of the ring shows, as its place in ``PRIORITY``; -1: nothing."""
    states = np.full(n_columns, -1, dtype=np.int8)
    for alarm in alarms.within(axis.start, axis.stop):
        rank = PRIORITY.index(alarm.state)
        first, stop = max(alarm.onset_sample, axis.start), min(alarm.offset_sample, axis.stop)
        for left, right in axis.cells(first, stop, n_columns):
            states[left:right] = np.maximum(states[left:right], rank)
    return states
