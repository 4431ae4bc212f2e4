"""A bar for each second."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from monitor.views import theme

__all__ = ["SecondsStrip"]

_HEIGHT_PX = 58


class SecondsStrip(QWidget):
    """Scores of seconds, above and below a line; another line marks the onset."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scores: tuple[float | None, ...] = ()
        self._first_s = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_scores(self, scores: Sequence[float | None], first_s: float) -> None:
        """Show scores of seconds.

        Parameters
        ----------
        scores
            None where unknown.
        first_s
            Where the first second begins, from the onset on.
        """
        self._scores, self._first_s = tuple(scores), first_s
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(160, round(_HEIGHT_PX * theme.FONT_TEXT_PX / 14))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
            self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if not self._scores:
            return
        painter = QPainter(self)
        font = painter.font()
        font.setPixelSize(theme.FONT_SMALL_PX - 1)
        painter.setFont(font)
        below = painter.fontMetrics().height()
        known = [score for score in self._scores if score is not None]
        top, bottom = max([0.0, *known]), min([0.0, *known])
        height = self.height() - below - 2
        scale = height / (top - bottom) if top > bottom else 0.0
        zero = 1 + top * scale if scale else height
        step = self.width() / len(self._scores)
        for k, score in enumerate(self._scores):
            if score is None:
                continue
            bar = QRectF(k * step + 1, zero - max(score, 0) * scale, step - 2, abs(score) * scale)
            painter.fillRect(bar, QColor(theme.PROVISIONAL if score > 0 else theme.INVALID))
        painter.setPen(QPen(QColor(theme.TEXT_DIM), 1))
        painter.drawLine(0, round(zero), self.width(), round(zero))
        onset = -self._first_s * step
        painter.setPen(QPen(QColor(theme.TEXT), 1, Qt.PenStyle.DashLine))
        painter.drawLine(round(onset), 0, round(onset), round(height) + 2)
        self._paint_seconds(painter, step)
        painter.end()

    def _paint_seconds(self, painter: QPainter, step: float) -> None:
        painter.setPen(QColor(theme.TEXT_DIM))
        metrics, base = painter.fontMetrics(), self.height() - painter.fontMetrics().descent()
        last_s = self._first_s + len(self._scores)
        for second in (0, *range(5, int(last_s) + 1, 5)):
            text = f"{second} s" if second == 0 else f"{second}"
            width = metrics.horizontalAdvance(text)
            middle = (second - self._first_s) * step
            left = min(max(0.0, middle - width / 2), self.width() - width)
            painter.drawText(round(left), base, text)
