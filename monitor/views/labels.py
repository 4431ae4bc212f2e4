"""Labels whose text is shortened to the place there is, never cut through a letter."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

__all__ = ["ElidedLabel"]


class ElidedLabel(QLabel):
    """One line of plain text; where it does not fit, an ellipsis stands for the rest.

    The whole text is in the tool tip.

    Parameters
    ----------
    role
        Which rule of the style sheet applies.
    elide
        Where the ellipsis goes.
    """

    def __init__(
        self,
        role: str,
        text: str = "",
        *,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._elide = elide
        self._colour = ""
        self.show_text(text)

    def show_text(self, text: str, colour: str = "") -> None:
        """Show a text, in the style sheet's colour where none is given."""
        self._colour = colour
        self.setText(text)
        self.setToolTip(text)
        self.update()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(40, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's names
        painter = QPainter(self)
        if self._colour:
            painter.setPen(QColor(self._colour))
        place = self.contentsRect()
        shown = painter.fontMetrics().elidedText(self.text(), self._elide, place.width())
        alignment = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, int(alignment), shown)
        painter.end()
