"""The line at the top: what is being watched, since when, and with what."""

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from monitor.views import texts
from monitor.views.labels import ElidedLabel

__all__ = ["HeaderLine"]


class HeaderLine(QFrame):
    """Name, times, speed and weights of the session, and the pause button.

    Parameters
    ----------
    title
        Name of the recording or stream.
    weights
        Which trained weights are in use; ``UNTRAINED`` is made conspicuous.
    can_pause
        Whether the source can be paused; a patient cannot.
    """

    def __init__(
        self, title: str, weights: str, *, can_pause: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self._start_time: datetime | None = None
        self._elapsed_s = 0.0
        name = ElidedLabel("value", title, elide=Qt.TextElideMode.ElideMiddle)
        notice = QLabel(texts.NOTICE)
        notice.setProperty("role", "caption")
        self.untrained_badge = QLabel(texts.UNTRAINED_BADGE)
        self.untrained_badge.setObjectName("untrained")
        self.untrained_badge.setVisible(weights == texts.UNTRAINED)
        self.pause_button = QPushButton(texts.PAUSE)
        self.pause_button.setCheckable(True)
        self.pause_button.setVisible(can_pause)
        self.pause_button.setMinimumWidth(150)
        self.pause_button.toggled.connect(self._name_pause)

        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(24)
        identity = QVBoxLayout()
        identity.setSpacing(0)
        identity.addWidget(name)
        identity.addWidget(notice)
        row.addLayout(identity, 1)
        self._elapsed = _cell(row, texts.ELAPSED, texts.session_text(0))
        self._clock = _cell(row, texts.CLOCK, texts.UNKNOWN)
        self._speed = _cell(row, texts.SPEED, "")
        if weights != texts.UNTRAINED:
            shown = _cell(row, texts.WEIGHTS, weights)
            shown.setMaximumWidth(220)
        row.addWidget(self.untrained_badge, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.pause_button)

    def set_start_time(self, start_time: datetime | None) -> None:
        """Set the wall-clock time of sample 0, None where unknown."""
        self._start_time = start_time
        self.show_elapsed(self._elapsed_s)

    def show_elapsed(self, elapsed_s: float) -> None:
        """Show the time since the session began and the clock time of the newest sample."""
        self._elapsed_s = elapsed_s
        self._elapsed.show_text(texts.session_text(elapsed_s))
        self._clock.show_text(texts.clock_text(elapsed_s, self._start_time))

    def show_speed(self, speed: str) -> None:
        """Show how fast a replay runs, or that the stream is live."""
        self._speed.show_text(speed)

    def _name_pause(self, paused: bool) -> None:
        self.pause_button.setText(texts.RESUME if paused else texts.PAUSE)


def _cell(row: QHBoxLayout, caption: str, value: str) -> ElidedLabel:
    """Add a value under its caption; return the label of the value."""
    cell = QVBoxLayout()
    cell.setSpacing(0)
    top, bottom = QLabel(caption), ElidedLabel("value", value)
    top.setProperty("role", "caption")
    cell.addWidget(top)
    cell.addWidget(bottom)
    row.addLayout(cell)
    return bottom
