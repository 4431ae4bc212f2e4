"""Rows of a file as one timeline without holes, the way NEDC v6 prepares them for every scorer."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.annotations import BACKGROUND, Span

__all__ = ["Seconds", "Timeline", "tidy"]

Seconds = npt.NDArray[np.float64]

DECIMALS = 4
"""Times are compared to a tenth of a millisecond, but kept as they are."""


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Events that follow each other, neighbours with different labels.

    Attributes
    ----------
    start, stop : (n_events,) float64
        Seconds. Where rows overlapped, a background event between them runs backwards.
    labels
        One an event; at least one.
    """

    start: Seconds
    stop: Seconds
    labels: tuple[str, ...]

    @property
    def end_s(self) -> float:
        """Where the last event stops: the length of the file."""
        return float(self.stop[-1])

    def of(self, label: str) -> tuple[Seconds, Seconds]:
        """Start and stop of the events with one label."""
        mine = np.array([each == label for each in self.labels], dtype=np.bool_)
        return self.start[mine], self.stop[mine]


def tidy(spans: tuple[Span, ...], duration_s: float) -> Timeline:
    """Sort rows, fill what lies between them with background, and join equal neighbours.

    Rows that touch become one event. Rows that overlap do not: the filler between them runs
    backwards, which later scoring steps take as it is. An event past the end keeps its length.

    Parameters
    ----------
    spans
        Rows of the file.
    duration_s
        Length of the recording.
    """
    end = round(duration_s, DECIMALS)
    filled: list[tuple[float, float, str]] = []
    time = 0.0
    for start, stop, label in sorted(
        ((span.start_s, span.stop_s, span.label) for span in spans), key=lambda row: row[:2]
    ):
        onset = round(start, DECIMALS)
        if onset != time:
            filled.append((time, onset, BACKGROUND))
        filled.append((start, stop, label))
        time = round(stop, DECIMALS)
    if time != end:
        filled.append((time, end, BACKGROUND))

    starts: list[float] = []
    stops: list[float] = []
    labels: list[str] = []
    for start, stop, label in filled:
        if labels and labels[-1] == label:
            stops[-1] = stop  # the last row's stop, even where an earlier row ran longer
        else:
            starts.append(start)
            stops.append(stop)
            labels.append(label)
    return Timeline(np.array(starts), np.array(stops), tuple(labels))
