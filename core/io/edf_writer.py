r"""A writer of EDF+C files that stay readable while they are written.

After every :meth:`EdfWriter.write` the file is a whole EDF+C file: the new records stand in it,
are on the disk, and only then does the header count them. A reader that believes the header thus
never looks for a record that is not there, wherever a crash or a power cut comes.

References
----------
Kemp et al. 1992 (EDF); Kemp and Olivan 2003 (EDF+).
"""

import hashlib
import io
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from core.io.edf_fields import (
    N_RECORDS_AT,
    EdfChannel,
    field,
    header_bytes,
    header_digest,
    with_count,
)
from core.io.edf_layout import RecordLayout

__all__ = ["ANNOTATION_BYTES", "EdfChannel", "EdfWriter"]

ANNOTATION_BYTES = 512
"""Room for remarks in a record: some ten of usual length."""


_sync_data = getattr(os, "fdatasync", os.fsync)

_LONGEST_ONSET = Decimal("9999999.999999")
"""Of a record, s; written out it takes the most room."""

_FORBIDDEN = {ord(control): " " for control in (*map(chr, range(0x20)), "\x7f")}


@dataclass(frozen=True, slots=True)
class _Remark:
    """A time-stamped annotation list that waits for its record."""

    onset_s: float
    duration_s: float | None
    text: bytes

    def encode(self) -> bytes:
        return _timing(self.onset_s, self.duration_s) + b"\x14" + self.text + b"\x14\x00"


class EdfWriter:
    """Append records to a new file.

    Parameters
    ----------
    file
        Open for writing, unbuffered, empty. Is not closed.
    channels
        The signals, in order.
    layout
        Length of a record.
    start_time
        Of the first sample; fractions of a second are cut off. None: withheld.
    recording
        EDF+ sub-fields behind the start date: administration code, technician, equipment.
    annotation_bytes
        Room for annotations in each record.
    sync
        Whether to wait for the disk at every write.

    Attributes
    ----------
    n_records
        Records in the file.

    Raises
    ------
    ValueError
        Where a text does not fit in its field.
    """

    def __init__(
        self,
        file: io.FileIO,
        *,
        channels: Sequence[EdfChannel],
        layout: RecordLayout,
        start_time: datetime | None,
        recording: str = "X X X",
        annotation_bytes: int = ANNOTATION_BYTES,
        sync: bool = False,
    ) -> None:
        self._file = file
        self._layout = layout
        self._n_channels = len(channels)
        self._annotation_bytes = annotation_bytes
        self._sync = sync
        self._record_s = Decimal(layout.record_s)
        self._remarks: deque[_Remark] = deque()
        self._header = header_bytes(channels, layout, start_time, recording, annotation_bytes)
        self._record_bytes = 2 * self._n_channels * layout.n_samples + annotation_bytes
        self._digest = hashlib.sha256()
        self.n_records = 0

    @property
    def header_sha256(self) -> str:
        """Digest of the header without its count, as hexadecimal digits."""
        return header_digest(self._header)

    @property
    def records_sha256(self) -> str:
        """Digest of all records in the file, as hexadecimal digits."""
        return self._digest.hexdigest()

    @property
    def n_waiting(self) -> int:
        """Annotations that are in no record yet."""
        return len(self._remarks)

    @property
    def n_bytes(self) -> int:
        """Length of the file."""
        return len(self._header) + self.n_records * self._record_bytes if self.n_records else 0

    @property
    def stop_s(self) -> float:
        """End of the last record, seconds since the file's beginning."""
        return float(self.n_records * self._record_s)

    def annotate(self, onset_s: float, text: str, duration_s: float | None = None) -> None:
        """Put a remark into the record that it begins in, or the next one that has room.

        Parameters
        ----------
        onset_s
            Since the file's beginning; may lie in a record that is written already.
        text
            A text that is too long for a record is continued in further annotations.
        duration_s
            Or None.
        """
        n_timing = len(_time_keeping(_LONGEST_ONSET)) + len(_timing(onset_s, duration_s))
        for piece in _pieces(text.translate(_FORBIDDEN), self._annotation_bytes - n_timing - 3):
            self._remarks.append(_Remark(onset_s, duration_s, piece))

    def take_waiting(self) -> list[tuple[float, float | None, str]]:
        """Give back the remarks that are in no record: onset, duration, text."""
        waiting = [(r.onset_s, r.duration_s, r.text.decode()) for r in self._remarks]
        self._remarks.clear()
        return waiting

    def write(self, digital: npt.NDArray[np.int16]) -> None:
        """Append whole records; where it fails, the file holds those of before.

        Parameters
        ----------
        digital : (n_channels, n_records * layout.n_samples) int16
            Steps of each channel.

        Raises
        ------
        OSError
            Where the disk does not take them.
        """
        shape = (self._n_channels, -1, self._layout.n_samples)
        records = digital.astype("<i2", copy=False).reshape(shape).swapaxes(0, 1)
        remarks = self._remarks.copy()
        try:
            self._append(records)
        except OSError:
            self._remarks = remarks
            raise

    def _append(self, records: npt.NDArray[np.int16]) -> None:
        body = b"".join(
            record.tobytes() + self._annotation_signal(self.n_records + k)
            for k, record in enumerate(records)
        )
        n_records = self.n_records + len(records)
        if self.n_records == 0:
            # Nobody finds a file without records: it begins with its first ones, counted.
            self._write_at(0, with_count(self._header, n_records) + body)
            self._flush()
        else:
            self._write_at(self.n_bytes, body)
            self._flush()
            # Goes to the disk with the next records: counted late is better than too early.
            self._write_at(N_RECORDS_AT, field(n_records, 8))
        self.n_records = n_records
        self._digest.update(body)

    def flush(self) -> None:
        """Wait until the header's count is on the disk, too.

        Raises
        ------
        OSError
            Where the disk does not take it.
        """
        _sync_data(self._file.fileno())

    def _flush(self) -> None:
        if self._sync:
            self.flush()

    def _write_at(self, position: int, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            n_written = os.pwrite(self._file.fileno(), rest, position)
            position += n_written
            rest = rest[n_written:]

    def _annotation_signal(self, record: int) -> bytes:
        """Encode the record's own onset, and as many remarks as are due and fit."""
        lists = [_time_keeping(record * self._record_s)]
        room = self._annotation_bytes - len(lists[0])
        stop_s = float((record + 1) * self._record_s)
        kept: deque[_Remark] = deque()
        while self._remarks:
            remark = self._remarks.popleft()
            is_due, tal = remark.onset_s < stop_s, remark.encode()
            if is_due and len(tal) <= room:
                lists.append(tal)
                room -= len(tal)
            else:
                if is_due:
                    room = 0  # it goes first into the next record; none overtakes it
                kept.append(remark)
        self._remarks = kept
        return b"".join(lists).ljust(self._annotation_bytes, b"\x00")


def _time_keeping(onset_s: Decimal) -> bytes:
    text = f"{onset_s:f}"
    return f"+{text.rstrip('0').rstrip('.') if '.' in text else text}\x14\x14\x00".encode()


def _timing(onset_s: float, duration_s: float | None) -> bytes:
    timing = f"{onset_s:+.6f}".rstrip("0").rstrip(".")
    if duration_s is not None:
        timing += f"\x15{duration_s:.6f}".rstrip("0").rstrip(".")
    return timing.encode()


def _pieces(text: str, longest: int) -> list[bytes]:
    """Cut a text into pieces of so many bytes in UTF-8, at characters."""
    raw = text.encode("utf-8", errors="replace")
    pieces = []
    while len(raw) > longest:
        stop = longest
        while raw[stop] & 0xC0 == 0x80:  # inside of a character
            stop -= 1
        pieces.append(raw[:stop])
        raw = raw[stop:]
    return [*pieces, raw]
