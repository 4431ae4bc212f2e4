"""The files of EEG that a run writes, and when it begins a new one."""

import errno
import os
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.config import RecordingSettings
from core.io.edf_layout import plan_records
from core.types import Chunk, StreamInfo
from monitor.archive.channel_faults import ChannelFaults
from monitor.archive.part_file import PartClosed, PartFile, PartOpened, Remark
from monitor.archive.physical_range import Quantiser, RangePlan
from monitor.archive.record_assembly import RawRecord, RecordAssembly
from monitor.disk import free_bytes

__all__ = ["EegParts"]

RECENTRE_S = 60.0
"""At most one new file in so long because a channel is out of its range."""

_CHECK_BYTES = 4_000_000
_MOST_WAITING = 1000
_LAST_RECORDS = 60
"""So many records at most are added to a session's last file for remarks that found no room."""


class EegParts:
    """Write a stream into one file after the other. No threads, no clock.

    Parameters
    ----------
    folder, info, run, first_part, settings
        As in :class:`~monitor.archive.recording.SessionRecording`.
    tell
        Called with every file's beginning and end.
    free
        Returns the free bytes on the disk, or None.

    Attributes
    ----------
    n_lost
        Samples that came and could not be recorded.
    n_recorded
        Samples of each channel in files, filled gaps included.
    bytes_per_s
        Room that a second takes.
    """

    def __init__(
        self,
        folder: Path,
        info: StreamInfo,
        *,
        run: int,
        first_part: int,
        settings: RecordingSettings,
        tell: Callable[[PartOpened | PartClosed], None],
        free: Callable[[Path], float | None] = free_bytes,
    ) -> None:
        self._folder, self._info, self._run = folder, info, run
        self._settings, self._tell, self._free = settings, tell, free
        self._number = first_part
        self._layout = plan_records(info.sfreq)
        self._ranges = RangePlan(info)
        n_channels = len(info.ch_names)
        self._assembly = RecordAssembly(n_channels, self._layout.n_samples, info.sfreq)
        self._clipped = ChannelFaults("CLIPPED", info.sfreq)
        self._invalid = ChannelFaults("INVALID", info.sfreq)
        self._file: PartFile | None = None
        self._quantiser: Quantiser
        self._batch: list[npt.NDArray[np.int16]] = []
        self._batch_stop = self._written_stop = 0
        self._said_end = False
        self._recentred_at: int | None = None
        self._remarks: deque[Remark] = deque(maxlen=_MOST_WAITING)
        self._loss, self._n_lost_lately = "", 0
        self._unchecked_bytes = 0
        self.n_lost = self.n_recorded = 0
        self._record_bytes = 2 * n_channels * self._layout.n_samples
        self.bytes_per_s = self._record_bytes / float(self._layout.record_s)

    def push(self, chunk: Chunk) -> None:
        """Take signal; when this returns, all records that are whole are on the disk.

        Raises
        ------
        OSError
            Where the disk does not take them; :meth:`abandon` is to come next.
        """
        if self._assembly.next_sample is None:
            self._written_stop = chunk.start_sample
        for record in self._assembly.push(chunk):
            self._add(record)
        self._write()

    def annotate(self, time_s: float, text: str, duration_s: float | None = None) -> None:
        """Put a remark at a time since the run began."""
        if self._file is None:
            self._remarks.append((time_s, duration_s, text))
        else:
            self._file.annotate(time_s, text, duration_s)

    def lose(self, start_sample: int, stop_sample: int, reason: str) -> None:
        """Note that signal is not recorded, and why."""
        self.n_lost += stop_sample - start_sample
        self._n_lost_lately += stop_sample - start_sample
        self._loss = reason

    def close(self) -> None:
        """Write what is left; the last file is whole.

        Raises
        ------
        OSError
            Where the disk does not take it; :meth:`abandon` is to come next.
        """
        for record in self._assembly.flush():
            self._add(record, final=True)
        if self._file is not None:
            self._end_part(self._file, final=True)

    def abandon(self, stop_sample: int, reason: str) -> None:
        """Give up the file after an error; what is not in it, up to a sample, is lost."""
        part, self._file = self._file, None
        self._batch.clear()
        self._assembly.drop()
        self._clipped.reset()
        self._invalid.reset()
        self.lose(min(self._written_stop, stop_sample), stop_sample, reason)
        if part is not None:
            self._remarks.extend(part.take_waiting())
            part.abandon()
            self._say_closed(part)

    # records ----------------------------------------------------------------------------------

    def _add(self, record: RawRecord, *, final: bool = False) -> None:
        """Put a record into the file that it belongs to; begin one where need be."""
        part = self._file
        if part is not None and record.start_sample != self._batch_stop:
            self._end_part(part)
            part = None
        part = part or self._begin_part(record)
        steps, clipped, outside = self._quantiser.steps(record.data)
        if outside.any() and self._may_recentre(part, record):
            self._recentred_at = record.start_sample
            self._end_part(part)
            part = self._begin_part(record)
            steps, clipped, _ = self._quantiser.steps(record.data)
        self._batch.append(steps)
        self._batch_stop = record.start_sample + record.n_known
        self._remark(part, record, clipped)
        if not final and (record.is_last or self._is_full(part)):
            self._end_part(part)

    def _may_recentre(self, part: PartFile, record: RawRecord) -> bool:
        if not (part.is_begun or self._batch):  # its range has just been chosen
            return False
        before = self._recentred_at
        return before is None or record.start_sample - before >= RECENTRE_S * self._info.sfreq

    def _is_full(self, part: PartFile) -> bool:
        n_records = part.n_records + len(self._batch)
        seconds = n_records * float(self._layout.record_s)
        n_bytes = n_records * self._record_bytes
        settings = self._settings
        return seconds >= settings.part_hours * 3600 or n_bytes >= settings.part_mb * 1e6

    def _remark(self, part: PartFile, record: RawRecord, clipped: npt.NDArray[np.bool_]) -> None:
        sfreq, names = self._info.sfreq, self._info.ch_names
        for start, stop in record.gaps:
            part.annotate(start / sfreq, self._gap_text(), (stop - start) / sfreq)
        for faults, where in ((self._clipped, clipped), (self._invalid, record.invalid)):
            at_fault = [name for name, bad in zip(names, where, strict=True) if bad]
            for remark in faults.record(record.start_sample, record.n_known, at_fault):
                part.annotate(*remark.timed(sfreq))
        if record.is_last:
            stop_s = (record.start_sample + record.n_known) / sfreq
            n_repeated = record.data.shape[1] - record.n_known
            part.annotate(stop_s, "Recording ends", n_repeated / sfreq)
        self._said_end = record.is_last

    def _gap_text(self) -> str:
        reason, self._loss, self._n_lost_lately = self._loss, "", 0
        return f"GAP, not recorded: {reason}" if reason else "GAP"

    def _write(self) -> None:
        """Bring all whole records to the disk at once."""
        part = self._file
        if part is None or not self._batch:
            return
        was_begun, n_records = part.is_begun, len(self._batch)
        self._unchecked_bytes += n_records * self._record_bytes
        if self._unchecked_bytes >= _CHECK_BYTES:
            self._check_room()
        part.write(np.concatenate(self._batch, axis=1))
        self._batch.clear()
        self._written_stop = self._batch_stop
        self.n_recorded += n_records * self._layout.n_samples
        if not was_begun:
            self._tell(PartOpened(part.part))

    def _check_room(self) -> None:
        """Leave room for the log: records that come now would take it."""
        self._unchecked_bytes = 0
        free = self._free(self._folder)
        if free is not None and free < self._settings.reserve_mb * 1e6:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    # parts ------------------------------------------------------------------------------------

    def _begin_part(self, record: RawRecord) -> PartFile:
        self._written_stop = self._batch_stop = record.start_sample
        self._check_room()
        self._quantiser = self._ranges.choose(record.data[:, : record.n_known])
        part = PartFile(
            self._folder,
            self._number,
            self._run,
            self._info,
            self._layout,
            self._quantiser.channels,
            record.start_sample,
        )
        self._file, self._number = part, part.part.number
        if self._loss:
            lost_s = self._n_lost_lately / self._info.sfreq
            part.annotate(part.start_s, f"Not recorded before, {lost_s:.1f} s: {self._loss}")
            self._loss, self._n_lost_lately = "", 0
        waiting = list(self._remarks)
        self._remarks.clear()
        for time_s, duration_s, text in waiting:
            part.annotate(time_s, text, duration_s)
        return part

    def _end_part(self, part: PartFile, *, final: bool = False) -> None:
        for faults in (self._clipped, self._invalid):
            for remark in faults.flush():
                part.annotate(*remark.timed(self._info.sfreq))
            faults.reset()
        stop_s = self._batch_stop / self._info.sfreq
        if final:
            part.end_remarks_at(stop_s)
        self._write()
        if final:
            self._write_last_remarks(part, stop_s)
        self._remarks.extend(part.take_waiting())
        part.close()
        self._file = None
        self._say_closed(part)

    def _write_last_remarks(self, part: PartFile, stop_s: float) -> None:
        """Find room for remarks that came after the last record."""
        empty = self._quantiser.middle(self._layout.n_samples)
        if part.n_waiting and not self._said_end:
            part.annotate(stop_s, "Recording ends")
        for _ in range(_LAST_RECORDS):
            if part.n_waiting:
                part.write(empty)

    def _say_closed(self, part: PartFile) -> None:
        if part.is_begun:
            self._number = part.part.number + 1
            n_samples = self._written_stop - part.part.start_sample
            closed = replace(part.part, n_samples=n_samples, records_sha256=part.records_sha256)
            self._tell(PartClosed(closed))
