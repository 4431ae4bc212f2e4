"""Causal filters with carried state."""

import numpy as np
import numpy.typing as npt
from scipy import signal

from core.config import ConditioningConfig
from core.types import BoolArray, Chunk, FloatArray

__all__ = ["Reblock", "SosFilter", "design_band_pass", "design_notch"]


def design_band_pass(config: ConditioningConfig) -> npt.NDArray[np.float64]:
    """Return the Butterworth band-pass as second-order sections, ``(n_sections, 6)``."""
    band_hz = (config.l_freq_hz, config.h_freq_hz)
    sos = signal.butter(config.filter_order, band_hz, "bandpass", fs=config.sfreq, output="sos")
    return np.asarray(sos, dtype=np.float64)


def design_notch(config: ConditioningConfig) -> npt.NDArray[np.float64]:
    """Return the notch at the mains frequency as second-order sections, ``(1, 6)``."""
    b, a = signal.iirnotch(config.mains_hz, config.notch_q, fs=config.sfreq)
    return np.concatenate([b, a])[None, :].astype(np.float64)


class SosFilter:
    """Cascade of second-order sections, computed in float64.

    It starts from the steady state of the segment's first *sample*: an offset causes no
    transient, and the output does not depend on the size of the first chunk.

    Parameters
    ----------
    sos : (n_sections, 6) float64
        Coefficients as SciPy orders them.
    """

    def __init__(self, sos: npt.NDArray[np.float64]) -> None:
        self._sos = sos
        self._steady_state = np.asarray(signal.sosfilt_zi(sos), dtype=np.float64)
        self._state: npt.NDArray[np.float64] | None
        self.reset()

    def push(self, item: Chunk) -> list[Chunk]:
        if item.n_samples == 0:
            return []
        data = item.data.astype(np.float64)
        if self._state is None:
            self._state = self._steady_state[:, None, :] * data[None, :, :1]
        filtered, self._state = signal.sosfilt(self._sos, data, axis=1, zi=self._state)
        return [Chunk(filtered.astype(np.float32), item.start_sample, item.valid)]

    def flush(self) -> list[Chunk]:
        self.reset()
        return []

    def reset(self) -> None:
        self._state = None


class Reblock:
    """Cut the stream into blocks of fixed size; the segment's last one may be shorter.

    Behind it, every operator sees the same blocks whatever the packet sizes were.

    Parameters
    ----------
    block_samples
        Size of a block.
    """

    def __init__(self, block_samples: int) -> None:
        self._block_samples = block_samples
        self._start_sample: int
        self._data: FloatArray | None
        self._valid: BoolArray | None
        self.reset()

    def push(self, item: Chunk) -> list[Chunk]:
        if item.n_samples == 0:
            return []
        data, valid, start_sample = item.data, item.validity(), item.start_sample
        if self._data is not None and self._valid is not None:
            start_sample -= self._data.shape[1]
            data = np.concatenate([self._data, data], axis=1)
            valid = np.concatenate([self._valid, valid], axis=1)
        size = self._block_samples
        stop = data.shape[1] - data.shape[1] % size
        out = [
            Chunk(data[:, i : i + size].copy(), start_sample + i, valid[:, i : i + size].copy())
            for i in range(0, stop, size)
        ]
        self._data, self._valid = data[:, stop:].copy(), valid[:, stop:].copy()
        self._start_sample = start_sample + stop
        return out

    def flush(self) -> list[Chunk]:
        out = []
        if self._data is not None and self._data.shape[1]:
            out.append(Chunk(self._data, self._start_sample, self._valid))
        self.reset()
        return out

    def reset(self) -> None:
        self._data = None
        self._valid = None
        self._start_sample = 0
