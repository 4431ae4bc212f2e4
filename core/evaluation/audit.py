"""Every false alarm with the signal behind it and a likely cause."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.conditioning import Conditioner
from core.config import Config
from core.electrodes import ELECTRODES
from core.evaluation.audit_features import BANDS_HZ, describe
from core.evaluation.audit_rules import (
    CATEGORIES,
    JOIN_S,
    RULES,
    Circumstances,
    FalseAlarm,
    categorise,
)
from core.evaluation.results import RecordingResult
from core.io.edf import Recording, open_recording
from core.types import Chunk, Event, FloatArray, Gap, Quality, QualityReport

__all__ = [
    "CATEGORIES",
    "RULES",
    "FalseAlarm",
    "audit_false_alarms",
    "audit_recording",
    "false_alarm_table",
]

MAX_PICTURES = 40
"""False alarms whose signal is kept for a picture: those of the highest peaks."""

PICTURE_S = 10.0

_SETTLE_S = 30.0
"""Signal pushed through the filters ahead of an event, so that they have forgotten their start."""

_DESCRIBED_S = 60.0
"""Longest part of an event that is looked at, from its onset."""

_CHUNK_S = 4.0


def audit_false_alarms(
    recordings: Sequence[RecordingResult],
    config: Config,
    progress: Callable[[int, int], None] | None = None,
) -> list[FalseAlarm]:
    """Look into every false alarm at the locked thresholds.

    Parameters
    ----------
    recordings
        Results with events and references.
    config
        The detector's settings.
    progress
        Called with the number of recordings done and of all.

    Returns
    -------
    list
        In the order of the recordings, by onset. The :data:`MAX_PICTURES` of the highest peaks
        hold an excerpt of the signal.

    Raises
    ------
    VigilError
        Where a recording cannot be read.
    """
    found: list[FalseAlarm] = []
    for n_done, result in enumerate(recordings, 1):
        found = _keep_pictures(found + audit_recording(result, config))
        if progress is not None:
            progress(n_done, len(recordings))
    return found


def audit_recording(result: RecordingResult, config: Config) -> list[FalseAlarm]:
    """Look into every false alarm of one recording.

    Only the signal around the events is read, through the detector's own conditioning.
    """
    wanted = [event for event in result.hyp_locked if result.is_false_alarm(event)]
    if not wanted:
        return []
    with open_recording(result.path) as recording:
        return [_audit(_read_around(recording, event, config), event, result) for event in wanted]


def false_alarm_table(alarms: Sequence[FalseAlarm]) -> str:
    """Return the text of a TSV file: one row a false alarm, ``n/a`` for what is not known."""
    columns = (
        "recording", "patient", "onset", "duration", "peak", "category", "reason", "channels",
        "quality", *BANDS_HZ, "above_20_hz", "mains", "rhythm_hz", "rhythm_prominence",
    )  # fmt: skip
    return "".join("\t".join(row) + "\n" for row in (columns, *map(_row, alarms)))


def count_categories(alarms: Sequence[FalseAlarm]) -> dict[str, int]:
    """Count false alarms by category, in the order of the rules; zeros included."""
    counts = Counter(alarm.category for alarm in alarms)
    return {category: counts[category] for category in CATEGORIES}


def _row(alarm: FalseAlarm) -> tuple[str, ...]:
    head = (
        alarm.recording, alarm.patient, f"{alarm.onset_s:.3f}", f"{alarm.duration_s:.3f}",
        f"{alarm.peak:.4f}", alarm.category, alarm.reason or "n/a",
    )  # fmt: skip
    quality = alarm.flags_text or "good"
    features = alarm.features
    if features is None:
        return (*head, "n/a", quality, *("n/a",) * (len(BANDS_HZ) + 4))
    rhythm = ("n/a", "n/a")
    if features.rhythm is not None:
        rhythm = f"{features.rhythm.freq_hz:.2f}", f"{features.rhythm.prominence:.2f}"
    shares = [*features.bands.values(), features.fast_share, features.mains_share]
    channels = ",".join(features.dominant)
    return (*head, channels, quality, *(f"{share:.4f}" for share in shares), *rhythm)


def _keep_pictures(alarms: list[FalseAlarm]) -> list[FalseAlarm]:
    pictured = [i for i, alarm in enumerate(alarms) if alarm.excerpt is not None]
    pictured.sort(key=lambda i: -alarms[i].peak)
    for i in pictured[MAX_PICTURES:]:
        alarms[i] = replace(alarms[i], excerpt=None)
    return alarms


@dataclass(slots=True)
class _Surroundings:
    """Signal, gaps and quality around an event."""

    blocks: list[Chunk]
    seams_s: list[float]
    reports: list[tuple[float, float, QualityReport]]


def _read_around(recording: Recording, event: Event, config: Config) -> _Surroundings:
    source_sfreq, sfreq = recording.info.sfreq, float(config.conditioning.sfreq)
    before_s = max(JOIN_S, PICTURE_S / 2)
    stop_s = event.onset_s + max(min(event.duration_s, _DESCRIBED_S), before_s)
    start_s = max(0.0, event.onset_s - before_s - _SETTLE_S)
    around = _Surroundings([], [], [])
    if start_s >= recording.duration_s:
        return around
    conditioner = Conditioner(recording.info, config)

    def take(items: Sequence[Chunk | Gap | QualityReport]) -> None:
        for item in items:
            if isinstance(item, Gap):
                around.seams_s += [item.start_sample / sfreq, item.stop_sample / sfreq]
            elif isinstance(item, QualityReport):
                edges_s = item.start_sample / source_sfreq, item.stop_sample / source_sfreq
                around.reports.append((*edges_s, item))
            elif item.stop_sample > (event.onset_s - before_s) * sfreq:
                around.blocks.append(item)

    for chunk in recording.chunks(_CHUNK_S, start_s):
        take(conditioner.push(chunk))
        if chunk.start_sample / source_sfreq > stop_s + 1.0:  # the resampler lags
            break
    else:
        take(conditioner.flush())
    return around


def _audit(
    around: _Surroundings,
    event: Event,
    result: RecordingResult,
) -> FalseAlarm:
    sfreq, onset, half = event.sfreq, event.onset_sample, round(PICTURE_S / 2 * event.sfreq)
    looked_at = _cut(
        around.blocks, onset, min(event.offset_sample, onset + round(_DESCRIBED_S * sfreq))
    )
    features = describe(looked_at, sfreq) if looked_at.shape[1] >= sfreq else None
    excerpt_start = max(onset - half, around.blocks[0].start_sample if around.blocks else 0)
    excerpt = _cut(around.blocks, excerpt_start, onset + half)
    seams = [*result.joins_s, *(edge for gap in result.gaps_s for edge in gap), *around.seams_s]
    ends = [stop for _, stop in result.ref if stop <= event.onset_s]
    circumstances = Circumstances(
        seam_s=min((abs(seam - event.onset_s) for seam in seams), default=None),
        after_seizure_s=event.onset_s - max(ends) if ends else None,
        flags=_flags(around.reports, event),
    )
    category, reason = categorise(features, circumstances)
    return FalseAlarm(
        recording=result.path.name,
        patient=result.patient,
        onset_s=event.onset_s,
        duration_s=event.duration_s,
        peak=event.peak,
        category=category,
        reason=reason,
        features=features,
        flags=circumstances.flags,
        excerpt=excerpt if excerpt.shape[1] else None,
        excerpt_start_s=excerpt_start / sfreq,
    )


def _cut(blocks: Sequence[Chunk], start: int, stop: int) -> FloatArray:
    """Return samples ``[start, stop)`` as far as they are there, gaps left out."""
    parts = [
        block.data[:, max(start - block.start_sample, 0) : max(stop - block.start_sample, 0)]
        for block in blocks
    ]
    empty = np.empty((len(ELECTRODES), 0), dtype=np.float32)
    return np.concatenate([empty, *parts], axis=1)


def _flags(
    reports: Sequence[tuple[float, float, QualityReport]], event: Event
) -> tuple[tuple[str, Quality, float], ...]:
    """Share of the intervals that touch the event for which a channel is flagged."""
    stop_s = min(event.offset_s, event.onset_s + _DESCRIBED_S)
    during = [report for start, stop, report in reports if start < stop_s and stop > event.onset_s]
    counts = Counter(
        (name, flag)
        for report in during
        for name, flags in zip(report.ch_names, report.flags, strict=True)
        for flag in flags
    )
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0][0], item[0][1].value))
    return tuple((name, flag, count / len(during)) for (name, flag), count in ordered)
