"""When seizures and electrode faults happen in a recording of a given length."""

import math
from collections.abc import Sequence

import numpy as np

from core.errors import VigilError
from core.simulate.artefacts import ElectrodeFault
from core.simulate.scalp import CH_NAMES
from core.simulate.seizure import FOCI, Seizure

__all__ = ["place_faults", "place_seizures"]

LEAD_S, GAP_S, TAIL_S = 60.0, 120.0, 30.0
SHORTEST_S, LONGEST_S = 30.0, 90.0
_TIGHTEST = 0.25
_STEP_S = 0.25


def _down(seconds: float) -> float:
    """Round down to the quarter second, so that two decimals say it exactly."""
    return math.floor(seconds / _STEP_S) * _STEP_S


def place_seizures(length_s: int, n_seizures: int, seed: int) -> tuple[Seizure, ...]:
    """Spread seizures evenly, with jitter; focal and generalised ones take turns.

    A seizure lasts 30 to 90 s. There are 60 s before the first, 120 s between two and 30 s behind
    the last; in a short recording first the seizures, then these margins shrink, down to a
    quarter.

    Raises
    ------
    VigilError
        Where even that does not fit.
    """
    if n_seizures == 0:
        return ()
    margins_s = LEAD_S + GAP_S * (n_seizures - 1) + TAIL_S
    least_s = SHORTEST_S * n_seizures + _TIGHTEST * margins_s
    if length_s < least_s:
        raise VigilError(
            f"{n_seizures} seizure{'s' if n_seizures > 1 else ''} cannot be placed in "
            f"{length_s / 60:g} min: at least {math.ceil(least_s / 6) / 10:g} min are needed"
        )
    rng = np.random.default_rng((seed, 6))
    durations = rng.uniform(SHORTEST_S, LONGEST_S, n_seizures)
    spare_s = length_s - margins_s - SHORTEST_S * n_seizures
    extra_s = float(np.sum(durations - SHORTEST_S))
    durations = SHORTEST_S + (durations - SHORTEST_S) * min(1.0, max(0.0, spare_s / extra_s))
    tightness = min(1.0, (length_s - SHORTEST_S * n_seizures) / margins_s)
    slack_s = max(0.0, length_s - margins_s - float(np.sum(durations)))
    shares = rng.uniform(0.5, 1.5, n_seizures + 1)
    shares *= slack_s / shares.sum()

    focal = bool(rng.integers(2))
    seizures = []
    cursor_s = 0.0
    for index in range(n_seizures):
        pause_s = (GAP_S if index else LEAD_S) * tightness
        onset_s = cursor_s + _down(pause_s) + _down(float(shares[index]))
        duration_s = _down(float(durations[index]))
        focus = FOCI[rng.integers(len(FOCI))] if focal else None
        seizures.append(
            Seizure(
                "focal" if focal else "generalised",
                onset_s,
                duration_s,
                focus,
                int(rng.integers(2**63)),
            )
        )
        cursor_s = onset_s + duration_s
        focal = not focal
    return tuple(seizures)


def place_faults(
    length_s: int, seizures: Sequence[Seizure], seed: int
) -> tuple[ElectrodeFault, ...]:
    """One electrode fault for every two hours, at least one, away from the seizures.

    A recording with no room of its own for a fault gets none.
    """
    rng = np.random.default_rng((seed, 7))
    clear_s = 15.0
    # The first half minute behind a seizure is what a reader wants to see undisturbed.
    starts = [0.0, *(s.offset_s + 30.0 for s in seizures)]
    stops = [*(s.onset_s for s in seizures), float(length_s)]
    needed_s = ElectrodeFault("Cz", 0.0).offset_s + 2 * clear_s
    rooms = [(a, b) for a, b in zip(starts, stops, strict=True) if b - a >= needed_s]
    wanted = min(len(rooms), max(1, round(length_s / 7200)))
    if not wanted:
        return ()
    chosen = sorted(int(i) for i in rng.choice(len(rooms), wanted, replace=False))
    faults = []
    for index in chosen:
        start_s, stop_s = rooms[index]
        onset_s = rng.uniform(start_s + clear_s, stop_s - needed_s + clear_s)
        faults.append(ElectrodeFault(CH_NAMES[rng.integers(len(CH_NAMES))], _down(onset_s)))
    return tuple(faults)
