"""Compressed spectral array: the power spectrum of one side of the head, epoch after epoch."""

import numpy as np
import numpy.typing as npt

from core.types import FloatArray

__all__ = ["FLOOR_DB", "SEGMENT_S", "epoch_spectrum_db", "spectrum_frequencies_hz"]

SEGMENT_S = 2.0
"""Length of a Hann-windowed segment; it sets the resolution of 0.5 Hz."""

MAX_FREQUENCY_HZ = 20.0
FLOOR_DB = -30.0
"""Lowest value; 0 dB is 1 uV^2/Hz."""


def spectrum_frequencies_hz() -> npt.NDArray[np.float64]:
    """Return the frequencies of a spectrum: 0, 0.5 ... 20 Hz."""
    return np.arange(round(MAX_FREQUENCY_HZ * SEGMENT_S) + 1) / SEGMENT_S


def epoch_spectrum_db(data: FloatArray, sfreq: float) -> npt.NDArray[np.float64]:
    """Return the power spectral density of an epoch, mean over channels, in dB.

    Welch's estimate: segments of 2 s that overlap by half, their means removed.

    Parameters
    ----------
    data : (n_channels, n_samples)
        Microvolts, at least one segment long.
    sfreq
        Sampling rate, Hz.

    Returns
    -------
    (41,) float64
        dB above 1 uV^2/Hz at :func:`spectrum_frequencies_hz`.
    """
    n_segment = round(SEGMENT_S * sfreq)
    n_segments = (data.shape[1] - n_segment) // (n_segment // 2) + 1
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_segment) / n_segment)
    place = np.arange(n_segments)[:, None] * (n_segment // 2) + np.arange(n_segment)
    segments = data[:, place].astype(np.float64)
    segments -= segments.mean(axis=-1, keepdims=True)
    n_lines = len(spectrum_frequencies_hz())
    lines = np.fft.rfft(segments * taper, axis=-1)[..., :n_lines]
    density = (np.abs(lines) ** 2).mean(axis=(0, 1)) / (sfreq * np.sum(taper**2))
    # one-sided: each line but that of the mean also stands for its negative frequency
    density[1:] *= 2.0
    return np.asarray(np.maximum(10.0 * np.log10(np.maximum(density, 1e-12)), FLOOR_DB))
