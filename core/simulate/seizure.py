"""Seizures that begin, evolve, spread, stop and leave their trace.

A focal seizure begins as a 6-8 Hz rhythm at one electrode, grows, slows to about 2 Hz, reaches its
neighbours and then the other hemisphere. A generalised one is 3 Hz spike-and-wave, bilateral and
frontally dominant, slowing by about half a hertz. Both stop at once; behind them the EEG is
attenuated and slow, briefly after the generalised kind, for a minute after the focal one.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.signal import butter, sosfiltfilt
from scipy.special import i0e

from core.simulate.scalp import CH_NAMES, POSITIONS, Signal, channel_index, mirror, point, reach

__all__ = ["FOCI", "Seizure", "attenuation", "render_seizure"]

FOCI = ("T3", "F7", "T5", "T4", "F8", "T6")
"""Where focal seizures begin: the temporal lobes do most often."""

_N_CHANNELS = len(CH_NAMES)


@dataclass(frozen=True, slots=True)
class Seizure:
    """One simulated seizure.

    Attributes
    ----------
    kind
        How it begins.
    onset_s, duration_s
        Seconds since the recording's start; multiples of 0.25 s.
    focus
        The electrode a focal seizure begins at; None where it is generalised.
    seed
        Of its waveform.
    """

    kind: Literal["focal", "generalised"]
    onset_s: float
    duration_s: float
    focus: str | None
    seed: int

    @property
    def offset_s(self) -> float:
        return self.onset_s + self.duration_s

    @property
    def postictal_s(self) -> float:
        """How long the EEG stays altered behind the offset."""
        return 80.0 if self.kind == "focal" else 18.0

    @property
    def event_type(self) -> str:
        """Name of the type in SzCORE events files."""
        return "sz_foc_ia" if self.kind == "focal" else "sz_gen_nm"

    @property
    def channels(self) -> tuple[str, ...]:
        """Electrodes at the onset; empty where all of them are."""
        return () if self.focus is None else (self.focus,)

    @property
    def description(self) -> str:
        """Text of the annotation."""
        if self.focus is None:
            return "Seizure: generalised 3 Hz spike-wave"
        return f"Seizure: focal onset {self.focus}"


def _ramp(t: Signal, start_s: float, stop_s: float) -> Signal:
    """0 before ``start_s``, 1 behind ``stop_s``, a smooth step between."""
    x = np.clip((t - start_s) / (stop_s - start_s), 0.0, 1.0)
    step: Signal = x * x * (3 - 2 * x)
    return step


def _slow_noise(rng: np.random.Generator, n_samples: int, every: int) -> Signal:
    """Smooth unit noise with a new value every so many samples."""
    knots = rng.standard_normal(n_samples // every + 3)
    return np.interp(np.arange(n_samples) / every, np.arange(len(knots)), knots)


def _band_noise(
    rng: np.random.Generator, shape: tuple[int, int], low_hz: float, high_hz: float, sfreq: int
) -> Signal:
    """Return unit noise in a band; rows are independent."""
    sos = butter(2, (low_hz, high_hz), "bandpass", fs=sfreq, output="sos")
    noise = np.asarray(sosfiltfilt(sos, rng.standard_normal(shape), axis=1), dtype=np.float64)
    unit: Signal = noise / noise.std(axis=1, keepdims=True)
    return unit


def attenuation(seizure: Seizure, t: Signal) -> tuple[Signal, Signal]:
    """Tell how much of the resting EEG a seizure leaves.

    Parameters
    ----------
    seizure
        The seizure.
    t : (n_samples,)
        Seconds since the recording's start.

    Returns
    -------
    vigour, alpha : (n_samples,) float64
        Gains, 1 far away from the seizure.
    """
    begin = _ramp(t, seizure.onset_s - 0.3, seizure.onset_s + 0.5)
    tail = seizure.postictal_s
    recovery = _ramp(t, seizure.offset_s + 0.25 * tail, seizure.offset_s + tail)
    depth = 0.55 if seizure.kind == "focal" else 0.35
    gone = begin * (1 - recovery)
    return 1 - depth * gone, 1 - 0.97 * gone


def render_seizure(seizure: Seizure, sfreq: int) -> Signal:
    """Waveform of one seizure with its post-ictal slowing.

    Returns
    -------
    (19, n_samples) float64
        Microvolts from the onset to the end of the post-ictal phase, to be added to the resting
        EEG that :func:`attenuation` has weakened.
    """
    rng = np.random.default_rng(seizure.seed)
    n_samples = round((seizure.duration_s + seizure.postictal_s) * sfreq)
    t = np.arange(n_samples) / sfreq
    if seizure.focus is None:
        return _generalised(seizure, t, rng, sfreq)
    return _focal(seizure, seizure.focus, t, rng, sfreq)


def _sharp(phase: Signal, sharpness: Signal) -> Signal:
    """Negative, arch-like wave of unit amplitude; the sharper, the narrower its peak."""
    top = np.exp(sharpness * (np.cos(phase) - 1))
    # A second, slower arch behind the peak keeps sharp waves from looking like a comb.
    after = 0.5 * np.cos(phase - 2.2)
    wave: Signal = -(top + after - i0e(sharpness))
    return wave


def _focal(seizure: Seizure, focus: str, t: Signal, rng: np.random.Generator, sfreq: int) -> Signal:
    n_samples, length = len(t), seizure.duration_s
    progress = np.clip(t / length, 0.0, 1.0)
    start_hz, end_hz = rng.uniform(6.3, 7.6), rng.uniform(1.9, 2.3)
    freq_hz = end_hz + (start_hz - end_hz) * (1 - _ramp(progress, 0.05, 0.92))
    freq_hz *= 1 + 0.05 * _slow_noise(rng, n_samples, sfreq // 3)
    phase = 2 * np.pi * np.cumsum(freq_hz) / sfreq

    here = POSITIONS[channel_index(focus)]
    there = POSITIONS[channel_index(mirror(focus))]
    distance = np.linalg.norm(POSITIONS - here, axis=1)[:, None]
    width = 0.48 + 0.38 * _ramp(progress, 0.15, 0.8)
    near = np.exp(-(distance**2) / (2 * width**2))
    far = reach(there, 0.60)[:, None] * 0.55 * _ramp(progress, 0.4, 0.75)

    # Builds up, and is cut off within a quarter of a second.
    amplitude_uv = 28 + 110 * _ramp(progress, 0.05, 0.75)
    envelope = amplitude_uv * _ramp(t, 0.0, 2.5) * (1 - _ramp(t, length - 0.25, length))
    envelope *= 1 + 0.14 * _slow_noise(rng, n_samples, sfreq // 2)
    sharpness = 0.6 + 3.4 * _ramp(progress, 0.2, 0.8)

    signal = np.zeros((_N_CHANNELS, n_samples))
    # About 30 ms for each head radius on the way, and 60 ms to the other hemisphere.
    for channel in range(_N_CHANNELS):
        lag = 2 * np.pi * freq_hz * 0.030 * distance[channel]
        swing = 0.22 * _slow_noise(rng, n_samples, sfreq // 2)
        signal[channel] = near[channel] * _sharp(phase - lag + swing, sharpness)
        other = 2 * np.pi * freq_hz * 0.060
        signal[channel] += far[channel] * _sharp(phase - other + 2 * swing, sharpness)
    signal *= envelope

    # The first seconds are flattened with low-voltage fast activity at the focus.
    fast = 5.0 * _ramp(t, 0.0, 0.5) * (1 - _ramp(t, 2.5, 6.0))
    signal += near * fast * _band_noise(rng, (1, n_samples), 16, 28, sfreq)
    # Chewing and grimacing: muscle over both temples in the second half.
    chewing = _ramp(progress, 0.45, 0.6) * (1 - _ramp(t, length - 0.5, length + 1.5))
    chewing *= np.clip(0.5 + 0.6 * _slow_noise(rng, n_samples, sfreq // 2), 0.0, None)
    temples = np.stack(
        [reach(point(100, side * 70), 0.45) for side in (-1, 1)], axis=1
    ) @ _band_noise(rng, (2, n_samples), 25, 95, sfreq)
    signal += 9.0 * chewing * temples
    signal += _postictal(seizure, near[:, -1:] + 0.45, t, rng, sfreq, amplitude_uv=19.0)
    return signal


def _postictal(
    seizure: Seizure,
    topography: Signal,
    t: Signal,
    rng: np.random.Generator,
    sfreq: int,
    *,
    amplitude_uv: float,
) -> Signal:
    """Irregular delta that sets in behind the offset and fades."""
    since = t - seizure.duration_s
    tail = seizure.postictal_s
    envelope = _ramp(since, 0.0, 0.1 * tail) * (1 - _ramp(since, 0.35 * tail, tail))
    # Two widths: a field that the whole head shares, and local differences.
    shared = _band_noise(rng, (1, len(t)), 0.7, 2.2, sfreq)
    sources = _band_noise(rng, (6, len(t)), 0.6, 3.0, sfreq)
    centres = ("F7", "F8", "T5", "T6", "Fz", "Pz")
    local = np.stack([reach(POSITIONS[channel_index(name)], 0.6) for name in centres], axis=1)
    delta: Signal = topography * (0.7 * shared + 0.7 * (local @ sources))
    return amplitude_uv * envelope * delta


def _spike_wave(phase: Signal, polyspike: Signal) -> Signal:
    """One complex a cycle: a surface-negative spike, then the dome of the slow wave."""
    x = np.mod(phase / (2 * np.pi), 1.0)
    spike = np.exp(-(((x - 0.12) / 0.045) ** 2))
    second = polyspike * np.exp(-(((x - 0.25) / 0.040) ** 2))
    trough = 0.25 * np.exp(-(((x - 0.19) / 0.045) ** 2))
    dome = np.sin(np.pi * np.clip((x - 0.26) / 0.74, 0.0, 1.0)).clip(0.0) ** 1.6
    wave: Signal = -(1.15 * spike + 0.7 * second - trough + 0.9 * dome) + 0.5
    return wave


def _generalised(seizure: Seizure, t: Signal, rng: np.random.Generator, sfreq: int) -> Signal:
    n_samples, length = len(t), seizure.duration_s
    progress = np.clip(t / length, 0.0, 1.0)
    freq_hz = rng.uniform(3.2, 3.4) - rng.uniform(0.5, 0.7) * progress
    freq_hz = freq_hz + 0.35 * np.exp(-t / 1.0)
    freq_hz *= 1 + 0.02 * _slow_noise(rng, n_samples, sfreq // 2)
    phase = 2 * np.pi * np.cumsum(freq_hz) / sfreq
    polyspike = np.clip(0.5 * _slow_noise(rng, n_samples, sfreq), 0.0, 0.8)

    topography = 0.22 + 0.85 * reach(point(55, 0), 0.75)
    envelope = 150 * (0.8 + 0.2 * _ramp(progress, 0.0, 0.1))
    envelope = envelope * _ramp(t, 0.0, 0.7) * (1 - _ramp(t, length - 0.35, length))
    envelope *= 1 + 0.09 * _slow_noise(rng, n_samples, sfreq // 3)

    signal = np.zeros((_N_CHANNELS, n_samples))
    side = POSITIONS[:, 0]
    lead = _slow_noise(rng, n_samples, 4 * sfreq)
    for channel in range(_N_CHANNELS):
        # The front leads by some 10 ms; which side leads changes every few seconds.
        lag_s = 0.006 * (1 - POSITIONS[channel, 1]) + 0.003 * side[channel] * lead
        local = 1 + 0.07 * _slow_noise(rng, n_samples, sfreq // 3) + 0.06 * side[channel] * lead
        wave = _spike_wave(phase - 2 * np.pi * freq_hz * lag_s, polyspike)
        signal[channel] = topography[channel] * local * wave
    signal *= envelope
    signal += _postictal(seizure, topography[:, None], t, rng, sfreq, amplitude_uv=14.0)
    return signal
