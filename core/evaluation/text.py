"""Text files: fields that are read strictly, files that are written whole or not at all."""

import contextlib
import math
import os
from pathlib import Path

from core.errors import VigilError
from core.evaluation.annotations import AnnotationError, Span, span_fault

__all__ = ["check_span", "number", "read_text", "write_text"]


def read_text(path: Path) -> str:
    """Read a UTF-8 file whole, with its line ends as they are.

    Raises
    ------
    AnnotationError
        Where it cannot be read or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise AnnotationError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise AnnotationError(f"{path}: not UTF-8 text (byte {error.start})") from error


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file so that it is there whole or not at all; an old one is replaced.

    Raises
    ------
    VigilError
        Where it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise VigilError(f"{path}: cannot be written ({error.strerror})") from error


def number(text: str, what: str, where: str) -> float:
    """Turn a field into a finite number.

    Parameters
    ----------
    text
        The field.
    what
        Name of the field, for the message.
    where
        File and line, for the message.

    Raises
    ------
    AnnotationError
        Where it is none.
    """
    try:
        # Python also reads "1_000" as a number; no annotation tool means that.
        value = math.nan if "_" in text else float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise AnnotationError(f"{where}: {what} is not a finite number ({text!r})")
    return value


def check_span(span: Span, where: str) -> Span:
    """Return the span, or raise an AnnotationError that names the line."""
    if fault := span_fault(span):
        raise AnnotationError(f"{where}: {fault}")
    return span
