"""How long after a seizure's onset it is detected, and how long until the alarm."""

from collections.abc import Iterable, Sequence

from core.evaluation.probabilities import Standing
from core.evaluation.results import RecordingResult

__all__ = ["TRUE_EEG_S", "alarm_times", "onset_delays"]

TRUE_EEG_S = 5.0
"""Uninterrupted EEG that must lie before an onset for a delay to mean something."""

_CROSS_FADE_S = 0.5
"""A join this shortly behind an onset still hides it."""


def alarm_times(
    spans: Iterable[tuple[float, float]], standing: Sequence[Standing], sfreq: float
) -> tuple[float | None, ...]:
    """Say when an event that overlaps each span first stood, final or provisional.

    Parameters
    ----------
    spans
        Onset and offset in seconds.
    standing
        After each window, in order.
    sfreq
        Rate of ``standing`` in Hz.

    Returns
    -------
    tuple
        Seconds of recording that had to be in: the alarm is raised then, apart from the lag of
        the resampler and the time that the computer takes. None where there was no alarm.
    """
    return tuple(
        next(
            (
                each.sample / sfreq
                for each in standing
                if any(
                    onset / sfreq < offset_s and onset_s < offset / sfreq
                    for onset, offset in each.events
                )
            ),
            None,
        )
        for onset_s, offset_s in spans
    )


def onset_delays(
    recordings: Iterable[RecordingResult],
) -> tuple[tuple[float, ...], tuple[float, ...], int]:
    """Collect the delays over all seizures whose onset lies in true EEG.

    Returns
    -------
    delays_s
        From a seizure's onset to that of the first final event that overlaps it. An event that
        had begun before the true EEG in front of the onset did not detect this onset.
    alarm_delays_s
        From a seizure's onset to the first alarm that overlaps it, by the same rule.
    n_onsets
        Seizures that were looked at, detected or not.
    """
    delays_s: list[float] = []
    alarm_delays_s: list[float] = []
    n_onsets = 0
    for recording in recordings:
        for (onset_s, offset_s), alarm_s in zip(recording.ref, recording.ref_alarm_s, strict=True):
            if not _in_true_eeg(recording, onset_s):
                continue
            n_onsets += 1
            if alarm_s is not None and alarm_s >= onset_s - TRUE_EEG_S:
                alarm_delays_s.append(alarm_s - onset_s)
            for event in recording.hyp_locked:
                if event.onset_s < offset_s and onset_s < event.offset_s:
                    if event.onset_s < onset_s - TRUE_EEG_S:
                        break
                    delays_s.append(event.onset_s - onset_s)
                    break
    return tuple(delays_s), tuple(alarm_delays_s), n_onsets


def _in_true_eeg(recording: RecordingResult, onset_s: float) -> bool:
    breaks = (*recording.joins_s, *(stop_s for _, stop_s in recording.gaps_s))
    first_s, last_s = onset_s - TRUE_EEG_S, onset_s + _CROSS_FADE_S
    return first_s >= 0 and not any(first_s < break_s < last_s for break_s in breaks)
