"""The margins that traces and probability share, so that their times stand below each other."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QScreen

from monitor.views import theme

__all__ = [
    "flag_height",
    "font",
    "label_width",
    "lane_of",
    "pixels_per_mm",
    "time_height",
    "trace_plot",
    "write",
]

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


def trace_plot(size: QSize) -> QRect:
    """Return where traces are drawn in a widget of a size."""
    left, top = label_width(), flag_height()
    height = size.height() - top - time_height()
    return QRect(left, top, max(1, size.width() - left), max(1, height))


def lane_of(plot: QRect, row: int, n_rows: int) -> QRect:
    """Return the strip of one of the rows that share a plot."""
    top, stop = (round(edge * plot.height() / n_rows) for edge in (row, row + 1))
    return QRect(plot.left(), plot.top() + top, plot.width(), stop - top)


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
