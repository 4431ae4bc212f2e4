"""A review window on a session that a test has made."""

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from monitor.alarm import AlarmState
from monitor.archive.conditioned import ConditionedSignal
from monitor.archive.history import Verdict
from monitor.archive.record import SessionRecord
from monitor.archive.verdicts import ReviewDesk
from monitor.reviewing import facts_of, session_config
from monitor.views.review.edge_marks import edge_x
from monitor.views.review.edges import Edge
from monitor.views.review.reader import SessionReader
from monitor.views.review.window import ReviewWindow
from monitor.views.settings import WindowSettings
from tests.session_folders import RunOf, Told

SFREQ = 256

ALARMS = (
    Told(30.25, 52.5),
    Told(80, 84, AlarmState.RETRACTED, peak=0.875),
    Told(150, 171),
)
RUN = RunOf(240, alarms=ALARMS, parts=(240,))


class ReviewStage:
    """Window, desk and reader, as ``vigil review`` puts them together."""

    def __init__(self, folder: Path, reviewer: str = "RK", *, remembers: bool = False) -> None:
        self.desk = ReviewDesk(folder)
        config = session_config(self.desk.record)
        self.window = ReviewWindow(
            facts_of(self.desk, config),
            config.events,
            SessionReader(ConditionedSignal(self.desk.record, config)),
            self.desk.give,
            settings=WindowSettings(name="review.ini") if remembers else None,
            reviewer=reviewer,
        )
        self.closed = False
        self.trace = self.window.pane.review_trace
        self.window.show()
        self.window.activateWindow()

    @property
    def has_page(self) -> bool:
        """Whether all signal of the page is at hand."""
        axis = self.trace.axis
        return not self.window.pane.recorded.missing(max(0, axis.start), axis.stop)

    @property
    def has_trends(self) -> bool:
        return "Click" in self.window.pane.trends.message.text()

    def type(self, keys: str) -> None:
        QTest.keyClicks(self.window, keys)

    def press(self, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.window, key, modifier)

    def drag_edge(self, edge: Edge, to_sample: int) -> None:
        """Drag an edge to where a sample is on the page."""
        edges = self.trace.edges
        begin = edges.onset if edge is Edge.ONSET else edges.offset
        self.drag(begin, to_sample)

    def drag(self, first: int, last: int) -> None:
        """Press the mouse at a sample, and let it go at another."""
        plot, axis = self.trace.plot_rect(), self.trace.axis
        start, stop = (QPoint(edge_x(plot, axis, at), plot.center().y()) for at in (first, last))
        left = Qt.MouseButton.LeftButton
        QTest.mousePress(self.trace, left, pos=start)
        QTest.mouseMove(self.trace, (start + stop) / 2)
        QTest.mouseMove(self.trace, stop)
        QTest.mouseRelease(self.trace, left, pos=stop)

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self.window.close_unasked()
        self.desk.close()


def listed(stage: ReviewStage) -> list[str]:
    return [case.subject for case in stage.window.cases.listed]


def logged(folder: Path) -> tuple[Verdict, ...]:
    with SessionRecord(folder) as record:
        return record.verdicts


def page_s(stage: ReviewStage) -> tuple[float, float]:
    """Where the page begins and ends."""
    axis = stage.trace.axis
    return axis.start / SFREQ, axis.stop / SFREQ
