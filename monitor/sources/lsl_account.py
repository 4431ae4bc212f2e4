"""What became of a live stream, in numbers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from monitor.sources.base import StreamState, StreamStatus
from monitor.sources.lsl_samples import IndexedSamples
from monitor.sources.lsl_states import StateLog

__all__ = ["StreamAccount"]

_LOSS_CLEAR_S = 10.0
"""Signal without a missing sample after which a loss is over."""


@dataclass(slots=True)
class StreamAccount:
    """Counts of one session.

    Attributes
    ----------
    name, sfreq
        Of the stream.
    samples
        Which were received, and which are missing.
    states, losses
        How the stream was doing.
    clock_jumps
        How often the sender's clock was set while it sent.
    refused_samples
        Samples that came at a wrong rate.
    """

    name: str
    sfreq: float
    samples: IndexedSamples
    states: StateLog = field(init=False)
    losses: StateLog = field(init=False)
    refused_samples: int = 0
    reconnects: int = 0
    markers: int = 0
    clock_jumps: int = 0
    _lost_at: int | None = None

    def __post_init__(self) -> None:
        self.states = StateLog(self.sfreq)
        self.losses = StateLog(self.sfreq, "loss")

    @property
    def line(self) -> str:
        """How the stream is doing, for the status line."""
        clock = self.samples.clock
        drift_ppm = clock.drift_ppm
        drift = "drift not known yet" if drift_ppm is None else f"drift {drift_ppm:+.0f} ppm"
        lost = clock.lost_samples
        return (
            f"{self.name}: connected at {self.sfreq:g} Hz, {drift}, "
            f"{lost} sample{'s' * (lost != 1)} lost"
        )

    def follow_losses(self, lost_before: int) -> Iterator[StreamState]:
        """Say when samples have gone missing, however few, and when that is over."""
        clock = self.samples.clock
        now_sample = clock.next_sample
        if clock.lost_samples > lost_before:
            self._lost_at = now_sample
            text = f"{self.name}: samples are missing"
            yield from self.losses.say(StreamStatus.LOSING, now_sample, text)
        elif self._lost_at is not None and now_sample - self._lost_at >= _LOSS_CLEAR_S * self.sfreq:
            self._lost_at = None
            text = f"{self.name}: complete again"
            yield from self.losses.say(StreamStatus.CONNECTED, now_sample, text)

    @property
    def shortfall(self) -> str:
        """What is missing, in one line; empty where nothing is."""
        parts = []
        if lost := self.samples.clock.lost_samples:
            parts.append(f"{lost} samples were never received ({lost / self.sfreq:.3f} s)")
        if self.refused_samples:
            parts.append(f"{self.refused_samples} samples came at a wrong rate")
        if self.clock_jumps:
            parts.append(
                f"the sender's clock jumped {self.clock_jumps} times: what is missing there is "
                "known roughly"
            )
        return "; ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """Return all of it."""
        clock = self.samples.clock
        return {
            "complete": not self.shortfall,
            "shortfall": self.shortfall,
            "stream": {
                "name": self.name,
                "sfreq_hz": self.sfreq,
                "effective_sfreq_hz": clock.effective_sfreq,
                "drift_ppm": clock.drift_ppm,
                "received_samples": self.samples.received_samples,
                "lost_samples": clock.lost_samples,
                "refused_samples": self.refused_samples,
                "reconnects": self.reconnects,
                "clock_jumps": self.clock_jumps,
                "markers": self.markers,
                "states": [list(state) for state in self.states.states],
                "losses": [list(state) for state in self.losses.states],
            },
        }
