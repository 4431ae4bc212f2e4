"""Temperature and bias that make the locked thresholds a sensible working point."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logit

from core.config import Config
from core.evaluation.annotations import SEIZURE, Span
from core.evaluation.dataset import DatasetRecording
from core.evaluation.ovlp import ovlp
from core.evaluation.reference import settle_reference
from core.evaluation.sweep import events_at
from core.evaluation.tidy import tidy
from core.model.checkpoint import Calibration
from core.training.crops import Material
from core.training.dev_pass import Stitched, sigmoid

__all__ = ["fit_calibration"]

_THIN = 16
"""Every so many samples enter the fit; neighbours say the same."""

_N_THRESHOLDS = 161
"""So many logits, from the lowest to the highest, are tried as threshold."""

_AS_GOOD = 0.01
"""An F1 so close to the best is as good."""

_N_DRAWS = 500
"""So many bootstrap draws of patients."""


def fit_calibration(material: Material, stitched: Sequence[Sequence[Stitched]]) -> Calibration:
    """Fit on recordings that the network was not trained on.

    The temperature (with a bias) minimises the cross-entropy over samples, both classes weighing
    alike. The bias is then moved to where events at the locked thresholds have the best F1; where
    a range of biases has, to its middle, which leaves most room on both sides. With few patients
    one of them can decide which range that is, so the bias is the median over bootstrap draws of
    patients; a mean could lie between two ranges, where nobody is served. A seizure is found if any
    event touches it (OVLP), for that is what an alarm is there for. An event is as many false
    alarms as seizures of middling length would fit into the background it covers, and at least one
    where it touches no seizure; or one event from beginning to end would be all but perfect.

    Parameters
    ----------
    material, stitched
        Dev recordings, and what the network made of them.
    """
    logits = np.concatenate([e.logits[::_THIN] for one in stitched for e in one]).astype(float)
    ictal = np.concatenate([e.ictal[::_THIN] for one in stitched for e in one])
    if not ictal.any() or ictal.all():
        return Calibration()
    slope = _fit_slope(logits, ictal)
    tau_on = material.config.events.tau_on
    thresholds = np.linspace(logits.min(), logits.max(), _N_THRESHOLDS)
    biases = float(logit(min(tau_on, 0.9999))) - slope * thresholds
    lengths_s = [offset_s - onset_s for one in material.seizures for onset_s, offset_s in one]
    typical_s = float(np.median(lengths_s))
    counts = _counts_by_patient(material, stitched, slope, biases, typical_s)
    return Calibration(temperature=1.0 / slope, bias=_median_bias(biases, counts))


def _fit_slope(logits: npt.NDArray[np.float64], ictal: npt.NDArray[np.bool_]) -> float:
    weights = np.where(ictal, 0.5 / ictal.mean(), 0.5 / (1.0 - ictal.mean()))

    def loss(x: npt.NDArray[np.float64]) -> float:
        z = np.exp(x[0]) * logits + x[1]
        return float(np.mean(weights * np.logaddexp(0.0, np.where(ictal, -z, z))))

    found = minimize(loss, x0=np.zeros(2), method="Nelder-Mead")
    # Neither a step function nor a constant, however few recordings there are.
    return float(np.exp(np.clip(found.x[0], np.log(0.1), np.log(10.0))))


def _counts_by_patient(
    material: Material,
    stitched: Sequence[Sequence[Stitched]],
    slope: float,
    biases: npt.NDArray[np.float64],
    typical_s: float,
) -> npt.NDArray[np.float64]:
    """Count what is found, missed and false: (n_patients, n_biases, 3)."""
    patients = sorted({recording.patient for recording in material.recordings})
    counts = np.zeros((len(patients), len(biases), 3))
    for recording, segments in zip(material.recordings, stitched, strict=True):
        row = counts[patients.index(recording.patient)]
        for k, bias in enumerate(biases):
            row[k] += _count(recording, segments, material.config, slope, float(bias), typical_s)
    return counts


def _count(
    recording: DatasetRecording,
    segments: Sequence[Stitched],
    config: Config,
    slope: float,
    bias: float,
    typical_s: float,
) -> tuple[float, float, float]:
    pieces = [(e.start_sample, sigmoid(slope * e.logits + bias)) for e in segments]
    events = events_at(pieces, config, config.events.tau_on, config.events.tau_off)
    reference = settle_reference(recording.annotations).annotations
    end_s = reference.duration_s
    hyp = [Span(e.onset_s, min(e.offset_s, end_s)) for e in events if e.onset_s < end_s]
    counts = ovlp(tidy(reference.spans, end_s), tidy(tuple(hyp), end_s))[SEIZURE]
    false = sum(_false_alarms(event, reference.seizures(), typical_s) for event in hyp)
    return counts.tp, counts.fn, false


def _false_alarms(event: Span, seizures: Sequence[tuple[float, float]], typical_s: float) -> float:
    ictal_s = sum(
        max(0.0, min(event.stop_s, offset_s) - max(event.start_s, onset_s))
        for onset_s, offset_s in seizures
    )
    weight = (event.stop_s - event.start_s - ictal_s) / typical_s
    return weight if ictal_s else max(1.0, weight)


def _median_bias(biases: npt.NDArray[np.float64], counts: npt.NDArray[np.float64]) -> float:
    """Choose the middle one of the best biases of many draws of as many patients."""
    n_patients = len(counts)
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(n_patients, np.full(n_patients, 1 / n_patients), size=_N_DRAWS)
    found, missed, false = np.moveaxis(np.tensordot(drawn, counts, 1), 2, 0)
    f1 = 2 * found / np.maximum(2 * found + missed + false, 1.0)  # (n_draws, n_biases)
    with_seizures = (found + missed).any(axis=1)
    best = [_middle_of_best(biases, row) for row in f1[with_seizures]]
    return float(np.quantile(best, 0.5, method="lower"))  # one of them, nothing in between


def _middle_of_best(biases: npt.NDArray[np.float64], f1: npt.NDArray[np.float64]) -> float:
    """Middle of the longest run of biases that are as good as the best."""
    best = f1 >= f1.max() - _AS_GOOD
    edges = np.flatnonzero(np.diff(np.concatenate([[False], best, [False]]).astype(int)))
    starts, stops = edges[0::2], edges[1::2]
    k = int(np.argmax(stops - starts))
    return float(biases[starts[k] : stops[k]].mean())
