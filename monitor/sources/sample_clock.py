"""Sample indices from time stamps: which samples are missing.

The lower edge of the stamps follows a line (:mod:`monitor.sources.stamp_line`). Samples are
missing where that edge steps up and stays up.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from monitor.sources.stamp_line import FIRST_S, WINDOW_S, FloatStamps, StampLine

__all__ = ["SampleClock", "SampleRun"]


_PIECE_SAMPLES = 512


class SampleRun(NamedTuple):
    """Samples in a row, in the order in which they came.

    Attributes
    ----------
    start_sample
        Index of the first.
    n_samples
        How many.
    """

    start_sample: int
    n_samples: int


class SampleClock:
    """Count samples, and find those that are missing.

    The result depends on the stamps alone, not on how they are cut into chunks.

    Parameters
    ----------
    sfreq
        Nominal rate, Hz.
    """

    def __init__(self, sfreq: float) -> None:
        self.sfreq = sfreq
        self.next_sample = 0
        self.lost_samples = 0
        self._held: FloatStamps = np.empty(0)
        self._line: StampLine | None = None

    @property
    def drift_ppm(self) -> float | None:
        """How much faster than its nominal rate the amplifier runs; None in the first seconds."""
        return None if self._line is None else self._line.drift_ppm

    @property
    def effective_sfreq(self) -> float:
        """The measured rate, Hz; the nominal one in the first seconds."""
        return self.sfreq * (1 + (self.drift_ppm or 0.0) * 1e-6)

    def stamp_of(self, sample: int) -> float | None:
        """Return the stamp that a sample has or would have; None before the first one."""
        return None if self._line is None else self._line.at(sample) + self._line.level_s

    def sample_at(self, stamp: float) -> int | None:
        """Return the sample taken at a time on the stamps' clock; None before the first one."""
        return None if self._line is None else max(0, self._line.sample_at(stamp))

    def push(self, stamps: FloatStamps) -> list[SampleRun]:
        """Take the stamps of the next samples; return the runs that are decided."""
        runs: list[SampleRun] = []
        # Bit by bit: every decision looks at all that is held.
        for start in range(0, len(stamps), _PIECE_SAMPLES):
            piece = stamps[start : start + _PIECE_SAMPLES]
            self._held = np.concatenate([self._held, piece])
            for run in self._decide(end=False):
                if runs and sum(runs[-1]) == run.start_sample:
                    n_samples = runs[-1].n_samples + run.n_samples
                    runs[-1] = SampleRun(runs[-1].start_sample, n_samples)
                else:
                    runs.append(run)
        return runs

    def flush(self) -> list[SampleRun]:
        """Decide about the samples that still wait."""
        return self._decide(end=True)

    def resume(self, missing_samples: int) -> None:
        """Go on with another connection, whose stamps may be on another clock.

        Parameters
        ----------
        missing_samples
            How many samples were not received in between.
        """
        self.next_sample += missing_samples
        self.lost_samples += missing_samples
        self._held = np.empty(0)
        self._line = None

    # decisions --------------------------------------------------------------------------------

    def _decide(self, *, end: bool) -> list[SampleRun]:
        runs: list[SampleRun] = []
        while len(self._held):
            if self._line is None:
                n_first = _first(self._held - self._held[0] >= FIRST_S, len(self._held))
                if n_first == len(self._held) and not end:
                    break
                first = self._held[: n_first + 1]
                self._line = StampLine.primed(self.sfreq, self.next_sample, first)
            if n_missing := self._line.overlooked():
                self._line.move(n_missing)
                self.next_sample += n_missing
                self.lost_samples += n_missing
            n_ready = self._count_ready(self._line, end=end)
            if n_ready == 0:
                break
            if runs and sum(runs[-1]) == self.next_sample:
                runs[-1] = SampleRun(runs[-1].start_sample, runs[-1].n_samples + n_ready)
            else:
                runs.append(SampleRun(self.next_sample, n_ready))
            self._line.learn(self.next_sample, self._held[:n_ready])
            self._held = self._held[n_ready:]
            self.next_sample += n_ready
        return runs

    def _count_ready(self, line: StampLine, *, end: bool) -> int:
        """How many held samples follow without a gap; moves ``next_sample`` over a gap."""
        held = self._held
        while True:
            limit_s = line.level_s + line.tolerance_s
            # What is learnt at a window's end must be known to the samples behind it.
            n = 1 + _first(held[1:] >= line.window_end, len(held) - 1)
            late = line.deviations(self.next_sample, held) > limit_s
            if n_in_time := _count_in_time(held, late, min(n, line.samples_to_fit)):
                return n_in_time
            n = _n_within(held)
            deviation_s = line.deviations(self.next_sample, held[:n])
            if held[n - 1] - held[0] < WINDOW_S:  # too early to see whether it comes back
                if not end:
                    return 0
                if deviation_s.min() <= limit_s + line.noise_s:
                    return n
            step_s = float(deviation_s.min()) - line.reference_s()
            n_missing = round(step_s / line.period_s)
            if n_missing <= 0:
                line.accept(self.next_sample, held[:n])
                return n
            line.begin_segment()
            self.next_sample += n_missing
            self.lost_samples += n_missing


def _count_in_time(held: FloatStamps, late: npt.NDArray[np.bool_], n: int) -> int:
    """How many of the first ``n`` samples are in time, or are late while others soon are not."""
    position = 0
    while position < n:
        position += _first(late[position:n], n - position)
        if position >= n:
            break
        in_time = ~late[position : position + _n_within(held[position:])]
        if not in_time.any():
            return position
        position += int(np.argmax(in_time)) + 1
    return position


def _n_within(held: FloatStamps) -> int:
    """How many samples to look at for whether the first one's delay is over in time."""
    return min(_first(held - held[0] >= WINDOW_S, len(held)) + 1, len(held))


def _first(condition: npt.NDArray[np.bool_], otherwise: int) -> int:
    """Index of the first true value."""
    return int(np.argmax(condition)) if condition.any() else otherwise
