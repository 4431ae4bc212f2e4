"""Segments are pure, cut as the monitor cuts, and spread over patients."""

import numpy as np
import pytest

from core.errors import VigilError
from core.interpret.segments import choose_segments
from tests.unit.training.training_helpers import SFREQ, cached, material, recording


def patients(n=3, duration_s=90.0, seizures=((30.5, 60.5),)):
    parts = [
        (
            recording(f"r{k}", f"p{k}", duration_s, seizures),
            cached(int(duration_s * SFREQ), seed=k),
        )
        for k in range(n)
    ]
    return material(*parts)


def test_segments_are_wholly_one_class():
    subject = patients()
    segments = choose_segments(subject, 2, 100)
    assert segments.names() == ["p0", "p1", "p2"]
    for crop, ictal in zip(segments.crops, segments.ictal, strict=True):
        inside = subject.ictal(crop.recording, crop.segment)[crop.start :][: 2 * SFREQ]
        assert inside.all() if ictal else not inside.any()
    # 30.5 to 60.5 s: 14 whole segments of 2 s lie inside; two straddle a border
    assert segments.ictal.sum() == 3 * 14
    assert (~segments.ictal).sum() == 3 * 29


def test_segments_are_normalised_as_the_monitor_does_it_last():
    segments = choose_segments(patients(), 2, 100)
    windows = {crop.start: crop.window_start for crop in segments.crops if crop.recording == 0}
    assert windows[0] == 0
    # 90 s: the windows begin at 0, 10, 20 and 30 s, and the last one holds all the rest
    assert windows[16 * SFREQ] == 10 * SFREQ
    assert windows[88 * SFREQ] == 30 * SFREQ
    cut = segments.data(3, 5)
    assert cut.shape == (2, 19, 2 * SFREQ)
    again = segments.material.cut(segments.crops[4]).data
    np.testing.assert_array_equal(cut[1], again)


def test_at_most_so_many_of_each_class_and_patient():
    segments = choose_segments(patients(), 2, 6)
    for name in segments.names():
        mine = segments.ictal[segments.patients == name]
        assert (mine.sum(), (~mine).sum()) == (6, 6)
    starts = [crop.start / SFREQ for crop in segments.of(["p1"]).crops]
    assert max(starts) > 80  # spread over all of the time, not the first ones
    assert set(segments.of(["p1"]).patients.tolist()) == {"p1"}


def test_patients_with_one_class_only_are_left_out():
    with pytest.raises(VigilError, match="fewer than 3 patients"):
        choose_segments(patients(2), 2, 10)
    with pytest.raises(VigilError, match="fewer than 3 patients"):
        choose_segments(patients(3, seizures=()), 2, 10)
