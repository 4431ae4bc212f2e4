"""csv_bi, the annotation format of the TUH EEG corpora and of the NEDC scorer (version 1.0.0).

A header of ``# key = value`` lines with the format's version and the recording's duration, then
one row for each event: ``channel,start_time,stop_time,label,confidence``. Only rows of the channel
``TERM``, which stands for the whole recording, are events of the recording.
"""

from pathlib import Path

from core.evaluation.annotations import (
    AnnotationError,
    Annotations,
    Span,
    duration_fault,
)
from core.evaluation.text import check_span, number, read_text, write_text

__all__ = ["format_csv_bi", "parse_csv_bi", "read_csv_bi", "write_csv_bi"]

VERSION = "csv_v1.0.0"
COLUMNS = "channel,start_time,stop_time,label,confidence"
ALL_CHANNELS = "TERM"


def read_csv_bi(path: Path) -> Annotations:
    """Read a csv_bi file.

    Raises
    ------
    AnnotationError
        As :func:`parse_csv_bi` does, and where the file cannot be read.
    """
    return parse_csv_bi(read_text(path), str(path))


def parse_csv_bi(text: str, name: str = "csv_bi") -> Annotations:
    """Parse the text of a csv_bi file.

    Parameters
    ----------
    text
        The whole file. Blanks inside rows, blank lines and CR are of no account.
    name
        Name of the file, for messages.

    Returns
    -------
    Annotations
        The ``TERM`` rows. Rows of single channels are checked and left out.

    Raises
    ------
    AnnotationError
        Where the version or the duration is missing or wrong, or a row has not five columns, a
        time that is no number, a stop before its start, or a label that is unknown.
    """
    version: str | None = None
    duration_s: float | None = None
    spans: list[Span] = []
    for line_number, line in enumerate(text.split("\n"), start=1):
        where = f"{name}, line {line_number}"
        if line.startswith("#"):
            key, equals, value = line[1:].partition("=")
            if equals and key.strip() == "version":
                version = _version(value.strip(), version, where)
            elif equals and key.strip() == "duration":
                duration_s = _duration(value, duration_s, where)
            continue
        row = "".join(line.split())
        if not row or row == COLUMNS:
            continue
        channel, span = _row(row, where)
        if channel == ALL_CHANNELS:
            spans.append(span)
    if version is None:
        raise AnnotationError(f"{name}: no '# version = {VERSION}' line")
    if duration_s is None:
        raise AnnotationError(f"{name}: no '# duration = ... secs' line")
    return Annotations(duration_s, tuple(spans), name)


def _version(value: str, before: str | None, where: str) -> str:
    if value != VERSION:
        raise AnnotationError(f"{where}: version is {value!r}, must be {VERSION}")
    if before is not None:
        raise AnnotationError(f"{where}: a second version line")
    return value


def _duration(value: str, before: float | None, where: str) -> float:
    tokens = value.split()
    if not tokens:
        raise AnnotationError(f"{where}: the duration is empty")
    if before is not None:
        raise AnnotationError(f"{where}: a second duration line")
    duration_s = number(tokens[0], "duration", where)
    if fault := duration_fault(duration_s):
        raise AnnotationError(f"{where}: {fault}")
    return duration_s


def _row(row: str, where: str) -> tuple[str, Span]:
    fields = row.split(",")
    if len(fields) != COLUMNS.count(",") + 1:
        raise AnnotationError(f"{where}: {len(fields)} columns, must be 5 ({COLUMNS})")
    channel, start, stop, label, confidence = fields
    span = Span(
        number(start, "start_time", where),
        number(stop, "stop_time", where),
        label,
        number(confidence, "confidence", where),
    )
    return channel, check_span(span, where)


def format_csv_bi(annotations: Annotations, bname: str) -> str:
    """Write annotations as the text of a csv_bi file, times with four decimals.

    Parameters
    ----------
    annotations
        Spans are written in their order; none gives a file without rows.
    bname
        Name of the recording for the header.
    """
    lines = [
        f"# version = {VERSION}",
        f"# bname = {bname}",
        f"# duration = {annotations.duration_s:.4f} secs",
        "#",
        COLUMNS,
    ]
    for span in annotations.spans:
        confidence = 1.0 if span.confidence is None else span.confidence
        lines.append(
            f"{ALL_CHANNELS},{span.start_s:.4f},{span.stop_s:.4f},{span.label},{confidence:.4f}"
        )
    return "\n".join(lines) + "\n"


def write_csv_bi(annotations: Annotations, path: Path) -> None:
    """Write a csv_bi file named after the recording.

    Raises
    ------
    VigilError
        Where the file cannot be written; an old one then stays as it was.
    """
    write_text(path, format_csv_bi(annotations, path.stem))
