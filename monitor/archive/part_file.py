"""One EDF file of a session."""

import io
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.io.edf_layout import RecordLayout
from core.io.edf_writer import EdfChannel, EdfWriter
from core.types import StreamInfo
from monitor.archive.history import EegPart

__all__ = ["DRAFT_SUFFIX", "PartClosed", "PartFile", "PartOpened", "Remark", "part_file_name"]

DRAFT_SUFFIX = ".draft"

Remark = tuple[float, float | None, str]
"""When, for how long, what."""


@dataclass(frozen=True, slots=True)
class PartOpened:
    """The EEG goes on in a new file."""

    part: EegPart


@dataclass(frozen=True, slots=True)
class PartClosed:
    """A file of EEG is whole; its part says how many samples it holds."""

    part: EegPart


def part_file_name(number: int) -> str:
    """Return the name of a session's n-th file of EEG."""
    return "eeg.edf" if number == 1 else f"eeg_part{number}.edf"


class PartFile:
    """A file that appears in its folder with its first record, whole at any moment.

    Times are seconds since the run began.

    Parameters
    ----------
    folder
        The session folder.
    number
        Of the part; the next free one is taken where there is such a file already.
    run
        Number of the run.
    info, layout
        What is recorded.
    channels
        Labels and ranges.
    start_sample
        Index of the first sample since the run began, at the source's rate.

    Attributes
    ----------
    part
        What is known of it so far.
    start_s
        Where it begins.

    Raises
    ------
    OSError
        Where it cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        number: int,
        run: int,
        info: StreamInfo,
        layout: RecordLayout,
        channels: Sequence[EdfChannel],
        start_sample: int,
    ) -> None:
        while (folder / part_file_name(number)).exists():
            number += 1
        name = part_file_name(number)
        self.start_s = start_sample / info.sfreq
        start_time = info.start_time
        if start_time is not None:
            start_time += timedelta(seconds=self.start_s)
        self._path, self._draft = folder / name, folder / (name + DRAFT_SUFFIX)
        self._file = io.FileIO(self._draft, "wb", opener=_open_new)
        self._last_step_s = 1 / info.sfreq
        self._writer = EdfWriter(
            self._file,
            channels=channels,
            layout=layout,
            start_time=start_time,
            recording="X X Vigil",
            sync=True,
        )
        self.part = EegPart(
            number,
            name,
            run,
            start_sample,
            info.sfreq,
            info.ch_names,
            start_time,
            header_sha256=self._writer.header_sha256,
        )
        clock = "at an unknown time" if start_time is None else start_time.isoformat()
        self.annotate(self.start_s, f"Recording starts {clock}")

    @property
    def is_begun(self) -> bool:
        """Whether the file holds a record, and goes by its name."""
        return self._writer.n_records > 0

    @property
    def n_records(self) -> int:
        return self._writer.n_records

    @property
    def n_bytes(self) -> int:
        return self._writer.n_bytes

    @property
    def n_waiting(self) -> int:
        """Remarks that are in no record yet."""
        return self._writer.n_waiting

    @property
    def records_sha256(self) -> str:
        """Digest of all records in the file."""
        return self._writer.records_sha256

    def annotate(self, time_s: float, text: str, duration_s: float | None = None) -> None:
        """Put a remark at a time; where the file has not begun yet, at its beginning.

        Readers leave out what does not lie within the file, hence the words instead.
        """
        onset_s = time_s - self.start_s
        if onset_s < 0:
            text = f"{text} ({-onset_s:.1f} s before this file begins)"
        self._writer.annotate(max(0.0, onset_s), text, duration_s)

    def take_waiting(self) -> list[Remark]:
        """Give back the remarks that are in no record."""
        waiting = self._writer.take_waiting()
        return [(self.start_s + onset_s, duration_s, text) for onset_s, duration_s, text in waiting]

    def end_remarks_at(self, stop_s: float) -> None:
        """Bring remarks that wait for what does not come any more to the end of the signal."""
        last_s = stop_s - self._last_step_s
        for time_s, duration_s, text in self.take_waiting():
            late_s = time_s - stop_s
            words = f"{text} ({late_s:.1f} s after the EEG ends)" if late_s > 1 else text
            self.annotate(last_s if late_s > 0 else time_s, words, duration_s)

    def write(self, steps: npt.NDArray[np.int16]) -> None:
        """Append records and wait for the disk.

        Raises
        ------
        OSError
            Where it does not take them.
        """
        was_begun = self.is_begun
        self._writer.write(steps)
        if not was_begun:
            self._draft.replace(self._path)
            _sync_folder(self._path.parent)

    def close(self) -> None:
        """Close the file, its count on the disk.

        Raises
        ------
        OSError
            Where the disk does not take it.
        """
        if self.is_begun:
            self._writer.flush()
        self.abandon()

    def abandon(self) -> None:
        """Let go of the file, whatever the disk says; a torn record is cut off if possible."""
        if self._file.closed:
            return
        with suppress(OSError):
            self._file.truncate(self._writer.n_bytes)
        with suppress(OSError):
            self._file.close()
        if not self.is_begun:
            with suppress(OSError):
                self._draft.unlink()


def _open_new(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    """Wait until the file's name is on the disk, where the file system can tell."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
