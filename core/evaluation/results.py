"""What an evaluation over a data set came to."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.evaluation.curves import Calibration, Curve, Interval, OperatingPoint, Scorer, Trace
from core.types import Event

__all__ = ["Evaluation", "GroupResult", "PatientResult", "RecordingResult"]


@dataclass(frozen=True, slots=True)
class RecordingResult:
    """One recording at the locked thresholds. Times are seconds since the recording began.

    Attributes
    ----------
    path
        The EEG file.
    patient, dataset
        Whose it is, and from which data set.
    duration_s
        As its annotations say.
    ref
        Annotated seizures, sorted: (onset, offset).
    hyp_locked
        Final events at the locked thresholds.
    first_alarm_s
        For each of ``hyp_locked``: when its alarm was first raised, from the provisional stream.
    ref_alarm_s
        For each of ``ref``: when an alarm that overlaps it first stood; None where none did.
    probabilities_path
        ``.npy`` with all final probabilities (float32, 256 Hz), the segments one after another;
        :func:`core.evaluation.probabilities.read_segments` splits them.
    segments
        (first sample, number of samples) of each uninterrupted piece, at 256 Hz.
    gaps_s
        (start, stop) of each interruption.
    joins_s
        Where pieces of a composite recording were laid end to end.
    """

    path: Path
    patient: str
    dataset: str
    duration_s: float
    ref: tuple[tuple[float, float], ...]
    hyp_locked: tuple[Event, ...]
    first_alarm_s: tuple[float, ...]
    ref_alarm_s: tuple[float | None, ...]
    probabilities_path: Path
    segments: tuple[tuple[int, int], ...]
    gaps_s: tuple[tuple[float, float], ...] = ()
    joins_s: tuple[float, ...] = ()

    def is_false_alarm(self, event: Event) -> bool:
        """Whether an event overlaps no annotated seizure."""
        return not any(
            event.onset_s < offset_s and onset_s < event.offset_s for onset_s, offset_s in self.ref
        )


@dataclass(frozen=True, slots=True)
class GroupResult:
    """Scores of some recordings at the locked thresholds.

    Attributes
    ----------
    name
        Of the patient, or of the data set.
    hours, background_hours
        Length of the recordings, and of what is no seizure in them.
    n_seizures
        Annotated.
    auroc, auprc
        Over samples; NaN where only one class occurs.
    locked
        By scorer.
    n_patients
        In the group.
    """

    name: str
    hours: float
    background_hours: float
    n_seizures: int
    auroc: float
    auprc: float
    locked: Mapping[Scorer, OperatingPoint]
    n_patients: int = 1

    @property
    def sensitivity(self) -> float:
        """OVLP, at the locked thresholds."""
        return self.locked["ovlp"].sensitivity

    @property
    def fa_per_24h(self) -> float:
        """OVLP, at the locked thresholds."""
        return self.locked["ovlp"].fa_per_24h

    def as_dict(self) -> dict[str, Any]:
        """Plain values; None for what is not a number."""
        return {
            "hours": self.hours,
            "background_hours": self.background_hours,
            "n_patients": self.n_patients,
            "n_seizures": self.n_seizures,
            "auroc": plain(self.auroc),
            "auprc": plain(self.auprc),
            "sensitivity": plain(self.sensitivity) if self.n_seizures else None,
            "fa_per_24h": plain(self.fa_per_24h),
            "locked": {scorer: _point_dict(point) for scorer, point in self.locked.items()},
        }


@dataclass(frozen=True, slots=True)
class PatientResult(GroupResult):
    """Scores of one patient; ``dataset`` says from where."""

    dataset: str = "unknown"

    def as_dict(self) -> dict[str, Any]:
        """Plain values; None for what is not a number."""
        # super() without arguments does not work in a dataclass with slots.
        return {"dataset": self.dataset, **GroupResult.as_dict(self)}

    @property
    def patient(self) -> str:
        """Name of the patient."""
        return self.name


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """All results over a data set.

    Attributes
    ----------
    auroc, auprc
        Over every sample of every recording.
    auroc_by_network
        Of a cross-validation: AUROC of each network over its own patients, in the order of the
        folds; NaN where only one class occurs. ``auroc`` ranks the outputs of different networks
        among each other, and so also says how well their calibrations agree (Forman and Scholz
        2010, "Apples-to-apples in cross-validation studies"). Empty where one network scored
        everything.
    hours, background_hours
        Behind every rate: length of the recordings, and of what is no seizure in them.
    n_seizures
        Annotated, as they are scored.
    joined_references, clipped_references
        Annotated seizures that were joined with the one before, or cut at the recording's end.
    sensitivity_at_fa
        By scorer and target (:data:`FA_TARGETS`): best sensitivity of the sweep with at most so
        many false alarms; 0 where no threshold keeps to it.
    locked
        By scorer: scores at the locked thresholds.
    curves
        By scorer: the sweep.
    roc, pr, calibration
        For drawing; None where only one class occurs (the calibration is always there).
    delays_s
        Onset of the first final event that overlaps a seizure, minus the seizure's onset.
        Negative where the event began before.
    alarm_delays_s
        From a seizure's onset to the first alarm that overlaps it.
    n_onsets
        Seizures whose onset is in true EEG, so that a delay means something; the delays are
        those of the detected ones among them.
    per_patient, per_dataset
        Sorted by name.
    intervals
        By name (``auroc``, ``locked.ovlp.sensitivity``, ``sensitivity_at_fa.taes.5``, ...).
    recordings
        Sorted by path.
    engine, weights, config_hash
        What computed; ``weights`` is ``UNTRAINED`` where nobody trained them.
    tau_on, tau_off
        The locked thresholds.
    command, machine
        How this was made, and on what.
    notes
        What a reader must know, one line each.
    """

    auroc: float
    auprc: float
    hours: float
    background_hours: float
    n_seizures: int
    sensitivity_at_fa: Mapping[Scorer, Mapping[float, float]]
    locked: Mapping[Scorer, OperatingPoint]
    curves: Mapping[Scorer, Curve]
    roc: Trace | None
    pr: Trace | None
    calibration: Calibration
    delays_s: tuple[float, ...]
    alarm_delays_s: tuple[float, ...]
    n_onsets: int
    per_patient: tuple[PatientResult, ...]
    per_dataset: tuple[GroupResult, ...]
    intervals: Mapping[str, Interval]
    recordings: tuple[RecordingResult, ...]
    engine: str
    weights: str
    config_hash: str
    tau_on: float
    tau_off: float
    command: str = ""
    machine: str = ""
    joined_references: int = 0
    clipped_references: int = 0
    notes: tuple[str, ...] = field(default=())
    auroc_by_network: tuple[float, ...] = ()

    @property
    def mean_network_auroc(self) -> float:
        """Mean of ``auroc_by_network`` over those that are numbers; NaN where there is none."""
        values = [value for value in self.auroc_by_network if math.isfinite(value)]
        return math.fsum(values) / len(values) if values else math.nan

    def to_json(self) -> dict[str, Any]:
        """Plain values in full precision; None for what is not a number."""
        return {
            "auroc": plain(self.auroc),
            "auprc": plain(self.auprc),
            "auroc_by_network": [plain(value) for value in self.auroc_by_network],
            "hours": self.hours,
            "background_hours": self.background_hours,
            "n_patients": len(self.per_patient),
            "n_recordings": len(self.recordings),
            "n_seizures": self.n_seizures,
            "joined_references": self.joined_references,
            "clipped_references": self.clipped_references,
            "sensitivity_at_fa": {
                scorer: {f"{target:g}": plain(value) for target, value in by_target.items()}
                for scorer, by_target in self.sensitivity_at_fa.items()
            },
            "locked": {scorer: _point_dict(point) for scorer, point in self.locked.items()},
            "thresholds": {"tau_on": self.tau_on, "tau_off": self.tau_off},
            "detection_delay_s": _delay_dict(self.delays_s, self.n_onsets),
            "alarm_delay_s": _delay_dict(self.alarm_delays_s, self.n_onsets),
            "per_patient": {result.name: result.as_dict() for result in self.per_patient},
            "per_dataset": {result.name: result.as_dict() for result in self.per_dataset},
            "intervals": {
                name: [plain(interval.low), plain(interval.high)]
                for name, interval in self.intervals.items()
            },
            "curves": {
                scorer: [{"tau_on": point.tau_on, **_point_dict(point)} for point in curve.points]
                for scorer, curve in self.curves.items()
            },
            "engine": self.engine,
            "weights": self.weights,
            "config_hash": self.config_hash,
            "command": self.command,
            "machine": self.machine,
            "notes": list(self.notes),
        }


def plain(value: float) -> float | None:
    """Return the number, or None where it is not finite."""
    return value if math.isfinite(value) else None


def _point_dict(point: OperatingPoint) -> dict[str, float | None]:
    return {
        "sensitivity": plain(point.sensitivity),
        "precision": plain(point.precision),
        "f1": plain(point.f1),
        "fa_per_24h": plain(point.fa_per_24h),
    }


def _delay_dict(delays_s: tuple[float, ...], n_onsets: int) -> dict[str, Any]:
    median = float(np.median(delays_s)) if delays_s else math.nan
    return {
        "n_onsets": n_onsets,
        "n_detected": len(delays_s),
        "median": plain(median),
        "values": list(delays_s),
    }
