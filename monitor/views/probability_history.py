"""The probabilities of the last hour, and when they were inside an event."""

import copy
from typing import Protocol

import numpy as np

from core.events import Hysteresis
from core.types import BoolArray, DetectionStep, FloatArray
from monitor.views.history import HISTORY_S

__all__ = ["ProbabilityHistory", "RecordedProbability", "inside_events"]


class RecordedProbability(Protocol):
    """Probabilities that have come to their end, and are read from a file."""

    def read(self, first: int, stop: int) -> tuple[FloatArray, BoolArray, BoolArray]:
        """Return probabilities of ``[first, stop)``, where they are in an event, where final."""
        ...


class ProbabilityHistory:
    """Final probabilities, and the provisional ones behind them.

    Parameters
    ----------
    tau_on, tau_off
        Thresholds at which an event begins and ends.
    sfreq
        Probabilities per second.
    kept_s
        Seconds that are kept.
    """

    def __init__(
        self, tau_on: float, tau_off: float, sfreq: float = 256.0, kept_s: float = HISTORY_S
    ) -> None:
        n_kept = round(kept_s * sfreq)
        self._final: FloatArray = np.full(n_kept, np.nan, dtype=np.float32)
        self._inside: BoolArray = np.zeros(n_kept, dtype=np.bool_)
        self._hysteresis = Hysteresis(tau_on, tau_off)
        self._tail: FloatArray = np.empty(0, dtype=np.float32)
        self._tail_inside: BoolArray = np.empty(0, dtype=np.bool_)
        self.final_stop = 0

    @property
    def nbytes(self) -> int:
        """Memory; the provisional tail is bounded by the length of a window."""
        tail = self._tail.nbytes + self._tail_inside.nbytes
        return self._final.nbytes + self._inside.nbytes + tail

    @property
    def stop(self) -> int:
        """One past the last sample with any vote."""
        return self.final_stop + len(self._tail)

    def add_step(self, step: DetectionStep) -> None:
        """Append what became final and replace what is provisional."""
        if step.final_stop > self.final_stop:
            skipped = step.start_sample - self.final_stop
            if skipped > 0:
                self._hysteresis.reset()
                n_blank = min(skipped, len(self._final))
                self._write(step.start_sample - n_blank, np.full(n_blank, np.nan, np.float32))
                self.final_stop = step.start_sample
            fresh = step.final[max(-skipped, 0) :]
            self._write(self.final_stop, fresh)
            self.final_stop = step.final_stop
        if step.segment_end:
            self._hysteresis.reset()
        self._tail = step.provisional.copy()
        self._tail_inside = inside_events(copy.copy(self._hysteresis), self._tail)

    def read(self, first: int, stop: int) -> tuple[FloatArray, BoolArray, BoolArray]:
        """Return probabilities of ``[first, stop)``, where they are in an event, where final.

        A probability that is not known, or not kept any more, is not a number.
        """
        values = np.full(stop - first, np.nan, dtype=np.float32)
        inside = np.zeros(stop - first, dtype=np.bool_)
        begin = max(first, self.final_stop - len(self._final), 0)
        end = min(stop, self.final_stop)
        if end > begin:
            place = np.arange(begin, end) % len(self._final)
            values[begin - first : end - first] = self._final[place]
            inside[begin - first : end - first] = self._inside[place]
        begin, end = max(first, self.final_stop), min(stop, self.stop)
        if end > begin:
            tail = slice(begin - self.final_stop, end - self.final_stop)
            values[begin - first : end - first] = self._tail[tail]
            inside[begin - first : end - first] = self._tail_inside[tail]
        return values, inside, np.arange(first, stop) < self.final_stop

    def _write(self, start: int, values: FloatArray) -> None:
        inside = inside_events(self._hysteresis, values)
        skipped = max(0, len(values) - len(self._final))
        place = np.arange(start + skipped, start + len(values)) % len(self._final)
        self._final[place] = values[skipped:]
        self._inside[place] = inside[skipped:]


def inside_events(hysteresis: Hysteresis, values: FloatArray) -> BoolArray:
    """Return which probabilities lie between the two crossings of the thresholds."""
    masks = hysteresis.push(values)
    return masks[0] if masks else np.zeros(0, dtype=np.bool_)
