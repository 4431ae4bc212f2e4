"""Filters for the eye only: they never reach the detector."""

from dataclasses import dataclass
from math import pi

import numpy as np
import numpy.typing as npt
from scipy import signal

from core.display_montage import DisplayMontage
from core.types import FloatArray

__all__ = ["DisplayFilter", "DisplayFilterSettings", "design_display_filter"]

NOTCH_Q = 30.0
_SETTLING_CONSTANTS = 8.0
"""Time constants after which a transient has decayed to 0.03 %."""


@dataclass(frozen=True, slots=True)
class DisplayFilterSettings:
    """Cut-off frequencies in Hz; None leaves the filter out.

    Attributes
    ----------
    l_freq_hz
        Low cut: one pole, as the time constant of an EEG machine (0.16 Hz is 1 s).
    h_freq_hz
        High cut: Butterworth of order 2.
    notch_hz
        Mains frequency.
    """

    l_freq_hz: float | None = None
    h_freq_hz: float | None = None
    notch_hz: float | None = None

    @property
    def settling_s(self) -> float:
        """Seconds of signal that a filter needs before its output can be looked at."""
        if self.l_freq_hz is not None:
            return _SETTLING_CONSTANTS / (2 * pi * self.l_freq_hz)
        return 0.0 if self.h_freq_hz is None and self.notch_hz is None else 1.0


def design_display_filter(
    settings: DisplayFilterSettings, sfreq: float
) -> npt.NDArray[np.float64] | None:
    """Return the cascade as second-order sections ``(n, 6)``; None where nothing is filtered."""
    sections = []
    if settings.l_freq_hz is not None:
        sections.append(signal.butter(1, settings.l_freq_hz, "highpass", fs=sfreq, output="sos"))
    if settings.h_freq_hz is not None:
        sections.append(signal.butter(2, settings.h_freq_hz, "lowpass", fs=sfreq, output="sos"))
    if settings.notch_hz is not None:
        b, a = signal.iirnotch(settings.notch_hz, NOTCH_Q, fs=sfreq)
        sections.append(np.concatenate([b, a])[None, :])
    return np.concatenate(sections).astype(np.float64) if sections else None


class DisplayFilter:
    """From electrodes to the filtered rows of a montage, with carried state.

    Filters and montage are linear, so the electrodes are filtered first: a montage of any number
    of rows costs the same. Samples that are not a number end the segment; behind them the filter
    starts from the steady state of the first sample.

    Parameters
    ----------
    montage
        The rows.
    settings
        Cut-off frequencies.
    sfreq
        Sampling rate, Hz.
    """

    def __init__(
        self, montage: DisplayMontage, settings: DisplayFilterSettings, sfreq: float
    ) -> None:
        self._weights = montage.weights
        self._sos = design_display_filter(settings, sfreq)
        self._state: npt.NDArray[np.float64] | None = None

    def push(self, electrodes: FloatArray) -> FloatArray:
        """Take ``(19, n)`` microvolts; return ``(n_rows, n)``, not a number where they are not."""
        rows = np.full((len(self._weights), electrodes.shape[1]), np.nan, dtype=np.float32)
        finite = np.asarray(np.isfinite(electrodes).all(axis=0))
        padded = np.concatenate([[False], finite, [False]])
        edges = np.flatnonzero(padded[1:] != padded[:-1])
        for first, stop in edges.reshape(-1, 2):
            if first > 0:
                self.reset()
            rows[:, first:stop] = self._weights @ self._filter(electrodes[:, first:stop])
        if finite.size and not finite[-1]:
            self.reset()
        return rows

    def reset(self) -> None:
        """Start anew at the next sample, as behind a gap."""
        self._state = None

    def _filter(self, electrodes: FloatArray) -> FloatArray:
        if self._sos is None:
            return electrodes
        if self._state is None:
            steady = signal.sosfilt_zi(self._sos)
            self._state = steady[:, None, :] * electrodes[None, :, :1].astype(np.float64)
        filtered, self._state = signal.sosfilt(self._sos, electrodes, axis=1, zi=self._state)
        return np.asarray(filtered, dtype=np.float32)
