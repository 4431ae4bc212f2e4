"""The EEG around an alarm, as a reader of EEG wants to see it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.config import MontageConfig
from core.display_filter import DisplayFilter, DisplayFilterSettings
from core.display_montage import DisplayMontage, built_in_montages
from core.montage import plan_montage
from core.types import Chunk, FloatArray
from monitor.archive.history import EegPart
from monitor.export.material import Material

__all__ = ["AFTER_S", "BEFORE_S", "FILTERS", "MONTAGE", "Excerpt", "Stretch", "read_excerpt"]

BEFORE_S, AFTER_S = 10.0, 30.0
MONTAGE = "Longitudinal bipolar"
_L_FREQ_HZ, _H_FREQ_HZ = 0.5, 70.0
FILTERS = f"{_L_FREQ_HZ:g} to {_H_FREQ_HZ:g} Hz and mains notch"
_SHOWN_HZ = 256.0
"""More samples than that would fall upon each other on paper."""

_PROBABILITY_HZ = 256.0


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Signal without interruption.

    Attributes
    ----------
    start_s
        Of its first sample, since the session began.
    sfreq_hz
        Its rate.
    rows : (n_rows, n_samples) float32
        Of the montage, filtered, microvolts.
    """

    start_s: float
    sfreq_hz: float
    rows: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Excerpt:
    """What the picture of an alarm is drawn from.

    Attributes
    ----------
    start_s, stop_s
        Since the session began.
    labels
        Of the rows.
    chain_starts
        Rows at which another chain of electrodes begins.
    stretches
        Of EEG; none where nothing was recorded.
    probability : (n,) float32
        At 256 Hz from ``start_s`` on; NaN where there is none.
    """

    start_s: float
    stop_s: float
    labels: tuple[str, ...]
    chain_starts: tuple[int, ...]
    stretches: tuple[Stretch, ...]
    probability: FloatArray


def read_excerpt(material: Material, onset_s: float) -> Excerpt:
    """Read the EEG from 10 s before an onset to 30 s after it, within the session.

    Raises
    ------
    VigilError
        Where a part of the EEG is missing or damaged.
    """
    start_s = max(0.0, onset_s - BEFORE_S)
    stop_s = min(material.duration_s, onset_s + AFTER_S)
    settings = material.description.get("config") or {}
    montage = next(m for m in built_in_montages() if m.name == MONTAGE)
    config = MontageConfig.model_validate(settings.get("montage") or {})
    mains_hz = float((settings.get("conditioning") or {}).get("mains_hz", 60))
    return Excerpt(
        start_s,
        stop_s,
        montage.labels,
        montage.chain_starts,
        tuple(_stretches(material, start_s, stop_s, montage, config, mains_hz))
        if material.parts
        else (),
        material.probability(start_s, stop_s),
    )


def _stretches(
    material: Material,
    start_s: float,
    stop_s: float,
    montage: DisplayMontage,
    config: MontageConfig,
    mains_hz: float,
) -> Iterator[Stretch]:
    offsets_s = {run.number: run.offset_s for run in material.runs}
    settling_s = DisplayFilterSettings(_L_FREQ_HZ).settling_s
    for part, first, data in _joined(material.eeg(max(0.0, start_s - settling_s), stop_s)):
        plan = plan_montage(part.ch_names, config)
        electrodes = (plan.weights @ data[list(plan.source_channels)]).astype(np.float32)
        sfreq_hz = part.sfreq_hz
        h_freq_hz = min(_H_FREQ_HZ, 0.4 * sfreq_hz)
        notch_hz = mains_hz if mains_hz < 0.45 * sfreq_hz else None
        settings = DisplayFilterSettings(_L_FREQ_HZ, h_freq_hz, notch_hz)
        rows = DisplayFilter(montage, settings, sfreq_hz).push(electrodes)
        begins_s = offsets_s[part.run] + first / sfreq_hz
        settled = max(0, round((start_s - begins_s) * sfreq_hz))
        step = max(1, int(sfreq_hz // _SHOWN_HZ))
        shown = rows[:, settled::step]
        if shown.shape[1]:
            yield Stretch(begins_s + settled / sfreq_hz, sfreq_hz / step, shown)


def _joined(
    pieces: Iterator[tuple[EegPart, Chunk]],
) -> Iterator[tuple[EegPart, int, FloatArray]]:
    """Put chunks together that follow upon each other, over the ends of files, too.

    Yields the part that a stretch begins in, its first sample since the run began, and its data.
    """
    part: EegPart | None = None
    first = due = 0
    chunks: list[FloatArray] = []
    for own, chunk in pieces:
        begins = own.start_sample + chunk.start_sample
        goes_on = part is not None and begins == due and _alike(own, part)
        if part is not None and not goes_on:
            yield part, first, np.concatenate(chunks, axis=1)
        if not goes_on:
            part, first, chunks = own, begins, []
        chunks.append(chunk.data)
        due = begins + chunk.n_samples
    if part is not None:
        yield part, first, np.concatenate(chunks, axis=1)


def _alike(one: EegPart, other: EegPart) -> bool:
    return (one.run, one.sfreq_hz, one.ch_names) == (other.run, other.sfreq_hz, other.ch_names)
