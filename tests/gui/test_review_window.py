"""The review window on session folders with everything in them."""

import threading
import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMessageBox

from core.conditioning import Conditioner
from core.config import Config
from core.io.edf import open_recording
from core.stream import concatenate
from core.types import Chunk
from monitor.alarm import AlarmState
from monitor.archive.conditioned import ConditionedSignal
from monitor.archive.history import Finding
from monitor.archive.record import SessionRecord
from monitor.views import texts
from monitor.views.review.edges import Edge
from tests.gui.review_stage import SFREQ, ReviewStage
from tests.session_folders import RunOf, Told, make_session, verdict

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

ALARMS = (
    Told(30.25, 52.5),
    Told(80, 84, AlarmState.RETRACTED, peak=0.875),
    Told(150, 171),
)
RUN = RunOf(240, alarms=ALARMS, parts=(240,))


@pytest.fixture
def folder(tmp_path):
    return make_session(tmp_path / "night", [RUN])


@pytest.fixture
def open_review(qtbot):
    """Open windows, and close them when the test is over."""
    stages = []

    def open_it(folder, reviewer="RK", **options) -> ReviewStage:
        stage = ReviewStage(folder, reviewer, **options)
        stages.append(stage)
        qtbot.waitUntil(stage.window.isActiveWindow, timeout=20_000)
        return stage

    yield open_it
    for stage in stages:
        stage.close()


@pytest.fixture
def stage(open_review, folder, qtbot):
    stage = open_review(folder)
    qtbot.waitUntil(lambda: stage.has_page, timeout=20_000)
    return stage


def listed(stage):
    return [case.subject for case in stage.window.cases.listed]


def logged(folder):
    with SessionRecord(folder) as record:
        return record.verdicts


def page_s(stage):
    axis = stage.trace.axis
    return axis.start / SFREQ, axis.stop / SFREQ


def test_it_opens_on_the_first_alarm_30_s_before_to_60_s_behind_its_onset(stage):
    assert listed(stage) == ["alarm 1", "alarm 2", "alarm 3"]
    assert stage.window.cases.current.subject == "alarm 1"
    # the session's first page is a little longer than that
    assert page_s(stage) == pytest.approx((0.25, 90.25), abs=0.15)


def test_n_and_p_go_to_the_next_and_the_previous_alarm(stage):
    stage.type("nn")
    assert stage.window.cases.current.subject == "alarm 3"
    assert page_s(stage) == pytest.approx((120, 210), abs=1 / SFREQ)
    stage.type("n")
    assert stage.window.cases.current.subject == "alarm 3"
    stage.type("pp")
    assert stage.window.cases.current.subject == "alarm 1"


def test_arrows_and_page_keys_turn_pages(stage):
    begin = page_s(stage)[1]
    stage.press(Qt.Key.Key_PageDown)
    assert page_s(stage)[1] == pytest.approx(begin + 90.35, abs=0.02)
    stage.press(Qt.Key.Key_PageUp)
    stage.press(Qt.Key.Key_Right)
    assert page_s(stage)[1] == pytest.approx(begin + 0.2 * 90.35, abs=0.02)


def test_the_traces_are_what_the_bedside_window_showed(stage, folder, qtbot):
    stage.type("nn")
    qtbot.waitUntil(lambda: stage.has_page, timeout=20_000)
    config = Config()
    with open_recording(folder / "eeg.edf") as recording:
        live = Conditioner(recording.info, config)
        chunks = [c for piece in recording.chunks() for c in live.push(piece)]
        # what the log calls a gap is no gap in the file's samples
        whole = concatenate([c for c in chunks if isinstance(c, Chunk)])
    first, stop = 150 * SFREQ, 180 * SFREQ
    shown = stage.window.pane.recorded.read(first, stop)
    np.testing.assert_allclose(shown.data, whole.data[:, first:stop], atol=0.05)


def test_a_page_of_another_length_keeps_the_onset_at_one_third(stage):
    stage.type("nn")
    stage.window.pane.controls.time_box.setCurrentText("30 s")
    start, stop = page_s(stage)
    assert stop - start == pytest.approx(30, abs=0.2)
    assert start + (stop - start) / 3 == pytest.approx(150, abs=0.1)


def test_a_verdict_is_a_row_of_the_log_and_stands_in_the_list(stage, folder):
    stage.type("1")
    (row,) = logged(folder)
    assert (row.subject, row.finding, row.seizure_type, row.reviewer) == (
        "alarm 1", Finding.SEIZURE, "sz", "RK",
    )  # fmt: skip
    assert (row.onset_s, row.offset_s) == (30.25, 52.5)
    assert stage.window.cases.current.by("RK").finding is Finding.SEIZURE
    assert stage.window.form.buttons[Finding.SEIZURE].isChecked()
    assert "Logged as RK" in stage.window.status_line.text()


def test_a_changed_mind_is_a_further_row_and_the_latest_counts(stage, folder):
    stage.type("123")
    assert [row.finding for row in logged(folder)] == [
        Finding.SEIZURE, Finding.NO_SEIZURE, Finding.UNSURE,
    ]  # fmt: skip
    assert [row.seizure_type for row in logged(folder)] == ["sz", "", ""]
    assert stage.window.cases.current.by("RK").finding is Finding.UNSURE
    assert len(stage.window.form.history.toPlainText().splitlines()) == 3


def test_dragged_edges_type_and_comment_go_into_the_verdict(stage, folder):
    stage.drag_edge(Edge.ONSET, 25 * SFREQ)
    stage.drag_edge(Edge.OFFSET, 60 * SFREQ)
    box = stage.window.form.type_box
    box.setCurrentIndex(box.findData("sz_foc_f2b"))
    box.activated.emit(box.currentIndex())
    stage.type("c")
    stage.window.form.comment_field.setFocus()
    QTest.keyClicks(stage.window.form.comment_field, "123 nap")
    assert not logged(folder), "digits in a field are no verdicts"
    stage.press(Qt.Key.Key_Escape)
    assert stage.window.form.unsaved.text() == texts.NOT_GIVEN
    stage.type("1")
    (row,) = logged(folder)
    per_pixel_s = 90 / stage.trace.plot_rect().width()
    assert row.onset_s == pytest.approx(25, abs=per_pixel_s)
    assert row.offset_s == pytest.approx(60, abs=per_pixel_s)
    assert (row.seizure_type, row.comment) == ("sz_foc_f2b", "123 nap")
    assert stage.window.form.unsaved.text() == ""


def test_edges_never_cross_and_stay_in_the_session(stage):
    stage.drag_edge(Edge.ONSET, 80 * SFREQ)
    edges = stage.trace.edges
    assert edges.offset - edges.onset == SFREQ
    stage.window.form.move_edge(Edge.OFFSET, 10**9)
    assert stage.trace.edges.offset == 240 * SFREQ


def test_keys_and_fields_move_the_edges_too(stage):
    ctrl, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    stage.press(Qt.Key.Key_Left, ctrl)
    stage.press(Qt.Key.Key_Right, ctrl | shift)
    assert stage.trace.edges.onset == round(29.75 * SFREQ)
    assert stage.trace.edges.offset == round(53.0 * SFREQ)
    stage.window.form.edge_fields.fields[Edge.ONSET].setValue(28.5)
    assert stage.trace.edges.onset == round(28.5 * SFREQ)
    stage.type("r")
    assert stage.trace.edges.onset == round(30.25 * SFREQ)
    assert not stage.window.form.unsaved_subjects


def test_changes_wait_with_their_alarm(stage):
    stage.drag_edge(Edge.ONSET, 25 * SFREQ)
    moved = stage.trace.edges
    stage.type("n")
    assert stage.trace.edges.onset == 80 * SFREQ
    stage.type("p")
    assert stage.trace.edges == moved


def test_closing_asks_about_changes_that_were_not_given(stage, monkeypatch):
    asked = []

    def answer(parent, title, text):
        asked.append(text)
        return QMessageBox.StandardButton.No

    monkeypatch.setattr(QMessageBox, "question", answer)
    stage.drag_edge(Edge.ONSET, 25 * SFREQ)
    stage.window.close()
    assert stage.window.isVisible()
    assert "Alarm 1" in asked[0]


def test_a_missed_seizure_is_marked_by_dragging(stage, folder):
    stage.type("nn")
    stage.type("m")
    assert texts.MARKING in stage.trace.badge()
    stage.drag(190 * SFREQ, 200 * SFREQ)
    stage.type("2")
    assert not logged(folder)
    assert stage.window.status_line.text() == texts.MISSED_IS_SEIZURE
    stage.type("1")
    (row,) = logged(folder)
    assert row.subject == "missed 1"
    per_pixel_s = 90 / stage.trace.plot_rect().width()
    assert (row.onset_s, row.offset_s) == pytest.approx((190, 200), abs=per_pixel_s)
    assert listed(stage) == ["alarm 1", "alarm 2", "alarm 3", "missed 1"]
    assert stage.window.cases.current.subject == "missed 1"
    stage.type("m")
    stage.type("1")
    assert logged(folder)[-1].subject == "missed 2"


def test_escape_leaves_the_marking(stage, folder):
    stage.type("m")
    stage.press(Qt.Key.Key_Escape)
    assert stage.trace.badge() == ""
    stage.type("1")
    assert [row.subject for row in logged(folder)] == ["alarm 1"]


def test_filters_of_the_list(stage):
    cases = stage.window.cases
    stage.type("1")
    cases.which_box.setCurrentText("Not reviewed by me")
    assert listed(stage) == ["alarm 2", "alarm 3"]
    cases.which_box.setCurrentText("Reviewed by me")
    assert listed(stage) == ["alarm 1"]
    cases.which_box.setCurrentText("All")
    cases.state_box.setCurrentText("retracted")
    assert listed(stage) == ["alarm 2"]
    cases.state_box.setCurrentIndex(0)
    cases.duration_box.setCurrentText("\u2265 10.0 s")
    assert listed(stage) == ["alarm 1", "alarm 3"]
    cases.peak_box.setCurrentText("peak \u2265 0.95")
    assert listed(stage) == []
    assert cases.count.text() == texts.NO_CASE
    cases.duration_box.setCurrentIndex(0)
    cases.peak_box.setCurrentIndex(0)
    cases.technical_button.click()
    cases.notes_button.click()
    kinds = [case.kind.value for case in cases.listed]
    assert kinds.count("technical") == 2
    assert kinds.count("note") == 2


def test_technical_alarms_can_be_gone_to_but_not_judged(stage, folder):
    cases = stage.window.cases
    cases.technical_button.click()
    row = next(i for i, case in enumerate(cases.listed) if case.text.startswith("O2"))
    cases.view.selectRow(row)
    assert page_s(stage)[0] == pytest.approx(20000 / 256 - 30, abs=1 / SFREQ)
    stage.type("1")
    assert not logged(folder)
    assert stage.trace.edges is None
    assert stage.window.status_line.text() == texts.NO_SUBJECT
    stage.type("n")
    assert stage.window.cases.current.subject == "alarm 2"


def test_the_second_reviewer_is_blind_until_asked(open_review, tmp_path):
    said = [
        verdict("alarm 1", Finding.SEIZURE),
        verdict("alarm 2", Finding.NO_SEIZURE),
        verdict("alarm 3", Finding.SEIZURE),
        verdict("missed 1", Finding.SEIZURE, at_s=(200, 210)),
    ]
    folder = make_session(tmp_path / "night", [RUN], verdicts=said)
    stage = open_review(folder, "second")
    assert listed(stage) == ["alarm 1", "alarm 2", "alarm 3"]
    assert all(not case.verdicts for case in stage.window.cases.listed)
    assert stage.window.form.history.toPlainText() == texts.NO_VERDICT
    assert stage.window.agreement_line.text() == "Verdicts of 1 other reviewer is hidden (H)"
    stage.type("1n1n1")
    stage.type("h")
    assert "missed 1" in listed(stage)
    line = stage.window.agreement_line.text()
    assert line == "Dr. Ada Poe: 67% of 3 alarms alike, kappa 0.00"
    stage.window.cases.which_box.setCurrentText("Disagreeing")
    assert listed(stage) == ["alarm 2"]
    stage.window.set_reviewer("third")
    stage.type("m")
    stage.type("1")
    assert logged(folder)[-1].subject == "missed 2"


def test_the_disagreeing_are_not_told_to_one_who_is_blind(stage):
    box = stage.window.cases.which_box
    row = box.findText("Disagreeing")
    assert not box.model().flags(box.model().index(row, 0)) & Qt.ItemFlag.ItemIsEnabled
    stage.type("h")
    assert box.model().flags(box.model().index(row, 0)) & Qt.ItemFlag.ItemIsEnabled


def test_a_nameless_verdict_waits_for_the_name(open_review, folder):
    stage = open_review(folder, "", remembers=True)
    stage.type("1")
    assert not logged(folder)
    dialog = stage.window.dialog
    dialog.name_field.setText("   ")
    dialog.accept()
    assert dialog.isVisible()
    assert dialog.complaint.text() == texts.REVIEWER_EMPTY
    dialog.name_field.setText("  Dr.  Kim ")
    dialog.accept()
    assert [row.reviewer for row in logged(folder)] == ["Dr. Kim"]
    stage.close()
    again = open_review(folder, "", remembers=True)
    assert again.window.reviewer == "Dr. Kim"


def test_without_a_name_no_verdict_is_given(open_review, folder):
    stage = open_review(folder, "")
    stage.type("1")
    stage.window.dialog.reject()
    assert not logged(folder)
    assert stage.window.status_line.text() == texts.REVIEWER_NEEDED
    stage.window.set_reviewer("RK")
    assert not logged(folder)


def test_trends_of_the_whole_session_and_a_click_jumps_there(stage, qtbot):
    qtbot.waitUntil(lambda: stage.has_trends, timeout=30_000)
    canvas = stage.window.pane.trends.canvas
    bins = canvas.recorder.aeeg["left"].read(0, 60)
    assert np.isfinite(bins).mean() > 0.8
    loud = slice(32 // 4 + 1, 52 // 4)
    assert bins[loud, 1].min() > 1.3 * np.nanmedian(bins[20:37, 1])
    peaks = canvas.recorder.probability_max.read(0, 57)[:, 0]
    assert peaks[10] == pytest.approx(0.9375)
    assert canvas.span.n_bins == 60
    x = canvas.x_of(150 * SFREQ)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(x, 60))
    start, stop = page_s(stage)
    assert start + (stop - start) / 3 == pytest.approx(150, abs=1.0)


def test_the_probability_shows_what_stood_in_an_event(stage):
    values, inside, final = stage.window.pane.probability._recorded.read(28 * SFREQ, 60 * SFREQ)
    assert inside.sum() == pytest.approx(22 * SFREQ, abs=SFREQ)
    assert values[10 * SFREQ] == pytest.approx(0.9375)
    assert final.all()


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


def test_nothing_of_the_source_is_in_the_window(stage):
    said = " ".join(label.text() for label in stage.window.header.findChildren(QLabel))
    assert "Roe" not in said
    assert texts.NOTICE in said
    assert stage.window.header.untrained_badge.isVisible()


def test_every_key_is_listed_once_and_f1_shows_them(stage):
    keys = [key for action in stage.window.keys.actions for key in action.keys]
    assert len(keys) == len(set(keys))
    stage.press(Qt.Key.Key_F1)
    assert stage.window._key_help.isVisible()


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
