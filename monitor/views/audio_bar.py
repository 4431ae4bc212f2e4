"""Whether alarms can be heard: always in sight, with the buttons that change it."""

from math import ceil
from time import monotonic

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from monitor.conditions import AudioState
from monitor.orders import PauseAudio, ResumeAudio, SwitchAudio
from monitor.views import texts, theme

__all__ = ["AudioBar", "AudioSign"]


class AudioSign(QWidget):
    """A bell and a word; crossed out where nothing will be heard (IEC 60417-5576)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.text = texts.AUDIO_ON
        self._silent = False
        self._dashed = False

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(180, 34)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(_font_metrics().horizontalAdvance(texts.audio_paused(120)) + 48, 32)

    @property
    def is_silent(self) -> bool:
        """Whether the bell is crossed out."""
        return self._silent

    def show_text(self, text: str, *, silent: bool, dashed: bool = False) -> None:
        """Show a word; a dashed cross is a pause, a solid one lasts."""
        if (text, silent, dashed) != (self.text, self._silent, self._dashed):
            self.text, self._silent, self._dashed = text, silent, dashed
            self.setAccessibleName(text)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's names
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = QColor(theme.ON_CAUTION if self._silent else theme.TEXT)
        if self._silent:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.CAUTION))
            painter.drawRoundedRect(self.rect(), 4, 4)
        size = min(self.height() - 8.0, 26.0)
        place = QRectF(6, (self.height() - size) / 2, size, size)
        painter.setPen(QPen(ink, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(_bell(place))
        if self._silent:
            style = Qt.PenStyle.DashLine if self._dashed else Qt.PenStyle.SolidLine
            painter.setPen(QPen(ink, 2.5, style))
            painter.drawLine(place.topLeft(), place.bottomRight())
            painter.drawLine(place.topRight(), place.bottomLeft())
        font = painter.font()
        font.setPixelSize(theme.FONT_TEXT_PX)
        font.setBold(self._silent)
        painter.setFont(font)
        painter.setPen(ink)
        words = self.rect().adjusted(round(place.right()) + 6, 0, -4, 0)
        vertical = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        shown = painter.fontMetrics().elidedText(
            self.text, Qt.TextElideMode.ElideRight, words.width()
        )
        painter.drawText(words, int(vertical), shown)
        painter.end()


class AudioBar(QWidget):
    """The sign, and the buttons to pause, switch off and test the sound."""

    ordered = Signal(object)
    """An order of :mod:`monitor.orders`, without the name of who gives it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._audio = AudioState()
        self._fault = ""
        self.sign = AudioSign()
        self.pause_button = QPushButton(texts.PAUSE_AUDIO)
        self.switch_button = QPushButton(texts.SWITCH_OFF)
        self.test_button = QPushButton(texts.TEST_AUDIO)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        row.addWidget(self.sign, 1)
        for button in (self.pause_button, self.switch_button, self.test_button):
            row.addWidget(button)
        self.pause_button.clicked.connect(self._pause)
        self.switch_button.clicked.connect(
            lambda: self.ordered.emit(SwitchAudio(on=not self._audio.on))
        )
        self._timer = QTimer(self)
        self._timer.setInterval(200)
        self._timer.timeout.connect(lambda: self.show_time(monotonic()))

    def show_audio(self, audio: AudioState) -> None:
        """Show whether alarms can be heard."""
        self._audio = audio
        paused = audio.paused_until_s is not None
        self.pause_button.setText(texts.RESUME_AUDIO if paused else texts.PAUSE_AUDIO)
        self.switch_button.setText(texts.SWITCH_OFF if audio.on else texts.SWITCH_ON)
        if paused and not self._timer.isActive():
            self._timer.start()
        elif not paused:
            self._timer.stop()
        self.show_time(monotonic())

    def show_fault(self, fault: str) -> None:
        """Show that no sound can be made; empty: it can."""
        self._fault = fault
        self.sign.setToolTip(fault)
        self.show_time(monotonic())

    def show_time(self, now_s: float) -> None:
        """Count a pause down."""
        audio = self._audio
        if not audio.on:
            self.sign.show_text(texts.AUDIO_OFF, silent=True)
        elif self._fault:
            self.sign.show_text(texts.AUDIO_FAILED, silent=True)
        elif audio.paused_until_s is not None:
            left_s = max(0, ceil(audio.paused_until_s - now_s))
            self.sign.show_text(texts.audio_paused(left_s), silent=True, dashed=True)
        else:
            self.sign.show_text(texts.AUDIO_ON, silent=False)

    def _pause(self) -> None:
        paused = self._audio.paused_until_s is not None
        self.ordered.emit(ResumeAudio() if paused else PauseAudio())


def _font_metrics() -> QFontMetrics:
    font = QFont()
    font.setPixelSize(theme.FONT_TEXT_PX)
    font.setBold(True)
    return QFontMetrics(font)


def _bell(place: QRectF) -> QPainterPath:
    """Return the outline of a bell that fills the place."""
    path = QPainterPath()
    middle, width, height = place.center().x(), place.width(), place.height()
    foot = place.top() + 0.78 * height
    path.moveTo(place.left() + 0.12 * width, foot)
    path.quadTo(
        QPointF(middle - 0.30 * width, foot - 0.10 * height),
        QPointF(middle - 0.28 * width, place.top() + 0.45 * height),
    )
    path.cubicTo(
        QPointF(middle - 0.26 * width, place.top() + 0.02 * height),
        QPointF(middle + 0.26 * width, place.top() + 0.02 * height),
        QPointF(middle + 0.28 * width, place.top() + 0.45 * height),
    )
    path.quadTo(
        QPointF(middle + 0.30 * width, foot - 0.10 * height),
        QPointF(place.right() - 0.12 * width, foot),
    )
    path.closeSubpath()
    path.addEllipse(QPointF(middle, place.top() + 0.88 * height), 0.09 * width, 0.07 * height)
    return path
