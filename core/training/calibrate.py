"""Temperature and bias that make the locked thresholds a sensible working point."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logit

from core.evaluation.annotations import SEIZURE, Span
from core.evaluation.ovlp import ovlp
from core.evaluation.reference import settle_reference
from core.evaluation.sweep import events_at
from core.evaluation.taes import taes
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


def fit_calibration(material: Material, stitched: Sequence[Sequence[Stitched]]) -> Calibration:
    """Fit on recordings that the network was not trained on.

    The temperature (with a bias) minimises the cross-entropy over samples, both classes weighing
    alike. The bias is then moved to where events at the locked thresholds have the best F1; where
    a range of biases has, to its middle, which leaves most room on both sides. A seizure is found
    if any event touches it (OVLP), for that is what an alarm is there for; false alarms are
    counted by how much of the background they cover (TAES), or one event from beginning to end
    would be perfect.

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
    f1 = np.array([_event_f1(material, stitched, slope, bias) for bias in biases])
    return Calibration(temperature=1.0 / slope, bias=_middle_of_best(biases, f1))


def _fit_slope(logits: npt.NDArray[np.float64], ictal: npt.NDArray[np.bool_]) -> float:
    weights = np.where(ictal, 0.5 / ictal.mean(), 0.5 / (1.0 - ictal.mean()))

    def loss(x: npt.NDArray[np.float64]) -> float:
        z = np.exp(x[0]) * logits + x[1]
        return float(np.mean(weights * np.logaddexp(0.0, np.where(ictal, -z, z))))

    found = minimize(loss, x0=np.zeros(2), method="Nelder-Mead")
    # Neither a step function nor a constant, however few recordings there are.
    return float(np.exp(np.clip(found.x[0], np.log(0.1), np.log(10.0))))


def _event_f1(
    material: Material, stitched: Sequence[Sequence[Stitched]], slope: float, bias: float
) -> float:
    config = material.config
    tp = fn = fp = 0.0
    for recording, segments in zip(material.recordings, stitched, strict=True):
        pieces = [(e.start_sample, sigmoid(slope * e.logits + bias)) for e in segments]
        events = events_at(pieces, config, config.events.tau_on, config.events.tau_off)
        reference = settle_reference(recording.annotations).annotations
        end_s = reference.duration_s
        hyp = [Span(e.onset_s, min(e.offset_s, end_s)) for e in events if e.onset_s < end_s]
        lines = tidy(reference.spans, end_s), tidy(tuple(hyp), end_s)
        found = ovlp(*lines)[SEIZURE]
        tp, fn, fp = tp + found.tp, fn + found.fn, fp + taes(*lines)[SEIZURE].fp
    return 2 * tp / max(2 * tp + fn + fp, 1.0)


def _middle_of_best(biases: npt.NDArray[np.float64], f1: npt.NDArray[np.float64]) -> float:
    """Middle of the longest run of biases that are as good as the best."""
    best = f1 >= f1.max() - _AS_GOOD
    edges = np.flatnonzero(np.diff(np.concatenate([[False], best, [False]]).astype(int)))
    starts, stops = edges[0::2], edges[1::2]
    k = int(np.argmax(stops - starts))
    return float(biases[starts[k] : stops[k]].mean())
