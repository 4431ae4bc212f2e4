"""Time stamps that cannot be true: the sender's clock was set while it sent."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["ClockJump", "ClockJumps"]

_JUMP_S = 10.0
"""Stamps may run so far ahead of the time that has passed, or step back so far."""


class ClockJump(NamedTuple):
    """The first sample on the new clock, counted in its chunk, and how far the clock jumped."""

    position: int
    jump_s: float


class ClockJumps:
    """Compare stamps with the time that passes here.

    A step of the stamps is samples that are missing, as long as nothing would have been taken in
    the future. A clock that is set by hours would otherwise leave a gap of hours.
    """

    def __init__(self) -> None:
        self._stamp: float | None = None
        self._arrived_s = 0.0
        self._lead_s = -np.inf

    def reset(self) -> None:
        """Forget the clock: another sender's is next."""
        self._stamp, self._lead_s = None, -np.inf

    def find(self, stamps: npt.NDArray[np.float64], now_s: float) -> list[ClockJump]:
        """Return the jumps in stamps that have arrived just now.

        Parameters
        ----------
        stamps : (n_samples,) float64
            At least one.
        now_s
            Our monotonic clock.
        """
        before = float(stamps[0]) if self._stamp is None else self._stamp
        silent_s = 0.0 if self._stamp is None else now_s - self._arrived_s
        steps_s = np.diff(stamps, prepend=before)
        jumps = []
        for position in np.flatnonzero(np.abs(steps_s) > _JUMP_S).tolist():
            step_s, lead_s = float(steps_s[position]), float(stamps[position]) - now_s
            was_silent = position == 0 and step_s <= silent_s + _JUMP_S
            if step_s < 0 or not (was_silent or lead_s <= self._lead_s + _JUMP_S):
                jumps.append(ClockJump(position, step_s))
                self._lead_s = lead_s
        self._lead_s = max(self._lead_s, float(stamps[-1]) - now_s)
        self._stamp, self._arrived_s = float(stamps[-1]), now_s
        return jumps
