"""An archived recording, played as if it came from the amplifier now."""

import math
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.errors import RecordingError
from core.io.edf import open_recording
from core.types import Chunk, StreamInfo

__all__ = ["ReplaySource"]

_LIVE_CHUNK_S = 0.125
_FAST_CHUNK_S = 10.0
_MAX_START_S = 1e9
"""Some 30 years: where a followed file may not have got to yet, the clock must still hold."""


class ReplaySource:
    """Replay a recording at a chosen speed.

    Sample 0 of the session is the first sample replayed; the wall-clock start moves with it.
    Chunks are due at fixed times after the start, so that pacing does not drift.

    Parameters
    ----------
    path
        EDF, EDF+ or BDF file.
    speed
        Seconds of signal per second; ``math.inf`` is as fast as the pipeline takes it.
    start_s
        Where to begin in the recording.
    follow
        Keep reading while another program still writes the file.

    Raises
    ------
    RecordingError
        Where the file cannot be read, or ends before ``start_s``.
    """

    can_wait = True

    def __init__(
        self, path: Path, speed: float = 1.0, start_s: float = 0.0, *, follow: bool = False
    ) -> None:
        self.recording = open_recording(path, follow=follow)
        end_s = _MAX_START_S if follow else self.recording.duration_s
        if not 0 <= start_s < end_s:
            duration_s = self.recording.duration_s
            self.recording.close()
            raise RecordingError(
                f"{path}: start {start_s:g} s is outside the recording of {duration_s:g} s"
            )
        self._speed = speed
        self._start_s = start_s
        self._follow = follow
        info = self.recording.info
        self._first_sample = round(start_s * info.sfreq)
        start_time = info.start_time
        if start_time is not None:
            start_time += timedelta(seconds=self._first_sample / info.sfreq)
        self._info = replace(info, start_time=start_time)
        self._stopped = threading.Event()
        self._running = threading.Event()
        self._running.set()

    @property
    def info(self) -> StreamInfo:
        return self._info

    @property
    def notes(self) -> tuple[str, ...]:
        return ()

    def describe(self) -> dict[str, Any]:
        """Return what the session's description says about the source."""
        return {
            "kind": "replay",
            "file": str(self.recording.path.resolve()),
            "start_s": self._start_s,
            "speed": str(self._speed),
        }

    def account(self) -> dict[str, Any]:
        """Return what became of the file, for the summary."""
        return {
            "start_s": self._start_s,
            "complete": self.recording.complete,
            "shortfall": self.recording.shortfall,
        }

    @property
    def keeps_time(self) -> bool:
        return not math.isinf(self._speed)

    @property
    def speed(self) -> float:
        return self._speed

    def chunks(self) -> Iterator[Chunk]:
        fast = math.isinf(self._speed)
        pieces = self.recording.chunks(
            chunk_s=_FAST_CHUNK_S if fast else _LIVE_CHUNK_S,
            start_s=self._first_sample / self._info.sfreq,
            follow=self._follow,
            stop=self._stopped.is_set,
        )
        began = time.monotonic()
        for piece in pieces:
            chunk = Chunk(piece.data, piece.start_sample - self._first_sample, piece.valid)
            began += self._wait_while_paused()
            if not fast:
                due = began + chunk.stop_sample / self._info.sfreq / self._speed
                self._stopped.wait(max(0.0, due - time.monotonic()))
            if self._stopped.is_set():
                return
            yield chunk

    def pause(self, paused: bool) -> None:
        """Hold the replay, or let it go on."""
        if paused:
            self._running.clear()
        else:
            self._running.set()

    def stop(self) -> None:
        self._stopped.set()
        self._running.set()

    def close(self) -> None:
        self.recording.close()

    def _wait_while_paused(self) -> float:
        paused_at = time.monotonic()
        self._running.wait()
        return time.monotonic() - paused_at
