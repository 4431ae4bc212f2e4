"""Verdicts in the review window: edges, missed seizures, and who gives them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from monitor.archive.history import Finding
from monitor.views import texts
from monitor.views.review.edges import Edge
from tests.gui.review_stage import RUN, SFREQ, listed, logged
from tests.session_folders import make_session, verdict

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


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
