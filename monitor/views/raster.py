"""A picture that NumPy paints into and Qt shows.

Thousands of short vertical lines, one a trace and pixel column, cost Qt a call each; written as
pixels they cost a hundredth of that.
"""

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter

__all__ = ["Pixels", "Raster", "blended", "rgb"]

Pixels = npt.NDArray[np.uint32]
Whole = npt.NDArray[np.int64]


def rgb(colour: str) -> int:
    """Return a colour as a pixel."""
    return QColor(colour).rgb()


def blended(ground: str, colour: str, share: float) -> int:
    """Return ``colour`` laid over ``ground``; 0 leaves the ground, 1 hides it."""
    below, above = QColor(ground), QColor(colour)
    return QColor(
        round(below.red() + (above.red() - below.red()) * share),
        round(below.green() + (above.green() - below.green()) * share),
        round(below.blue() + (above.blue() - below.blue()) * share),
    ).rgb()


class Raster:
    """Pixels of one picture.

    Parameters
    ----------
    size
        In device pixels.
    ratio
        Device pixels to a pixel of Qt's.
    """

    def __init__(self, size: QSize, ratio: float = 1.0) -> None:
        self.size = QSize(max(1, size.width()), max(1, size.height()))
        self.ratio = ratio
        self.image = QImage(self.size, QImage.Format.Format_RGB32)
        self._stride = self.image.bytesPerLine() // 4
        self._flat: Pixels = np.frombuffer(self.image.bits(), dtype=np.uint32)
        self.pixels: Pixels = self._flat.reshape(self.height, self._stride)[:, : self.width]
        self.pixels[:] = rgb("black")

    @property
    def width(self) -> int:
        return self.size.width()

    @property
    def height(self) -> int:
        return self.size.height()

    def fitted(self, plot: QSize, ratio: float) -> "Raster":
        """Return this one where it has the size of a plot, else a new one that has.

        Parameters
        ----------
        plot
            In Qt's pixels.
        ratio
            Device pixels to one of them.
        """
        size = QSize(round(plot.width() * ratio), round(plot.height() * ratio))
        return self if self.size == size and self.ratio == ratio else Raster(size, ratio)

    def fill_runs(
        self,
        columns: npt.NDArray[np.integer],
        top: npt.NDArray[np.integer],
        bottom: npt.NDArray[np.integer],
        pixels: Pixels,
    ) -> None:
        """Paint vertical lines; where several meet in a pixel, the last one given is seen.

        Parameters
        ----------
        columns, top, bottom : (n,)
            Column, first and last row of each line; rows outside of the picture are left out.
        pixels : (n,)
            Colours.
        """
        first = np.maximum(top, 0).astype(np.int64)
        lengths: Whole = np.minimum(bottom, self.height - 1).astype(np.int64) - first + 1
        lengths = np.maximum(lengths, 0)
        ends = np.cumsum(lengths)
        if not len(ends) or ends[-1] == 0:
            return
        # rows of a line: its first one plus 0, 1, 2 ...
        begins = first * self._stride + columns - (ends - lengths) * self._stride
        place = np.repeat(begins, lengths) + np.arange(ends[-1]) * self._stride
        self._flat[place] = np.repeat(pixels, lengths)

    def show(self, painter: QPainter, plot: QRect, exposed: QRect, turn: int = 0) -> None:
        """Draw the picture over ``plot``, the column ``turn`` at its left edge.

        Only what is exposed is drawn: Qt would look at every line of the rest to clip it.
        """
        for begin, end, left in ((turn, self.width, 0), (0, turn, self.width - turn)):
            if self.ratio == 1.0:
                place = QRect(plot.left() + left, plot.top(), end - begin, self.height)
                part = place & exposed
                if not part.isEmpty():
                    shift = QPoint(begin - place.left(), -place.top())
                    painter.drawImage(part.topLeft(), self.image, part.translated(shift))
            elif end > begin:
                target = QRectF(
                    plot.left() + left / self.ratio,
                    plot.top(),
                    (end - begin) / self.ratio,
                    self.height / self.ratio,
                )
                painter.drawImage(target, self.image, QRectF(begin, 0, end - begin, self.height))
