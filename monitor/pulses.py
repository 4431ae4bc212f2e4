"""Alarm sounds, computed: bursts of pulses after the table of IEC 60601-1-8.

A pulse is a chord of a fundamental and its harmonics; a burst is a rhythm of pulses that tells the
priority; bursts repeat while an alarm waits for an answer.
"""

import io
import wave
from dataclasses import dataclass

import numpy as np

from core.types import FloatArray
from monitor.priority import Priority

__all__ = [
    "BURSTS",
    "PLAYERS",
    "SAMPLE_RATE_HZ",
    "SELF_TEST",
    "Burst",
    "burst_samples",
    "wav_bytes",
]

PLAYERS = ("pw-play", "paplay", "aplay", "afplay")
"""Programs that play a WAV file, in the order they are looked for."""

SAMPLE_RATE_HZ = 44100
HARMONIC_LEVELS = (1.0, 0.8, 0.7, 0.6, 0.5)
"""Amplitudes of the fundamental and four harmonics: all within 6 dB, where 15 dB are allowed."""
EDGE_SHARE = 0.15
"""Part of a pulse in which it swells, and in which it fades: no clicks."""
LEVEL = 0.8


@dataclass(frozen=True, slots=True)
class Burst:
    """The rhythm and pitch of one priority.

    Attributes
    ----------
    pulse_s
        Length of a pulse.
    pauses_s
        Silences between the pulses; one fewer than pulses.
    pitch_hz
        Fundamental of the pulses.
    repeat_s
        Silence between two bursts; None: one burst for each new alarm.
    """

    pulse_s: float
    pauses_s: tuple[float, ...]
    pitch_hz: float
    repeat_s: float | None

    @property
    def onsets_s(self) -> tuple[float, ...]:
        """When each pulse begins."""
        onsets = [0.0]
        for pause_s in self.pauses_s:
            onsets.append(onsets[-1] + self.pulse_s + pause_s)
        return tuple(onsets)

    @property
    def duration_s(self) -> float:
        return self.onsets_s[-1] + self.pulse_s


_FIVE = (0.10, 0.10, 0.35, 0.10)
"""Pauses within three pulses and two."""

BURSTS = {
    Priority.HIGH: Burst(0.15, (*_FIVE, 0.60, *_FIVE), 660.0, 10.0),
    Priority.MEDIUM: Burst(0.20, (0.20, 0.20), 440.0, 25.0),
    Priority.LOW: Burst(0.20, (), 330.0, None),
}

SELF_TEST = Burst(0.15, (), 440.0, None)
"""One short pulse: a loudspeaker that plays it can play the others."""


def burst_samples(burst: Burst) -> FloatArray:
    """Return the samples of one burst at 44.1 kHz, -1 to 1."""
    samples = np.zeros(round(burst.duration_s * SAMPLE_RATE_HZ), dtype=np.float32)
    pulse = _pulse(burst)
    for onset_s in burst.onsets_s:
        first = round(onset_s * SAMPLE_RATE_HZ)
        samples[first : first + len(pulse)] = pulse[: len(samples) - first]
    return samples


def wav_bytes(burst: Burst) -> bytes:
    """Return one burst as a WAV file, 16 bit, mono."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(np.rint(burst_samples(burst) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def _pulse(burst: Burst) -> FloatArray:
    n_samples = round(burst.pulse_s * SAMPLE_RATE_HZ)
    time_s = np.arange(n_samples) / SAMPLE_RATE_HZ
    chord = np.zeros(n_samples)
    for order, level in enumerate(HARMONIC_LEVELS, start=1):
        chord += level * np.sin(2 * np.pi * order * burst.pitch_hz * time_s)
    n_edge = round(EDGE_SHARE * n_samples)
    edge = np.sin(np.pi / 2 * np.arange(n_edge) / n_edge) ** 2
    chord[:n_edge] *= edge
    chord[-n_edge:] *= edge[::-1]
    pulse: FloatArray = (LEVEL * chord / np.abs(chord).max()).astype(np.float32)
    return pulse
