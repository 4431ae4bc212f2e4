"""Draw states of the review window: ``python -m tests.gui.review_screenshots FOLDER SESSION``.

The session is copied first: verdicts are given on it.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from monitor.views.review.edge_marks import edge_x
from tests.gui.review_stage import ReviewStage


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


STATES: dict[str, Callable[[ReviewStage], None]] = {
    f"review-{state.__name__.replace('_', '-')}": state
    for state in (opened, dragging, judged, day, missed, large_letters)
}


def main(folder: Path, session: Path) -> None:
    application = QApplication.instance() or QApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    for name, state in STATES.items():
        with tempfile.TemporaryDirectory() as copy:
            night = Path(copy) / session.name
            shutil.copytree(session, night)
            stage = ReviewStage(night)
            stage.window.resize(1600, 900)
            settle(stage)
            state(stage)
            settle(stage)
            stage.window.grab().save(str(folder / f"{name}.png"))
            stage.close()
        print(folder / f"{name}.png")
    application.processEvents()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
