"""The lines at the top: who is being watched, since when, with what, and how well that goes."""

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from monitor.views import texts
from monitor.views.labels import ElidedLabel

__all__ = ["HeaderLine", "Vitals", "add_cell", "add_item"]


@dataclass(frozen=True, slots=True)
class Vitals:
    """How the monitor itself is doing; None where unknown.

    Attributes
    ----------
    input_delay_s
        Age of the newest sample when it reaches the screen; live streams only.
    inference_s
        How long the network took for its latest window.
    free_disk_gb
        Room left where the session is kept.
    now
        The computer's clock.
    """

    input_delay_s: float | None = None
    inference_s: float | None = None
    free_disk_gb: float | None = None
    now: datetime | None = None


class HeaderLine(QFrame):
    """Name, times, source and weights of the session, its vitals, and the button to hold it.

    Parameters
    ----------
    title
        Patient or recording.
    weights
        Which trained weights are in use; ``UNTRAINED`` is made conspicuous.
    can_pause
        Whether the source can be held; a patient cannot.
    sfreq_hz
        Rate of the source, or None where unknown.
    """

    def __init__(
        self,
        title: str,
        weights: str,
        *,
        can_pause: bool,
        sfreq_hz: float | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self._start_time: datetime | None = None
        self._elapsed_s = 0.0
        name = ElidedLabel("value", title, elide=Qt.TextElideMode.ElideMiddle)
        notice = ElidedLabel("caption", texts.NOTICE)
        self.untrained_badge = QLabel(texts.UNTRAINED_BADGE)
        self.untrained_badge.setObjectName("untrained")
        self.untrained_badge.setVisible(weights == texts.UNTRAINED)
        self.pause_button = QPushButton(texts.PAUSE)
        self.pause_button.setCheckable(True)
        self.pause_button.setVisible(can_pause)
        self.pause_button.setMinimumWidth(160)
        self.pause_button.toggled.connect(self._name_pause)

        top = QHBoxLayout()
        top.setSpacing(20)
        identity = QVBoxLayout()
        identity.setSpacing(0)
        identity.addWidget(name)
        identity.addWidget(notice)
        top.addLayout(identity, 1)
        self._elapsed = add_cell(top, texts.ELAPSED, "value", texts.session_text(0))
        self._signal_time = add_cell(top, texts.SIGNAL_TIME, "value", texts.UNKNOWN)
        self._clock = add_cell(top, texts.CLOCK, "value", texts.MISSING)
        top.addWidget(self.untrained_badge, 0, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self.pause_button)

        bottom = QHBoxLayout()
        bottom.setSpacing(6)
        self._started = add_item(bottom, texts.STARTED, texts.UNKNOWN)
        self._speed = add_item(bottom, texts.SPEED, "")
        add_item(bottom, texts.RATE, texts.MISSING if sfreq_hz is None else texts.rate(sfreq_hz))
        if weights != texts.UNTRAINED:
            add_item(bottom, texts.WEIGHTS, weights)
        self.detection = add_item(bottom, texts.DETECTION, texts.MISSING)
        self._input_delay = add_item(bottom, texts.INPUT_DELAY, texts.MISSING)
        self._inference = add_item(bottom, texts.INFERENCE, texts.MISSING)
        self._disk = add_item(bottom, texts.FREE_DISK, texts.MISSING)
        bottom.addStretch(1)

        column = QVBoxLayout(self)
        column.setContentsMargins(12, 5, 8, 5)
        column.setSpacing(2)
        column.addLayout(top)
        column.addLayout(bottom)

    def set_start_time(self, start_time: datetime | None) -> None:
        """Set the wall-clock time of sample 0, None where unknown."""
        self._start_time = start_time
        self._started.show_text(texts.date_text(start_time))
        self.show_elapsed(self._elapsed_s)

    def show_elapsed(self, elapsed_s: float) -> None:
        """Show the time since the session began and the clock time of the newest sample."""
        self._elapsed_s = elapsed_s
        self._elapsed.show_text(texts.session_text(elapsed_s))
        self._signal_time.show_text(texts.clock_text(elapsed_s, self._start_time))

    def show_speed(self, speed: str) -> None:
        """Show how fast a replay runs, or that the stream is live."""
        self._speed.show_text(speed)

    def show_arming(self, seconds_left: float) -> None:
        """Show when seizures can be detected."""
        shown = texts.countdown(seconds_left) if seconds_left > 0 else texts.DETECTING
        self.detection.show_text(shown)

    def show_vitals(self, vitals: Vitals) -> None:
        """Show how the monitor itself is doing."""
        self._input_delay.show_text(texts.seconds(vitals.input_delay_s))
        self._inference.show_text(texts.seconds(vitals.inference_s))
        self._disk.show_text(texts.gigabytes(vitals.free_disk_gb))
        if vitals.now is not None:
            self._clock.show_text(vitals.now.strftime("%H:%M:%S"))

    def _name_pause(self, paused: bool) -> None:
        self.pause_button.setText(texts.RESUME if paused else texts.PAUSE)


def add_cell(row: QHBoxLayout, caption: str, role: str, value: str) -> ElidedLabel:
    """Add a value under its caption; return the label of the value."""
    cell = QVBoxLayout()
    cell.setSpacing(0)
    top, bottom = QLabel(caption), ElidedLabel(role, value)
    top.setProperty("role", "caption")
    cell.addWidget(top)
    cell.addWidget(bottom)
    row.addLayout(cell)
    return bottom


def add_item(row: QHBoxLayout, caption: str, value: str) -> ElidedLabel:
    """Add a value beside its caption; return the label of the value."""
    left, right = QLabel(caption), ElidedLabel("detail", value)
    left.setProperty("role", "caption")
    row.addWidget(left)
    right.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
    row.addWidget(right)
    row.addSpacing(14)
    return right
