"""Draw states of the review window: ``python -m tests.gui.review_screenshots FOLDER [SESSION]``.

The session is copied first: verdicts are given on it. Without one, the demo recording is replayed,
with a stand-in for the network.
"""

import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import monitor.app
from core.config import Config
from monitor.archive.log import AlarmLog
from monitor.archive.record import SessionRecord
from monitor.replaying import ReplayOptions, replay
from monitor.session_options import SessionOptions
from monitor.views.review.edge_marks import edge_x
from monitor.views.review.edges import Edge
from tests.gui.review_stage import SFREQ, ReviewStage
from tests.monitor_fakes import AmplitudeScorer
from tests.session_folders import attribution

DEMO = Path(__file__).parents[2] / "recordings" / "demo.edf"


def demo_session(folder: Path) -> Path:
    """Replay the demo recording; return the session folder."""
    monitor.app.load_engine = lambda *_: AmplitudeScorer()
    session = SessionOptions(Config(), headless=True, session_folder=folder)
    replay(ReplayOptions(DEMO, session, speed=math.inf))
    with closing(AlarmLog(folder / "alarms.sqlite")) as log:
        for alarm in SessionRecord(folder).alarms:
            used = attribution(alarm.alarm_id, ("T3", "F7", "T5"), alarm.onset_s)
            log.record_attribution(round(alarm.raised_s * SFREQ), used)
    return folder


def settle(stage: ReviewStage, *, trends: bool = True, limit_s: float = 120) -> None:
    """Wait until everything has been read."""
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        QApplication.processEvents()
        if stage.has_page and (stage.has_trends or not trends):
            break
        time.sleep(0.01)
    for _ in range(5):
        QApplication.processEvents()


def opened(stage: ReviewStage) -> None:
    """As it opens."""


def dragging(stage: ReviewStage) -> None:
    """The onset is held."""
    trace = stage.trace
    place = QPoint(edge_x(trace.plot_rect(), trace.axis, trace.edges.onset), 200)
    QTest.mousePress(trace, Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseMove(trace, place + QPoint(30, 0))


def judged(stage: ReviewStage) -> None:
    """Two reviewers do not agree."""
    window = stage.window
    window.set_reviewer("AB")
    stage.type("1n2p")
    window.set_reviewer("RK")
    window.form.type_box.setCurrentIndex(3)
    window.form.type_box.activated.emit(3)
    stage.type("1n1ph")
    window.cases.technical_button.click()
    window.cases.notes_button.click()


def day(stage: ReviewStage) -> None:
    judged(stage)
    stage.window.appearance.toggle_palette()


def missed(stage: ReviewStage) -> None:
    stage.type("m")


def large_letters(stage: ReviewStage) -> None:
    stage.window.appearance.step_font(2)


def second_reader(stage: ReviewStage) -> None:
    """The first seizure of the demo, judged by two, its onset corrected."""
    window = stage.window
    controls = window.pane.controls
    controls.montage_box.setCurrentText("Longitudinal bipolar")
    controls.time_box.setCurrentText("30 s")
    controls.low_cut_box.setCurrentText("LF 1 Hz")
    controls.high_cut_box.setCurrentText("HF 35 Hz")
    controls.sensitivity_box.setCurrentText("20 \u00b5V/mm")
    seizure = next(case for case in window.cases.listed if case.duration_s > 15)
    window.set_reviewer("AB")
    for case in window.cases.listed:
        window.cases.choose(case.subject)
        stage.type("1" if case.duration_s > 15 else "2")
    window.set_reviewer("RK")
    for case in window.cases.listed:
        window.cases.choose(case.subject)
        stage.type("1" if case.duration_s > 15 else "3" if case.duration_s > 8 else "2")
    window.cases.choose(seizure.subject)
    settle(stage)
    stage.drag_edge(Edge.ONSET, round(seizure.onset_s * SFREQ) - 2 * SFREQ)
    box = window.form.type_box
    box.setCurrentIndex(next(k for k in range(box.count()) if "[sz_foc]" in box.itemText(k)))
    box.activated.emit(box.currentIndex())
    stage.type("1h")


STATES: dict[str, Callable[[ReviewStage], None]] = {
    f"review-{state.__name__.replace('_', '-')}": state
    for state in (opened, dragging, judged, day, missed, large_letters, second_reader)
}

SIZES = {"review-second-reader": (1400, 820)}
"""Other than 1600 x 900."""


def main(folder: Path, session: Path | None = None) -> None:
    application = QApplication.instance() or QApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        draw(folder, session or demo_session(Path(made) / "20260101T220000_demo"))
    application.processEvents()


def draw(folder: Path, session: Path) -> None:
    """Draw all states on copies of a session."""
    for name, state in STATES.items():
        with tempfile.TemporaryDirectory() as copy:
            night = Path(copy) / session.name
            shutil.copytree(session, night)
            stage = ReviewStage(night)
            stage.window.resize(*SIZES.get(name, (1600, 900)))
            settle(stage)
            state(stage)
            settle(stage)
            stage.window.grab().save(str(folder / f"{name}.png"))
            stage.close()
        print(folder / f"{name}.png")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
