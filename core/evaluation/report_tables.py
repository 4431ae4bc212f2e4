"""The report's tables as text, for HTML and Markdown alike."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.curves import FA_TARGETS, SCORERS, Interval
from core.evaluation.results import Evaluation, GroupResult

__all__ = [
    "Table",
    "dataset_table",
    "headline_table",
    "locked_table",
    "patient_table",
    "provenance_table",
    "target_table",
]

NOT_DEFINED = "not defined"
_NAMES = {"taes": "NEDC TAES", "ovlp": "NEDC OVLP", "szcore": "SzCORE event"}


@dataclass(frozen=True, slots=True)
class Table:
    """Names of the columns, and cells row by row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def headline_table(evaluation: Evaluation) -> Table:
    """Sum up how much was evaluated and how well samples were told apart."""
    intervals = evaluation.intervals
    return Table(
        ("Measure", "Value"),
        (
            ("Weights", evaluation.weights),
            ("Recordings, patients", f"{len(evaluation.recordings)}, {_n_patients(evaluation)}"),
            ("Length, behind every rate", f"{evaluation.hours:.2f} h"),
            ("of it background", f"{evaluation.background_hours:.2f} h"),
            ("Seizures", _seizures(evaluation)),
            ("AUROC of samples", _with_interval(evaluation.auroc, intervals.get("auroc"), 3)),
            *_network_rows(evaluation),
            ("AUPRC of samples", _with_interval(evaluation.auprc, intervals.get("auprc"), 3)),
            ("Delay of detection", _delay(evaluation.delays_s, evaluation.n_onsets)),
            ("Delay of first alarm", _delay(evaluation.alarm_delays_s, evaluation.n_onsets)),
        ),
    )


def _network_rows(evaluation: Evaluation) -> tuple[tuple[str, str], ...]:
    """Tell a cross-validation's ranking by each network from that over all of them."""
    if not evaluation.auroc_by_network:
        return ()
    each = ", ".join(_number(value, 3) for value in evaluation.auroc_by_network)
    text = f"{_number(evaluation.mean_network_auroc, 3)} ({each})"
    return (("AUROC within each network's patients: mean (each)", text),)


def target_table(evaluation: Evaluation) -> Table:
    """Best sensitivity of the sweep with at most so many false alarms."""
    rows = []
    for scorer in SCORERS:
        by_target = evaluation.sensitivity_at_fa.get(scorer, {})
        cells = []
        for target in FA_TARGETS:
            value = by_target.get(target, math.nan) if evaluation.n_seizures else math.nan
            interval = evaluation.intervals.get(f"sensitivity_at_fa.{scorer}.{target:g}")
            cells.append(_with_interval(value, interval, 3))
        rows.append((_NAMES[scorer], *cells, f"{evaluation.background_hours:.2f}"))
    columns = ("Sensitivity (95 % interval)", *(f"{target:g} FA/24h" for target in FA_TARGETS))
    return Table((*columns, "Background (h)"), tuple(rows))


def locked_table(evaluation: Evaluation) -> Table:
    """Scores at the locked thresholds."""
    rows = []
    for scorer in SCORERS:
        point = evaluation.locked.get(scorer)
        cells = []
        for name, decimals in (
            ("sensitivity", 3), ("precision", 3), ("f1", 3), ("fa_per_24h", 1),
        ):  # fmt: skip
            value = math.nan if point is None else getattr(point, name)
            if name == "sensitivity" and not evaluation.n_seizures:
                value = math.nan
            interval = evaluation.intervals.get(f"locked.{scorer}.{name}")
            cells.append(_with_interval(value, interval, decimals))
        rows.append((_NAMES[scorer], *cells, f"{evaluation.background_hours:.2f}"))
    first = f"tau_on {evaluation.tau_on:g}, tau_off {evaluation.tau_off:g} (95 % interval)"
    columns = (first, "Sensitivity", "Precision", "F1", "FA/24h", "Background (h)")
    return Table(columns, tuple(rows))


def dataset_table(evaluation: Evaluation) -> Table:
    """Results of each data set."""
    rows = tuple(
        (group.name, str(group.n_patients), *_group_cells(group))
        for group in evaluation.per_dataset
    )
    return Table(("Data set", "Patients", *_GROUP_COLUMNS), rows)


def patient_table(evaluation: Evaluation) -> Table:
    """Results of each patient."""
    rows = tuple(
        (patient.name, patient.dataset, *_group_cells(patient))
        for patient in evaluation.per_patient
    )
    return Table(("Patient", "Data set", *_GROUP_COLUMNS), rows)


def provenance_table(evaluation: Evaluation) -> Table:
    """Say what made the results, and where."""
    return Table(
        ("What", "Value"),
        (
            ("Command", evaluation.command or "not recorded"),
            ("Machine", evaluation.machine or "not recorded"),
            ("Engine", evaluation.engine),
            ("Weights", evaluation.weights),
            ("Configuration", evaluation.config_hash),
        ),
    )


_GROUP_COLUMNS = (
    "Hours", "Background (h)", "Seizures", "AUROC", "AUPRC", "TAES sens.", "OVLP sens.",
    "OVLP FA/24h", "SzCORE F1",
)  # fmt: skip


def _group_cells(group: GroupResult) -> tuple[str, ...]:
    locked = group.locked
    seen = group.n_seizures > 0

    def value(scorer: str, name: str, *, defined: bool = True) -> float:
        point = next((point for key, point in locked.items() if key == scorer), None)
        return getattr(point, name) if point is not None and defined else math.nan

    return (
        f"{group.hours:.2f}",
        f"{group.background_hours:.2f}",
        str(group.n_seizures),
        _number(group.auroc, 3),
        _number(group.auprc, 3),
        _number(value("taes", "sensitivity", defined=seen), 3),
        _number(value("ovlp", "sensitivity", defined=seen), 3),
        _number(value("ovlp", "fa_per_24h"), 1),
        _number(value("szcore", "f1", defined=seen), 3),
    )


def _seizures(evaluation: Evaluation) -> str:
    n_joined, n_clipped = evaluation.joined_references, evaluation.clipped_references
    if not n_joined and not n_clipped:
        return str(evaluation.n_seizures)
    return (
        f"{evaluation.n_seizures} of {evaluation.n_seizures + n_joined} annotated "
        f"({n_joined} joined with the one before, {n_clipped} cut at the end)"
    )


def _n_patients(evaluation: Evaluation) -> int:
    return len(evaluation.per_patient)


def _number(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}" if math.isfinite(value) else NOT_DEFINED


def _with_interval(value: float, interval: Interval | None, decimals: int) -> str:
    text = _number(value, decimals)
    if interval is None or not math.isfinite(value + interval.low + interval.high):
        return text
    return f"{text} ({interval.low:.{decimals}f} to {interval.high:.{decimals}f})"


def _delay(delays_s: Sequence[float], n_onsets: int) -> str:
    if not delays_s:
        return f"{NOT_DEFINED} (0 of {n_onsets} onsets detected)"
    median = float(np.median(delays_s))
    return f"median {median:.1f} s ({len(delays_s)} of {n_onsets} onsets detected)"
