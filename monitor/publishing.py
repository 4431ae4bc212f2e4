"""A recording sent as a live stream: a stand-in for an amplifier, faults included."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import StreamError
from core.io.edf import Recording, open_recording
from core.io.selection import ACCEPTED_UNITS, microvolts_per_unit
from core.types import FloatArray
from monitor.sources.lsl_library import load_lsl

__all__ = ["FORMATS", "Faults", "Publication", "publish_recording"]

FORMATS = {"float32": 1, "double64": 2, "int32": 4, "int16": 5}
"""Names of sample formats with LSL's numbers."""

COUNTER = "COUNTER"
_COUNTER_MODULUS = {"int16": 1 << 15}
_CHUNK_S = 1 / 32
_CONSUMER_S = 0.2
_LINGER_S = 3.0
_FAST_LINGER_S = 30.0
"""Who listens to a stream that runs faster than real time may be far behind."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong on purpose.

    Attributes
    ----------
    drop
        Probability that a chunk is lost.
    jitter_s
        Chunks are sent, and stamped, up to so much late.
    burst_s
        Samples are held back and sent together.
    stall
        At this second of signal, so many seconds of silence; then all that was held back.
    restart
        At this second of signal the outlet is gone for so many seconds; what falls into them is
        lost.
    seed
        Of the dice.
    """

    drop: float = 0.0
    jitter_s: float = 0.0
    burst_s: float = 0.0
    stall: tuple[float, float] | None = None
    restart: tuple[float, float] | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Publication:
    """What to publish and how.

    Attributes
    ----------
    path
        The recording.
    name, source_id
        Of the stream.
    speed
        Seconds of signal a second.
    drift_ppm
        How much faster than its nominal rate the clock runs.
    loop
        Begin anew at the end.
    wait
        Begin when somebody listens.
    counter
        Add a channel that counts samples.
    labels
        Whether to tell the channels' names and units.
    markers
        Whether to send the recording's annotations as a stream of markers ``NAME-markers``.
    sample_format, unit
        How samples are sent.
    """

    path: Path
    name: str
    source_id: str
    speed: float = 1.0
    drift_ppm: float = 0.0
    loop: bool = False
    wait: bool = False
    counter: bool = False
    labels: bool = True
    markers: bool = False
    sample_format: str = "float32"
    unit: str = "uV"
    faults: Faults = field(default_factory=Faults)


def publish_recording(publication: Publication, stopped: threading.Event) -> dict[str, Any]:
    """Send a recording as a live stream until it ends; return what was sent.

    Each chunk is due at a fixed time after the start, so that pacing does not drift.

    Parameters
    ----------
    publication
        What and how.
    stopped
        Ends it early.

    Raises
    ------
    VigilError
        Where the recording cannot be read, or liblsl is missing.
    """
    load_lsl()
    with open_recording(publication.path) as recording:
        return _Sender(publication, recording, stopped).run()


class _Sender:
    def __init__(
        self, publication: Publication, recording: Recording, stopped: threading.Event
    ) -> None:
        factor = microvolts_per_unit(publication.unit)
        if factor is None:
            raise StreamError(f"unit {publication.unit!r}: must be one of {ACCEPTED_UNITS}")
        self._what = publication
        self._faults = publication.faults
        self._recording = recording
        self._stopped = stopped
        self._units_per_uv = 1 / factor
        self._sfreq = recording.info.sfreq
        self._true_sfreq = self._sfreq * (1 + publication.drift_ppm * 1e-6)
        self._dice = np.random.default_rng(self._faults.seed)
        self._outlet: Any = None
        self._marker_outlet: Any = None
        self._sent = self._dropped = self._markers_sent = 0

    def run(self) -> dict[str, Any]:
        lsl = load_lsl()
        self._outlet = self._open()
        if self._what.markers:
            name = f"{self._what.name}-markers"
            info = lsl.StreamInfo(
                name, "Markers", 1, 0.0, lsl.cf_string, f"{self._what.source_id}-markers"
            )
            self._marker_outlet = lsl.StreamOutlet(info)
        while self._what.wait and not self._stopped.is_set():
            if self._outlet.wait_for_consumers(_CONSUMER_S):
                break
        began, began_stamp = time.monotonic(), lsl.local_clock()
        try:
            for start_sample, data in self._pieces():
                self._send(start_sample, data, began, began_stamp)
                if self._stopped.is_set():
                    break
            self._linger()
        finally:
            self._outlet = self._marker_outlet = None
        return {
            "published_samples": self._sent,
            "dropped_samples": self._dropped,
            "markers": self._markers_sent,
            "wall_s": time.monotonic() - began,
        }

    def _pieces(self) -> Iterator[tuple[int, FloatArray]]:
        chunk_s = self._faults.burst_s or _CHUNK_S * max(1.0, self._what.speed)
        offset = 0
        while True:
            for chunk in self._recording.chunks(chunk_s=chunk_s):
                yield offset + chunk.start_sample, chunk.data
            offset += self._recording.n_samples
            if not self._what.loop:
                return

    def _send(self, start_sample: int, data: FloatArray, began: float, began_stamp: float) -> None:
        n = data.shape[1]
        faults = self._faults
        start_s, stop_s = start_sample / self._sfreq, (start_sample + n) / self._sfreq
        late_s = self._dice.uniform(0, faults.jitter_s) if faults.jitter_s else 0.0
        due = began + (start_sample + n) / self._true_sfreq / self._what.speed + late_s
        if faults.stall is not None and faults.stall[0] <= start_s < sum(faults.stall):
            due = max(due, began + sum(faults.stall) / self._what.speed)
        is_away = faults.restart is not None and faults.restart[0] <= start_s < sum(faults.restart)
        if is_away:
            self._outlet = None
        elif self._outlet is None:
            self._outlet = self._open()
        self._stopped.wait(max(0.0, due - time.monotonic()))
        if self._stopped.is_set():
            return
        self._send_markers(start_s, stop_s, began_stamp)
        if is_away or (faults.drop and self._dice.random() < faults.drop):
            self._dropped += n
            return
        stamp = began_stamp + (start_sample + n - 1) / self._true_sfreq + late_s
        samples = self._encode(start_sample, data)
        self._outlet.push_chunk(samples, stamp)
        self._sent += n

    def _send_markers(self, start_s: float, stop_s: float, began_stamp: float) -> None:
        if self._marker_outlet is None:
            return
        ratio = self._sfreq / self._true_sfreq
        for annotation in self._recording.annotations:
            if start_s <= annotation.onset_s < stop_s:
                stamp = began_stamp + annotation.onset_s * ratio
                self._marker_outlet.push_sample([annotation.text], stamp)
                self._markers_sent += 1

    def _encode(self, start_sample: int, data: FloatArray) -> npt.NDArray[Any]:
        values = data.astype(np.float64) * self._units_per_uv
        if self._what.counter:
            modulus = _COUNTER_MODULUS.get(self._what.sample_format, 1 << 23)
            count = (start_sample + np.arange(data.shape[1])) % modulus
            values = np.concatenate([values, count[None]])
        dtype = np.dtype(self._what.sample_format.replace("double64", "float64"))
        if dtype.kind == "i":
            limits = np.iinfo(dtype)
            values = np.rint(values).clip(limits.min, limits.max)
        return np.ascontiguousarray(values.T, dtype=dtype)

    def _open(self) -> Any:
        lsl = load_lsl()
        info = self._recording.info
        names = [*info.ch_names, *([COUNTER] if self._what.counter else [])]
        outlet_info = lsl.StreamInfo(
            self._what.name,
            "EEG",
            len(names),
            self._sfreq,
            FORMATS[self._what.sample_format],
            self._what.source_id,
        )
        if self._what.labels:
            channels = outlet_info.desc().append_child("channels")
            for i, name in enumerate(names):
                channel = channels.append_child("channel")
                channel.append_child_value("label", name)
                is_counter = i >= len(info.ch_names)
                channel.append_child_value("unit", "uV" if is_counter else self._what.unit)
                channel.append_child_value("type", "MISC" if is_counter else "EEG")
                if not is_counter and info.physical_min_uv and info.physical_max_uv:
                    channel.append_child_value("physical_min_uv", repr(info.physical_min_uv[i]))
                    channel.append_child_value("physical_max_uv", repr(info.physical_max_uv[i]))
        return lsl.StreamOutlet(outlet_info)

    def _linger(self) -> None:
        """Leave listeners the time to fetch the last samples."""
        linger_s = _FAST_LINGER_S if self._what.speed > 1 else _LINGER_S
        deadline = time.monotonic() + linger_s
        while not self._stopped.is_set() and time.monotonic() < deadline:
            if not self._outlet.have_consumers():
                return
            time.sleep(0.05)
