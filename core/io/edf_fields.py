"""The header of an EDF+C file, field by field."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.io.edf_layout import RecordLayout

__all__ = [
    "N_RECORDS_AT",
    "EdfChannel",
    "field",
    "header_bytes",
    "header_digest",
    "with_count",
]

N_RECORDS_AT = 236
"""Where the number of records stands, 8 characters."""

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_FIRST_YEAR, _LAST_YEAR = 1985, 2084
"""What the two digits of the header's date can say."""


@dataclass(frozen=True, slots=True)
class EdfChannel:
    """What the header says of a signal; texts as they are written.

    Attributes
    ----------
    label
        16 ASCII characters at most.
    physical_min, physical_max
        8 characters at most, in ``unit``.
    digital_min, digital_max
        What stands for them.
    transducer
        80 characters at most.
    unit
        8 characters at most; empty for a number without one.
    """

    label: str
    physical_min: str = "-3276.8"
    physical_max: str = "3276.7"
    digital_min: int = -32768
    digital_max: int = 32767
    transducer: str = ""
    unit: str = "uV"

    @property
    def gain_uv(self) -> float:
        """Microvolts a step, as a reader computes it."""
        span = float(self.physical_max) - float(self.physical_min)
        return span / (self.digital_max - self.digital_min)


def field(value: object, width: int) -> bytes:
    """Encode a field of the header.

    Raises
    ------
    ValueError
        Where the text is longer than the field.
    """
    text = str(value)
    if len(text) > width:
        raise ValueError(f"{text!r} is longer than the EDF field of {width} characters")
    return text.ljust(width).encode("ascii")


def with_count(header: bytes, n_records: int) -> bytes:
    """Return a header that counts so many records."""
    return header[:N_RECORDS_AT] + field(n_records, 8) + header[N_RECORDS_AT + 8 :]


def header_digest(header: bytes) -> str:
    """Return the SHA-256 of a header, whatever it counts, as hexadecimal digits."""
    return hashlib.sha256(with_count(header, 0)).hexdigest()


def _start_fields(start_time: datetime | None) -> tuple[str, str, str]:
    """Return date with four digits, date with two, and time of day."""
    if start_time is None or not _FIRST_YEAR <= start_time.year <= _LAST_YEAR:
        return "X", "01.01.85", "00.00.00"  # what EDF+ prescribes where it is withheld
    month = _MONTHS[start_time.month - 1]
    date = f"{start_time.day:02d}-{month}-{start_time.year}"
    return date, f"{start_time:%d.%m.%y}", f"{start_time:%H.%M.%S}"


def header_bytes(
    channels: Sequence[EdfChannel],
    layout: RecordLayout,
    start_time: datetime | None,
    recording: str,
    annotation_bytes: int,
) -> bytes:
    """Encode a header that counts no record yet; see :class:`core.io.edf_writer.EdfWriter`."""
    n_signals = len(channels) + 1
    long_date, date, time = _start_fields(start_time)
    fixed = [
        field("0", 8),
        field("X X X X", 80),
        field(f"Startdate {long_date} {recording}", 80),
        field(date, 8),
        field(time, 8),
        field(256 * (n_signals + 1), 8),
        field("EDF+C", 44),
        field(0, 8),
        field(layout.record_s, 8),
        field(n_signals, 4),
    ]
    # (width, values of the EEG signals, value of the annotation signal)
    columns: list[tuple[int, list[object], object]] = [
        (16, [channel.label for channel in channels], "EDF Annotations"),
        (80, [channel.transducer for channel in channels], ""),
        (8, [channel.unit for channel in channels], ""),
        (8, [channel.physical_min for channel in channels], "-1"),
        (8, [channel.physical_max for channel in channels], "1"),
        (8, [channel.digital_min for channel in channels], "-32768"),
        (8, [channel.digital_max for channel in channels], "32767"),
        (80, [""] * len(channels), ""),
        (8, [layout.n_samples] * len(channels), annotation_bytes // 2),
        (32, [""] * len(channels), ""),
    ]
    for width, values, annotation in columns:
        fixed.extend(field(value, width) for value in values)
        fixed.append(field(annotation, width))
    return b"".join(fixed)
