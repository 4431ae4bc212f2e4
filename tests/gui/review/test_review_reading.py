"""The review window where signal is missing, cannot be read, or comes late."""

import threading
import time

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel

from monitor.archive.conditioned import ConditionedSignal
from monitor.archive.history import Finding
from monitor.views import texts
from tests.gui.review_stage import ALARMS, RUN, SFREQ, logged, page_s
from tests.session_folders import RunOf, Told, make_session

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def test_a_missing_part_is_named_and_the_rest_works(open_review, tmp_path, qtbot):
    run = RunOf(240, alarms=ALARMS, parts=(120, 120))
    folder = make_session(tmp_path / "night", [run])
    (folder / "eeg_part2.edf").unlink()
    stage = open_review(folder)
    qtbot.waitUntil(lambda: stage.has_page, timeout=20_000)
    assert stage.trace.badge() == ""
    stage.type("nn")
    qtbot.waitUntil(lambda: stage.has_page, timeout=20_000)
    assert "eeg_part2.edf" in stage.trace.badge()
    shown = stage.window.pane.recorded.read(150 * SFREQ, 160 * SFREQ)
    assert np.isnan(shown.data).all()
    stage.type("2")
    assert logged(folder)[-1].subject == "alarm 3"
    qtbot.waitUntil(lambda: stage.has_trends, timeout=30_000)
    aeeg = stage.window.pane.trends.canvas.recorder.aeeg["left"]
    assert np.isfinite(aeeg.read(5, 28)).all()
    assert np.isnan(aeeg.read(31, 60)).all()


def test_a_session_without_eeg_says_so_and_can_be_judged(open_review, tmp_path, qtbot):
    folder = make_session(tmp_path / "night", [RUN], eeg=False)
    stage = open_review(folder)
    qtbot.waitUntil(lambda: stage.has_page, timeout=20_000)
    assert stage.trace.badge() == texts.NO_EEG
    stage.type("3")
    assert logged(folder)[0].finding is Finding.UNSURE


def test_an_error_of_the_trends_is_said_and_pages_go_on(open_review, folder, qtbot, monkeypatch):
    def pieces(*_):
        raise ValueError("no such\nbin")

    monkeypatch.setattr(ConditionedSignal, "pieces", pieces)
    stage = open_review(folder)
    said = stage.window.pane.trends.message
    expected = texts.trends_failed("ValueError: no such bin")
    qtbot.waitUntil(lambda: said.text() == expected, timeout=20_000)
    stage.type("nn")
    qtbot.waitUntil(lambda: stage.has_page, timeout=20_000)
    assert stage.trace.badge() == ""


def test_an_error_of_a_page_is_said_on_it_and_others_are_read(
    open_review, folder, qtbot, monkeypatch
):
    read = ConditionedSignal.stretch

    def stretch(source, first, stop):
        if first < 90 * SFREQ:
            raise KeyError("run 7")
        return read(source, first, stop)

    monkeypatch.setattr(ConditionedSignal, "stretch", stretch)
    stage = open_review(folder)
    qtbot.waitUntil(lambda: stage.has_page, timeout=20_000)
    assert stage.trace.badge() == "KeyError: 'run 7'"
    stage.type("nn")
    qtbot.waitUntil(lambda: stage.has_page, timeout=20_000)
    assert stage.trace.badge() == ""
    qtbot.waitUntil(lambda: stage.has_trends, timeout=60_000)


def test_an_interruption_is_a_gap_with_a_word_to_it(open_review, tmp_path, qtbot):
    runs = [
        RunOf(120, alarms=ALARMS[:2], parts=(120,), ended=False),
        RunOf(120, offset_s=160.0, alarms=(Told(20, 40),), parts=(120,)),
    ]
    stage = open_review(make_session(tmp_path / "night", runs))
    stage.type("nn")
    assert page_s(stage) == pytest.approx((150, 240), abs=1 / SFREQ)
    qtbot.waitUntil(lambda: stage.has_page, timeout=20_000)
    shown = stage.window.pane.recorded.read(125 * SFREQ, 175 * SFREQ)
    measured = np.isfinite(shown.data).all(axis=0)
    assert not measured[: 35 * SFREQ].any()
    assert measured[35 * SFREQ :].all()
    words = [m.text for m in stage.trace._markers.within(0, 10**9)]
    assert "interrupted for 40.0 s; run 2 begins" in words
    labels = stage.window.header.findChildren(QLabel)
    assert any("1 not closed in order" in label.text() for label in labels)


def test_the_window_does_not_wait_for_a_slow_disk(open_review, folder, qtbot, monkeypatch):
    gate, usual = threading.Event(), ConditionedSignal.stretch

    def slow(self, first, stop):
        gate.wait(20)
        return usual(self, first, stop)

    monkeypatch.setattr(ConditionedSignal, "stretch", slow)
    stage = open_review(folder)
    began = time.perf_counter()
    stage.type("nnpp1")
    assert time.perf_counter() - began < 3
    assert stage.trace.badge() == texts.READING
    assert logged(folder)
    gate.set()
    qtbot.waitUntil(lambda: stage.has_page, timeout=20_000)
    assert stage.trace.badge() == ""
