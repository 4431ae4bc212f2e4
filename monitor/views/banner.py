"""One large sign that says from across the room how things stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from time import monotonic

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from monitor.conditions import AlarmBoard, AlarmCondition
from monitor.priority import AlarmKind, Priority
from monitor.views import texts, theme
from monitor.views.condition_words import condition_detail, condition_title

__all__ = ["FLASHES", "AlarmBanner", "BannerLevel", "BannerSign", "Flash", "banner_sign", "sign_of"]


@dataclass(frozen=True, slots=True)
class Flash:
    """A square wave of light.

    Attributes
    ----------
    rate_hz
        Flashes a second.
    duty
        Part of each period that is lit.
    """

    rate_hz: float
    duty: float

    def is_lit(self, now_s: float) -> bool:
        return now_s * self.rate_hz % 1.0 < self.duty


class BannerLevel(Enum):
    """How urgent a sign is: its symbol, and the names of its colours in the theme."""

    HIGH = ("!!!", "ALARM", "ON_ALARM", "ALARM_DIM")
    MEDIUM = ("!!", "CAUTION", "ON_CAUTION", "CAUTION_DIM")
    LOW = ("!", "LOW", "ON_LOW", "LOW")
    NOTE = ("…", "NOTE", "ON_NOTE", "NOTE")
    NORMAL = ("✓", "NORMAL", "ON_ALARM", "NORMAL")

    @property
    def symbol(self) -> str:
        return str(self.value[0])

    def colours(self, *, lit: bool) -> tuple[QColor, QColor]:
        """Return ground and ink."""
        _, ground, ink, dim = self.value
        if lit or dim == ground:
            return QColor(getattr(theme, ground)), QColor(getattr(theme, ink))
        return QColor(getattr(theme, dim)), QColor(theme.TEXT)


FLASHES = {BannerLevel.HIGH: Flash(2.0, 0.5), BannerLevel.MEDIUM: Flash(0.6, 0.5)}
"""IEC 60601-1-8 allows 1.4-2.8 Hz and 0.4-0.8 Hz, at 20-60 %; low priority is steady."""

_WORD_ENDS = re.compile(r" (?!(?:s|min|h|Hz|GB)\b)")
"""Where a line may be broken: not between a number and its unit."""

_LEVELS = {
    Priority.HIGH: BannerLevel.HIGH,
    Priority.MEDIUM: BannerLevel.MEDIUM,
    Priority.LOW: BannerLevel.LOW,
}


@dataclass(frozen=True, slots=True)
class BannerSign:
    """What the banner reads."""

    level: BannerLevel
    title: str
    detail: str
    flashing: bool = False


def banner_sign(
    board: AlarmBoard,
    arming_s: float = 0.0,
    *,
    now_sample: int = 0,
    now_s: float = 0.0,
    start_time: datetime | None = None,
    rearming: bool = False,
    finished: bool = False,
    trained: bool = True,
) -> BannerSign:
    """Choose the one sign to show; the gravest condition wins.

    "No alarm" is only ever said while detection is at work.

    Parameters
    ----------
    board
        All conditions, the gravest first.
    arming_s
        Seconds until detection is possible; 0 where it is at work.
    now_sample
        The newest sample, for how long a seizure has lasted.
    now_s
        The monotonic clock, for how long a fault has lasted: samples may stay away.
    start_time
        Wall-clock time of sample 0, or None where unknown.
    rearming
        Whether detection was at work before.
    finished
        Whether the stream is over.
    trained
        Whether the weights can find seizures at all.
    """
    gravest = board.conditions[0] if board.conditions else None
    if finished and (gravest is None or _is_minor(gravest)):
        return BannerSign(BannerLevel.NOTE, texts.STOPPED, texts.FINISHED_DETAIL)
    if gravest is not None:
        sign = sign_of(gravest, now_sample=now_sample, now_s=now_s, start_time=start_time)
        n_waiting = sum(condition.calls for condition in board.conditions)
        if n_waiting > 1:
            detail = f"{sign.detail}\n{texts.waiting(n_waiting)}"
            return BannerSign(sign.level, sign.title, detail, sign.flashing)
        return sign
    if arming_s > 0:
        title = texts.RE_ARMING if rearming else texts.WARMING_UP
        return BannerSign(BannerLevel.NOTE, title, texts.seconds_left(arming_s))
    if not trained:
        return BannerSign(BannerLevel.NOTE, texts.UNTRAINED, texts.NOT_TRAINED)
    return BannerSign(BannerLevel.NORMAL, texts.NO_ALARM, texts.WATCHING)


def sign_of(
    condition: AlarmCondition,
    *,
    now_sample: int = 0,
    now_s: float = 0.0,
    start_time: datetime | None = None,
    sfreq: float = 256.0,
) -> BannerSign:
    """Return the sign of one condition; times as for :func:`banner_sign`."""
    if condition.kind is AlarmKind.TECHNICAL:
        lasting_s = now_s - condition.changed_s
    else:
        lasting_s = (now_sample - condition.onset_sample) / sfreq
    return BannerSign(
        _LEVELS[condition.priority],
        condition_title(condition),
        condition_detail(condition, lasting_s, start_time, sfreq),
        flashing=condition.calls and condition.priority > Priority.LOW,
    )


def _is_minor(condition: AlarmCondition) -> bool:
    """Whether a condition is a fault that no longer matters once the stream is over."""
    return condition.kind is AlarmKind.TECHNICAL and condition.priority < Priority.HIGH


class AlarmBanner(QWidget):
    """Paints a :class:`BannerSign`; one that waits for an answer flashes.

    Parameters
    ----------
    min_height
        Least height, px.
    """

    shown = Signal()
    """A new sign has been painted."""

    def __init__(self, min_height: int = 168, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumHeight(min_height)
        self._sign = banner_sign(AlarmBoard())
        self._lit = True
        self._is_new = False
        self._timer = QTimer(self)
        # Often enough that each phase is right to a tenth of the fastest one.
        self._timer.setInterval(25)
        self._timer.timeout.connect(lambda: self.show_time(monotonic()))

    @property
    def sign(self) -> BannerSign:
        """What is shown now."""
        return self._sign

    @property
    def is_flashing(self) -> bool:
        return self._timer.isActive()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(440, self.minimumHeight())

    def show_sign(self, sign: BannerSign) -> None:
        """Show another sign."""
        if sign == self._sign:
            return
        self._sign = sign
        self._is_new = True
        self.setAccessibleName(f"{sign.title}. {sign.detail}")
        if sign.flashing and not self._timer.isActive():
            self._timer.start()
        elif not sign.flashing:
            self._timer.stop()
        self._lit = True
        self.update()

    def show_time(self, now_s: float) -> None:
        """Light up or dim, as the sign's flash has it at this moment."""
        flash = FLASHES.get(self._sign.level) if self._sign.flashing else None
        lit = flash is None or flash.is_lit(now_s)
        if lit != self._lit:
            self._lit = lit
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's names
        ground, ink = self._sign.level.colours(lit=self._lit)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(self.rect(), 6, 6)
        painter.setPen(ink)
        inner = self.rect().adjusted(14, 4, -14, -6)
        detail_font = _font(round(theme.FONT_VALUE_PX * 1.15))
        metrics = QFontMetrics(detail_font)
        lines = _broken(self._sign.detail, inner.width(), metrics) if self._sign.detail else ()
        line_height = metrics.height()
        title_place = inner.adjusted(0, 0, 0, -line_height * len(lines))
        self._paint_title(painter, title_place)
        painter.setFont(detail_font)
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for number, line in enumerate(lines):
            top = title_place.bottom() + 1 + line_height * number
            shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, inner.width())
            painter.drawText(QRect(inner.left(), top, inner.width(), line_height), left, shown)
        painter.end()
        if self._is_new:
            self._is_new = False
            self.shown.emit()

    def _paint_title(self, painter: QPainter, place: QRect) -> None:
        """Write the symbol and, beside it, the title as large as it fits."""
        symbol_font = _font(min(theme.FONT_BANNER_PX, max(8, place.height() - 10)), bold=True)
        symbol = self._sign.level.symbol
        width = QFontMetrics(symbol_font).horizontalAdvance(symbol) + 16
        vertical = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(symbol_font)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | vertical), symbol)
        words = place.adjusted(width, 0, 0, 0)
        lines, font = _fitting(self._sign.title, words.size())
        painter.setFont(font)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignLeft | vertical), "\n".join(lines))


def _font(size_px: int, *, bold: bool = False) -> QFont:
    font = QFont()
    font.setBold(bold)
    font.setPixelSize(size_px)
    return font


def _fitting(text: str, size: QSize) -> tuple[list[str], QFont]:
    """Return the text in one or two lines, in the largest bold font that fits the place."""
    words = _WORD_ENDS.split(text)
    ways = [[text], *([" ".join(words[:n]), " ".join(words[n:])] for n in range(1, len(words)))]
    for size_px in range(theme.FONT_BANNER_PX, theme.FONT_TEXT_PX, -1):
        font = _font(size_px, bold=True)
        metrics = QFontMetrics(font)
        width, lines = min(
            (max(metrics.horizontalAdvance(line) for line in lines), lines)
            for lines in ways
            if metrics.height() * len(lines) <= size.height() or len(lines) == 1
        )
        if width <= size.width() and metrics.height() * len(lines) <= size.height():
            return lines, font
    return [text], _font(theme.FONT_TEXT_PX, bold=True)


def _broken(text: str, width: int, metrics: QFontMetrics) -> Sequence[str]:
    """Return the text in at most three lines, broken between words where one is too wide."""
    shown: list[str] = []
    for line in text.split("\n"):
        words = _WORD_ENDS.split(line)
        ends = range(1, len(words) + 1)
        fits = [n for n in ends if metrics.horizontalAdvance(" ".join(words[:n])) <= width]
        n_first = max(fits, default=len(words))
        shown.append(" ".join(words[:n_first]))
        if n_first < len(words):
            shown.append(" ".join(words[n_first:]))
    return shown[:3]
