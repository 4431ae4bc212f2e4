"""Messages that travel through the pipeline.

All of them are frozen. Times are integer sample indices since the session began (``int``, 64 bit
everywhere they meet NumPy); the rate they count in is that of the stream which carries them: the
source's own rate before resampling, 256 Hz after it. Signals are ``(n_channels, n_samples)``,
float32, microvolts.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Flag, auto

import numpy as np
import numpy.typing as npt

__all__ = [
    "BoolArray",
    "Chunk",
    "DetectionStep",
    "Event",
    "FloatArray",
    "Gap",
    "Marker",
    "Probabilities",
    "Quality",
    "QualityReport",
    "StreamInfo",
    "Window",
]

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a source says about its stream.

    Attributes
    ----------
    ch_names
        Channel names as the source writes them.
    sfreq
        Sampling rate in Hz.
    start_time
        Wall-clock time of sample 0, or None where the source does not know it.
    physical_min_uv, physical_max_uv
        The amplifier's range for each channel, or None where unknown. A channel that rests at
        either end is railed.
    name
        Where the stream comes from (a file name, a stream name), for messages.
    """

    ch_names: tuple[str, ...]
    sfreq: float
    start_time: datetime | None = None
    physical_min_uv: tuple[float, ...] | None = None
    physical_max_uv: tuple[float, ...] | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """A piece of signal.

    Attributes
    ----------
    data : (n_channels, n_samples) float32
        Microvolts.
    start_sample
        Index of the first sample.
    valid : (n_channels, n_samples) bool, or None
        False where a sample was not measured (bridged gap, rail, flat line). None: all are valid.
    """

    data: FloatArray
    start_sample: int
    valid: BoolArray | None = None

    @property
    def n_samples(self) -> int:
        return int(self.data.shape[1])

    @property
    def stop_sample(self) -> int:
        """Index one past the last sample."""
        return self.start_sample + self.n_samples

    def validity(self) -> BoolArray:
        """Return ``valid`` as an array in every case."""
        return np.ones(self.data.shape, dtype=np.bool_) if self.valid is None else self.valid


@dataclass(frozen=True, slots=True)
class Gap:
    """A discontinuity: nothing was received in ``[start_sample, stop_sample)``.

    Every operator ends its segment on it (as at the end of the stream) and starts anew behind it.
    """

    start_sample: int
    stop_sample: int


@dataclass(frozen=True, slots=True)
class Marker:
    """A remark at a moment of the session: an event button, a nurse call.

    Attributes
    ----------
    sample
        When, on the same clock as the signal.
    text
        What the sender wrote.
    """

    sample: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """One due window, ready for the network.

    Attributes
    ----------
    data : (19, 15360) float32
        Normalised and clipped to +-10 sigma; zero beyond ``n_valid``.
    start_sample
        Index of the first sample.
    n_valid
        Samples that were measured; the rest, on the right, is padding and never counts.
    """

    data: FloatArray
    start_sample: int
    n_valid: int


@dataclass(frozen=True, slots=True, eq=False)
class Probabilities:
    """What the network says of one window.

    Attributes
    ----------
    values : (15360,) float32, or None
        Seizure probability of each sample. None: the window was skipped, because inference could
        not keep up; its samples get one vote less.
    start_sample, n_valid
        As in the :class:`Window`.
    """

    values: FloatArray | None
    start_sample: int
    n_valid: int


@dataclass(frozen=True, slots=True)
class Event:
    """A seizure event ``[onset_sample, offset_sample)`` at 256 Hz.

    Attributes
    ----------
    peak
        Highest probability inside the event.
    sfreq
        Rate that the indices count in, Hz.
    start_time
        Wall-clock time of sample 0, or None where unknown.
    """

    onset_sample: int
    offset_sample: int
    peak: float
    sfreq: float = 256.0
    start_time: datetime | None = None

    @property
    def onset_s(self) -> float:
        """Onset in seconds since the session began."""
        return self.onset_sample / self.sfreq

    @property
    def offset_s(self) -> float:
        """Offset in seconds since the session began."""
        return self.offset_sample / self.sfreq

    @property
    def duration_s(self) -> float:
        return (self.offset_sample - self.onset_sample) / self.sfreq

    @property
    def onset_time(self) -> datetime | None:
        """Wall-clock time of the onset."""
        return (
            None if self.start_time is None else self.start_time + timedelta(seconds=self.onset_s)
        )

    def overlaps(self, other: "Event") -> bool:
        """Whether the two share at least one sample."""
        return self.onset_sample < other.offset_sample and other.onset_sample < self.offset_sample


@dataclass(frozen=True, slots=True, eq=False)
class DetectionStep:
    """What is known after one more window (or at the end of a segment).

    Attributes
    ----------
    start_sample
        Index of the first sample of ``final``.
    final : (n,) float32
        Stitched probabilities that will not change any more.
    provisional : (m,) float32
        Mean of the votes so far for the samples behind ``final``.
    final_events
        Events that the final stream closed in this step. They equal offline detection.
    open_event
        The event of at least the minimum duration that the final stream is still inside of,
        cut at ``final_stop``; or None.
    provisional_events
        Events of at least the minimum duration that stand when the event state runs on over the
        provisional tail, from the first one that is not closed in the final stream.
    settled_sample
        No final event can begin before this sample any more, other than those already emitted
        and ``open_event``.
    segment_end
        Whether the stream was interrupted or ended behind this step.
    unscored_samples
        Samples of ``final`` that no window voted on, because inference fell behind.
    """

    start_sample: int
    final: FloatArray
    provisional: FloatArray
    final_events: tuple[Event, ...] = ()
    open_event: Event | None = None
    provisional_events: tuple[Event, ...] = ()
    settled_sample: int = 0
    segment_end: bool = False
    unscored_samples: int = 0

    @property
    def final_stop(self) -> int:
        """Index one past the last final sample."""
        return self.start_sample + len(self.final)

    @property
    def stop_sample(self) -> int:
        """Index one past the last sample with any vote."""
        return self.final_stop + len(self.provisional)


class Quality(Flag):
    """What is wrong with a channel; no flag means that it is good."""

    GOOD = 0
    FLAT = auto()
    RAILED = auto()
    LINE_NOISE = auto()
    LOOSE = auto()


@dataclass(frozen=True, slots=True)
class QualityReport:
    """Signal quality of every source channel over one interval.

    Attributes
    ----------
    start_sample, stop_sample
        The interval, at the source's rate.
    ch_names
        The source's channel names.
    flags
        One :class:`Quality` a channel.
    """

    start_sample: int
    stop_sample: int
    ch_names: tuple[str, ...]
    flags: tuple[Quality, ...] = field(default=())
