"""Where the delays of the monitor are read off: around the source, the network, the listener."""

import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from core.detector import WindowScorer
from core.types import Chunk, DetectionStep, FloatArray, Gap, Marker, QualityReport, StreamInfo
from monitor.alarm import Alarm, AlarmStep, TechnicalAlarm
from monitor.benchmark.timing import spread_ms
from monitor.conditions import AlarmBoard
from monitor.listener import Listener
from monitor.orders import Note
from monitor.sources.base import Source, SourceItem

__all__ = ["Delays", "Moment", "PromptAlarms", "TimedListener", "TimedSource"]


class Moment(NamedTuple):
    """All samples before ``stop_sample`` were there at a monotonic time, s."""

    stop_sample: int
    at_s: float


class TimedSource:
    """A source that remembers when its samples arrived."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.arrived: list[Moment] = []

    @property
    def info(self) -> StreamInfo:
        return self._source.info

    @property
    def can_wait(self) -> bool:
        return self._source.can_wait

    @property
    def keeps_time(self) -> bool:
        return self._source.keeps_time

    def chunks(self) -> Iterator[SourceItem]:
        for item in self._source.chunks():
            if isinstance(item, Chunk):
                self.arrived.append(Moment(item.stop_sample, time.monotonic()))
            yield item

    def stop(self) -> None:
        self._source.stop()

    def close(self) -> None:
        self._source.close()


class PromptAlarms:
    """A network at work, whose verdict is always a seizure."""

    def __init__(self, scorer: WindowScorer) -> None:
        self._scorer = scorer
        self.scored: list[tuple[float, float]] = []
        """When each window's inference began and ended, monotonic s."""

    @property
    def name(self) -> str:
        return self._scorer.name

    @property
    def weights(self) -> str:
        return self._scorer.weights

    def predict(self, data: FloatArray) -> FloatArray:
        began_s = time.monotonic()
        probability = np.ones_like(self._scorer.predict(data))
        self.scored.append((began_s, time.monotonic()))
        return probability

    def reset(self) -> None:
        self._scorer.reset()


class TimedListener:
    """Passes everything on to a listener, and remembers when."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.conditioned: list[Moment] = []
        self.decided: list[Moment] = []

    def on_chunk(self, chunk: Chunk) -> None:
        self.conditioned.append(Moment(chunk.stop_sample, time.monotonic()))
        self._listener.on_chunk(chunk)

    def on_gap(self, gap: Gap) -> None:
        self._listener.on_gap(gap)

    def on_arming(self, seconds_left: float) -> None:
        self._listener.on_arming(seconds_left)

    def on_quality(self, report: QualityReport) -> None:
        self._listener.on_quality(report)

    def on_step(self, step: DetectionStep) -> None:
        self.decided.append(Moment(step.stop_sample, time.monotonic()))
        self._listener.on_step(step)

    def on_marker(self, marker: Marker) -> None:
        self._listener.on_marker(marker)

    def on_status(self, text: str) -> None:
        self._listener.on_status(text)

    def on_alarms(self, steps: Iterable[AlarmStep], alarms: tuple[Alarm, ...]) -> None:
        self._listener.on_alarms(steps, alarms)

    def on_technical(
        self, changed: Iterable[TechnicalAlarm], active: tuple[TechnicalAlarm, ...]
    ) -> None:
        self._listener.on_technical(changed, active)

    def on_board(self, board: AlarmBoard) -> None:
        self._listener.on_board(board)

    def on_note(self, note: Note) -> None:
        self._listener.on_note(note)


@dataclass(frozen=True, slots=True)
class Delays:
    """What was read off in one session.

    Attributes
    ----------
    sfreq
        Rate of the source, Hz.
    arrived
        Samples of the source.
    conditioned, painted
        Samples at 256 Hz: behind all filters; on the screen.
    scored
        When each window's inference began and ended.
    decided
        Windows, by their last sample at 256 Hz.
    alarm_s
        From the decision to light and sound.
    stride_s
        From window to window.
    """

    sfreq: float
    arrived: Sequence[Moment]
    conditioned: Sequence[Moment]
    painted: Sequence[Moment]
    scored: Sequence[tuple[float, float]]
    decided: Sequence[Moment]
    alarm_s: dict[str, float | int | None]
    stride_s: float

    def summary(self, sfreq: float) -> dict[str, Any]:
        """Return all delays; ``sfreq`` is the rate behind the resampler, Hz."""
        ratio = self.sfreq / sfreq
        # The first second waits until the stream's rate has been seen.
        blocks = [moment for moment in self.conditioned if moment.stop_sample > 2 * sfreq]
        lag, oldest, screen, pixels = [], [], [], []
        n_block = blocks[1].stop_sample - blocks[0].stop_sample if len(blocks) > 1 else 0
        for stop, at_s in blocks:
            arrived_s = _when(self.arrived, round(stop * ratio))
            first_s = _when(self.arrived, round((stop - n_block + 1) * ratio))
            painted_s = _when(self.painted, stop)
            if arrived_s is None or first_s is None:
                continue
            lag.append(at_s - arrived_s)
            oldest.append(arrived_s - first_s)
            if painted_s is not None:
                screen.append(painted_s - at_s)
                pixels.append(painted_s - arrived_s)
        verdict, queue_s, inference, decoding = [], [], [], []
        for (stop, at_s), (began_s, ended_s) in zip(self.decided, self.scored, strict=False):
            arrived_s = _when(self.arrived, round(stop * ratio))
            conditioned_s = _when(self.conditioned, stop)
            if arrived_s is not None and conditioned_s is not None:
                verdict.append(at_s - arrived_s)
                queue_s.append(began_s - conditioned_s)
                inference.append(ended_s - began_s)
                decoding.append(at_s - ended_s)
        return {
            "arrival_to_pixels": spread_ms(pixels),
            "resampling_and_filters": spread_ms(lag),
            "block": spread_ms(oldest),
            "screen": spread_ms(screen),
            "arrival_to_verdict": spread_ms(verdict),
            "stride_max_ms": 1000 * self.stride_s,
            "queue": spread_ms(queue_s),
            "inference": spread_ms(inference),
            "decoding": spread_ms(decoding),
            "alarm_to_light_and_sound_s": self.alarm_s,
        }


def _when(moments: Sequence[Moment], stop_sample: int) -> float | None:
    """When all samples before one were there."""
    found = bisect_left(moments, stop_sample, key=lambda moment: moment.stop_sample)
    return moments[found].at_s if found < len(moments) else None
