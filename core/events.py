"""From the probability stream to seizure events: hysteresis, run filter, minimum duration."""

import copy
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from core.config import Config
from core.types import BoolArray, Event, FloatArray

__all__ = ["EventTracker", "Hysteresis"]


class Hysteresis:
    """Two-threshold detector.

    It turns on at the first sample ``>= tau_on`` and off at the first sample ``< tau_off``, which
    still belongs to the event.

    Parameters
    ----------
    tau_on, tau_off
        Thresholds.
    """

    def __init__(self, tau_on: float, tau_off: float) -> None:
        self._tau_on = tau_on
        self._tau_off = tau_off
        self._on: bool
        self.reset()

    def push(self, item: FloatArray) -> list[BoolArray]:
        """Take probabilities ``(n,)``; return the mask of the same length."""
        if item.size == 0:
            return []
        # As in a loop over the array, the thresholds are rounded to its precision: a float32
        # probability of 0.78 is not below 0.78.
        turns_on, turns_off = item >= self._tau_on, item < self._tau_off
        # the latest sample at or before each one that switched; -1: before this piece
        switch = np.where(turns_on | turns_off, np.arange(item.size), -1)
        latest = np.maximum.accumulate(switch)
        on_after = np.where(latest >= 0, turns_on[np.maximum(latest, 0)], self._on)
        on_before = np.concatenate([[self._on], on_after[:-1]])
        self._on = bool(on_after[-1])
        return [np.asarray(on_before | turns_on, dtype=np.bool_)]

    def flush(self) -> list[BoolArray]:
        self.reset()
        return []

    def reset(self) -> None:
        self._on = False


@dataclass(slots=True)
class _Run:
    start: int
    stop: int
    peak: float


class EventTracker:
    """Streaming form of hysteresis, opening, closing and minimum duration.

    On a binary line, opening drops runs shorter than ``opening_samples`` and closing then fills
    inner gaps shorter than ``closing_samples``; nothing is eroded at the ends. Only the last open
    runs are kept: the one that goes on, and the one before it as long as the gap may still close.

    Parameters
    ----------
    config
        Thresholds, kernel sizes, minimum duration, rate.
    start_time
        Wall-clock time of sample 0, handed on to the events.
    """

    def __init__(self, config: Config, start_time: datetime | None = None) -> None:
        self._opening = config.events.opening_samples
        self._closing = config.events.closing_samples
        self._min_duration = config.min_duration_samples
        self._sfreq = float(config.conditioning.sfreq)
        self._start_time = start_time
        self._hysteresis = Hysteresis(config.events.tau_on, config.events.tau_off)
        self._position: int
        self._gap_peak: float
        self._run: _Run | None
        self._candidate: _Run | None
        self.reset()

    def push(self, item: FloatArray) -> list[Event]:
        """Take the probabilities that follow; return the events they close."""
        events: list[Event] = []
        for mask in self._hysteresis.push(item):
            edges = np.flatnonzero(np.diff(mask)) + 1
            bounds = [0, *edges.tolist(), mask.size]
            for first, last in pairwise(bounds):
                piece = _Run(
                    self._position + first, self._position + last, float(item[first:last].max())
                )
                if mask[first]:
                    self._continue_run(piece)
                else:
                    events += self._pause(piece)
            self._position += mask.size
        return events

    def flush(self) -> list[Event]:
        self._close_run()
        events = [] if self._candidate is None else self._finished(self._candidate)
        self.reset()
        return events

    def reset(self) -> None:
        self._hysteresis.reset()
        self.begin_at(0)

    def begin_at(self, sample: int) -> None:
        """Set the index of the segment's first sample."""
        self._position = sample
        self._run = None
        self._candidate = None
        self._gap_peak = 0.0

    @property
    def settled_sample(self) -> int:
        """No event that is still to come begins before this sample."""
        pending = [run.start for run in (self._candidate, self._run) if run is not None]
        return min(pending, default=self._position)

    def run_on(self, tail: FloatArray) -> list[Event]:
        """Return the events that would follow if the stream went on with ``tail`` and ended.

        The tracker itself stays as it is.
        """
        twin = copy.deepcopy(self)
        return [*twin.push(tail), *twin.flush()]

    def _continue_run(self, piece: _Run) -> None:
        if self._run is None:
            self._run = piece
        else:
            self._run.stop = piece.stop
            self._run.peak = max(self._run.peak, piece.peak)

    def _pause(self, piece: _Run) -> list[Event]:
        self._close_run()
        events: list[Event] = []
        if self._candidate is not None:
            self._gap_peak = max(self._gap_peak, piece.peak)
            if piece.stop - self._candidate.stop >= self._closing:
                events = self._finished(self._candidate)
                self._candidate = None
        return events

    def _close_run(self) -> None:
        run, self._run = self._run, None
        if run is None:
            return
        if run.stop - run.start < self._opening:
            self._gap_peak = max(self._gap_peak, run.peak)
            return
        before = self._candidate
        if before is not None:  # the gap is short: a longer one has finished it
            run = _Run(before.start, run.stop, max(before.peak, self._gap_peak, run.peak))
        self._candidate, self._gap_peak = run, 0.0

    def _finished(self, run: _Run) -> list[Event]:
        if run.stop - run.start < self._min_duration:
            return []
        return [Event(run.start, run.stop, run.peak, self._sfreq, self._start_time)]
