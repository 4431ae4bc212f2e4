"""What the network used when it raised the chosen alarm."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from monitor.attributions import AlarmAttribution
from monitor.views import texts, theme
from monitor.views.labels import ElidedLabel
from monitor.views.review.cases import Case, CaseKind
from monitor.views.scalp_map import ScalpMap
from monitor.views.seconds_strip import SecondsStrip

__all__ = ["AttributionView"]

SFREQ = 256.0
_LEAST_PX = 800
"""Height of a window that has room for pictures, with letters of normal size."""


class AttributionView(QWidget):
    """Dominant electrodes, region and rhythm in words; a map of the head; a strip of seconds.

    It hides where the log says nothing; on a low window the words stand alone.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._has_pictures = False
        self.title = ElidedLabel("caption", texts.USED_TITLE)
        self.words = ElidedLabel("detail")
        self.remark = ElidedLabel("status")
        self.map = ScalpMap()
        self.map.setToolTip(texts.USED_MAP_TIP)
        self.strip = SecondsStrip()
        self.strip.setToolTip(texts.USED_SECONDS)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addWidget(self.words)
        column.addStretch(1)
        column.addWidget(self.strip)
        column.addWidget(self.remark)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addLayout(column, 1)
        row.addWidget(self.map, 0, Qt.AlignmentFlag.AlignVCenter)
        self.show_case(None)

    def show_case(self, case: Case | None) -> None:
        """Show what is known of a case."""
        is_alarm = case is not None and case.kind is CaseKind.ALARM
        found = case.attribution if case is not None and is_alarm else None
        self.setVisible(found is not None)
        if found is not None:
            self._show(found)

    def fit(self) -> None:
        """Show the pictures where the window is high enough."""
        has_room = self.window().height() >= _LEAST_PX * theme.FONT_TEXT_PX / 14
        for picture in (self.map, self.strip):
            picture.setVisible(self._has_pictures and has_room)
        for label in (self.title, self.remark):
            label.setVisible(has_room)

    def _show(self, found: AlarmAttribution) -> None:
        self.words.show_text(found.words)
        self.words.setToolTip(texts.channels_tip(found, explains=True))
        self.remark.show_text(texts.attribution_remark(found))
        self._has_pictures = not found.fault
        self.fit()
        self.map.show_shares(found.shares, found.channels)
        self.strip.show_scores(found.time_scores, (found.first_sample - found.target[0]) / SFREQ)
