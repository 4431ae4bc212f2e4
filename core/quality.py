"""Signal quality, judged on the source's own channels before anything is filtered."""

import numpy as np
import numpy.typing as npt

from core.config import QualityConfig
from core.types import BoolArray, Chunk, FloatArray, Quality, QualityReport, StreamInfo

__all__ = ["QualityMonitor", "RestMarker"]

_RAIL_TOLERANCE = 1e-4
"""Share of the amplifier's range within which a sample counts as being at its end."""

_DEAD_SHARE = 0.5
"""Share of an interval that must be flat or railed for the channel to be flagged so."""


class RestMarker:
    """Mark samples invalid while a channel rests: flat line, or amplifier at its rail.

    Causal: a sample is marked once the channel has rested for the set time, so that the few
    equal samples of an ordinary signal pass.

    Parameters
    ----------
    info
        Rate and the amplifier's range.
    config
        How long a rest lasts.
    """

    def __init__(self, info: StreamInfo, config: QualityConfig) -> None:
        self._flat_samples = max(2, round(config.flat_s * info.sfreq))
        self._rail_samples = max(3, round(config.rail_s * info.sfreq))
        n_channels = len(info.ch_names)
        self._low = np.full((n_channels, 1), -np.inf)
        self._high = np.full((n_channels, 1), np.inf)
        if info.physical_min_uv is not None and info.physical_max_uv is not None:
            low, high = np.array(info.physical_min_uv), np.array(info.physical_max_uv)
            margin = np.abs(high - low) * _RAIL_TOLERANCE
            self._low = (np.minimum(low, high) + margin)[:, None]
            self._high = (np.maximum(low, high) - margin)[:, None]
        self._n_channels = n_channels
        self._flat_run: npt.NDArray[np.int64]
        self._rail_run: npt.NDArray[np.int64]
        self._last: FloatArray | None
        self.reset()

    def push(self, item: Chunk) -> list[Chunk]:
        if item.n_samples == 0:
            return []
        before = item.data[:, :1] if self._last is None else self._last
        repeats = np.diff(item.data, axis=1, prepend=before) == 0
        if self._last is None:
            repeats[:, 0] = False
        at_rail = self.at_rail(item.data)
        # n repeats in a row are n + 1 equal samples
        self._flat_run, flat = _run_lengths(repeats, self._flat_run)
        self._rail_run, rail = _run_lengths(at_rail, self._rail_run)
        resting = (flat + 1 >= self._flat_samples) | (rail >= self._rail_samples)
        self._last = item.data[:, -1:].copy()
        if not resting.any():
            return [item]
        return [Chunk(item.data, item.start_sample, item.validity() & ~resting)]

    def at_rail(self, data: FloatArray) -> BoolArray:
        """Return where samples lie at an end of the amplifier's range; same shape."""
        return np.asarray((data <= self._low) | (data >= self._high))

    def flush(self) -> list[Chunk]:
        self.reset()
        return []

    def reset(self) -> None:
        self._last = None
        self._flat_run = np.zeros(self._n_channels, dtype=np.int64)
        self._rail_run = np.zeros(self._n_channels, dtype=np.int64)


def _run_lengths(
    holds: BoolArray, carried: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Count, at each sample, for how many samples in a row a condition has held."""
    index = np.arange(holds.shape[1])
    broken = np.maximum.accumulate(np.where(holds, -1, index), axis=1)
    runs = np.where(broken < 0, index + 1 + carried[:, None], index - broken)
    return runs[:, -1].copy(), runs


class QualityMonitor:
    """Judge every channel once an interval.

    - flat: at rest at one value for at least half of the interval;
    - railed: at an end of the amplifier's range for at least half of it;
    - line noise: the mains and its first harmonic carry more than ``line_noise_ratio`` of the
      power above 1 Hz, and more than ``line_noise_uv`` root mean square;
    - loose: swings of more than ``loose_uv`` peak to peak within the interval, which scalp EEG
      does not reach.

    Parameters
    ----------
    info
        Channel names, rate and range.
    config
        Limits.
    mains_hz
        50 or 60.
    """

    def __init__(self, info: StreamInfo, config: QualityConfig, mains_hz: int) -> None:
        self._info = info
        self._config = config
        self._n_interval = round(config.interval_s * info.sfreq)
        freq_hz = np.fft.rfftfreq(self._n_interval, 1 / info.sfreq)
        width_hz = max(1.0, 1.5 / config.interval_s)
        self._is_mains = np.zeros(freq_hz.shape, dtype=np.bool_)
        for harmonic_hz in (mains_hz, 2 * mains_hz):
            self._is_mains |= np.abs(freq_hz - harmonic_hz) <= width_hz
        self._is_signal = freq_hz >= 1.0
        self._taper = np.hanning(self._n_interval)
        self._rest = RestMarker(info, config)
        self._n_held: int
        self._held: list[Chunk]
        self.reset()

    def push(self, item: Chunk) -> list[QualityReport]:
        if item.n_samples == 0:
            return []
        self._held.append(item)
        self._n_held += item.n_samples
        if self._n_held < self._n_interval:
            return []
        data = np.concatenate([chunk.data for chunk in self._held], axis=1)
        start_sample = self._held[0].start_sample
        reports = []
        position = 0
        while data.shape[1] - position >= self._n_interval:
            interval = data[:, position : position + self._n_interval]
            reports.append(self._judge(interval, start_sample + position))
            position += self._n_interval
        self._n_held = data.shape[1] - position
        rest = Chunk(data[:, position:].copy(), start_sample + position)
        self._held = [rest] if self._n_held else []
        return reports

    def flush(self) -> list[QualityReport]:
        self.reset()
        return []

    def reset(self) -> None:
        self._held = []
        self._n_held = 0

    def _judge(self, data: FloatArray, start_sample: int) -> QualityReport:
        config = self._config
        x = np.nan_to_num(data.astype(np.float64))
        flat = np.mean(np.diff(x, axis=1) == 0, axis=1) >= _DEAD_SHARE
        railed = self._rest.at_rail(data).mean(axis=1) >= _DEAD_SHARE
        spectrum = np.abs(np.fft.rfft((x - x.mean(axis=1, keepdims=True)) * self._taper, axis=1))
        power = spectrum**2
        scale = 2.0 / (self._n_interval * np.sum(self._taper**2))
        mains = power[:, self._is_mains].sum(axis=1) * scale
        total = power[:, self._is_signal].sum(axis=1) * scale
        noisy = (mains > config.line_noise_ratio * total) & (mains > config.line_noise_uv**2)
        loose = np.ptp(x, axis=1) > config.loose_uv
        flags = []
        for i in range(len(self._info.ch_names)):
            flag = Quality.GOOD
            if railed[i]:
                flag = Quality.RAILED
            elif flat[i]:
                flag = Quality.FLAT
            else:
                flag |= Quality.LINE_NOISE if noisy[i] else Quality.GOOD
                flag |= Quality.LOOSE if loose[i] else Quality.GOOD
            flags.append(flag)
        stop_sample = start_sample + self._n_interval
        return QualityReport(start_sample, stop_sample, self._info.ch_names, tuple(flags))
