"""What became of a live stream, in numbers."""

from dataclasses import dataclass, field
from typing import Any

from monitor.sources.lsl_samples import IndexedSamples
from monitor.sources.lsl_states import StateLog

__all__ = ["StreamAccount"]


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

    @property
    def shortfall(self) -> str:
        """What is missing, in one line; empty where nothing is."""
        parts = []
        if lost := self.samples.clock.lost_samples:
            parts.append(f"{lost} samples were never received ({lost / self.sfreq:.3f} s)")
        if self.refused_samples:
            parts.append(f"{self.refused_samples} samples came at a wrong rate")
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
                "markers": self.markers,
                "states": [list(state) for state in self.states.states],
                "losses": [list(state) for state in self.losses.states],
            },
        }
