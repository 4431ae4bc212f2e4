"""What a bedside EEG holds besides the brain: eyes, muscle, mains and electrodes.

Each minute has its own random numbers, so any minute can be rendered without those before it. An
artefact belongs to the minute it begins in and never outlasts the next one.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, sosfilt

from core.simulate.scalp import CH_NAMES, Signal, channel_index, point, reach

__all__ = ["MINUTE_S", "ElectrodeFault", "Eyes", "add_artefacts", "add_fault", "mains_hum"]

MINUTE_S = 60

_N_CHANNELS = len(CH_NAMES)
_EYES, _MUSCLE, _POPS = 1, 2, 3


@dataclass(frozen=True, slots=True)
class ElectrodeFault:
    """An electrode that works loose, falls off and is put back.

    Attributes
    ----------
    channel
        The electrode.
    onset_s
        When it begins to swing, seconds since the recording's start.
    loose_s, flat_s
        How long it swings, and how long it is flat behind that.
    """

    channel: str
    onset_s: float
    loose_s: float = 12.0
    flat_s: float = 15.0

    @property
    def offset_s(self) -> float:
        return self.onset_s + self.loose_s + self.flat_s

    @property
    def description(self) -> str:
        """Text of the annotation."""
        return f"Electrode fault: {self.channel}"


@dataclass(frozen=True, slots=True)
class Eyes:
    """When the eyes are open in one minute, and what they do.

    Attributes
    ----------
    open_s, close_s
        The one open episode of the minute; it never touches the minute's ends.
    blinks_s
        Onsets of the blinks.
    saccades
        (onset, duration, amplitude in microvolts; positive is a look to the left).
    """

    open_s: float
    close_s: float
    blinks_s: tuple[float, ...]
    saccades: tuple[tuple[float, float, float], ...]

    @classmethod
    def of_minute(cls, seed: int, minute: int) -> "Eyes":
        """Draw the minute's behaviour."""
        rng = np.random.default_rng((seed, _EYES, minute))
        start = rng.uniform(3, 28)
        stop = start + rng.uniform(10, 27)
        blinks = [start - 0.1]
        while blinks[-1] < stop - 1.5:
            blinks.append(blinks[-1] + rng.uniform(1.2, 6.0))
        blinks[-1] = stop - 0.1
        saccades = [
            (rng.uniform(start + 1, stop - 2), rng.uniform(0.4, 1.6), rng.choice([-1, 1]) * size)
            for size in rng.uniform(20, 45, rng.integers(1, 5))
        ]
        return cls(start, stop, tuple(blinks), tuple(saccades))

    def closed(self, t: Signal) -> Signal:
        """(n_samples,) gain of the alpha rhythm: 1 with the eyes closed, 0.08 with them open.

        Alpha is blocked within a third of a second and takes about a second to come back.
        """
        blocked = 1 / (1 + np.exp(-(t - self.open_s) / 0.08))
        back = 1 / (1 + np.exp(-(t - self.close_s - 0.8) / 0.2))
        return np.asarray(1 - 0.92 * (blocked - back))


def _blink(t: Signal) -> Signal:
    """Return a unit blink: up in 0.1 s, down in 0.25 s, a small undershoot."""
    up = np.exp(-0.5 * (np.minimum(t - 0.13, 0) / 0.05) ** 2)
    down = np.exp(-0.5 * (np.maximum(t - 0.13, 0) / 0.085) ** 2)
    wave: Signal = up * down - 0.10 * np.exp(-0.5 * ((t - 0.45) / 0.12) ** 2)
    return wave


def _add_eyes(out: Signal, seed: int, minute: int, sfreq: int) -> None:
    eyes = Eyes.of_minute(seed, minute)
    rng = np.random.default_rng((seed, _EYES, minute, 1))
    t = np.arange(out.shape[1]) / sfreq
    left, right = reach(point(110, -20), 0.42), reach(point(110, 20), 0.42)
    for onset_s in eyes.blinks_s:
        size_uv = rng.uniform(75, 130)
        span = slice(int(onset_s * sfreq), int((onset_s + 1.0) * sfreq))
        out[:, span] += size_uv * np.outer(left + right, _blink(t[span] - onset_s))
    # The cornea is positive: a look to the left makes F7 positive and F8 negative.
    sideways = reach(point(95, -54), 0.40) - reach(point(95, 54), 0.40)
    for onset_s, duration_s, size_uv in eyes.saccades:
        gaze = np.tanh((t - onset_s) / 0.03) - np.tanh((t - onset_s - duration_s) / 0.03)
        out += 0.5 * size_uv * np.outer(sideways, gaze)


# Muscle groups: where they lie, and how far they reach.
_MUSCLES = (
    (point(105, -80), 0.42),
    (point(105, 80), 0.42),
    (point(95, -35), 0.45),
    (point(95, 35), 0.45),
    (point(110, -140), 0.40),
    (point(110, 140), 0.40),
)


def _muscle_bursts(seed: int, minute: int, sfreq: int) -> list[tuple[int, Signal]]:
    """Bursts that begin in one minute: (first sample in the minute, waveform)."""
    rng = np.random.default_rng((seed, _MUSCLE, minute))
    sos = butter(2, (22, 110), "bandpass", fs=sfreq, output="sos")
    bursts = []
    for _ in range(rng.poisson(2.5)):
        start = int(rng.uniform(0, MINUTE_S) * sfreq)
        n_samples = int(min(0.4 + rng.exponential(1.6), 8.0) * sfreq)
        centre, width = _MUSCLES[rng.integers(len(_MUSCLES))]
        # Motor units fire in volleys, so the noise has heavier tails than a Gaussian.
        volley = rng.standard_t(4, (_N_CHANNELS, n_samples))
        common = rng.standard_t(4, n_samples)
        noise = np.asarray(sosfilt(sos, 0.6 * volley + 0.6 * common, axis=1))
        ramp = np.minimum(np.arange(n_samples), np.arange(n_samples)[::-1]) / (0.15 * sfreq)
        envelope = np.minimum(ramp, 1.0) * rng.uniform(0.5, 1.0)
        topography = reach(centre, width)
        bursts.append((start, rng.uniform(8, 22) * topography[:, None] * envelope * noise))
    return bursts


def _pops(seed: int, minute: int, sfreq: int) -> list[tuple[int, Signal]]:
    """Electrode pops that begin in one minute: a step that one channel recovers from."""
    rng = np.random.default_rng((seed, _POPS, minute))
    pops = []
    for _ in range(rng.poisson(0.15)):
        start = int(rng.uniform(0, MINUTE_S) * sfreq)
        wave = np.zeros((_N_CHANNELS, 3 * sfreq))
        t = np.arange(3 * sfreq) / sfreq
        size_uv = rng.choice([-1, 1]) * rng.uniform(80, 220)
        wave[rng.integers(_N_CHANNELS)] = size_uv * np.exp(-t / rng.uniform(0.15, 0.45))
        pops.append((start, wave))
    return pops


def add_artefacts(out: Signal, seed: int, minute: int, sfreq: int) -> None:
    """Add eye movements, muscle bursts and electrode pops to one minute, in place.

    Parameters
    ----------
    out : (19, 60 * sfreq) float64
        The minute's signal in microvolts.
    seed
        Of the recording.
    minute
        Which minute it is.
    sfreq
        Sampling rate, Hz.
    """
    _add_eyes(out, seed, minute, sfreq)
    n_minute = out.shape[1]
    for owner in (minute - 1, minute):
        if owner < 0:
            continue
        for start, wave in _muscle_bursts(seed, owner, sfreq) + _pops(seed, owner, sfreq):
            begin = start + (owner - minute) * n_minute
            stop = min(begin + wave.shape[1], n_minute)
            if stop > 0:
                out[:, max(begin, 0) : stop] += wave[:, max(-begin, 0) : stop - begin]


def mains_hum(t: Signal, mains_hz: int, seed: int) -> Signal:
    """Hum of the mains.

    Returns
    -------
    (19, n_samples) float64
        Microvolts; every electrode has its own amplitude, after its impedance.
    """
    rng = np.random.default_rng((seed, 4))
    amplitude_uv = rng.lognormal(np.log(0.7), 0.5, (_N_CHANNELS, 1))
    angle = rng.uniform(-0.3, 0.3, (_N_CHANNELS, 1))
    hum: Signal = amplitude_uv * np.sin(2 * np.pi * mains_hz * t + angle)
    return hum


def add_fault(out: Signal, fault: ElectrodeFault, t: Signal, mains_hz: int, seed: int) -> None:
    """Let an electrode swing, go flat and come back, in place.

    Parameters
    ----------
    out : (19, n_samples) float64
        Microvolts.
    fault
        Which electrode, and when.
    t : (n_samples,)
        Seconds since the recording's start.
    mains_hz
        The hum an open lead picks up.
    seed
        Of the recording.
    """
    rng = np.random.default_rng((seed, 5, channel_index(fault.channel)))
    row = out[channel_index(fault.channel)]
    since = t - fault.onset_s
    loose = (since >= 0) & (since < fault.loose_s)
    growing = np.clip(since[loose] / fault.loose_s, 0, 1)
    swing = np.zeros(len(growing))
    for freq_hz, size_uv in ((0.31, 900), (0.73, 700), (1.9, 260)):
        angle = rng.uniform(0, 2 * np.pi)
        wander = 0.8 * np.sin(2 * np.pi * 0.17 * since[loose] + angle)
        swing += size_uv * np.sin(2 * np.pi * freq_hz * since[loose] + angle + wander)
    hum = 90 * np.sin(2 * np.pi * mains_hz * t[loose]) + 25 * np.sin(
        2 * np.pi * 2 * mains_hz * t[loose] + 1.0
    )
    row[loose] += growing * swing + np.sqrt(growing) * hum
    row[(since >= fault.loose_s) & (t < fault.offset_s)] = 0.0
    back = t >= fault.offset_s
    row[back] += 320 * np.exp(-np.maximum(t[back] - fault.offset_s, 0) / 0.7)
