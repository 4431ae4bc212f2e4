"""Timing things in turns, so that ratios hold on a machine that is busy with something else."""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np

__all__ = ["Clock", "interleaved", "spread_ms"]

Clock = Callable[[], float]
"""Seconds, from any origin."""

Key = TypeVar("Key", bound=Hashable)


def interleaved(
    tasks: Mapping[Key, Callable[[], object]], rounds: int, clock: Clock = time.perf_counter
) -> dict[Key, list[float]]:
    """Run all tasks in turn (A, B, A, B ...).

    Parameters
    ----------
    tasks
        Each is called once before, untimed: the first call allocates.
    rounds
        Timed calls of each.
    clock
        What is read before and after a call.

    Returns
    -------
    dict
        Seconds of each call, by task.
    """
    for task in tasks.values():
        task()
    times: dict[Key, list[float]] = {key: [] for key in tasks}
    for _ in range(rounds):
        for key, task in tasks.items():
            began = clock()
            task()
            times[key].append(clock() - began)
    return times


def spread_ms(values_s: Sequence[float]) -> dict[str, float | int | None]:
    """Return how many, the median, the 95th percentile and the worst, in milliseconds."""
    if not len(values_s):
        return {"n": 0, "median_ms": None, "p95_ms": None, "max_ms": None}
    values_ms = 1000 * np.asarray(values_s)
    return {
        "n": len(values_ms),
        "median_ms": round(float(np.median(values_ms)), 1),
        "p95_ms": round(float(np.percentile(values_ms, 95)), 1),
        "max_ms": round(float(values_ms.max()), 1),
    }
