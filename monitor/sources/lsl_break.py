"""Where a stream broke off, and how many samples are missing until it goes on."""

from dataclasses import dataclass

__all__ = ["PLAUSIBLE_CLOCK_S", "Break"]

PLAUSIBLE_CLOCK_S = 600.0
"""Clocks that differ by more do not tell the same time."""


@dataclass(frozen=True, slots=True)
class Break:
    """The end of what was received.

    Attributes
    ----------
    due_s
        When the next sample would have been taken, on our LSL clock; None where the stamps
        behind the break are on another clock.
    silent_since_s
        When the last sample arrived, on our monotonic clock.
    """

    due_s: float | None
    silent_since_s: float

    def count_missing(self, taken_s: float, arrived_s: float, n_together: int, sfreq: float) -> int:
        """How many samples were taken between the break and the first one behind it.

        Parameters
        ----------
        taken_s
            When that was taken, on our LSL clock.
        arrived_s
            When it arrived, on our monotonic clock.
        n_together
            How many samples arrived together with it.
        sfreq
            Samples a second.
        """
        silent_s = max(0.0, arrived_s - self.silent_since_s)
        if self.due_s is not None and 0 <= taken_s - self.due_s <= silent_s + PLAUSIBLE_CLOCK_S:
            return max(1, round((taken_s - self.due_s) * sfreq))
        # A sender may restart its clock; ours then tells roughly.
        return max(0, round(silent_s * sfreq) - n_together)
