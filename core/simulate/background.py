"""The awake resting EEG: 1/f activity, rhythms and electrode drift.

Everything is a stationary Gaussian process: white noise, shaped in time by short recursive
filters whose state is carried from minute to minute, and in space by a smooth mixing matrix.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from core.simulate.scalp import CH_NAMES, POSITIONS, Signal, channel_index, mixing_matrix, reach

__all__ = ["Background", "Filtered"]

N_CHANNELS = len(CH_NAMES)


class Filtered:
    """White noise of unit variance through a recursive filter, continued call after call.

    Parameters
    ----------
    denominator
        Of the all-pole filter.
    n_sources
        Independent rows.
    rng
        Source of the noise.
    sfreq
        Sampling rate, Hz; four time constants or four seconds are run off first.
    """

    def __init__(
        self, denominator: Signal, n_sources: int, rng: np.random.Generator, sfreq: int
    ) -> None:
        self._denominator = denominator
        self._rng = rng
        self._state = np.zeros((n_sources, len(denominator) - 1))
        impulse = np.zeros(60 * sfreq)
        impulse[0] = 1.0
        response = np.asarray(lfilter([1.0], denominator, impulse))
        self._gain = 1.0 / np.sqrt(np.sum(response**2))
        self.take(20 * sfreq)

    @classmethod
    def lowpass(
        cls, corner_hz: float, n_sources: int, rng: np.random.Generator, sfreq: int
    ) -> "Filtered":
        """Make a relaxation process: flat below the corner, falling with 1/f^2 above it."""
        return cls(np.array([1.0, -np.exp(-2 * np.pi * corner_hz / sfreq)]), n_sources, rng, sfreq)

    @classmethod
    def resonance(
        cls,
        freq_hz: float,
        bandwidth_hz: float,
        n_sources: int,
        rng: np.random.Generator,
        sfreq: int,
    ) -> "Filtered":
        """Make a rhythm that waxes and wanes about as slowly as its band is narrow."""
        radius = np.exp(-np.pi * bandwidth_hz / sfreq)
        cosine = np.cos(2 * np.pi * freq_hz / sfreq)
        return cls(np.array([1.0, -2 * radius * cosine, radius**2]), n_sources, rng, sfreq)

    def take(self, n_samples: int) -> Signal:
        """(n_sources, n_samples) of the process, where the last call ended."""
        white = self._rng.standard_normal((len(self._state), n_samples)) * self._gain
        shaped, self._state = lfilter([1.0], self._denominator, white, zi=self._state)
        return np.asarray(shaped, dtype=np.float64)


# Corner in Hz, amplitude in microvolts RMS, spatial width in head radii. The sum falls with about
# 1/f^1.2 below 10 Hz and steeper above; fast activity is more local than slow activity.
_RELAXATION = ((1.0, 4.6, 0.95), (4.0, 3.8, 0.85), (15.0, 2.4, 0.65), (60.0, 1.3, 0.40))


@dataclass(frozen=True, slots=True)
class _Rhythm:
    freq_hz: float
    bandwidth_hz: float
    amplitude_uv: float
    """RMS at the centre."""
    centres: tuple[str, ...]
    width: float
    coherence: float
    """Share of the variance that the centres have in common."""


_ALPHA = _Rhythm(9.7, 1.1, 9.0, ("O1", "O2"), 0.58, 0.65)
_OTHER_RHYTHMS = (
    _Rhythm(6.0, 2.5, 2.6, ("T3", "T4", "Fz"), 0.70, 0.20),
    _Rhythm(20.0, 7.0, 1.6, ("F3", "F4", "C3", "C4"), 0.60, 0.40),
)


class _RhythmSource:
    def __init__(self, rhythm: _Rhythm, rng: np.random.Generator, sfreq: int) -> None:
        n_centres = len(rhythm.centres)
        self._process = Filtered.resonance(
            rhythm.freq_hz, rhythm.bandwidth_hz, n_centres + 1, rng, sfreq
        )
        self._swell = Filtered.lowpass(0.08, 1, rng, sfreq)
        topography = np.stack(
            [reach(POSITIONS[channel_index(name)], rhythm.width) for name in rhythm.centres], axis=1
        )
        topography *= rhythm.amplitude_uv
        common = np.sqrt(rhythm.coherence) * topography.sum(axis=1, keepdims=True)
        own = np.sqrt(1 - rhythm.coherence) * topography
        self._mixing = np.concatenate([common, own], axis=1)

    def take(self, n_samples: int) -> Signal:
        swell = np.exp(0.35 * self._swell.take(n_samples))
        mixed: Signal = self._mixing @ (self._process.take(n_samples) * swell)
        return mixed


class Background:
    """Streaming generator of the resting EEG.

    Parameters
    ----------
    rng
        Source of all randomness.
    sfreq
        Sampling rate, Hz.
    """

    def __init__(self, rng: np.random.Generator, sfreq: int) -> None:
        self._relaxation = [
            (Filtered.lowpass(corner_hz, N_CHANNELS, rng, sfreq), rms_uv * mixing_matrix(width))
            for corner_hz, rms_uv, width in _RELAXATION
        ]
        self._alpha = _RhythmSource(_ALPHA, rng, sfreq)
        self._rhythms = [_RhythmSource(rhythm, rng, sfreq) for rhythm in _OTHER_RHYTHMS]
        self._swell = Filtered.lowpass(0.05, 1, rng, sfreq)
        self._drift = Filtered.lowpass(0.02, N_CHANNELS, rng, sfreq)
        self._drift_mixing = 0.6 * np.eye(N_CHANNELS) + 0.4 * mixing_matrix(0.8)
        self._rng = rng

    def take(self, vigour: Signal, alpha: Signal) -> Signal:
        """Continue the EEG.

        Parameters
        ----------
        vigour : (n_samples,) or (19, n_samples)
            Gain of the cortical activity; less than 1 where it is attenuated.
        alpha : (n_samples,)
            Gain of the posterior alpha rhythm; near 0 while the eyes are open.

        Returns
        -------
        (19, n_samples) float64
            Microvolts.
        """
        n_samples = len(alpha)
        cortex = np.zeros((N_CHANNELS, n_samples))
        for process, mixing in self._relaxation:
            cortex += mixing @ process.take(n_samples)
        cortex *= np.exp(0.12 * self._swell.take(n_samples))
        cortex += alpha * self._alpha.take(n_samples)
        for rhythm in self._rhythms:
            cortex += rhythm.take(n_samples)
        cortex *= vigour
        # The amplifier's own noise and the electrodes' offset know nothing of the cortex.
        cortex += 0.4 * self._rng.standard_normal((N_CHANNELS, n_samples))
        cortex += 7.0 * (self._drift_mixing @ self._drift.take(n_samples))
        return cortex
