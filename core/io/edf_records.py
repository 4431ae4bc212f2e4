"""Data records of an EDF or BDF file, read one after the other as they are asked for."""

import os
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from core.errors import RecordingError
from core.io.annotations import Annotation, decode_tals
from core.io.edf_header import read_header

__all__ = ["RecordFile"]

IntArray = npt.NDArray[np.int32]


class RecordFile:
    """The records that are complete on disk, whatever the header says of their number.

    Parameters
    ----------
    path
        An EDF, EDF+, BDF or BDF+ file.
    growing
        Whether another program is still writing it: the header's record count is then ignored.

    Raises
    ------
    RecordingError
        Where the file cannot be read, or its header is not right.
    """

    def __init__(self, path: Path, *, growing: bool = False) -> None:
        self.path = path
        self._growing = growing
        self._file = _open(path)
        try:
            self.header = read_header(self._file, str(path))
        except OSError as error:
            self._file.close()
            raise RecordingError(f"{path}: cannot be read ({error.strerror})") from error
        except BaseException:
            self._file.close()
            raise
        self._n_records = self._records_on_disk()
        offset = 0
        self._tal_slices: list[tuple[int, int]] = []
        for signal in self.header.signals:
            n_bytes = signal.n_per_record * self.header.sample_bytes
            if signal.is_annotation:
                self._tal_slices.append((offset, n_bytes))
            offset += n_bytes
        if self.header.discontinuous and not self._tal_slices:
            self._file.close()
            raise RecordingError(f"{path}: EDF+D without an annotation signal that times it")
        self._first_onset_s: float | None = None
        self._onsets_s: list[float] = []
        self._annotations: list[Annotation] = []
        self._n_scanned = 0

    def close(self) -> None:
        self._file.close()

    @property
    def n_records(self) -> int:
        """Complete records; rises while the file grows."""
        if self._growing:
            self._n_records = max(self._n_records, self._records_on_disk())
        return self._n_records

    @property
    def shortfall(self) -> str:
        """What the header promises and the file does not hold; empty where nothing is missing."""
        promised = self.header.n_records
        if self._growing or promised == self._n_records:
            return ""
        if promised > self._n_records:
            return (
                f"{self.path.name}: data are cut short, {self._n_records} of {promised} records "
                f"({self._n_records * self.header.record_s:g} of "
                f"{promised * self.header.record_s:g} s)"
            )
        left = (self._n_bytes() - self.header.n_bytes) % self.header.record_bytes
        if promised == -1 and left:
            return (
                f"{self.path.name}: was not closed by its writer, the last record is incomplete "
                f"({left} of {self.header.record_bytes} bytes)"
            )
        return ""

    def read(self, first: int, count: int) -> IntArray:
        """Read digital values.

        Parameters
        ----------
        first, count
            The records; all of them must be complete.

        Returns
        -------
        (count, record_samples) int32
            The signals of each record lie one after the other.
        """
        header = self.header
        raw = self._read_bytes(
            header.n_bytes + first * header.record_bytes, count * header.record_bytes
        )
        if header.sample_bytes == 2:
            values = np.frombuffer(raw, dtype="<i2").astype(np.int32)
        else:
            # 24-bit values go into the upper three bytes; the shift back carries the sign down.
            wide = np.zeros((len(raw) // 3, 4), dtype=np.uint8)
            wide[:, 1:] = np.frombuffer(raw, dtype=np.uint8).reshape(-1, 3)
            values = wide.view("<i4")[:, 0].astype(np.int32) >> 8
        return values.reshape(count, header.record_samples)

    @property
    def first_onset_s(self) -> float:
        """Onset of the first sample after the header's start time, in seconds."""
        if self._first_onset_s is None:
            if not (self._tal_slices and self.n_records):
                return 0.0
            onset_s, _ = decode_tals(self._tal(0, *self._tal_slices[0]))
            if onset_s is None and self.header.discontinuous:
                raise RecordingError(f"{self.path}: record 0 does not tell its onset")
            self._first_onset_s = onset_s or 0.0
        return self._first_onset_s

    def onset_s(self, record: int) -> float:
        """Onset of a record of an EDF+D file, in seconds after the first sample."""
        self._scan(record + 1)
        return self._onsets_s[record] - self.first_onset_s

    @property
    def annotations(self) -> list[Annotation]:
        """All remarks by onset, counted from the first sample."""
        self._scan(self.n_records)
        shift_s = self.first_onset_s
        return sorted(
            (Annotation(a.onset_s - shift_s, a.duration_s, a.text) for a in self._annotations),
            key=lambda annotation: annotation.onset_s,
        )

    def _scan(self, n_records: int) -> None:
        """Read the annotation signals of records that have come in since the last time."""
        for record in range(self._n_scanned, n_records if self._tal_slices else 0):
            for number, (offset, n_bytes) in enumerate(self._tal_slices):
                onset_s, annotations = decode_tals(self._tal(record, offset, n_bytes))
                self._annotations += annotations
                if number == 0 and self.header.discontinuous:
                    if onset_s is None:
                        raise RecordingError(
                            f"{self.path}: record {record} does not tell its onset"
                        )
                    self._onsets_s.append(onset_s)
            self._n_scanned = record + 1

    def _tal(self, record: int, offset: int, n_bytes: int) -> bytes:
        start = self.header.n_bytes + record * self.header.record_bytes + offset
        return self._read_bytes(start, n_bytes)

    def _read_bytes(self, start: int, count: int) -> bytes:
        try:
            self._file.seek(start)
            raw = self._file.read(count)
        except OSError as error:
            raise RecordingError(f"{self.path}: cannot be read ({error.strerror})") from error
        if len(raw) < count:
            raise RecordingError(
                f"{self.path}: shrank while it was read ({start + len(raw)} bytes left)"
            )
        return raw

    def _n_bytes(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def _records_on_disk(self) -> int:
        return max(0, (self._n_bytes() - self.header.n_bytes) // self.header.record_bytes)


def _open(path: Path) -> BinaryIO:
    try:
        mode = path.stat().st_mode
        if S_ISDIR(mode):
            raise RecordingError(f"{path}: is a folder, not a recording")
        if not S_ISREG(mode):  # opening a pipe would wait for a writer for ever
            raise RecordingError(f"{path}: not a regular file")
        return path.open("rb", buffering=0)
    except FileNotFoundError as error:
        raise RecordingError(f"{path}: no such file") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RecordingError(f"{path}: cannot be read ({reason})") from error
