"""Recording of a session: the raw stream and the final probability, on a thread of its own."""

import errno
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

from core.config import RecordingSettings
from core.types import Chunk, DetectionStep, Gap, StreamInfo
from monitor.archive.eeg_parts import EegParts
from monitor.archive.part_file import PartClosed, PartOpened
from monitor.archive.probability_file import ProbabilityFile
from monitor.archive.recording_queue import (
    EegRemark,
    FinalProbability,
    QueueItem,
    RecordingQueue,
    Unrecorded,
)
from monitor.disk import free_bytes
from monitor.orders import EquipmentReport

__all__ = ["PartClosed", "PartOpened", "RecordingMessage", "SessionRecording"]

QUEUE_S = 30.0
RETRY_S = 10.0
_CLOSE_S = 60.0
_MOST_STEPS = 1000
"""Steps of 10 s whose probability is kept in memory while the disk does not take it."""

_SFREQ = 256.0
_TOO_SLOW = "the disk does not keep up"

RecordingMessage = PartOpened | PartClosed | EquipmentReport
"""What the recording tells the desk."""


class SessionRecording:
    """Writes the raw stream to EDF+C files, and the final probability beside them.

    A slow disk delays nobody who cannot wait: signal that finds the queue full is left out and
    becomes a gap in the file. Where the disk fails or is full, that is a technical alarm; every
    10 s a new file is tried, and the alarm goes away once records are on the disk again.

    Parameters
    ----------
    folder
        The session folder; it is there.
    info
        The source's channels, rate, range and start time.
    run
        Number of the run, for the probability's file.
    first_part
        Number of the first file of EEG.
    settings
        Length of the files, and the room to leave.
    tell
        Called from this and the acquisition thread with what the desk has to know; see
        :meth:`connect`.
    free
        Returns the free bytes on the disk of a folder, or None.
    retry_s
        Time after which a disk that failed is tried again.
    """

    def __init__(
        self,
        folder: Path,
        info: StreamInfo,
        *,
        run: int,
        first_part: int,
        settings: RecordingSettings,
        tell: Callable[[RecordingMessage], None] | None = None,
        free: Callable[[Path], float | None] = free_bytes,
        retry_s: float = RETRY_S,
    ) -> None:
        self._sfreq = info.sfreq
        self._tell = tell or (lambda _: None)
        self._parts = EegParts(
            folder,
            info,
            run=run,
            first_part=first_part,
            settings=settings,
            tell=self._hand_on,
            free=free,
        )
        self._probability = ProbabilityFile(folder, run)
        self._steps: deque[FinalProbability] = deque(maxlen=_MOST_STEPS)
        self._queue = RecordingQueue(round(QUEUE_S * info.sfreq))
        self._retry_s = retry_s
        self._retry_at = 0.0
        self._is_trying = False
        self._reason = ""
        self._steps_reason = ""
        self._fault_lock = threading.Lock()
        self._told = ""
        self._newest_sample = 0
        self._is_started = False
        self._thread = threading.Thread(target=self._run, name="vigil-recording", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether it is still writing."""
        return self._thread.is_alive()

    @property
    def bytes_per_s(self) -> float:
        """Room on the disk that a second of the session takes."""
        return self._parts.bytes_per_s + 4 * _SFREQ

    @property
    def lost_s(self) -> float:
        """Seconds of signal that came and could not be recorded."""
        return self._parts.n_lost / self._sfreq

    @property
    def recorded_s(self) -> float:
        """Seconds of signal in files, filled gaps included."""
        return self._parts.n_recorded / self._sfreq

    def connect(self, tell: Callable[[RecordingMessage], None]) -> None:
        """Say whom to tell; before :meth:`start`."""
        self._tell = tell

    def start(self) -> None:
        """Start to write; a second time does nothing."""
        if not self._is_started:
            self._is_started = True
            self._thread.start()

    def put(self, item: Chunk | Gap, *, wait: bool) -> None:
        """Record a piece of the raw stream.

        Parameters
        ----------
        item
            At the source's rate. A gap may be told, or show as a jump of the sample's index.
        wait
            Whether to come back only when it is on the disk, as far as whole records go; unless
            the disk has failed.
        """
        self._newest_sample = max(self._newest_sample, item.stop_sample)
        self._queue.put(item)
        if wait:
            self._queue.wait_until_done(lambda: self.is_alive and not self._reason)
        elif self._queue.has_overflowed:
            self._report()

    def annotate(self, sample: int, text: str, duration_s: float | None = None) -> None:
        """Put a remark into the EEG.

        Parameters
        ----------
        sample
            When, at 256 Hz since the run began.
        text
            Any length.
        duration_s
            Or None.
        """
        self._queue.put(EegRemark(sample / _SFREQ, text, duration_s))

    def put_probability(self, step: DetectionStep) -> None:
        """Record what a step says finally."""
        if len(step.final):
            self._queue.put(FinalProbability(step.start_sample, step.final))

    def end(self) -> None:
        """Ask for the end, and do not wait for it."""
        self._queue.end()

    def close(self) -> None:
        """End: write everything that was put, close the files; a second time does nothing.

        A disk that does not answer is waited for no longer than a minute.
        """
        self.end()
        if self._is_started:
            self._thread.join(_CLOSE_S)

    # recording thread -------------------------------------------------------------------------

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            self._guard(partial(self._take, item))
        self._guard(self._finish)

    def _guard(self, work: Callable[[], None]) -> None:
        """Let monitoring go on whatever becomes of the recording, but never in silence."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - told as a technical alarm
            self._fail(_words(error))

    def _hand_on(self, message: RecordingMessage) -> None:
        self._tell(message)

    def _take(self, item: QueueItem) -> None:
        match item:
            case Chunk():
                self._record(item)
            case EegRemark(time_s, text, duration_s):
                self._parts.annotate(time_s, text, duration_s)
            case FinalProbability():
                self._steps.append(item)
                self._write_steps()
            case Unrecorded(start_sample, stop_sample):
                self._parts.lose(start_sample, stop_sample, _TOO_SLOW)
            case Gap():
                pass  # the next chunk's index tells it

    def _record(self, chunk: Chunk) -> None:
        if self._reason and not self._is_trying:
            if time.monotonic() < self._retry_at:
                self._parts.lose(chunk.start_sample, chunk.stop_sample, self._reason)
                return
            self._is_trying = True
        n_before = self._parts.n_recorded
        try:
            self._parts.push(chunk)
        except Exception as error:
            self._parts.abandon(chunk.stop_sample, _words(error))
            raise
        if self._parts.n_recorded > n_before and not self._queue.has_overflowed:
            self._reason, self._is_trying = "", False
            if self._steps_reason:
                self._write_steps()
            self._report()

    def _write_steps(self) -> None:
        try:
            while self._steps:
                step = self._steps[0]
                self._probability.write(step.start_sample, step.values)
                self._steps.popleft()
            self._steps_reason = ""
        except OSError as error:
            self._steps_reason = _words(error)
        self._report()

    def _finish(self) -> None:
        self._write_steps()
        self._probability.close()
        try:
            self._parts.close()
        except Exception as error:
            self._parts.abandon(self._newest_sample, _words(error))
            raise

    def _fail(self, reason: str) -> None:
        self._reason, self._is_trying = reason, False
        self._retry_at = time.monotonic() + self._retry_s
        self._queue.wake()
        self._report()

    def _report(self) -> None:
        """Raise, change or clear the technical alarm; called from two threads."""
        with self._fault_lock:
            reason = self._reason or (_TOO_SLOW if self._queue.has_overflowed else "")
            fault = f"EEG is not recorded: {reason}" if reason else ""
            if not fault and self._steps_reason:
                fault = f"Probability is not recorded: {self._steps_reason}"
            if fault == self._told:
                return
            self._told = fault
        sample = int(self._newest_sample * _SFREQ / self._sfreq)
        self._tell(EquipmentReport("recording", fault, sample))


def _words(error: Exception) -> str:
    if not isinstance(error, OSError):
        return f"{type(error).__name__}: {error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "disk full"
    return (error.strerror or str(error)).lower()
