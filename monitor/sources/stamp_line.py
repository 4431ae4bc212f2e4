"""The line that the time stamps of a stream follow.

Stamps say when a sample was taken, give or take: they jitter, samples of a burst may all be
stamped on arrival, and the amplifier's quartz is some ten parts in a million off. What can be
trusted is the *earliest* stamp of a short while: nothing is stamped before it was taken. So the
line follows the lower edge of the stamps, through the last two minutes.
"""

from collections import deque
from typing import Self

import numpy as np

from monitor.sources.lower_edges import FloatStamps, LowerEdges, StampPoint

__all__ = ["FIRST_S", "WINDOW_S", "FloatStamps", "StampLine"]

WINDOW_S = 0.25
"""How long a step of the lower edge must last; so long do the samples behind it wait."""

FIRST_S = 0.9
"""From so much of a connection's beginning the noise of its stamps is read; so long it waits."""

_LEVEL_WINDOWS = 8
"""Windows whose lower edges give the level of the moment."""

_CLEAN_SHARE = 0.25
"""Of a sample: noise below it leaves no doubt about how many samples are missing."""

_CLEAN_STEP = 0.75
_CLEAN_WINDOWS = 4
_NOISE_MARGIN = 1.5
_UNSEEN_DRAWS = 4.0
"""Of so few draws, the noise seen may be half of what there is."""

_DRAW_SHARE = 0.02
"""Of a sample: stamps that follow each other closer than that share one delay."""

_MIN_TOLERANCE_S = 0.001
_REANCHOR_S = 0.1
"""So far below the line, the line was wrong: the first stamp was late, or the clock was set."""

_BLOCK_S = 4.0
"""Signal behind one point of the line; bursts are shorter."""

_MAX_DRIFT_PPM = 500.0
_MEMORY_BLOCKS = 32
_LOCKED_BLOCKS = 8


class StampLine:
    """A straight line through the lower edge of the stamps, and how noisy that edge is.

    What it learns depends on the stamps alone, not on how they are cut into chunks.

    Parameters
    ----------
    sfreq
        Nominal rate, Hz.
    sample, stamp
        The first sample.

    Attributes
    ----------
    period_s
        Between two samples.
    level_s
        The lower edge of the last seconds, relative to the line.
    noise_s
        How far stamps fall back again after having been late.
    tolerance_s
        How far above the level a stamp may lie without being suspicious.
    """

    def __init__(self, sfreq: float, sample: int, stamp: float) -> None:
        self._sfreq = sfreq
        self.period_s = 1 / self._sfreq
        self._origin, self._origin_stamp = sample, stamp
        self._last: StampPoint | None = None
        self._edges = LowerEdges()
        self._window_stamp = stamp
        self._level_points: deque[StampPoint] = deque(maxlen=_LEVEL_WINDOWS)
        self.level_s = 0.0
        self._overlooked_s = np.inf
        self.noise_s = np.inf
        self.tolerance_s = self._primed_s = max(_CLEAN_STEP * self.period_s, _MIN_TOLERANCE_S)
        self._window_low: StampPoint | None = None
        self._window_high_s = -np.inf
        self._window_fall_s = 0.0
        self._window_draws = 1
        self._block_low: StampPoint | None = None
        self._block_samples = 0
        self._n_blocks = 0
        self._first_point: StampPoint | None = None
        self._last_point: StampPoint | None = None

    @classmethod
    def primed(cls, sfreq: float, sample: int, stamps: FloatStamps) -> Self:
        """Begin a line, its noise known from the first second of stamps.

        Only what falls back is noise, so it does not matter whether samples are missing there.
        """
        trial = cls(sfreq, sample, float(stamps[0]))
        trial.learn(sample, stamps)
        trial.end_window(float(stamps[-1]))
        line = cls(sfreq, sample, float(stamps[0]))
        line.noise_s = trial.noise_s
        line.tolerance_s = line._primed_s = trial.tolerance_s
        return line

    @property
    def drift_ppm(self) -> float | None:
        """How much faster than its nominal rate the amplifier runs; None in the first seconds."""
        if self._first_point is None or self._last_point is None:
            return None
        samples = self._last_point.sample - self._first_point.sample
        seconds = self._last_point.stamp - self._first_point.stamp
        if samples <= 0 or seconds <= 0:
            return None
        return (samples / seconds / self._sfreq - 1) * 1e6

    @property
    def window_end(self) -> float:
        """The stamp from which on something new has been learnt."""
        return self._window_stamp + WINDOW_S

    @property
    def samples_to_fit(self) -> int:
        """How many samples until the line is fitted anew."""
        return round(_BLOCK_S * self._sfreq) - self._block_samples

    def at(self, sample: int) -> float:
        """Return the stamp that the line has for a sample."""
        return self._origin_stamp + (sample - self._origin) * self.period_s

    def sample_at(self, stamp: float) -> int:
        """Return the sample that the lower edge has for a stamp."""
        return self._origin + round((stamp - self._origin_stamp - self.level_s) / self.period_s)

    def deviations(self, sample: int, stamps: FloatStamps) -> FloatStamps:
        """Return how far above the line samples in a row are stamped, s."""
        return np.asarray(stamps - self.at(sample) - np.arange(len(stamps)) * self.period_s)

    def reference_s(self) -> float:
        """From where a step is measured: exact where stamps are, unbiased where they jitter."""
        if self._last is not None and self._is_clean:
            return self._deviation_s(self._last)
        # Steps that were measured too long or too short even out, as long as the line is kept.
        levels_s = self._edges.levels_s(self._origin, self._origin_stamp, self.period_s)
        bias_s = self._edges.bias_s(levels_s, _LEVEL_WINDOWS)
        return bias_s + (0.0 if self._n_blocks >= _LOCKED_BLOCKS else self.level_s)

    def accept(self, sample: int, stamps: FloatStamps) -> None:
        """Take stamps for right although they stepped up: an earlier step was not noticed."""
        deviation_s = self.deviations(sample, stamps)
        lowest = int(np.argmin(deviation_s))
        self._level_points.clear()
        self._level_points.append(StampPoint(sample + lowest, float(stamps[lowest])))
        self.level_s = float(deviation_s[lowest])

    def overlooked(self) -> int:
        """How many samples are missing although their step was lost in the noise.

        The lower edge of two seconds is far sharper than that of a quarter of one.
        """
        is_locked = self._n_blocks >= _LOCKED_BLOCKS
        if not is_locked or len(self._level_points) < _LEVEL_WINDOWS:
            return 0
        return round(self.level_s / self.period_s) if self.level_s > self._overlooked_s else 0

    def move(self, n_samples: int) -> None:
        """Count so many samples more, from two seconds ago on."""
        begin = self._level_points[0].sample

        def later(point: StampPoint | None) -> StampPoint | None:
            if point is None or point.sample < begin:
                return point
            return StampPoint(point.sample + n_samples, point.stamp)

        points = [StampPoint(sample + n_samples, stamp) for sample, stamp in self._level_points]
        self._level_points = deque(points, _LEVEL_WINDOWS)
        self._edges.move(_LEVEL_WINDOWS, n_samples)
        self.begin_segment()
        self._block_low, self._last = later(self._block_low), later(self._last)
        self._window_low = later(self._window_low)
        self._judge_noise()

    def begin_segment(self) -> None:
        """Note a gap: what stamps fall by across it is no noise."""
        self._edges.n_gaps += 1
        self._window_high_s = -np.inf

    def learn(self, sample: int, stamps: FloatStamps) -> None:
        """Take the stamps of samples in a row, from an index that is decided."""
        position = 0
        while position < len(stamps):
            behind = stamps[position:] >= self._window_stamp + WINDOW_S
            if behind[0]:
                self.end_window(float(stamps[position]))
                behind[0] = False
            n_window = int(np.argmax(behind)) if behind.any() else len(behind)
            n_block = self.samples_to_fit
            n = min(n_window, n_block)
            piece = stamps[position : position + n]
            deviation_s = self.deviations(sample, piece)
            lowest = int(np.argmin(deviation_s))
            low = StampPoint(sample + lowest, float(piece[lowest]))
            self._window_low = self._lower(self._window_low, low)
            self._block_low = self._lower(self._block_low, low)
            self._count_draws(deviation_s)
            deviation_s = np.concatenate([[self._window_high_s], deviation_s])
            highest_s = np.maximum.accumulate(deviation_s)
            self._window_high_s = float(highest_s[-1])
            self._window_fall_s = max(
                self._window_fall_s, float((highest_s[1:] - deviation_s[1:]).max())
            )
            self._last = StampPoint(sample + n - 1, float(piece[-1]))
            position, sample = position + n, sample + n
            self._block_samples += n
            if n == n_block:
                self._end_block()

    def _deviation_s(self, point: StampPoint) -> float:
        return point.stamp - self.at(point.sample)

    @property
    def _is_clean(self) -> bool:
        """Whether stamps are regular: what follows on a step is then known to the sample."""
        return self.noise_s < _CLEAN_SHARE * self.period_s

    def _judge_noise(self) -> None:
        """Work out level and tolerance from the windows so far.

        Only what comes back down is noise: a step up that stays may be missing samples.
        """
        self.level_s = min(self._deviation_s(point) for point in self._level_points)
        levels_s = self._edges.levels_s(self._origin, self._origin_stamp, self.period_s)
        edge_noise_s = self._edges.noise_s(levels_s, _LEVEL_WINDOWS)
        self.noise_s = edge_noise_s + self._edges.fall_s
        unseen = 1 + _UNSEEN_DRAWS / self._edges.n_draws
        noise_s = unseen * max(_NOISE_MARGIN * edge_noise_s, self._edges.tail_s())
        self.tolerance_s = max(_CLEAN_STEP * self.period_s, _MIN_TOLERANCE_S, noise_s)
        edges_s = _NOISE_MARGIN * edge_noise_s
        self._overlooked_s = max(2 * self.period_s, edges_s + self._edges.tail_s(_LEVEL_WINDOWS))
        if len(self._edges) < (_CLEAN_WINDOWS if self._is_clean else _LEVEL_WINDOWS):
            self.tolerance_s = max(self.tolerance_s, self._primed_s)

    def _lower(self, one: StampPoint | None, other: StampPoint) -> StampPoint:
        if one is None or self._deviation_s(other) < self._deviation_s(one):
            return other
        return one

    def _count_draws(self, deviation_s: FloatStamps) -> None:
        before_s = deviation_s[0] if self._last is None else self._deviation_s(self._last)
        steps_s = np.abs(np.diff(deviation_s, prepend=before_s))
        self._window_draws += int(np.count_nonzero(steps_s > _DRAW_SHARE * self.period_s))

    def end_window(self, stamp: float) -> None:
        """Learn from the window that ends before a stamp."""
        if self._window_low is not None:
            self._edges.add(self._window_low, self._window_fall_s, self._window_draws)
            self._level_points.append(self._window_low)
            self._judge_noise()
            self._reanchor()
        self._window_stamp = stamp
        self._window_low, self._window_high_s = None, -np.inf
        self._window_fall_s, self._window_draws = 0.0, 1

    def _reanchor(self) -> None:
        """Put the line where the stamps are, once they lie far below it."""
        if self.level_s > -_REANCHOR_S:
            return
        self._origin_stamp += self.level_s
        self._n_blocks = self._block_samples = 0
        self._block_low = self._first_point = self._last_point = None
        self._edges.keep_newest()
        self._judge_noise()

    def _end_block(self) -> None:
        """Fit the line: least squares with a growing, then fading memory, point by point."""
        point = self._block_low
        assert point is not None
        self._block_low, self._block_samples = None, 0
        self._n_blocks += 1
        if self._n_blocks > 1:  # what was lost in the very beginning may not be known
            self._first_point = self._first_point or point
            self._last_point = point
        n = min(self._n_blocks, _MEMORY_BLOCKS)
        error_s = self._deviation_s(point)
        # The line turns about the newest point, so that a distant origin costs no accuracy.
        self._origin_stamp = self.at(point.sample) + error_s * 2 * (2 * n - 1) / (n * (n + 1))
        self._origin = point.sample
        if n > 1:
            period_s = self.period_s + error_s * 6 / (n * (n + 1)) / (_BLOCK_S * self._sfreq)
            # Beyond that it is no quartz that drifts: samples are missing.
            slowest_s = (1 + _MAX_DRIFT_PPM * 1e-6) / self._sfreq
            fastest_s = (1 - _MAX_DRIFT_PPM * 1e-6) / self._sfreq
            self.period_s = min(max(period_s, fastest_s), slowest_s)
        if len(self._edges):
            self._judge_noise()
