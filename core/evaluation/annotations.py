"""What is annotated in one recording: labelled intervals and the recording's length."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.errors import VigilError
from core.types import Event

__all__ = [
    "BACKGROUND",
    "LABELS",
    "MAX_TIME_S",
    "SEIZURE",
    "AnnotationError",
    "Annotations",
    "Span",
    "annotate",
]

SEIZURE = "seiz"
BACKGROUND = "bckg"
LABELS = (SEIZURE, BACKGROUND)
"""Every label that is scored; the seizure's comes first."""

MAX_TIME_S = 366 * 86400.0
"""Latest time that a file may name. A misplaced decimal point must not fill the memory."""

MIN_DURATION_S = 1e-4
"""Shortest recording: NEDC rounds durations to four decimals, and rates divide by them."""


class AnnotationError(VigilError):
    """Annotations are unreadable, contradictory or cannot be scored."""


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled interval.

    Attributes
    ----------
    start_s, stop_s
        Seconds since the recording began.
    label
        ``seiz`` or ``bckg``.
    confidence
        Between 0 and 1, or None where unknown. Never scored.
    event_type
        SzCORE event type of a seizure, such as ``sz_foc_ia``. Never scored.
    """

    start_s: float
    stop_s: float
    label: str = SEIZURE
    confidence: float | None = None
    event_type: str = "sz"


@dataclass(frozen=True, slots=True)
class Annotations:
    """All spans of one recording, in the order of the file.

    Attributes
    ----------
    duration_s
        Length of the recording.
    spans
        May be unsorted, may overlap, and may run past the end.
    name
        Where they come from, for messages.
    start_time
        Wall-clock time of second 0, or None where unknown.

    Raises
    ------
    AnnotationError
        Where a time is not finite, out of range or runs backwards, or a label is unknown.
    """

    duration_s: float
    spans: tuple[Span, ...] = ()
    name: str = "annotations"
    start_time: datetime | None = None

    def __post_init__(self) -> None:
        if fault := duration_fault(self.duration_s):
            raise AnnotationError(f"{self.name}: {fault}")
        for span in self.spans:
            if fault := span_fault(span):
                raise AnnotationError(f"{self.name}: {fault}")

    def seizures(self) -> list[tuple[float, float]]:
        """Start and stop of every seizure in seconds, sorted."""
        return sorted((span.start_s, span.stop_s) for span in self.spans if span.label == SEIZURE)


def annotate(
    events: Iterable[Event],
    duration_s: float,
    name: str = "events",
    start_time: datetime | None = None,
) -> Annotations:
    """Take the events of the detector as annotations; their peak is the confidence.

    Parameters
    ----------
    events
        Of the detector. What reaches beyond ``duration_s``, in the recording's last record or for
        the lag of a filter, is cut off.
    duration_s
        Length of the recording.
    name
        Of the recording, for messages.
    start_time
        Wall-clock time of second 0, or None where unknown.
    """
    spans = (
        Span(event.onset_s, min(event.offset_s, duration_s), SEIZURE, event.peak)
        for event in sorted(events, key=lambda event: event.onset_sample)
        if event.onset_s < duration_s
    )
    return Annotations(duration_s, tuple(spans), name, start_time)


def duration_fault(duration_s: float) -> str | None:
    """Say what is wrong with a recording's length; None where nothing is."""
    if not math.isfinite(duration_s):
        return f"duration is not a finite number ({duration_s})"
    if duration_s < MIN_DURATION_S:
        return f"duration is {duration_s} s, must be at least {MIN_DURATION_S} s"
    if duration_s > MAX_TIME_S:
        return f"duration is {duration_s} s, must be at most {MAX_TIME_S:.0f} s"
    return None


def span_fault(span: Span) -> str | None:
    """Say what is wrong with a span; None where nothing is."""
    for what, time_s in (("start", span.start_s), ("stop", span.stop_s)):
        if not math.isfinite(time_s):
            return f"{what} is not a finite number ({time_s})"
        if time_s < 0:
            return f"{what} is {time_s} s, must not be negative"
        if time_s > MAX_TIME_S:
            return f"{what} is {time_s} s, must be at most {MAX_TIME_S:.0f} s"
    if span.stop_s < span.start_s:
        return f"stop {span.stop_s} s is before start {span.start_s} s"
    if span.label not in LABELS:
        return f"label {span.label!r} is not one of {', '.join(LABELS)}"
    return None
