"""The final probability of a run, so that review needs no network."""

import io
import os
from contextlib import suppress
from pathlib import Path

import numpy as np

from core.types import FloatArray

__all__ = ["ProbabilityFile", "probability_file_name"]

_VALUE_BYTES = 4
_FILL_VALUES = 1 << 18


def probability_file_name(run: int) -> str:
    """Return the name of the file that a run writes."""
    return f"probability_run{run}.f32"


class ProbabilityFile:
    """Little-endian float32 at 256 Hz: the value of sample n stands at byte 4n, NaN where none is.

    The file is made with its first value.

    Parameters
    ----------
    folder
        The session folder.
    run
        Number of the run.
    """

    def __init__(self, folder: Path, run: int) -> None:
        self._path = folder / probability_file_name(run)
        self._file: io.FileIO | None = None

    def write(self, start_sample: int, values: FloatArray) -> None:
        """Put values at their place, and wait for the disk; what was left out becomes NaN.

        Raises
        ------
        OSError
            Where the disk does not take them.
        """
        if not len(values):
            return
        if self._file is None:
            self._file = io.FileIO(self._path, "r+b", opener=_open_private)
        n_values = os.fstat(self._file.fileno()).st_size // _VALUE_BYTES
        while n_values < start_sample:
            n = min(start_sample - n_values, _FILL_VALUES)
            self._put(n_values, np.full(n, np.nan, dtype=np.float32))
            n_values += n
        self._put(start_sample, values)
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def _put(self, start_sample: int, values: FloatArray) -> None:
        assert self._file is not None
        rest = memoryview(values.astype("<f4", copy=False).tobytes())
        position = start_sample * _VALUE_BYTES
        while rest:
            n_written = os.pwrite(self._file.fileno(), rest, position)
            position += n_written
            rest = rest[n_written:]


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT, 0o600)
