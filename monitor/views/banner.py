"""One large sign that says at a glance how things stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from monitor.alarm import Alarm, AlarmState, TechnicalAlarm
from monitor.views import texts, theme

__all__ = ["AlarmBanner", "BannerLevel", "BannerSign", "banner_sign"]


class BannerLevel(Enum):
    """How urgent the sign is: symbol, ground, text colour."""

    ALARM = ("!!!", theme.ALARM, theme.TEXT)
    LATCHED = ("!!!", theme.ALARM_DIM, theme.TEXT)
    CAUTION = ("!!", theme.CAUTION, theme.ON_CAUTION)
    NOTE = ("…", theme.NOTE, theme.TEXT)
    NORMAL = ("✓", theme.NORMAL, theme.TEXT)


@dataclass(frozen=True, slots=True)
class BannerSign:
    """What the banner reads."""

    level: BannerLevel
    title: str
    detail: str
    flashing: bool = False


def banner_sign(
    alarms: Sequence[Alarm],
    technical: Sequence[TechnicalAlarm] = (),
    arming_s: float = 0.0,
    *,
    rearming: bool = False,
    finished: bool = False,
    trained: bool = True,
) -> BannerSign:
    """Choose the one sign to show; the gravest state wins.

    A seizure alarm stays until it is acknowledged and over. "No alarm" is only ever said while
    detection is at work.

    Parameters
    ----------
    alarms
        All of the session, in the order they were raised.
    technical
        Technical alarms; only active ones count.
    arming_s
        Seconds until detection is possible; 0 where it is at work.
    rearming
        Whether detection was at work before.
    finished
        Whether the stream is over.
    trained
        Whether the weights can find seizures at all.
    """
    unseen = [alarm for alarm in alarms if not alarm.acknowledged]
    running = [alarm for alarm in alarms if alarm.is_open]
    if running or unseen:
        sign = _seizure_sign(running, unseen)
        if len(unseen) > 1:
            detail = f"{sign.detail}\n{texts.waiting(len(unseen))}"
            return BannerSign(sign.level, sign.title, detail, sign.flashing)
        return sign
    if finished:
        return BannerSign(BannerLevel.NOTE, texts.FINISHED, texts.FINISHED_DETAIL)
    return _quiet_sign(technical, arming_s, rearming=rearming, trained=trained)


def _quiet_sign(
    technical: Sequence[TechnicalAlarm], arming_s: float, *, rearming: bool, trained: bool
) -> BannerSign:
    """Choose the sign while no seizure alarm stands."""
    active = [alarm for alarm in technical if alarm.active]
    if active:
        detail = texts.one_of(len(active), active[-1].text)
        return BannerSign(BannerLevel.CAUTION, texts.TECHNICAL, detail)
    if arming_s > 0:
        title = texts.RE_ARMING if rearming else texts.WARMING_UP
        return BannerSign(BannerLevel.NOTE, title, texts.seconds_left(arming_s))
    if not trained:
        return BannerSign(BannerLevel.NOTE, texts.UNTRAINED, texts.NOT_TRAINED)
    return BannerSign(BannerLevel.NORMAL, texts.NO_ALARM, texts.WATCHING)


def _seizure_sign(running: Sequence[Alarm], unseen: Sequence[Alarm]) -> BannerSign:
    loud = [alarm for alarm in running if not alarm.acknowledged]
    if loud:
        return BannerSign(
            BannerLevel.ALARM, texts.SEIZURE, texts.since(_onset(loud[0])), flashing=True
        )
    if running:
        detail = texts.acknowledged_since(_onset(running[0]))
        return BannerSign(BannerLevel.ALARM, texts.SEIZURE, detail)
    ended = [alarm for alarm in unseen if alarm.state is AlarmState.ENDED]
    if ended:
        alarm = ended[-1]
        end = texts.moment_text(alarm.offset_s, alarm.start_time)
        return BannerSign(BannerLevel.LATCHED, texts.SEIZURE_OVER, texts.over(_onset(alarm), end))
    detail = texts.retracted(_onset(unseen[-1]))
    return BannerSign(BannerLevel.CAUTION, texts.ALARM_RETRACTED, detail)


def _onset(alarm: Alarm) -> str:
    return texts.moment_text(alarm.onset_s, alarm.start_time)


class AlarmBanner(QWidget):
    """Paints a :class:`BannerSign`; one that waits for an answer flashes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumHeight(116)
        self._sign = banner_sign(())
        self._bright = True
        self._flash = QTimer(self)
        self._flash.setInterval(theme.FLASH_MS)
        self._flash.timeout.connect(self._blink)

    @property
    def sign(self) -> BannerSign:
        """What is shown now."""
        return self._sign

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(440, 116)

    def show_sign(self, sign: BannerSign) -> None:
        """Show another sign."""
        self._sign = sign
        self.setAccessibleName(f"{sign.title}. {sign.detail}")
        if sign.flashing and not self._flash.isActive():
            self._flash.start()
        elif not sign.flashing:
            self._flash.stop()
            self._bright = True
        self.update()

    def _blink(self) -> None:
        self._bright = not self._bright
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's names
        symbol, ground, ink = self._sign.level.value
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground if self._bright else theme.ALARM_DIM))
        painter.drawRoundedRect(self.rect(), 6, 6)
        painter.setPen(QColor(ink))
        inner = self.rect().adjusted(16, 10, -16, -10)
        detail_font = QFont()
        detail_font.setPixelSize(theme.FONT_VALUE_PX - 1)
        lines = _broken(self._sign.detail, inner.width(), QFontMetrics(detail_font))
        detail_height = 24 * len(lines)
        title_place = QRect(
            inner.left(), inner.top(), inner.width(), inner.height() - detail_height
        )
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        title = f"{symbol} {self._sign.title}"
        painter.setFont(_fitting(title, inner.width(), theme.FONT_BANNER_PX))
        painter.drawText(title_place, left, title)
        painter.setFont(detail_font)
        for number, line in enumerate(lines):
            top = inner.bottom() + 1 - detail_height + 24 * number
            shown = painter.fontMetrics().elidedText(
                line, Qt.TextElideMode.ElideRight, inner.width()
            )
            painter.drawText(QRect(inner.left(), top, inner.width(), 24), left, shown)
        painter.end()


def _fitting(text: str, width: int, size_px: int) -> QFont:
    """Return a bold font in which the text is no wider than the place for it."""
    font = QFont()
    font.setBold(True)
    font.setPixelSize(size_px)
    while size_px > theme.FONT_TEXT_PX and QFontMetrics(font).horizontalAdvance(text) > width:
        size_px -= 1
        font.setPixelSize(size_px)
    return font


def _broken(text: str, width: int, metrics: QFontMetrics) -> list[str]:
    """Return the text in at most two lines, broken between words where it is too wide."""
    lines = text.split("\n")[:2]
    if len(lines) == 1 and metrics.horizontalAdvance(text) > width:
        words = text.split(" ")
        n_first = len(words) - 1
        while n_first > 1 and metrics.horizontalAdvance(" ".join(words[:n_first])) > width:
            n_first -= 1
        lines = [" ".join(words[:n_first]), " ".join(words[n_first:])]
    return lines
