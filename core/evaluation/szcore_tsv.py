"""SzCORE's event tables, as BIDS data sets and the ``epilepsy2bids`` package carry them.

Seven columns divided by tabs, one row for each event. A recording without seizures has one
``bckg`` row from its beginning to its end, since the table has no other place for the duration.
"""

from datetime import datetime
from pathlib import Path

from core.evaluation.annotations import (
    AnnotationError,
    Annotations,
    Span,
    duration_fault,
)
from core.evaluation.text import check_span, number, read_text, write_text

__all__ = ["format_szcore_tsv", "parse_szcore_tsv", "read_szcore_tsv", "write_szcore_tsv"]

COLUMNS = (
    "onset",
    "duration",
    "eventType",
    "confidence",
    "channels",
    "dateTime",
    "recordingDuration",
)
BACKGROUND_TYPE = "bckg"
SEIZURE_TYPE = "sz"
UNKNOWN = "n/a"
DATE_FORMAT = "%Y-%m-%d %H:%M:%S"
UNKNOWN_DATE = "2000-01-01 00:00:00"
"""Written where the start is not known, as published data sets do."""
_DECIMALS = 6
"""Of a stop, which is a sum: a microsecond is kept, the dust of binary fractions is not."""


def read_szcore_tsv(path: Path) -> Annotations:
    """Read an event table.

    Raises
    ------
    AnnotationError
        As :func:`parse_szcore_tsv` does, and where the file cannot be read.
    """
    return parse_szcore_tsv(read_text(path), str(path))


def parse_szcore_tsv(text: str, name: str = "events.tsv") -> Annotations:
    """Parse the text of an event table.

    Parameters
    ----------
    text
        The whole file.
    name
        Name of the file, for messages.

    Returns
    -------
    Annotations
        The seizures, of whatever type (``sz``, ``sz_foc_ia``, ...) and on whatever channels.
        Background rows only carry the duration.

    Raises
    ------
    AnnotationError
        Where the column line is missing or different, a row has not seven columns, a field is not
        of its kind, rows contradict each other, or no row tells the duration.
    """
    duration_s: float | None = None
    start_time: datetime | None = None
    spans: list[Span] = []
    header_seen = False
    for line_number, line in enumerate(text.split("\n"), start=1):
        where = f"{name}, line {line_number}"
        fields = [field.strip() for field in line.split("\t")]
        if not any(fields):
            continue
        if not header_seen:
            if tuple(fields) != COLUMNS:
                raise AnnotationError(f"{where}: columns must be {' '.join(COLUMNS)}")
            header_seen = True
            continue
        if len(fields) != len(COLUMNS):
            raise AnnotationError(f"{where}: {len(fields)} columns, must be {len(COLUMNS)}")
        row = dict(zip(COLUMNS, fields, strict=True))
        duration_s = _recording_duration(row["recordingDuration"], duration_s, where)
        start_time = _date_time(row["dateTime"], start_time, where)
        span = _span(row, where)
        if row["eventType"] != BACKGROUND_TYPE:
            spans.append(span)
    if not header_seen:
        raise AnnotationError(f"{name}: empty, must begin with the columns {' '.join(COLUMNS)}")
    if duration_s is None:
        raise AnnotationError(f"{name}: no row, so no recordingDuration")
    return Annotations(duration_s, tuple(spans), name, start_time)


def _recording_duration(field: str, before: float | None, where: str) -> float:
    duration_s = number(field, "recordingDuration", where)
    if fault := duration_fault(duration_s):
        raise AnnotationError(f"{where}: {fault}")
    if before is not None and duration_s != before:
        raise AnnotationError(f"{where}: recordingDuration is {duration_s} s after {before} s")
    return duration_s


def _date_time(field: str, before: datetime | None, where: str) -> datetime | None:
    if field == UNKNOWN:
        return before
    try:
        date_time = datetime.strptime(field, DATE_FORMAT)  # noqa: DTZ007 - the hospital's clock
    except ValueError as error:
        raise AnnotationError(
            f"{where}: dateTime {field!r} is neither {UNKNOWN} nor like 2000-01-31 23:59:59"
        ) from error
    return date_time if before is None else before


def _span(row: dict[str, str], where: str) -> Span:
    event_type = row["eventType"]
    seizure = event_type == SEIZURE_TYPE or event_type.startswith(f"{SEIZURE_TYPE}_")
    if not seizure and event_type != BACKGROUND_TYPE:
        raise AnnotationError(
            f"{where}: eventType {event_type!r} is not {BACKGROUND_TYPE}, {SEIZURE_TYPE} or "
            f"{SEIZURE_TYPE}_..."
        )
    confidence = None
    if row["confidence"] != UNKNOWN:
        confidence = number(row["confidence"], "confidence", where)
        if not 0 <= confidence <= 1:
            raise AnnotationError(f"{where}: confidence is {confidence}, must be from 0 to 1")
    onset = number(row["onset"], "onset", where)
    duration = number(row["duration"], "duration", where)
    if duration < 0:
        raise AnnotationError(f"{where}: duration is {duration} s, must not be negative")
    stop = round(onset + duration, _DECIMALS)
    # Rounding must not put the stop of an event without length before its onset.
    stop = max(onset, stop)
    kind = event_type if seizure else SEIZURE_TYPE
    return check_span(Span(onset, stop, confidence=confidence, event_type=kind), where)


def format_szcore_tsv(annotations: Annotations) -> str:
    """Write annotations as the text of an event table, times with two decimals.

    Parameters
    ----------
    annotations
        Background spans are left out; without any seizure, one over the recording is written.
        They name no channels, so none stand in the table.
    """
    date_time = UNKNOWN_DATE
    if annotations.start_time is not None:
        date_time = annotations.start_time.strftime(DATE_FORMAT)
    total = annotations.duration_s
    rows = [
        (span.start_s, span.stop_s, span.event_type, span.confidence)
        for span in annotations.spans
        if span.label != BACKGROUND_TYPE
    ] or [(0.0, total, BACKGROUND_TYPE, None)]
    lines = ["\t".join(COLUMNS)]
    for start, stop, event_type, confidence in rows:
        # From the rounded times, so that onset and duration add up to the rounded stop.
        duration = round(stop, 2) - round(start, 2)
        certainty = UNKNOWN if confidence is None else f"{confidence:.2f}"
        fields = (f"{start:.2f}", f"{duration:.2f}", event_type, certainty, UNKNOWN, date_time)
        lines.append("\t".join((*fields, f"{total:.2f}")))
    return "\n".join(lines) + "\n"


def write_szcore_tsv(annotations: Annotations, path: Path) -> None:
    """Write an event table.

    Raises
    ------
    VigilError
        Where the file cannot be written; an old one then stays as it was.
    """
    write_text(path, format_szcore_tsv(annotations))
