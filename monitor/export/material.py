"""What an export is made of: a session, as it was recorded or without names and dates."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from core.types import Chunk, FloatArray
from monitor.archive.history import (
    AlarmHistory,
    EegPart,
    Run,
    SessionNote,
    TechnicalSpan,
    Verdict,
)

__all__ = ["Material", "Progress", "run_at", "start_time", "start_times"]

Progress = Callable[[float], None]
"""Takes the share that is done, 0 to 1."""


class Material(Protocol):
    """A session to export; see :class:`monitor.archive.record.SessionRecord`."""

    @property
    def folder(self) -> Path: ...
    @property
    def description(self) -> dict[str, Any]: ...
    @property
    def runs(self) -> tuple[Run, ...]: ...
    @property
    def parts(self) -> tuple[EegPart, ...]: ...
    @property
    def alarms(self) -> tuple[AlarmHistory, ...]: ...
    @property
    def technical(self) -> tuple[TechnicalSpan, ...]: ...
    @property
    def notes(self) -> tuple[SessionNote, ...]: ...
    @property
    def verdicts(self) -> tuple[Verdict, ...]: ...
    @property
    def duration_s(self) -> float: ...
    def steps(self) -> Iterator[dict[str, Any]]: ...
    def eeg(self, start_s: float, stop_s: float) -> Iterator[tuple[EegPart, Chunk]]: ...
    def probability(self, start_s: float, stop_s: float) -> FloatArray: ...


def start_times(material: Material) -> Iterator[datetime]:
    """Every wall-clock time at which a run or a part is known to have begun."""
    for run in material.runs:
        if run.start_time is not None:
            yield run.start_time
        yield run.began_utc
    for part in material.parts:
        if part.start_time is not None:
            yield part.start_time


def start_time(material: Material) -> datetime | None:
    """Wall-clock time of second 0, or None where the source did not know it."""
    return material.runs[0].start_time if material.runs else None


def run_at(material: Material, time_s: float) -> Run | None:
    """Find the run that a moment of the session belongs to: the last that had begun by then."""
    found = None
    for run in material.runs:
        if found is None or run.offset_s <= time_s:
            found = run
    return found
