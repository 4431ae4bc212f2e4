"""One connection to one outlet: samples in microvolts with the sender's own time stamps."""

import math
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from core.errors import StreamError
from core.types import BoolArray, FloatArray
from monitor.sources.channel_map import ChannelMap
from monitor.sources.lsl_break import PLAUSIBLE_CLOCK_S
from monitor.sources.lsl_description import check_kind, read_layout
from monitor.sources.lsl_discovery import FoundStream
from monitor.sources.lsl_library import StreamGoneError, load_lsl, lsl_errors

__all__ = ["Connection", "Pulled"]

_BUFFER_S = 360
_PULL_SAMPLES = 4096
_ANSWER_S = 3.0
_POLL_S = 0.01
_CORRECTION_S = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Pulled:
    """Samples that have arrived.

    Attributes
    ----------
    data : (n_channels, n_samples) float32
        Microvolts; where the sender sent something that is no number, the value before it.
    stamps : (n_samples,) float64
        The sender's clock, s.
    valid : (n_channels, n_samples) bool, or None
        False where the sender sent something that is no number. None: all are valid.
    """

    data: FloatArray
    stamps: npt.NDArray[np.float64]
    valid: BoolArray | None = None

    @property
    def n_samples(self) -> int:
        return len(self.stamps)

    def slice(self, start: int, stop: int) -> "Pulled":
        """Return some of the samples."""
        valid = None if self.valid is None else self.valid[:, start:stop]
        return Pulled(self.data[:, start:stop], self.stamps[start:stop], valid)


class Connection:
    """An open inlet.

    It does not recover by itself, because liblsl would then take an outlet of another rate for
    the old one without a word; and it does not touch time stamps, because gaps show in the raw
    ones only.

    Parameters
    ----------
    stream
        As found on the network.
    names
        What the user says about its channels, or None.

    Raises
    ------
    StreamGoneError
        Where the sender does not answer.
    StreamError, ConfigError
        Where the stream is no EEG, or its channels are not what the user says.
    """

    def __init__(self, stream: FoundStream, names: ChannelMap | None = None) -> None:
        check_kind(stream)
        self.stream = stream
        with lsl_errors(stream.name):
            self._inlet = load_lsl().StreamInlet(
                stream.handle, max_buflen=_BUFFER_S, recover=False, processing_flags=0
            )
            self.layout = read_layout(stream, self._inlet.info(_ANSWER_S), names)
            self._inlet.open_stream(_ANSWER_S)
        self._columns = list(self.layout.columns)
        self._last_stamp = self._correction_s = 0.0
        self._corrected_at = -math.inf
        self._last = np.zeros((len(self._columns), 1), dtype=np.float32)

    def correction_s(self) -> float:
        """Seconds from the sender's clock to ours, measured every 10 s; the first call waits."""
        now = time.monotonic()
        if now - self._corrected_at >= _CORRECTION_S:
            self._corrected_at = now
            with suppress(StreamGoneError), lsl_errors(self.stream.name):  # pull will say so
                self._correction_s = float(self._inlet.time_correction(_ANSWER_S))
        return self._correction_s

    def pull(self) -> Pulled:
        """Take what has arrived, without waiting.

        Raises
        ------
        StreamGoneError
            Where the connection broke off.
        """
        with lsl_errors(self.stream.name):
            raw, stamps = self._inlet.pull_chunk(
                timeout=0.0, max_samples=_PULL_SAMPLES, as_numpy=True
            )
        scaled = raw[:, self._columns].T * self.layout.microvolts
        data = np.ascontiguousarray(scaled, dtype=np.float32)
        valid = np.isfinite(data)
        if not len(stamps):
            return Pulled(data, stamps)
        stamps = self._continue_stamps(stamps)
        everything = bool(valid.all())
        if not everything:
            data = self._hold(data, valid)
        self._last = data[:, -1:].copy()
        return Pulled(data, stamps, None if everything else valid)

    def time_of(self, stamp: float) -> datetime:
        """Return the wall-clock time of a stamp; now, where the sender keeps another time."""
        now = datetime.now().astimezone()
        age_s = load_lsl().local_clock() - stamp - self.correction_s()
        return now - timedelta(seconds=age_s) if abs(age_s) < PLAUSIBLE_CLOCK_S else now

    def first_samples(self, timeout_s: float) -> Pulled:
        """Wait for the first samples.

        Raises
        ------
        StreamError
            Where none comes in time.
        """
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            pulled = self.pull()
            if pulled.n_samples:
                return pulled
            time.sleep(_POLL_S)
        raise StreamError(f"{self.stream}: sends no sample within {timeout_s:g} s")

    def close(self) -> None:
        """Let the sender know that nobody listens any more."""
        self._inlet.close_stream()

    def _continue_stamps(self, stamps: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Count on from the last stamp that is a number over those that are none."""
        known = np.isfinite(stamps)
        if not known.all():
            index = np.arange(1, len(stamps) + 1)
            from_ = np.maximum.accumulate(np.where(known, index, 0))
            bases = np.concatenate([[self._last_stamp], stamps])[from_]
            stamps = bases + (index - from_) / self.layout.sfreq
        self._last_stamp = float(stamps[-1])
        return stamps

    def _hold(self, data: FloatArray, valid: BoolArray) -> FloatArray:
        """Continue the last number over what is none."""
        data = np.concatenate([self._last, data], axis=1)
        known = np.concatenate([np.ones_like(self._last, dtype=np.bool_), valid], axis=1)
        index = np.maximum.accumulate(np.where(known, np.arange(data.shape[1]), 0), axis=1)
        return np.ascontiguousarray(np.take_along_axis(data, index, axis=1)[:, 1:])
