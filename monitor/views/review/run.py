"""Qt's side of a review."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from core.config import EventsConfig
from core.display_montage import DisplayMontage
from core.errors import VigilError
from monitor.archive.history import Verdict
from monitor.views.destruction import destroy
from monitor.views.review.facts import SessionFacts
from monitor.views.review.reader import RecordedSource, SessionReader
from monitor.views.review.window import ReviewWindow
from monitor.views.settings import WindowSettings

__all__ = ["ReviewRun"]

_POLL_MS = 200


class ReviewRun:
    """The window, its reader, and Qt's event loop.

    Parameters
    ----------
    facts, events, give, reviewer
        As in :class:`~monitor.views.review.window.ReviewWindow`.
    source
        The session's signal.
    montages
        Further ones to offer.
    screenshot, after_s
        A picture of the window is written there so many seconds behind its opening, and the
        window is closed.
    """

    def __init__(
        self,
        facts: SessionFacts,
        events: EventsConfig,
        source: RecordedSource,
        give: Callable[[Verdict], Verdict],
        *,
        reviewer: str = "",
        montages: Sequence[DisplayMontage] = (),
        screenshot: Path | None = None,
        after_s: float = 10.0,
    ) -> None:
        self._application = QApplication.instance() or QApplication([])
        settings = WindowSettings(name="review.ini")
        reader = SessionReader(source)
        self.window = ReviewWindow(
            facts, events, reader, give, settings=settings, reviewer=reviewer
        )
        self.window.pane.controls.add_montages(montages)
        if reviewer:
            settings.reviewer = reviewer
        self._screenshot = screenshot
        self._after_s = after_s
        self._problem = ""
        # Python handles its signals only while it runs.
        self._timer = QTimer()
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(lambda: None)

    def execute(self) -> None:
        """Show the window until it is closed.

        Raises
        ------
        VigilError
            Where the picture cannot be written.
        """
        self.window.show()
        self.window.activateWindow()
        if self._screenshot is not None:
            QTimer.singleShot(round(1000 * self._after_s), self._take_picture)
        elif not self.window.reviewer:
            self.window.ask_reviewer()
        self._timer.start()
        self._application.exec()
        self._timer.stop()
        if self._problem:
            raise VigilError(self._problem)

    def close(self) -> None:
        """Close the window, which ends :meth:`execute`."""
        self.window.close_unasked()

    def discard(self) -> None:
        """Destroy the window."""
        destroy(self.window)

    def _take_picture(self) -> None:
        assert self._screenshot is not None
        if not self.window.grab().save(str(self._screenshot)):
            self._problem = f"{self._screenshot}: picture cannot be written"
        self.window.close_unasked()
