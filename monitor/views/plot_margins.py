"""The margins that traces and probability share, so that their times stand below each other."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QPainter, QScreen

from monitor.views import theme

__all__ = ["flag_height", "font", "label_width", "pixels_per_mm", "time_height", "write"]

_MM_PER_INCH = 25.4
_USUAL_DPI = 96.0


def label_width() -> int:
    """Return the width of the names at the left."""
    return round(9.2 * theme.FONT_LABEL_PX)


def time_height() -> int:
    """Return the height of the times below the traces."""
    return theme.FONT_SMALL_PX + 9


def flag_height() -> int:
    """Return the height of the events' words above the traces."""
    return theme.FONT_SMALL_PX + 6


def pixels_per_mm(screen: QScreen | None) -> float:
    """Return Qt's pixels per millimetre of the glass.

    Screens that do not know their size tell nonsense; then 96 dots per inch are assumed.
    """
    dpi = _USUAL_DPI if screen is None else screen.physicalDotsPerInch()
    return (dpi if 50.0 <= dpi <= 400.0 else _USUAL_DPI) / _MM_PER_INCH


def font(size_px: int, *, bold: bool = False) -> QFont:
    """Return the window's font at a size."""
    chosen = QFont()
    chosen.setPixelSize(size_px)
    chosen.setBold(bold)
    return chosen


def write(
    painter: QPainter,
    place: QRect,
    text: str,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """Write a line of text, in the middle of the height of ``place``."""
    painter.drawText(place, int(align | Qt.AlignmentFlag.AlignVCenter), text)
