"""What the network used: in the alarm's row, and in the review window."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from core.config import Config
from core.electrodes import ELECTRODES, map_positions
from monitor.alarm import Alarm, AlarmState
from monitor.attributions import AlarmAttribution
from monitor.views import scalp_map, texts, theme
from monitor.views.alarm_panel import AlarmPanel
from monitor.views.app import PipelineView, WindowRun
from monitor.views.review.attribution_view import AttributionView
from monitor.views.review.cases import Case, CaseKind
from monitor.views.scalp_map import ScalpMap, shade
from monitor.views.window import MonitorWindow
from tests.gui.review_stage import ReviewStage
from tests.session_folders import RunOf, Told, attribution, make_session

WORDS = "T3 F7 T5 \u00b7 left temporal \u00b7 4.5 Hz"
FOUND = attribution(1, ("T3", "F7", "T5"))


def alarm(alarm_id=1, found=None):
    return Alarm(alarm_id, 2560, 5120, 0.93, AlarmState.RAISED, 5120, attribution=found)


def cell(panel, row, role=Qt.ItemDataRole.DisplayRole):
    table = panel.alarm_table
    return table.data(table.index(row, texts.ALARM_COLUMNS.index("Channels")), role)


@pytest.fixture
def panel(qtbot):
    widget = AlarmPanel()
    qtbot.addWidget(widget)
    widget.resize(570, 700)
    widget.show()
    yield widget
    widget.close()


def test_the_row_fills_in_when_the_answer_comes(panel, qtbot):
    first, second = alarm(1), alarm(2)
    panel.show_alarms((first, second))
    assert [cell(panel, row) for row in (0, 1)] == ["\u2026", "\u2026"]
    panel.alarm_list.selectRow(1)
    with qtbot.waitSignal(panel.alarm_table.dataChanged) as caught:
        panel.show_alarms((replace(first, attribution=FOUND), second))
    assert (caught.args[0].row(), caught.args[1].row()) == (1, 1)
    assert [cell(panel, row) for row in (0, 1)] == ["\u2026", WORDS]
    assert panel.alarm_list.selectionModel().selectedRows()[0].row() == 1
    tip = cell(panel, 1, Qt.ItemDataRole.ToolTipRole)
    assert WORDS in tip
    assert "not a localisation" in tip
    assert texts.USED_HURRIED not in tip


def test_why_it_was_not_explained_is_in_the_tip(panel):
    panel.show_alarms((alarm(1, AlarmAttribution(1, fault="too many alarms at a time")),))
    assert cell(panel, 0) == "not explained"
    assert "too many alarms at a time" in cell(panel, 0, Qt.ItemDataRole.ToolTipRole)
    panel.show_alarms((alarm(1, replace(FOUND, complete=False)),))
    assert texts.USED_HURRIED in cell(panel, 0, Qt.ItemDataRole.ToolTipRole)


def test_the_words_fit_in_the_panel(qtbot):
    window = MonitorWindow("x.edf", Config(), ELECTRODES, "UNTRAINED")
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    view = window.alarm_panel.alarm_list
    width = view.fontMetrics().horizontalAdvance(WORDS)
    assert view.columnWidth(texts.ALARM_COLUMNS.index("Channels")) > width + 8
    window.show_alarms((alarm(1, FOUND),))
    assert cell(window.alarm_panel, 0, Qt.ItemDataRole.FontRole) is None
    window.close()


class Ward:
    """A window, and a pipeline that fails when it is told to."""

    def __init__(self, qtbot, folder, *, explains):
        self.run = WindowRun(
            "x.edf", Config(), "w", None, ELECTRODES, "1x", "over", folder=folder
        )  # fmt: skip
        qtbot.addWidget(self.run.window)
        self.panel = self.run.window.alarm_panel
        self.failure = ""
        self.run.connect(
            PipelineView(
                stop=lambda: None,
                pause=lambda _: None,
                tell=lambda _: None,
                has_ended=lambda: bool(self.failure),
                failure=lambda: self.failure,
                inference_s=lambda: None,
                keep=lambda *_: "",
                explains=explains,
            )
        )


def test_where_nothing_is_explained_the_row_says_so(qtbot, tmp_path):
    ward = Ward(qtbot, tmp_path, explains=False)
    ward.run.window.show_alarms((alarm(1),))
    assert cell(ward.panel, 0) == "n/a"
    assert cell(ward.panel, 0, Qt.ItemDataRole.ToolTipRole) == texts.UNEXPLAINED_TIP


def test_once_monitoring_has_stopped_nobody_waits_for_an_explanation(qtbot, tmp_path):
    ward = Ward(qtbot, tmp_path, explains=True)
    first, second = alarm(1, FOUND), alarm(2)
    ward.run.window.show_alarms((first, second))
    ward.run._look()
    assert [cell(ward.panel, row) for row in (0, 1)] == ["\u2026", WORDS]
    ward.failure = "the network broke"
    with qtbot.waitSignal(ward.panel.alarm_table.dataChanged):
        ward.run._look()
    assert [cell(ward.panel, row) for row in (0, 1)] == ["n/a", WORDS]
    # what was on its way
    ward.run.window.show_alarms((first, second, alarm(3)))
    assert [cell(ward.panel, row) for row in (0, 1, 2)] == ["n/a", "n/a", WORDS]


def test_the_map_is_as_full_as_the_scores(qtbot):
    widget = ScalpMap()
    qtbot.addWidget(widget)
    widget.resize(400, 400)
    widget.show_shares(FOUND.shares, FOUND.channels)
    picture = widget.grab().toImage()
    ratio = picture.width() / 400

    def colour(name):
        # between the letters and the ring
        x, y = map_positions()[ELECTRODES.index(name)]
        reach = scalp_map._RING * scalp_map._HEAD * 400
        place = (200 + reach * x, 212 - reach * y - 0.05 * 400)
        return QColor(picture.pixel(round(ratio * place[0]), round(ratio * place[1])))

    assert colour("T3") == shade(1.0) == QColor(theme.PROVISIONAL)
    assert colour("Fp1") == shade(0.0)
    f7 = FOUND.shares[ELECTRODES.index("F7")]
    assert colour("F7") == shade(f7)


def test_the_chosen_alarm_is_explained_in_review(qtbot, tmp_path):
    alarms = (Told(20, 40, used=("T3", "F7", "T5")), Told(60, 70, unexplained="why"), Told(80, 84))
    stage = ReviewStage(make_session(tmp_path / "s", [RunOf(alarms=alarms)]))
    qtbot.addWidget(stage.window)
    view, cases = stage.window.form.attribution, stage.window.cases
    try:
        cases.choose("alarm 1")
        assert view.isVisible()
        assert view.map.isVisible()
        assert view.words.text() == WORDS
        assert view.remark.text() == texts.NO_LOCALISATION
        cases.choose("alarm 2")
        assert (view.words.text(), view.remark.text()) == ("not explained", "why")
        assert not view.map.isVisible()
        assert not view.strip.isVisible()
        cases.choose("alarm 3")
        assert not view.isVisible()
        cases.choose("alarm 1")
        assert view.map.isVisible()
        stage.window.resize(1280, 720)
        qtbot.waitUntil(lambda: not view.map.isVisible())
        assert view.isVisible()
        assert view.words.isVisible()
        assert not view.strip.isVisible()
        stage.window.resize(1600, 900)
        qtbot.waitUntil(view.map.isVisible)
        stage.window.mark_missed()  # a stretch that no alarm told of
        assert not view.isVisible()
    finally:
        stage.close()


def test_seconds_lie_around_the_onset(qtbot):
    view = AttributionView()
    qtbot.addWidget(view)
    view.show_case(Case(CaseKind.ALARM, "alarm 1", 10.0, 20.0, attribution=FOUND))
    view.resize(500, 180)
    view.show()
    assert view.strip._first_s == -3.0
    strip = view.strip.grab().toImage()
    colours = {strip.pixelColor(x, y).name() for x in range(strip.width()) for y in range(40)}
    assert QColor(theme.PROVISIONAL).name() in colours
    assert QColor(theme.INVALID).name() in colours
