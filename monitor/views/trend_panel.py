"""The trends with the choice of their length."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from monitor.views import texts
from monitor.views.labels import ElidedLabel
from monitor.views.trends import TrendCanvas

__all__ = ["TrendPanel"]


class TrendPanel(QWidget):
    """The trends, the choice of their length, and what a click led to.

    Parameters
    ----------
    tau_on, sfreq, recorded_s
        As in :class:`TrendCanvas`.
    """

    moment_chosen = Signal(int)

    def __init__(
        self,
        tau_on: float,
        sfreq: float = 256.0,
        parent: QWidget | None = None,
        *,
        recorded_s: float | None = None,
    ) -> None:
        super().__init__(parent)
        self.canvas = TrendCanvas(tau_on, sfreq, recorded_s=recorded_s)
        self.spans = dict(texts.TREND_SPANS)
        """Lengths that can be chosen, in hours, and their names."""
        if recorded_s is not None:
            shorter = {
                hours: name for hours, name in self.spans.items() if hours < recorded_s / 3600
            }
            self.spans = {recorded_s / 3600: texts.WHOLE_SESSION, **shorter}
        self.canvas.moment_chosen.connect(self.moment_chosen)
        self.message = ElidedLabel("status", texts.TREND_HINT)
        self._lengths = QButtonGroup(self)
        self._lengths.setExclusive(True)
        row = QHBoxLayout()
        row.setSpacing(6)
        for hours, text in self.spans.items():
            button = QPushButton(text)
            button.setCheckable(True)
            button.setChecked(hours == self.canvas.hours)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _=False, hours=hours: self.set_hours(hours))
            self._lengths.addButton(button)
            row.addWidget(button)
        row.addSpacing(8)
        row.addWidget(self.message, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.canvas, 1)

    def set_hours(self, hours: float) -> None:
        """Choose the length."""
        for button in self._lengths.buttons():
            button.setChecked(button.text() == self.spans[hours])
        self.canvas.set_hours(hours)

    def say(self, text: str) -> None:
        """Answer a click."""
        self.message.show_text(text)
