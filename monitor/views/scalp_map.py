"""The head from above, its 19 electrodes shaded by a score."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.electrodes import ELECTRODES, map_positions
from monitor.views import theme

__all__ = ["ScalpMap", "shade"]

_SIDE_PX = 164
"""With letters of normal size."""
_HEAD = 0.43
"""Radius of the head, of the side; the outer ring of electrodes lies a little inside."""
_RING = 0.88
_DOT = 0.067
_LETTERS = 0.054


class ScalpMap(QWidget):
    """Electrodes, the fuller the more; a heavy ring marks the dominant ones, a dotted one unknown.

    The shade is one hue of rising lightness, so that it reads with any colour vision.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares: tuple[float | None, ...] = ()
        self._dominant: frozenset[str] = frozenset()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_shares(self, shares: Sequence[float | None], dominant: Collection[str]) -> None:
        """Shade the electrodes.

        Parameters
        ----------
        shares
            Of the 19 electrodes, 0 to 1; None where unknown. Empty: an empty head.
        dominant
            Names of those that are marked.
        """
        self._shares, self._dominant = tuple(shares), frozenset(dominant)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        side = round(_SIDE_PX * theme.FONT_TEXT_PX / 14)
        return QSize(side, side)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
            self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        side = float(min(self.width(), self.height()))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(self.width() / 2, self.height() / 2 + 0.03 * side)
        _paint_head(painter, _HEAD * side)
        font = QFont(self.font())
        font.setPixelSize(max(7, round(_LETTERS * side)))
        shares = self._shares or (None,) * len(ELECTRODES)
        for name, (x, y), share in zip(ELECTRODES, map_positions().tolist(), shares, strict=True):
            reach = _RING * _HEAD * side
            font.setBold(name in self._dominant)
            painter.setFont(font)
            _paint_dot(
                painter, QPointF(reach * x, -reach * y), _DOT * side, name, share,
                is_dominant=name in self._dominant,
            )  # fmt: skip
        painter.end()


def shade(share: float) -> QColor:
    """Return the colour of a share, 0 to 1."""
    low, high = QColor(theme.PLOT), QColor(theme.PROVISIONAL)
    return QColor(
        round(low.red() + (high.red() - low.red()) * share),
        round(low.green() + (high.green() - low.green()) * share),
        round(low.blue() + (high.blue() - low.blue()) * share),
    )


def _paint_head(painter: QPainter, radius: float) -> None:
    painter.setPen(QPen(QColor(theme.TEXT_DIM), 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    nose = [QPointF(0.13 * radius * k, -radius * (1.0 if k else 1.13)) for k in (-1, 0, 1)]
    painter.drawPolyline(QPolygonF(nose))
    for side in (-1, 1):
        ear = QRectF(0, 0, 0.11 * radius, 0.36 * radius)
        ear.moveCenter(QPointF(side * 1.035 * radius, 0))
        painter.drawEllipse(ear)
    painter.setBrush(QColor(theme.PANEL))
    painter.drawEllipse(QPointF(0, 0), radius, radius)


def _paint_dot(
    painter: QPainter,
    place: QPointF,
    radius: float,
    name: str,
    share: float | None,
    *,
    is_dominant: bool,
) -> None:
    line = QPen(QColor(theme.TEXT if is_dominant else theme.TEXT_DIM), 2.4 if is_dominant else 1.0)
    fill = shade(share or 0.0)
    if share is None:
        line.setStyle(Qt.PenStyle.DotLine)
    painter.setPen(line)
    painter.setBrush(fill)
    painter.drawEllipse(place, radius, radius)
    is_light = fill.lightnessF() * 0.4 + fill.greenF() * 0.6 > 0.46
    painter.setPen(QColor("#131a20" if is_light else "#eef2f6"))
    box = QRectF(0, 0, 4 * radius, 2 * radius)
    box.moveCenter(place)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), name)
