"""What an excerpt of EEG looks like: line length, spectrum, rhythm.

References
----------
Esteller et al. 2001, "Line length: an efficient feature for seizure onset detection", EMBS;
Welch 1967, "The use of fast Fourier transform for the estimation of power spectra", IEEE Trans.
Audio Electroacoust.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import signal

from core.electrodes import ELECTRODES
from core.types import FloatArray

__all__ = ["BANDS_HZ", "Features", "Rhythm", "describe", "find_rhythm", "line_length"]

BANDS_HZ: Mapping[str, tuple[float, float]] = {
    "delta": (0.5, 4.0),
    "theta": (4.0, 8.0),
    "alpha": (8.0, 13.0),
    "beta": (13.0, 30.0),
    "gamma": (30.0, 120.0),
}
"""Bands whose shares add up to one, the mains' lines apart."""

FAST_HZ = 20.0
"""Above it, muscle outweighs what the brain shows at the scalp."""

RHYTHM_HZ = (0.5, 13.0)
MAX_DOMINANT = 4

_TOTAL_HZ = (0.5, 120.0)
_MAINS_HZ = (50.0, 60.0, 100.0, 120.0)
_MAINS_WIDTH_HZ = 1.5
_SEGMENT_S = 4.0
_DOMINANT_RATIO = 1.5

Spectrum = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The most prominent narrow peak of a spectrum.

    Attributes
    ----------
    freq_hz
        Where it stands.
    prominence
        Density at the peak over the denser one of its two flanks; 1 on a plateau, below 1 on
        a slope.
    """

    freq_hz: float
    prominence: float


@dataclass(frozen=True, slots=True)
class Features:
    """An excerpt in numbers.

    Attributes
    ----------
    dominant
        Channels of the largest line length: those above 1.5 times the median, four at most and
        one at least, the largest first.
    top_share
        Share that the first of them has in the line length of all channels.
    bands
        Share of each of :data:`BANDS_HZ` in the power apart from the mains.
    fast_share
        Share of the power above 20 Hz in the power apart from the mains.
    mains_share
        Share of 50 and 60 Hz and their first harmonics (+-1.5 Hz) in the whole power.
    rhythm
        Narrow peak between 0.5 and 13 Hz; None where the excerpt is too short or silent.
    """

    dominant: tuple[str, ...]
    top_share: float
    bands: Mapping[str, float]
    fast_share: float
    mains_share: float
    rhythm: Rhythm | None


def line_length(data: FloatArray) -> npt.NDArray[np.float64]:
    """Return the sum of absolute steps of each channel, after the channels' median is taken off.

    Under the average reference one bad electrode shows in every channel; the median over the
    channels follows that share of it and removes it.

    Parameters
    ----------
    data : (n_channels, n_samples)
        Microvolts.

    Returns
    -------
    (n_channels,) float64
        Microvolts.
    """
    x = data.astype(np.float64)
    x -= np.median(x, axis=0, keepdims=True)
    return np.asarray(np.abs(np.diff(x, axis=1)).sum(axis=1))


def describe(data: FloatArray, sfreq: float = 256.0) -> Features:
    """Describe an excerpt.

    Parameters
    ----------
    data : (19, n_samples)
        Conditioned microvolts.
    sfreq
        Rate in Hz.
    """
    lengths = line_length(data)
    total_length = lengths.sum()
    order = np.argsort(-lengths, kind="stable")
    limit = _DOMINANT_RATIO * np.median(lengths)
    dominant = [ELECTRODES[i] for i in order[:MAX_DOMINANT] if lengths[i] > limit]
    freq_hz, density = _spectrum(data, sfreq)
    is_mains = np.zeros(freq_hz.shape, dtype=np.bool_)
    for line_hz in _MAINS_HZ:
        is_mains |= np.abs(freq_hz - line_hz) <= _MAINS_WIDTH_HZ
    within = (freq_hz >= _TOTAL_HZ[0]) & (freq_hz < _TOTAL_HZ[1])
    clean = density * (within & ~is_mains)
    return Features(
        dominant=tuple(dominant or [ELECTRODES[order[0]]]),
        top_share=_share(lengths[order[0]], total_length),
        bands={
            name: _share(clean[(freq_hz >= low) & (freq_hz < high)].sum(), clean.sum())
            for name, (low, high) in BANDS_HZ.items()
        },
        fast_share=_share(clean[freq_hz > FAST_HZ].sum(), clean.sum()),
        mains_share=_share(density[within & is_mains].sum(), density[within].sum()),
        rhythm=find_rhythm(freq_hz, density),
    )


def find_rhythm(freq_hz: Spectrum, density: Spectrum) -> Rhythm | None:
    """Find the narrow peak that stands out most between 0.5 and 13 Hz.

    The peak is where frequency times density is largest, which levels the ordinary 1/f slope. Its
    height is the mean density within a factor of 1.15; its flanks reach from there by factors of
    1.35 to 1.8 on both sides. Segments of 4 s blur a line to half a hertz on each side, so below
    1.5 Hz only a strong rhythm stands out.

    Parameters
    ----------
    freq_hz, density : (n,)
        Power spectral density.
    """
    inside = (freq_hz >= RHYTHM_HZ[0]) & (freq_hz <= RHYTHM_HZ[1])
    levelled = np.where(inside, freq_hz * density, 0.0)
    if not levelled.any():
        return None
    peak_hz = float(freq_hz[np.argmax(levelled)])
    height = _mean_density(freq_hz, density, peak_hz / 1.15, peak_hz * 1.15)
    below = _mean_density(freq_hz, density, peak_hz / 1.8, peak_hz / 1.35)
    above = _mean_density(freq_hz, density, peak_hz * 1.35, peak_hz * 1.8)
    flank = max(below, above)
    return Rhythm(peak_hz, height / flank) if flank > 0 else None


def _mean_density(freq_hz: Spectrum, density: Spectrum, low_hz: float, high_hz: float) -> float:
    """Mean over a band, or the nearest bin where the band falls between two."""
    band = (freq_hz >= low_hz) & (freq_hz <= high_hz)
    if not band.any():
        band = np.arange(len(freq_hz)) == np.argmin(np.abs(freq_hz - (low_hz + high_hz) / 2))
    return float(density[band].mean())


def _spectrum(data: FloatArray, sfreq: float) -> tuple[Spectrum, Spectrum]:
    """Power spectral density, mean over the channels."""
    n_segment = min(round(_SEGMENT_S * sfreq), data.shape[1])
    freq_hz, density = signal.welch(data.astype(np.float64), sfreq, nperseg=n_segment, axis=1)
    return np.asarray(freq_hz, dtype=np.float64), np.asarray(density.mean(axis=0))


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 0.0
