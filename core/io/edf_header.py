"""The header of EDF, EDF+, BDF and BDF+ files.

References
----------
Kemp et al. 1992, "A simple format for exchange of digitized polygraphic recordings"; Kemp and
Olivan 2003, "European data format 'plus' (EDF+)".
"""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import BinaryIO

from core.errors import RecordingError

__all__ = ["EdfHeader", "EdfSignal", "read_header"]

_FIXED_BYTES = 256
_SIGNAL_FIELD_BYTES = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
_EDF_VERSION = b"0       "
_BDF_VERSION = b"\xffBIOSEMI"
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_ANONYMOUS_DATE = date(1985, 1, 1)
"""What EDF+ prescribes where the date is withheld."""


@dataclass(frozen=True, slots=True)
class EdfSignal:
    """One signal of the file, as its header describes it.

    Attributes
    ----------
    label, unit
        Without surrounding blanks, otherwise as written.
    n_per_record
        Samples in each data record.
    physical_min, physical_max, digital_min, digital_max
        The four calibration fields, unparsed: in signals that nobody reads they are often empty.
    """

    label: str
    unit: str
    n_per_record: int
    physical_min: str
    physical_max: str
    digital_min: str
    digital_max: str

    @property
    def is_annotation(self) -> bool:
        return self.label in ("EDF Annotations", "BDF Annotations")

    def calibration(self, name: str) -> tuple[float, float, float, float]:
        """Gain, offset and range: ``physical = gain * digital + offset``.

        Parameters
        ----------
        name
            Of the file, for messages.

        Returns
        -------
        gain, offset, physical_min, physical_max
            In the signal's own unit.

        Raises
        ------
        RecordingError
            Where a field is not a number or a range is empty.
        """
        p_min, p_max, d_min, d_max = (
            _real(getattr(self, field), name, f"{field.replace('_', ' ')} of {self.label}")
            for field in ("physical_min", "physical_max", "digital_min", "digital_max")
        )
        if p_min == p_max:
            raise RecordingError(
                f"{name}: {self.label}: physical minimum and maximum are both {p_min:g}"
            )
        if d_min == d_max:
            raise RecordingError(
                f"{name}: {self.label}: digital minimum and maximum are both {d_min:g}"
            )
        gain = (p_max - p_min) / (d_max - d_min)
        return gain, p_min - gain * d_min, p_min, p_max


@dataclass(frozen=True, slots=True)
class EdfHeader:
    """What stands before the data records.

    Attributes
    ----------
    start_time
        Local wall-clock time in whole seconds, or None where it is withheld or unreadable.
    n_records
        As the header says; -1 while a writer has the file open. Not to be trusted.
    record_s
        Duration of a data record in seconds.
    discontinuous
        EDF+D: each record tells its own onset.
    sample_bytes
        2 (EDF) or 3 (BDF).
    record_resolution_s
        What the last digit of ``record_s`` is worth where its field is full; 0 where it is not,
        and the duration therefore exact.
    """

    start_time: datetime | None
    n_records: int
    record_s: float
    discontinuous: bool
    sample_bytes: int
    signals: tuple[EdfSignal, ...]
    record_resolution_s: float = 0.0

    @property
    def n_bytes(self) -> int:
        """Length of the header."""
        return _FIXED_BYTES * (len(self.signals) + 1)

    @property
    def record_samples(self) -> int:
        """Samples of all signals in one record."""
        return sum(signal.n_per_record for signal in self.signals)

    @property
    def record_bytes(self) -> int:
        return self.record_samples * self.sample_bytes

    def sfreq(self, signal: EdfSignal) -> float:
        """Return the sampling rate of a signal in Hz.

        The record's duration has 8 characters, so 1/3 s is written as 0.333333. A whole-numbered
        rate that agrees with all digits of it is taken for the true one.
        """
        sfreq = signal.n_per_record / self.record_s
        if not math.isfinite(sfreq):
            return sfreq
        whole = float(round(sfreq))
        if whole and abs(signal.n_per_record / whole - self.record_s) < self.record_resolution_s:
            return whole
        return sfreq


def read_header(file: BinaryIO, name: str) -> EdfHeader:
    """Parse the header at the beginning of a file.

    Parameters
    ----------
    file
        Open for reading in binary mode.
    name
        Of the file, for messages.

    Raises
    ------
    RecordingError
        Where the file is no EDF or BDF, the header is cut short, or a field cannot be right.
    """
    file.seek(0)
    fixed = file.read(_FIXED_BYTES)
    if not fixed:
        raise RecordingError(f"{name}: empty file")
    if fixed[:8] not in (_EDF_VERSION, _BDF_VERSION):
        begins = fixed[:8].decode("latin-1")
        raise RecordingError(f"{name}: not an EDF or BDF file (begins with {begins!r})")
    if len(fixed) < _FIXED_BYTES:
        raise RecordingError(f"{name}: header is cut short ({len(fixed)} of {_FIXED_BYTES} bytes)")
    n_bytes = _integer(_text(fixed[184:192]), name, "number of header bytes")
    n_records = _integer(_text(fixed[236:244]), name, "number of data records")
    record_field = _text(fixed[244:252])
    record_s = _real(record_field, name, "data record duration")
    n_signals = _integer(_text(fixed[252:256]), name, "number of signals")
    if n_signals < 1:
        raise RecordingError(f"{name}: zero channels (number of signals is {n_signals})")
    if n_bytes != _FIXED_BYTES * (n_signals + 1):
        raise RecordingError(
            f"{name}: number of header bytes is {n_bytes}, must be "
            f"{_FIXED_BYTES * (n_signals + 1)} for {n_signals} signals"
        )
    if n_records < -1:
        raise RecordingError(f"{name}: number of data records is {n_records}, must be -1 or more")
    if record_s <= 0:
        raise RecordingError(f"{name}: data record duration is {record_s:g} s, must be above 0")
    table = file.read(n_bytes - _FIXED_BYTES)
    if len(table) < n_bytes - _FIXED_BYTES:
        raise RecordingError(
            f"{name}: header is cut short ({_FIXED_BYTES + len(table)} of {n_bytes} bytes)"
        )
    reserved = _text(fixed[192:236])
    return EdfHeader(
        _start_time(_text(fixed[168:176]), _text(fixed[176:184]), _text(fixed[88:168])),
        n_records,
        record_s,
        reserved.startswith(("EDF+D", "BDF+D")),
        3 if fixed[:8] == _BDF_VERSION else 2,
        _signals(table, n_signals, name),
        10.0 ** -len(record_field.partition(".")[2]) if len(record_field) >= 7 else 0.0,
    )


def _signals(table: bytes, n_signals: int, name: str) -> tuple[EdfSignal, ...]:
    columns: list[list[str]] = []
    position = 0
    for width in _SIGNAL_FIELD_BYTES:
        cells = [table[position + i * width :][:width] for i in range(n_signals)]
        columns.append([_text(cell) for cell in cells])
        position += n_signals * width
    labels, _, units, p_mins, p_maxs, d_mins, d_maxs, _, counts, _ = columns
    signals = []
    for i, label in enumerate(labels):
        count = _integer(counts[i], name, f"samples per record of {label or i + 1}")
        if count < 1:
            raise RecordingError(
                f"{name}: {label or i + 1}: samples per record is {count}, must be 1 or more"
            )
        signals.append(
            EdfSignal(label, units[i], count, p_mins[i], p_maxs[i], d_mins[i], d_maxs[i])
        )
    return tuple(signals)


def _text(field: bytes) -> str:
    """Decode a field: ASCII by the standard, Latin-1 or UTF-8 (micro sign, names) in practice."""
    field = field.split(b"\x00")[0]
    try:
        text = field.decode("utf-8")
    except UnicodeDecodeError:
        text = field.decode("latin-1")
    # Labels appear in messages, which are to stay on one line.
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _integer(text: str, name: str, field: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise RecordingError(f"{name}: {field} is not a whole number ({text!r})")
    return int(text)


def _real(text: str, name: str, field: str) -> float:
    try:
        value = float(text.replace(",", "."))  # some writers follow the locale
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RecordingError(f"{name}: {field} is not a number ({text!r})")
    return value


def _start_time(date_field: str, time_field: str, recording_field: str) -> datetime | None:
    day = _start_date(date_field, recording_field)
    clock = re.fullmatch(r"(\d\d?)[.:\-](\d\d?)[.:\-](\d\d?)", time_field)
    if day is None or clock is None:
        return None
    try:
        return datetime.combine(day, time(int(clock[1]), int(clock[2]), int(clock[3])))
    except ValueError:
        return None


def _start_date(date_field: str, recording_field: str) -> date | None:
    """Read the date; EDF+ repeats it with four digits for the year, or ``X`` where withheld."""
    plus = re.match(r"Startdate (?:X\b|(\d\d?)-([A-Za-z]{3})-(\d{4}))", recording_field)
    short = re.fullmatch(r"(\d\d?)[.:\-/](\d\d?)[.:\-/](\d\d)", date_field)
    try:
        if plus and plus[1] is None:
            return None
        if plus and plus[2].upper() in _MONTHS:
            return date(int(plus[3]), _MONTHS.index(plus[2].upper()) + 1, int(plus[1]))
        if short:
            day, month, year = (int(part) for part in short.groups())
            # The standard's clipping year: 85 to 99 lie in the last century.
            found = date(year + (1900 if year >= 85 else 2000), month, day)
            return None if found == _ANONYMOUS_DATE else found
    except ValueError:
        pass
    return None
