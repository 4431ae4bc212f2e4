"""Amplitude-integrated EEG: how large the EEG is, compressed over hours.

As in the cerebral function monitor (Maynard, Prior and Scott 1969): band-pass 2 to 15 Hz, rectify,
smooth with a time constant of 0.5 s. The envelope is scaled so that a steady wave reads as its
peak-to-peak amplitude. What it is drawn on is linear up to 10 uV and logarithmic to 100 uV.
"""

import numpy as np
import numpy.typing as npt
from scipy import signal

from core.types import FloatArray

__all__ = ["SETTLING_S", "AmplitudeEnvelope", "semi_log_position"]

SETTLING_S = 2.0
"""Behind a start the envelope rises from zero; it is not read for this long (4 time constants)."""

_BAND_HZ = (2.0, 15.0)
_BAND_ORDER = 3
_TIME_CONSTANT_S = 0.5
# The mean of a rectified sine of amplitude 1 is 2 / pi, and its peak-to-peak amplitude is 2.
_PEAK_TO_PEAK = np.pi


class AmplitudeEnvelope:
    """Envelope of each channel, with carried state.

    Parameters
    ----------
    sfreq
        Sampling rate, Hz.
    """

    def __init__(self, sfreq: float) -> None:
        self._band = signal.butter(_BAND_ORDER, _BAND_HZ, "bandpass", fs=sfreq, output="sos")
        cut_off_hz = 1.0 / (2 * np.pi * _TIME_CONSTANT_S)
        self._smooth = signal.butter(1, cut_off_hz, fs=sfreq, output="sos")
        self._band_state: npt.NDArray[np.float64] | None = None
        self._smooth_state: npt.NDArray[np.float64] | None = None

    def push(self, data: FloatArray) -> FloatArray:
        """Take ``(n_channels, n)`` microvolts; return their envelope, microvolts peak to peak."""
        if self._band_state is None or self._smooth_state is None:
            steady = signal.sosfilt_zi(self._band)
            self._band_state = steady[:, None, :] * data[None, :, :1].astype(np.float64)
            self._smooth_state = np.zeros((len(self._smooth), len(data), 2))
        band, self._band_state = signal.sosfilt(self._band, data, axis=1, zi=self._band_state)
        envelope, self._smooth_state = signal.sosfilt(
            self._smooth, np.abs(band), axis=1, zi=self._smooth_state
        )
        return np.asarray(envelope * _PEAK_TO_PEAK, dtype=np.float32)

    def reset(self) -> None:
        """Start anew, as behind a gap."""
        self._band_state = self._smooth_state = None


def semi_log_position(amplitude_uv: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return where an amplitude stands on the aEEG axis: 0 at 0 uV, 0.5 at 10 uV, 1 at 100 uV."""
    amplitude = np.clip(np.asarray(amplitude_uv, dtype=np.float64), 0.0, 100.0)
    logarithmic = 0.5 * np.log10(np.maximum(amplitude, 10.0))
    return np.where(amplitude <= 10.0, amplitude / 20.0, logarithmic)
