"""Which patients and windows of the big detector are looked at."""

import json

import numpy as np
import pytest

from core.interpret.detector_study import _scenes, choose_unseen
from core.interpret.segments import choose_segments
from core.interpret.settings import DetectorSettings, InterpretSettings
from tests.unit.training.training_helpers import SFREQ, cached, material, recording

NAMES = ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("train", "dev", "calibrated_on", "chosen", "words"),
    [
        (["a"], [], [], ["b", "c", "d"], "never met"),
        (["a"], ["b"], [], ["b", "c", "d"], "calibration was chosen on some"),
        (["a"], [], ["a", "d"], ["b", "c", "d"], "calibration was chosen on some"),
        (["a", "b", "c"], [], [], NAMES, "was trained on some"),
    ],
)
@pytest.mark.parametrize("name", ["training.json", "best.training.json"])
def test_the_record_beside_the_weights_decides(
    tmp_path, train, dev, calibrated_on, chosen, words, name
):
    weights = tmp_path / "best.safetensors"
    record = {"patients": {"train": train, "dev": dev}, "calibrated_on": calibrated_on}
    (tmp_path / name).write_text(json.dumps(record))
    found, note = choose_unseen(weights, NAMES)
    assert found == chosen
    assert words in note


def test_without_a_record_nothing_is_promised(tmp_path):
    found, note = choose_unseen(tmp_path / "x.safetensors", NAMES)
    assert found == NAMES
    assert "perhaps these patients" in note
    (tmp_path / "training.json").write_text("{}")
    assert choose_unseen(tmp_path / "best.safetensors", NAMES) == (found, note)
    # of another checkpoint than its folder's best
    (tmp_path / "training.json").write_text('{"patients": {"train": ["a"], "dev": []}}')
    assert choose_unseen(tmp_path / "x.safetensors", NAMES) == (found, note)
    assert "UNTRAINED" in choose_unseen(None, NAMES)[1]


def test_windows_do_not_overlap_and_hold_both_classes():
    seizures = ((70.0, 100.0), (200.0, 230.0))
    parts = [
        (recording(f"r{k}", f"p{k}", 300.0, seizures), cached(300 * SFREQ, seed=k))
        for k in range(3)
    ]
    settings = InterpretSettings(
        detector_network=DetectorSettings(windows_per_patient=2, patients=2)
    )
    segments = choose_segments(material(*parts), 2, 100)
    scenes = _scenes(segments, ["p0", "p1"], settings)
    assert len(scenes) == 4
    for scene in scenes:
        assert scene.window.start % (60 * SFREQ) == 0
        # of five windows, those from 60 s and from 180 s hold seizure and background
        assert scene.window.start in (60 * SFREQ, 180 * SFREQ)
        ictal = segments.ictal[list(scene.segments)]
        assert 0 < ictal.sum() < len(ictal)
        for k in scene.segments:
            crop = segments.crops[k]
            assert scene.window.start <= crop.start
            assert crop.start + crop.n_samples <= scene.window.start + 60 * SFREQ
    assert len({(s.window.recording, s.window.start) for s in scenes}) == 4
    assert np.all([scene.window.recording < 2 for scene in scenes])
