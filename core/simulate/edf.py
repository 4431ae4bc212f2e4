"""A writer for EDF+C files that takes one-second records as they come.

Format: Kemp et al. 1992 (EDF) and Kemp & Olivan 2003 (EDF+). Only what a simulated recording
needs: one rate, 0.1 uV a step, one annotation signal.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

__all__ = ["DIGITAL_STEP_UV", "Annotation", "EdfWriter"]

DIGITAL_STEP_UV = 0.1
_ANNOTATION_BYTES = 128
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

Annotation = tuple[float, float, str]
"""Onset in seconds, duration in seconds, text."""


def _field(value: object, width: int) -> bytes:
    text = str(value)
    if len(text) > width:
        raise ValueError(f"{text!r} is longer than the EDF field of {width} characters")
    return text.ljust(width).encode("ascii")


def _seconds(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


class EdfWriter:
    """Write records of one second.

    Parameters
    ----------
    file
        Open for writing in binary, at its beginning.
    labels
        Signal labels, 16 characters at most.
    sfreq
        Sampling rate, Hz.
    start_time
        Of the first sample; whole seconds.
    recording
        EDF+ sub-fields behind the start date: administration code, technician, equipment.
    n_records
        How many seconds will follow.
    annotations
        All of them; each is stored in the record it begins in.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        labels: Sequence[str],
        sfreq: int,
        start_time: datetime,
        recording: str,
        n_records: int,
        annotations: Iterable[Annotation] = (),
    ) -> None:
        self._file = file
        self._shape = (len(labels), sfreq)
        self._record = 0
        self._annotations: dict[int, list[Annotation]] = {}
        for annotation in annotations:
            self._annotations.setdefault(int(annotation[0]), []).append(annotation)
        file.write(_header(labels, sfreq, start_time, recording, n_records))

    def write(self, digital: npt.NDArray[np.int16]) -> None:
        """Append whole records.

        Parameters
        ----------
        digital : (n_channels, n_seconds * sfreq) int16
            Steps of 0.1 uV.
        """
        n_channels, sfreq = self._shape
        records = digital.astype("<i2").reshape(n_channels, -1, sfreq).swapaxes(0, 1)
        for record in records:
            self._file.write(record.tobytes() + self._annotation_signal())
            self._record += 1

    def _annotation_signal(self) -> bytes:
        lists = [f"+{self._record}\x14\x14\x00"]
        for onset_s, duration_s, text in self._annotations.get(self._record, []):
            lists.append(f"+{_seconds(onset_s)}\x15{_seconds(duration_s)}\x14{text}\x14\x00")
        encoded = "".join(lists).encode("utf-8")
        if len(encoded) > _ANNOTATION_BYTES:
            raise ValueError(f"annotations of second {self._record} do not fit in the record")
        return encoded.ljust(_ANNOTATION_BYTES, b"\x00")


def _header(
    labels: Sequence[str], sfreq: int, start_time: datetime, recording: str, n_records: int
) -> bytes:
    n_signals = len(labels) + 1
    date = f"{start_time.day:02d}-{_MONTHS[start_time.month - 1]}-{start_time.year}"
    fixed = [
        _field("0", 8),
        _field("X X X X", 80),
        _field(f"Startdate {date} {recording}", 80),
        _field(start_time.strftime("%d.%m.%y"), 8),
        _field(start_time.strftime("%H.%M.%S"), 8),
        _field(256 * (n_signals + 1), 8),
        _field("EDF+C", 44),
        _field(n_records, 8),
        _field(1, 8),
        _field(n_signals, 4),
    ]
    # (width, value of an EEG signal, value of the annotation signal)
    columns: list[tuple[int, str, str]] = [
        (80, "simulated", ""),
        (8, "uV", ""),
        (8, "-3276.8", "-1"),
        (8, "3276.7", "1"),
        (8, "-32768", "-32768"),
        (8, "32767", "32767"),
        (80, "", ""),
        (8, str(sfreq), str(_ANNOTATION_BYTES // 2)),
        (32, "", ""),
    ]
    fixed.extend(_field(label, 16) for label in (*labels, "EDF Annotations"))
    for width, eeg, annotation in columns:
        fixed.extend(_field(eeg, width) for _ in labels)
        fixed.append(_field(annotation, width))
    return b"".join(fixed)
