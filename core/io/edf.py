"""Recordings in EDF, EDF+ and BDF, read lazily: memory does not grow with their length."""

import bisect
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from core.errors import RecordingError, SignalError
from core.io.annotations import Annotation
from core.io.chunking import rechunk
from core.io.decoder import RecordDecoder, calibrate, record_columns
from core.io.edf_records import RecordFile
from core.io.growth import Growth
from core.io.selection import select_signals
from core.types import Chunk, FloatArray, StreamInfo

__all__ = ["Annotation", "Recording", "check_channels", "open_recording"]

_READ_BYTES = 1 << 20
"""Records read at a time; a longer record is read whole."""


_IDLE_S = 10.0
_IDLE_RECORDS = 3
"""A followed file grows by whole records: so many late ones, and at least so long, end it."""


class Recording:
    """An open recording; made by :func:`open_recording`.

    Attributes
    ----------
    path
        The file.
    info
        Names, rate, start time and amplifier range of the EEG channels.
    """

    def __init__(self, path: Path, *, follow: bool = False) -> None:
        self.path = path
        self._follow = follow
        self._file = RecordFile(path, growing=follow)
        try:
            self._describe()
        except BaseException:
            self._file.close()
            raise
        self._starts: list[int] = []

    def _describe(self) -> None:
        header, name = self._file.header, str(self.path)
        self._indices, sfreq = select_signals(header, name)
        self._calibrations = [calibrate(header.signals[i], name) for i in self._indices]
        self._n_main = max(header.signals[i].n_per_record for i in self._indices)
        if self._file.n_records == 0 and not self._follow:
            raise RecordingError(f"{name}: holds no complete data record")
        start_time = header.start_time
        if start_time is not None:
            try:
                start_time += timedelta(seconds=self._file.first_onset_s)
            except OverflowError:  # the onset is garbage
                start_time = None
        self.info = StreamInfo(
            ch_names=tuple(header.signals[i].label for i in self._indices),
            sfreq=sfreq,
            start_time=start_time,
            physical_min_uv=tuple(c.physical_min_uv for c in self._calibrations),
            physical_max_uv=tuple(c.physical_max_uv for c in self._calibrations),
            name=self.path.name,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a second time does no harm."""
        self._file.close()

    @property
    def n_samples(self) -> int:
        """Samples from the first to the last at ``info.sfreq``, gaps included."""
        n_records = self._file.n_records
        return self._start_of(n_records - 1) + self._n_main if n_records else 0

    @property
    def duration_s(self) -> float:
        """From the first to the last sample, gaps included."""
        return self.n_samples / self.info.sfreq

    @property
    def complete(self) -> bool:
        """Whether the file holds all that its header promises."""
        return not self._file.shortfall

    @property
    def shortfall(self) -> str:
        """What is missing, in one line; empty for a complete recording."""
        return self._file.shortfall

    @property
    def annotations(self) -> list[Annotation]:
        """Remarks by onset; the first call reads through the file's annotation signals."""
        return self._file.annotations

    def chunks(
        self,
        chunk_s: float = 1.0,
        start_s: float = 0.0,
        ch_names: Sequence[str] | None = None,
        *,
        follow: bool | None = None,
        poll_s: float = 0.2,
        idle_s: float | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Chunk]:
        """Read from ``start_s`` to the end; a gap shows as a jump in ``start_sample``.

        Parameters
        ----------
        chunk_s
            Length of a chunk; the last one before a gap and at the end may be shorter.
        start_s
            Where to begin, in seconds after the first sample. Where slower channels are raised to
            the main rate, reading begins a little earlier, so that their filter has settled.
        ch_names
            Channels and their order; None for all of ``info``. A name that stands twice in the
            file may be asked for twice.
        follow
            Go on while the file grows. None: as the recording was opened.
        poll_s, idle_s
            Following: time between looks at the file, and time without growth that ends it; None
            for 10 s, and for three records where records are long.
        stop
            Following: asked again and again; True ends it.

        Returns
        -------
        iterator of Chunk
            float32 microvolts; ``start_sample`` counts from the recording's first sample.

        Raises
        ------
        RecordingError
            Where a channel is not there, or the recording ends before ``start_s``.
        ValueError
            Where a time is out of its range, or a recording not opened for it is to be followed.
        """
        follow = self._follow if follow is None else follow
        if follow and not self._follow:
            raise ValueError("only a recording opened with follow=True can be followed")
        if not (math.isfinite(chunk_s) and chunk_s > 0):
            raise ValueError(f"chunk_s must be above 0, not {chunk_s}")
        if not (math.isfinite(start_s) and start_s >= 0):
            raise ValueError(f"start_s must be 0 or more, not {start_s}")
        first_sample = round(start_s * self.info.sfreq)
        if not follow and first_sample >= self.n_samples:
            raise RecordingError(
                f"{self.path}: lasts {self.duration_s:g} s and cannot be read from {start_s:g} s"
            )
        rows = self._rows(self.info.ch_names if ch_names is None else ch_names)
        if idle_s is None:
            idle_s = max(_IDLE_S, _IDLE_RECORDS * self._file.header.record_s)
        growth = Growth(poll_s, idle_s, stop or (lambda: False)) if follow else None
        blocks = self._blocks(rows, first_sample, growth)
        return rechunk(blocks, max(1, round(chunk_s * self.info.sfreq)), first_sample)

    def constant_channels(self, ch_names: Sequence[str]) -> list[str]:
        """Those of ``ch_names`` whose value never changes; reads on only until all have."""
        rows = self._rows(ch_names)
        first: list[int | None] = [None] * len(rows)
        unchanged = set(range(len(rows)))
        n_records, step = self._file.n_records, self._records_per_read
        for record in range(0, n_records, step):
            values = self._file.read(record, min(step, n_records - record))
            for k in sorted(unchanged):
                column = record_columns(self._file.header, [self._indices[rows[k]]])[0]
                own = values[:, column]
                reference = int(own[0, 0]) if first[k] is None else first[k]
                first[k] = reference
                if (own != reference).any():
                    unchanged.discard(k)
            if not unchanged:
                break
        return [ch_names[k] for k in sorted(unchanged)]

    @property
    def _records_per_read(self) -> int:
        return max(1, _READ_BYTES // self._file.header.record_bytes)

    def _rows(self, ch_names: Sequence[str]) -> list[int]:
        """Rows of ``info`` for names; the n-th request for a name gets its n-th channel."""
        rows: list[int] = []
        for ch_name in ch_names:
            matches = [row for row, name in enumerate(self.info.ch_names) if name == ch_name]
            if not matches:
                raise RecordingError(f"{self.path}: has no EEG channel {ch_name}")
            free = [row for row in matches if row not in rows]
            rows.append((free or matches)[0])
        if not rows:
            raise RecordingError(f"{self.path}: zero channels asked for")
        return rows

    def _start_of(self, record: int) -> int:
        """First sample of a record at the main rate."""
        if not self._file.header.discontinuous:
            return record * self._n_main
        for k in range(len(self._starts), record + 1):
            start = round(self._file.onset_s(k) * self.info.sfreq)
            due = self._starts[-1] + self._n_main if self._starts else 0
            if due - start > self._n_main // 2:
                raise RecordingError(
                    f"{self.path}: record {k} begins at {start / self.info.sfreq:g} s, before "
                    f"record {k - 1} ends at {due / self.info.sfreq:g} s"
                )
            # Onsets are rounded and clocks drift: a step of one sample is no gap, and samples of
            # the next record never overlap those of the one before.
            self._starts.append(due if start <= due + 1 else start)
        return self._starts[record]

    def _first_record(self, first_sample: int, settle_records: int) -> int:
        """Find the record to begin with, so that ``first_sample`` comes out settled."""
        if not self._file.header.discontinuous:
            return max(0, first_sample // self._n_main - settle_records)
        if self._file.n_records:
            self._start_of(self._file.n_records - 1)
        found = max(0, bisect.bisect_right(self._starts, first_sample) - 1)
        return max(0, found - settle_records)

    def _blocks(
        self, rows: Sequence[int], first_sample: int, growth: Growth | None
    ) -> Iterator[tuple[int, FloatArray] | None]:
        """Yield runs of adjacent samples with the index of their first; None before a wait."""
        decoder = RecordDecoder(
            self._file.header,
            [self._indices[row] for row in rows],
            [self._calibrations[row] for row in rows],
            self._n_main,
        )
        record = self._first_record(first_sample, decoder.settle_records)
        position = due = None
        while True:
            n_records = self._file.n_records
            if record < n_records and not (growth and growth.stopped):
                if growth:
                    growth.seen()
                start = self._start_of(record)
                if position is None or start != due:
                    if position is not None:
                        yield position, decoder.flush()
                    position = start
                stop = record + 1
                limit = min(n_records, record + self._records_per_read)
                while (
                    stop < limit and self._start_of(stop) == start + (stop - record) * self._n_main
                ):
                    stop += 1
                data = decoder.push(self._file.read(record, stop - record))
                yield position, data
                position += data.shape[1]
                due = start + (stop - record) * self._n_main
                record = stop
            elif growth and growth.goes_on:
                yield None
                growth.wait()
            else:
                break
        if position is not None:
            yield position, decoder.flush()


def open_recording(path: Path | str, follow: bool = False) -> Recording:
    """Open an EDF, EDF+C, EDF+D, BDF or BDF+ recording.

    Parameters
    ----------
    path
        The file.
    follow
        Another program is still writing it: see ``follow`` of :meth:`Recording.chunks`.

    Raises
    ------
    RecordingError
        Where the file cannot be read as a recording with EEG.
    """
    return Recording(Path(path), follow=follow)


def check_channels(recording: Recording, ch_names: Sequence[str]) -> None:
    """Make sure that every needed channel shows a signal somewhere.

    Samples in these formats are integers and calibrations are checked on opening, so a value that
    is not a number cannot occur.

    Raises
    ------
    SignalError
        Naming the channels that are constant throughout the recording.
    """
    dead = recording.constant_channels(ch_names)
    if dead:
        noun, verb = ("channel", "is") if len(dead) == 1 else ("channels", "are")
        raise SignalError(
            f"{recording.path}: {noun} {', '.join(dead)} {verb} constant throughout the recording"
        )
