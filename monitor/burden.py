"""Seizure burden and status epilepticus, from the seizure alarms of a session.

Electrographic status epilepticus (ACNS 2021): a seizure of 10 min or more, or seizures for 20 % or
more of any 60 min. Half of that share is the early warning. Retracted alarms do not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.alarm import Alarm, AlarmState

__all__ = [
    "BURDEN_SHARE",
    "HOUR_S",
    "STATUS_CONTINUOUS_S",
    "STATUS_SHARE",
    "SeizureBurden",
    "seizure_burden",
    "seizure_share",
]

HOUR_S = 3600.0
STATUS_CONTINUOUS_S = 600.0
STATUS_SHARE = 0.20
BURDEN_SHARE = 0.10


@dataclass(frozen=True, slots=True)
class SeizureBurden:
    """How much of the recent past was seizure.

    Attributes
    ----------
    share
        Part of the last 60 min, 0 to 1. Time before the session counts as free of seizures.
    longest_s
        The longest seizure that reaches into those 60 min, s.
    """

    share: float
    longest_s: float

    @property
    def is_status(self) -> bool:
        """Whether this is status epilepticus."""
        return self.longest_s >= STATUS_CONTINUOUS_S or self.share >= STATUS_SHARE

    @property
    def is_high(self) -> bool:
        """Whether this is worth a warning."""
        return self.share >= BURDEN_SHARE


def seizure_burden(alarms: Sequence[Alarm], now_sample: int, sfreq: float = 256.0) -> SeizureBurden:
    """Judge the 60 min before ``now_sample``.

    A seizure of 10 min counts as status for as long as any of it lies within the 60 min.
    """
    first = now_sample - round(HOUR_S * sfreq)
    longest = max(
        (stop - onset for onset, stop in _seizures(alarms, now_sample) if stop > first), default=0
    )
    return SeizureBurden(seizure_share(alarms, first, now_sample), longest / sfreq)


def seizure_share(alarms: Sequence[Alarm], start_sample: int, stop_sample: int) -> float:
    """Return the part of ``[start_sample, stop_sample)`` that was seizure, 0 to 1."""
    inside = (
        min(stop, stop_sample) - max(onset, start_sample)
        for onset, stop in _seizures(alarms, stop_sample)
        if stop > start_sample
    )
    return sum(inside) / (stop_sample - start_sample)


def _seizures(alarms: Sequence[Alarm], stop_sample: int) -> list[tuple[int, int]]:
    """Return the seizures that begin before ``stop_sample``, in order; where alarms overlap, one.

    An alarm that is only raised may overlap a confirmed one until it is retracted as merged.
    """
    spans = sorted(
        (alarm.onset_sample, min(alarm.offset_sample, stop_sample))
        for alarm in alarms
        if alarm.state is not AlarmState.RETRACTED and alarm.onset_sample < stop_sample
    )
    merged: list[tuple[int, int]] = []
    for onset, offset in spans:
        if merged and onset <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(offset, merged[-1][1]))
        else:
            merged.append((onset, offset))
    return merged
