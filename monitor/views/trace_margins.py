"""What is written around the traces: names, times, scale, and that they stand still."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from core.display_montage import DisplayMontage
from core.types import Quality
from monitor.views import texts, theme
from monitor.views.plot_margins import font, time_height, write
from monitor.views.time_axis import AxisMode, TimeAxis

__all__ = [
    "TimeLabel",
    "TimeStrip",
    "calibration_room",
    "explanation",
    "paint_badge",
    "paint_calibration",
    "paint_names",
    "row_colour",
    "row_quality",
    "time_labels",
    "time_step_s",
]

_TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400)
_UNUSABLE = Quality.FLAT | Quality.RAILED
_CALIBRATIONS_UV = (10, 20, 50, 100, 200, 500, 1000, 2000)


@dataclass(frozen=True, slots=True)
class TimeLabel:
    """A time below the traces, ``x`` pixels from the left edge of the plot."""

    x: int
    text: str


def row_colour(electrodes: Sequence[str]) -> str:
    """Return the colour of a trace by side: odd numbers are left, even ones right.

    The midline, and what crosses from one side to the other, has a colour of its own. A row of
    many electrodes goes by the first.
    """
    sides = {"z" if name[-1] == "z" else int(name[-1]) % 2 for name in electrodes[:2]}
    if len(electrodes) > 2:
        sides = {"z" if electrodes[0][-1] == "z" else int(electrodes[0][-1]) % 2}
    if sides == {1}:
        return theme.LEFT
    return theme.RIGHT if sides == {0} else theme.MIDLINE


def row_quality(electrodes: Sequence[str], flags: Mapping[str, Quality]) -> Quality:
    """Return what is wrong with any of the electrodes that a row is made of."""
    quality = Quality.GOOD
    for name in electrodes:
        quality |= flags.get(name, Quality.GOOD)
    return quality


def time_step_s(seconds: float, width: int) -> int:
    """Return the distance of time labels: round, and wide enough for a time."""
    needed_s = seconds * 7.5 * theme.FONT_SMALL_PX / max(1, width)
    return next((step for step in _TIME_STEPS_S if step >= needed_s), _TIME_STEPS_S[-1])


def time_labels(
    axis: TimeAxis, sfreq: float, width: int, start_time: datetime | None
) -> tuple[TimeLabel, ...]:
    """Return the times below the traces; of two that would overlap, the newer one."""
    step = round(time_step_s(axis.n_page / sfreq, width) * sfreq)
    labels: list[TimeLabel] = []
    # newest first; ahead of a sweep's bar the page before is still seen
    for sample in range((axis.stop - 1) // step * step, max(axis.start, 0) - 1, -step):
        spans = axis.spans(sample, sample + 1, width)
        if spans and all(abs(spans[0][0] - other.x) > 6 * theme.FONT_SMALL_PX for other in labels):
            labels.append(TimeLabel(spans[0][0], texts.moment_text(sample / sfreq, start_time)))
    return tuple(labels)


def paint_names(
    painter: QPainter, plot: QRect, montage: DisplayMontage, flags: Mapping[str, Quality]
) -> None:
    """Write the names of the rows, and what is wrong with their electrodes."""
    painter.fillRect(0, 0, plot.left(), plot.bottom() + 1, QColor(theme.BACKGROUND))
    lane = plot.height() / montage.n_rows
    size_px = max(8, min(theme.FONT_LABEL_PX, int(lane)))
    for row, (name, electrodes) in enumerate(zip(montage.labels, montage.electrodes, strict=True)):
        top = plot.top() + round(row * lane)
        place = QRect(0, top, plot.left(), plot.top() + round((row + 1) * lane) - top)
        quality = row_quality(electrodes, flags)
        _paint_name(painter, place, name, size_px, row_colour(electrodes), quality)


def _paint_name(
    painter: QPainter, place: QRect, name: str, size_px: int, colour: str, quality: Quality
) -> None:
    mark = texts.quality_mark(quality)
    bad = bool(quality & _UNUSABLE)
    painter.setFont(font(size_px, bold=True))
    painter.setPen(QColor(colour if not mark else theme.PROVISIONAL if bad else theme.CAUTION))
    write(painter, place.adjusted(4, 0, 0, 0), name)
    if mark:
        pill = QRect(0, 0, round(3.8 * theme.FONT_LABEL_PX), min(size_px + 3, place.height()))
        pill.moveCenter(place.center())
        pill.moveRight(place.right() - 3)
        painter.fillRect(pill, QColor(theme.PROVISIONAL if bad else theme.CAUTION))
        painter.setFont(font(max(8, size_px - 3), bold=True))
        painter.setPen(QColor(theme.ON_CAUTION))
        write(painter, pill, mark, Qt.AlignmentFlag.AlignHCenter)


def explanation(montage: DisplayMontage, y: int, plot: QRect, flags: Mapping[str, Quality]) -> str:
    """Return what is wrong with the row at a height, in words; empty where there is none."""
    row = (y - plot.top()) * montage.n_rows // plot.height()
    if not 0 <= row < montage.n_rows:
        return ""
    marked = [name for name in montage.electrodes[row] if flags.get(name, Quality.GOOD)]
    return "\n".join(f"{name}: {texts.quality_words(flags[name])}" for name in marked)


class TimeStrip:
    """The times below the traces.

    Parameters
    ----------
    sfreq
        Sampling rate, Hz.
    """

    def __init__(self, sfreq: float) -> None:
        self.start_time: datetime | None = None
        """Wall-clock time of sample 0; None: times since the session began are written."""
        self._sfreq = sfreq
        self._labels: tuple[TimeLabel, ...] = ()
        self._known: tuple[object, ...] = ()

    def follow(self, axis: TimeAxis, width: int) -> bool:
        """Take what is shown now; return whether the labels have changed."""
        step = round(time_step_s(axis.n_page / self._sfreq, width) * self._sfreq)
        known: tuple[object, ...] = (axis, width, self.start_time)
        if axis.mode is AxisMode.SWEEP:
            # a sweep moves no label; one comes and one goes from time to time
            ends = ((axis.stop - 1) // step, (axis.start - 1) // step)
            known = (axis.n_page, ends, width, self.start_time)
        if known == self._known:
            return False
        self._known = known
        self._labels = time_labels(axis, self._sfreq, width, self.start_time)
        return True

    def paint(self, painter: QPainter, plot: QRect) -> None:
        """Write the times."""
        strip = QRect(0, plot.bottom() + 1, plot.right() + 1, time_height())
        painter.fillRect(strip, QColor(theme.BACKGROUND))
        painter.setFont(font(theme.FONT_SMALL_PX))
        painter.setPen(QColor(theme.TEXT_DIM))
        for label in self._labels:
            x = plot.left() + label.x
            painter.drawLine(x, strip.top(), x, strip.top() + 4)
            width = painter.fontMetrics().horizontalAdvance(label.text) + 4
            if x + width <= plot.right():
                write(painter, QRect(x + 4, strip.top(), width, strip.height()), label.text)


def calibration_room(plot: QRect) -> int:
    """Return the width at the right that is never smaller than the calibration bar."""
    return max(plot.width() // 4, 12 * theme.FONT_SMALL_PX)


def paint_calibration(
    painter: QPainter, plot: QRect, pixels_per_uv: float, pixels_per_s: float
) -> None:
    """Draw what so many microvolts and one second measure, at the lower right."""
    tallest = max(24.0, 0.1 * plot.height())
    fitting = [uv for uv in _CALIBRATIONS_UV if uv * pixels_per_uv <= tallest]
    amplitude_uv = fitting[-1] if fitting else _CALIBRATIONS_UV[0]
    seconds = 1 if pixels_per_s >= 24 else 5
    height, width = round(amplitude_uv * pixels_per_uv), round(seconds * pixels_per_s)
    painter.setFont(font(theme.FONT_SMALL_PX, bold=True))
    text = texts.calibration(amplitude_uv, seconds)
    text_width = painter.fontMetrics().horizontalAdvance(text)
    line = theme.FONT_SMALL_PX + 3
    ground = QRect(0, 0, max(width, text_width + 6) + 12, max(height, line) + 8)
    ground.moveBottomRight(plot.bottomRight())
    shade = QColor(theme.PLOT)
    shade.setAlpha(190)
    painter.fillRect(ground, shade)
    painter.setPen(QPen(QColor(theme.TEXT), 2))
    x, bottom = ground.left() + 6, ground.bottom() - 3
    painter.drawLine(x, bottom - height, x, bottom)
    painter.drawLine(x, bottom, x + width, bottom)
    write(painter, QRect(x + 6, bottom - line - 2, text_width + 4, line), text)


def paint_badge(painter: QPainter, plot: QRect, text: str) -> None:
    """Write what must not be overlooked, such as that the traces are not live."""
    if not text:
        return
    painter.setFont(font(theme.FONT_TEXT_PX, bold=True))
    width = painter.fontMetrics().horizontalAdvance(text) + 20
    place = QRect(plot.right() - width - 4, plot.top() + 4, width, theme.FONT_TEXT_PX + 10)
    painter.fillRect(place, QColor(theme.CAUTION))
    painter.setPen(QColor(theme.ON_CAUTION))
    write(painter, place, text, Qt.AlignmentFlag.AlignHCenter)
