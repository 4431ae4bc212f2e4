"""EDF files whose writer was killed: cut what is torn, and count what is there."""

import os
from dataclasses import dataclass
from pathlib import Path

from core.errors import RecordingError
from core.io.edf_fields import N_RECORDS_AT, field
from core.io.edf_header import read_header

__all__ = ["EdfRepair", "repair_edf"]


@dataclass(frozen=True, slots=True)
class EdfRepair:
    """What was found in a file and done to it.

    Attributes
    ----------
    path
        The file.
    n_records
        Whole records that it holds now.
    counted
        What its header said before.
    cut_bytes
        Torn record at its end that was cut off.
    record_s
        Duration of a record, s.
    """

    path: Path
    n_records: int
    counted: int
    cut_bytes: int
    record_s: float

    @property
    def changed(self) -> bool:
        """Whether anything was not right."""
        return self.cut_bytes > 0 or self.counted != self.n_records

    @property
    def missing_records(self) -> int:
        """Records that were counted and are not there."""
        return max(0, self.counted - self.n_records)

    def __str__(self) -> str:
        name = self.path.name
        if not self.changed:
            return f"{name}: whole, {self.n_records} records"
        found = [f"{self.n_records} whole records, the header counted {self.counted}"]
        if self.cut_bytes:
            found.append(f"a torn one of {self.cut_bytes} bytes was cut off")
        return f"{name}: {'; '.join(found)}"


def repair_edf(path: Path) -> EdfRepair:
    """Make the record count true, and cut off a record that is not whole.

    Records are never changed; the file may be on its way through any number of crashes.

    Parameters
    ----------
    path
        An EDF file that nobody is writing.

    Raises
    ------
    RecordingError
        Where the file cannot be read or written, or its header is damaged.
    """
    try:
        with path.open("r+b", buffering=0) as file:
            header = read_header(file, str(path))
            held = os.fstat(file.fileno()).st_size - header.n_bytes
            n_records, torn = divmod(max(0, held), header.record_bytes)
            repair = EdfRepair(path, n_records, header.n_records, torn, header.record_s)
            if repair.changed:
                os.pwrite(file.fileno(), field(n_records, 8), N_RECORDS_AT)
                os.fsync(file.fileno())
                os.ftruncate(file.fileno(), header.n_bytes + n_records * header.record_bytes)
                os.fsync(file.fileno())
            return repair
    except OSError as error:
        raise RecordingError(f"{path}: cannot be repaired ({error.strerror})") from error
