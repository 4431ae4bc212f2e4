"""Signals, sources and networks that stand in for the real ones."""

import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.ndimage import uniform_filter1d

from core.electrodes import ELECTRODES
from core.types import Chunk, FloatArray, StreamInfo
from tests.edf_files import Signal


def bursts(
    n_samples: int,
    sfreq: float = 256.0,
    at_s: Sequence[tuple[float, float]] = (),
    seed: int = 0,
    n_channels: int = 19,
) -> FloatArray:
    """Noise of 20 uV, with much larger noise in the intervals ``at_s``."""
    rng = np.random.default_rng(seed)
    data = rng.normal(0, 20, (n_channels, n_samples))
    for start_s, stop_s in at_s:
        data[:, round(start_s * sfreq) : round(stop_s * sfreq)] *= 6
    return data.astype(np.float32)


def signals(data: FloatArray, sfreq: int, ch_names: Sequence[str] = ELECTRODES) -> list[Signal]:
    """Signals of a file to write: records of 1 s, 0.1 uV a step."""
    digital = np.rint(data * 10).astype(int)
    return [Signal(name, row, sfreq) for name, row in zip(ch_names, digital, strict=True)]


class AmplitudeScorer:
    """A cheap network: probability rises with the mean amplitude over one second."""

    name = "stand-in"
    weights = "UNTRAINED"

    def predict(self, data: FloatArray) -> FloatArray:
        level = uniform_filter1d(np.abs(data).mean(axis=0), 256, mode="nearest")
        return np.clip((level - 0.6) / 0.35, 0, 1).astype(np.float32)

    def reset(self) -> None:
        """Each window is scored by itself."""


class BrokenScorer(AmplitudeScorer):
    """Fails at a chosen window."""

    def __init__(self, error: Exception, at: int = 1) -> None:
        self._error, self._at, self._n = error, at, 0

    def predict(self, data: FloatArray) -> FloatArray:
        self._n += 1
        if self._n > self._at:
            raise self._error
        return super().predict(data)


class GatedScorer(AmplitudeScorer):
    """Waits at each window until it is let through."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.gate = threading.Event()

    def predict(self, data: FloatArray) -> FloatArray:
        self.reached.set()
        assert self.gate.wait(20)
        return super().predict(data)


class MemorySource:
    """A source whose chunks are at hand.

    Parameters
    ----------
    pieces
        Start sample and data.
    """

    def __init__(
        self,
        pieces: Sequence[tuple[int, FloatArray]],
        *,
        sfreq: float = 256.0,
        can_wait: bool = True,
        chunk_samples: int = 333,
        pause_s: float = 0.0,
        info: StreamInfo | None = None,
    ) -> None:
        self.info = info or StreamInfo(ELECTRODES, sfreq, name="memory")
        self.can_wait = can_wait
        self.keeps_time = not can_wait
        self._pieces = pieces
        self._chunk_samples = chunk_samples
        self._pause_s = pause_s
        self.stopped = threading.Event()
        self.hold_at: int | None = None
        self.holding = threading.Event()

    def chunks(self) -> Iterator[Chunk]:
        for start, data in self._pieces:
            for first in range(0, data.shape[1], self._chunk_samples):
                if self.hold_at is not None and start + first >= self.hold_at:
                    self.holding.set()
                    self.stopped.wait(20)
                if self.stopped.is_set():
                    return
                yield Chunk(data[:, first : first + self._chunk_samples], start + first)
                time.sleep(self._pause_s)

    def stop(self) -> None:
        self.stopped.set()

    def close(self) -> None:
        pass


class Notes:
    """Recorder and listener that keeps whatever it is told, with the thread that told it."""

    def __init__(self) -> None:
        self.steps: list = []
        self.technical: list = []
        self.markers: list = []
        self.signals: list = []
        self.notes: list = []
        self.opened: list = []
        self.closed: list = []
        self.delays: list = []
        self.clock_jumps: list = []
        self.attributions: list = []
        self.boards: list = []
        self.shown: list = []
        self.active: tuple = ()
        self.counts: dict[str, int] = {}
        self.arming: list[float] = []
        self.step_shown = threading.Event()
        self.alarm_shown = threading.Event()
        self.technical_shown = threading.Event()

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def record(self, *steps) -> None:
        self.steps += steps

    def record_technical(self, alarm) -> None:
        self.technical.append(alarm)

    def record_marker(self, marker) -> None:
        self.markers.append(marker)

    def record_signals(self, steps) -> None:
        self.signals += steps

    def record_note(self, note) -> None:
        self.notes.append(note)

    def record_part_opened(self, part) -> None:
        self.opened.append(part)

    def record_part_closed(self, part) -> None:
        self.closed.append(part)

    def record_delay(self, delay) -> None:
        self.delays.append(delay)

    def record_attribution(self, sample, attribution) -> None:
        self.attributions.append(attribution)

    def record_clock_jump(self, sample, seconds) -> None:
        self.clock_jumps.append((sample, seconds))

    def on_note(self, note) -> None:
        self._count("note")

    def on_board(self, board) -> None:
        self.boards.append(board)

    def on_marker(self, marker) -> None:
        self._count("marker")

    def on_status(self, text) -> None:
        self._count("status")

    def on_chunk(self, chunk) -> None:
        self._count("chunk")

    def on_gap(self, gap) -> None:
        self._count("gap")

    def on_arming(self, seconds_left) -> None:
        self.arming.append(seconds_left)

    def on_quality(self, report) -> None:
        self._count("quality")

    def on_step(self, step) -> None:
        self._count("step")
        self.step_shown.set()

    def on_alarms(self, steps, alarms) -> None:
        self.shown += steps
        self.alarm_shown.set()

    def on_technical(self, changed, active) -> None:
        self._count("technical")
        self.active = active
        self.technical_shown.set()
