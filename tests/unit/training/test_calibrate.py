"""Calibration makes the locked thresholds a working point."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit

from core.config import Config
from core.evaluation.sweep import events_at
from core.model.checkpoint import Calibration
from core.training import calibrate
from core.training.calibrate import fit_calibration
from tests.unit.training.training_helpers import (
    SFREQ,
    cached,
    material,
    recording,
    stitched,
)

CONFIG = Config()


@pytest.fixture(scope="module")
def subject():
    return material(
        (recording("r0", "p", 300.0, [(60, 100), (200, 230)]), cached(300 * SFREQ)),
        (recording("r1", "q", 200.0, [(50, 90)]), cached(200 * SFREQ)),
    )


def planted(subject, seizure, background, confuser, spread=1.0):
    """Noisy logits: so much in seizures, so much outside, and one confuser in the second one."""
    rng = np.random.default_rng(0)

    def logits(r, times_s):
        values = np.full(len(times_s), background)
        for onset_s, offset_s in subject.seizures[r]:
            values[(times_s >= onset_s) & (times_s < offset_s)] = seizure
        if r == 1:
            values[(times_s >= 150) & (times_s < 165)] = confuser
        return values + rng.normal(0, spread, len(times_s)) * 0.2

    return stitched(subject, logits)


def events(calibration, outputs):
    """Onset and offset in whole seconds, by the detector's own decoder."""
    found = []
    for segments in outputs:
        pieces = []
        for each in segments:
            z = each.logits / calibration.temperature + calibration.bias
            pieces.append((each.start_sample, expit(z).astype(np.float32)))
        decoded = events_at(pieces, CONFIG, CONFIG.events.tau_on, CONFIG.events.tau_off)
        found.append([(round(e.onset_s), round(e.offset_s)) for e in decoded])
    return found


@pytest.mark.parametrize(
    ("seizure", "background", "confuser"),
    [
        (0.5, -3.0, -1.0),  # too timid: nothing reaches 0.86
        (9.0, 2.5, 5.0),  # too bold: everything does
        (1.0, -9.0, -9.0),
    ],
)
def test_locked_thresholds_find_the_seizures(subject, seizure, background, confuser):
    outputs = planted(subject, seizure, background, confuser)
    seizures = [[(60, 100), (200, 230)], [(50, 90)]]
    assert events(Calibration(), outputs) != seizures
    calibration = fit_calibration(subject, outputs)
    assert events(calibration, outputs) == seizures


def test_the_middle_of_what_is_equally_good(subject):
    # a step either way of a few tenths must not lose a seizure or raise the confuser
    outputs = planted(subject, 4.0, -6.0, 0.0, spread=0.1)
    fitted = fit_calibration(subject, outputs)
    for nudge in (-0.5, 0.5):
        nudged = Calibration(fitted.temperature, fitted.bias + nudge)
        assert events(nudged, outputs) == [[(60, 100), (200, 230)], [(50, 90)]]


def test_a_false_alarm_is_better_than_no_seizure_found(subject):
    # the confuser is above the seizures: no threshold finds them alone
    outputs = planted(subject, 0.0, -6.0, 2.0)
    calibration = fit_calibration(subject, outputs)
    assert events(calibration, outputs) == [[(60, 100), (200, 230)], [(50, 90), (150, 165)]]


def test_one_event_from_beginning_to_end_is_many_false_alarms(subject):
    # The seizures cannot be told from the background: covering everything would find all three.
    rng = np.random.default_rng(0)

    def logits(r, times_s):
        first = np.zeros(len(times_s))
        if r == 0:
            first[(times_s >= 60) & (times_s < 100)] = 3.0
        return first + rng.normal(0, 0.2, len(times_s))

    outputs = stitched(subject, logits)
    assert events(fit_calibration(subject, outputs), outputs) == [[(60, 100)], []]


def crowd_of(levels):
    """A recording a patient, with these logits in its seizure and outside."""
    crowd = material(
        *(
            (recording(f"r{k}", f"p{k}", 100.0, [(40, 60)]), cached(100 * SFREQ))
            for k in range(len(levels))
        )
    )
    rng = np.random.default_rng(0)

    def logits(r, times_s):
        ictal = (times_s >= 40) & (times_s < 60)
        return np.where(ictal, *levels[r]) + rng.normal(0, 0.2, len(times_s))

    return crowd, stitched(crowd, logits)


def counts_at(crowd, outputs, calibration, biases):
    """Found, missed and false by patient and bias."""
    slope = 1 / calibration.temperature
    return calibrate._counts_by_patient(crowd, outputs, slope, np.array(biases), 20.0)


def f1(counts):
    found, missed, false = counts.sum(axis=0).T
    return 2 * found / (2 * found + missed + false)


@pytest.mark.parametrize(
    "levels",
    [
        [(2, 0), (-4, -8)],
        [(2, 0), (2, 0), (-6, -8)],
        [(2, 0.5), (2, 0.5), (2, 0.5), (-8, -9.5), (-8, -9.5)],
    ],
)
def test_patients_who_ask_for_different_thresholds(levels):
    """Some of them are served as well as can be; a threshold between two would serve nobody."""
    crowd, outputs = crowd_of(levels)
    fitted = fit_calibration(crowd, outputs)
    grid = np.linspace(fitted.bias - 30, fitted.bias + 30, 601)
    (score,) = f1(counts_at(crowd, outputs, fitted, [fitted.bias]))
    assert score >= f1(counts_at(crowd, outputs, fitted, grid)).max() - 0.05


@given(
    counts=arrays(np.int64, st.tuples(st.integers(1, 6), st.just(40), st.just(3)),
                  elements=st.integers(0, 5))
)  # fmt: skip
def test_the_bias_is_best_for_some_draw_of_the_patients(counts):
    """And so it is one of those that were tried, or lies inside a run of them."""
    biases = np.linspace(-4, 4, 40)
    counts = counts.astype(float)
    counts[0, :, 0] += 1  # a seizure, or there would be nothing to fit
    bias = calibrate._median_bias(biases, counts)
    assert -4 <= bias <= 4
    if len(counts) == 1:
        nearest = int(np.argmin(np.abs(biases - bias)))
        assert f1(counts)[nearest] >= f1(counts).max() - 0.011


@pytest.mark.parametrize("seizures", [[], [(0, 100)]])
def test_one_class_alone_changes_nothing(seizures):
    subject = material((recording(duration_s=100.0, seizures=seizures), cached(100 * SFREQ)))
    outputs = stitched(subject, lambda _, times_s: np.sin(times_s))
    assert fit_calibration(subject, outputs) == Calibration()


def test_a_network_that_knows_nothing_gives_no_nonsense(subject):
    rng = np.random.default_rng(0)
    outputs = stitched(subject, lambda _, times_s: rng.normal(0, 1, len(times_s)))
    calibration = fit_calibration(subject, outputs)
    assert np.isfinite(calibration.bias)
    assert 0.1 <= calibration.temperature <= 10.0
