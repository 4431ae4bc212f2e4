"""A day at the bedside at full speed: memory and delays, hour by hour."""

import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from core.config import Config
from core.detector import WindowScorer
from core.simulate import CH_NAMES, SFREQ, SimulatedEeg
from core.simulate.schedule import place_faults, place_seizures
from core.types import Chunk, DetectionStep, FloatArray, StreamInfo
from monitor.archive.log import AlarmLog
from monitor.archive.recorder import SessionRecorder
from monitor.benchmark.machine import resident_mb
from monitor.console import ConsoleListener
from monitor.sources.base import SourceItem
from monitor.worker import Pipeline

__all__ = ["Hour", "growth_per_hour", "measure_day"]

_CHUNK_SAMPLES = SFREQ  # 1 s


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of signal.

    Attributes
    ----------
    hour
        1 is the first; a broken one at the end counts as what it is.
    n_windows
        Windows that were scored.
    median_ms, p95_ms, worst_ms
        From the beginning of a window's inference until its verdict is decoded and logged.
    rss_mb, rss_max_mb
        Memory of the process behind each window, median and most; None where the system does not
        tell.
    """

    hour: float
    n_windows: int
    median_ms: float
    p95_ms: float
    worst_ms: float
    rss_mb: float | None
    rss_max_mb: float | None


class SimulatedDay:
    """A source of simulated EEG as long as one likes, made while it is read.

    Parameters
    ----------
    duration_s
        Length in whole seconds; about one seizure an hour.
    """

    can_wait = True
    keeps_time = False

    def __init__(self, duration_s: int) -> None:
        seizures = place_seizures(duration_s, round(duration_s / 3600), 1)
        self._eeg = SimulatedEeg(duration_s, seizures, place_faults(duration_s, seizures, 1), 1)
        self._stopped = False
        self.info = StreamInfo(CH_NAMES, float(SFREQ), name="simulated day")

    def chunks(self) -> Iterator[SourceItem]:
        for minute in self._eeg.chunks():
            for first in range(0, minute.n_samples, _CHUNK_SAMPLES):
                if self._stopped:
                    return
                piece = minute.data[:, first : first + _CHUNK_SAMPLES]
                yield Chunk(piece, minute.start_sample + first)

    def stop(self) -> None:
        self._stopped = True

    def close(self) -> None:
        """Nothing is open."""


class _TimedScorer:
    """A network that notes when it began with each window."""

    def __init__(self, scorer: WindowScorer) -> None:
        self._scorer = scorer
        self.name, self.weights = scorer.name, scorer.weights
        self.began_s: deque[float] = deque()

    def predict(self, data: FloatArray) -> FloatArray:
        self.began_s.append(time.perf_counter())
        return self._scorer.predict(data)

    def reset(self) -> None:
        self._scorer.reset()


class _DayWatch(ConsoleListener):
    """Keeps no more than one hour of delays."""

    def __init__(
        self, scorer: _TimedScorer, windows_per_hour: int, tell: Callable[[Hour], None]
    ) -> None:
        super().__init__(Console(quiet=True))
        self._scorer = scorer
        self._windows_per_hour = windows_per_hour
        self._tell = tell
        self._delays_s: list[float] = []
        self._rss_mb: list[float] = []
        self.hours: list[Hour] = []

    def on_step(self, step: DetectionStep) -> None:
        if not self._scorer.began_s:  # the last step of a stream has no window
            return
        self._delays_s.append(time.perf_counter() - self._scorer.began_s.popleft())
        memory_mb = resident_mb()
        if memory_mb is not None:
            self._rss_mb.append(memory_mb)
        if len(self._delays_s) == self._windows_per_hour:
            self.end_hour()

    def end_hour(self) -> None:
        """Put down what has come since the last hour ended."""
        if not self._delays_s:
            return
        delays_ms = 1000 * np.asarray(self._delays_s)
        before = self.hours[-1].hour if self.hours else 0.0
        hour = Hour(
            round(before + len(delays_ms) / self._windows_per_hour, 3),
            len(delays_ms),
            round(float(np.median(delays_ms)), 1),
            round(float(np.percentile(delays_ms, 95)), 1),
            round(float(delays_ms.max()), 1),
            round(float(np.median(self._rss_mb)), 1) if self._rss_mb else None,
            max(self._rss_mb, default=None),
        )
        self._delays_s.clear()
        self._rss_mb.clear()
        self.hours.append(hour)
        self._tell(hour)


def measure_day(
    config: Config,
    scorer: WindowScorer,
    hours: float,
    tell: Callable[[Hour], None] = lambda _: None,
) -> dict[str, Any]:
    """Monitor simulated EEG with the real network, without a window, as fast as it goes.

    Everything but screen and recording is at work: conditioning, inference, desk, alarms, log.

    Parameters
    ----------
    config, scorer
        As for a session.
    hours
        Of signal.
    tell
        Called after each hour of signal, from a thread of the monitor.

    Returns
    -------
    dict
        ``hours``, a list of :class:`Hour`; ``rss_slope_mb_per_h`` and
        ``latency_slope_ms_per_h`` of the hours' medians from the second hour on (None for fewer
        than two such hours); totals.

    Raises
    ------
    VigilError
        Where the engine fails.
    """
    timed = _TimedScorer(scorer)
    windows_per_hour = round(3600 / config.windows.stride_s)
    watch = _DayWatch(timed, windows_per_hour, tell)
    source = SimulatedDay(max(1, round(3600 * hours)))
    began = time.perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="vigil-bench-") as folder,
        closing(AlarmLog(Path(folder) / "alarms.sqlite")) as log,
    ):
        pipeline = Pipeline(source, config, timed, SessionRecorder(log), watch)
        pipeline.start()
        try:
            pipeline.join()
        except BaseException:
            pipeline.stop()
            raise
    watch.end_hour()
    # Buffers fill in the first hour, and a short rest at the end is no hour.
    hourly = [hour for hour in watch.hours if hour.n_windows > windows_per_hour / 2][1:]
    return {
        "signal_h": hours,
        "wall_s": round(time.perf_counter() - began, 1),
        "n_windows": pipeline.detection.n_windows,
        "n_events": len(pipeline.detection.events),
        "hours": [asdict(hour) for hour in watch.hours],
        "rss_slope_mb_per_h": growth_per_hour([(h.hour, h.rss_mb) for h in hourly]),
        "latency_slope_ms_per_h": growth_per_hour([(h.hour, h.median_ms) for h in hourly]),
    }


def growth_per_hour(points: Sequence[tuple[float, float | None]]) -> float | None:
    """Slope of the straight line through values by the hour; None for fewer than two."""
    known = [(hour, value) for hour, value in points if value is not None]
    if len(known) < 2:
        return None
    slope = np.polyfit([hour for hour, _ in known], [value for _, value in known], 1)[0]
    return round(float(slope), 3)
