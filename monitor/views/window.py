"""The bedside window: arranges the views and passes messages on to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.config import Config
from core.types import Chunk, DetectionStep, Quality, QualityReport
from monitor.alarm import Alarm, TechnicalAlarm
from monitor.views import texts, theme
from monitor.views.alarm_panel import AlarmPanel
from monitor.views.header import HeaderLine
from monitor.views.labels import ElidedLabel
from monitor.views.probability import ProbabilityView
from monitor.views.trace import TraceView

__all__ = ["MonitorWindow"]

SENSITIVITIES_UV = (30.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 500.0, 1000.0)
PAGES_S = (5.0, 10.0, 15.0, 20.0, 30.0, 60.0)


class MonitorWindow(QWidget):
    """Everything that is seen at the bedside.

    The window knows no pipeline: messages come in through its ``show_...`` slots, wishes of the
    person in front of it go out as signals. All slots belong to Qt's thread; other threads go
    through :class:`~monitor.views.bridge.PipelineBridge`.

    Parameters
    ----------
    title
        Name of the recording or stream.
    config
        For the thresholds and the sampling rate.
    ch_names
        Names of the conditioned channels, in the order of the chunks' rows.
    weights
        Which trained weights are in use, or ``UNTRAINED``.
    start_time
        Wall-clock time of sample 0, or None where unknown.
    speed
        How fast a replay runs, or that the stream is live.
    can_pause
        Whether the source can be paused.
    electrodes
        For each source channel the electrodes that it feeds, so that its quality is shown with
        them. Source channels that are not named here are matched by name.
    """

    acknowledged = Signal(int)
    acknowledge_all = Signal()
    pause_toggled = Signal(bool)
    closed = Signal()

    def __init__(
        self,
        title: str,
        config: Config,
        ch_names: Sequence[str],
        weights: str,
        *,
        start_time: datetime | None = None,
        speed: str = "1x",
        can_pause: bool = True,
        electrodes: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__()
        self.setWindowTitle(texts.window_title(title))
        self.setStyleSheet(theme.style_sheet())
        self.resize(1600, 900)
        self._sfreq = float(config.conditioning.sfreq)
        self._electrodes = dict(electrodes or {})
        self._by_name = {name.casefold(): name for name in ch_names}
        self._has_detected = False

        self.header = HeaderLine(title, weights, can_pause=can_pause)
        self.trace = TraceView(ch_names, self._sfreq)
        self.probability = ProbabilityView(config.events.tau_on, config.events.tau_off, self._sfreq)
        self.alarm_panel = AlarmPanel(trained=weights != texts.UNTRAINED)
        self.status_line = ElidedLabel("status")
        self.quality_line = ElidedLabel("status")
        self.quality_line.show_text(texts.QUALITY_PENDING)
        self._lay_out()
        self._connect()
        self.header.show_speed(speed)
        self.show_start_time(start_time)
        # Else the first button would have the focus, and with it the frame of a default choice.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocus()
        self.show_arming(float(config.windows.window_s))

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        controls.setSpacing(8)
        self.sensitivity_box = _choice(
            controls,
            texts.SENSITIVITY,
            {texts.per_channel(value): value for value in SENSITIVITIES_UV},
            self.trace.sensitivity_uv,
        )
        self.sensitivity_box.setToolTip(texts.SENSITIVITY_TIP)
        controls.addSpacing(12)
        pages = {texts.page_length(value): value for value in PAGES_S}
        self.page_box = _choice(controls, texts.PAGE, pages, self.trace.page_s)
        controls.addSpacing(12)
        controls.addWidget(self.quality_line, 1)

        signals = QVBoxLayout()
        signals.setSpacing(6)
        signals.addLayout(controls)
        signals.addWidget(self.trace, 1)
        signals.addWidget(self.probability)
        self.probability.setFixedHeight(150)

        grid = QGridLayout(self)
        grid.setContentsMargins(8, 8, 8, 6)
        grid.setSpacing(8)
        grid.addWidget(self.header, 0, 0, 1, 2)
        grid.addLayout(signals, 1, 0)
        grid.addWidget(self.alarm_panel, 1, 1)
        grid.addWidget(self.status_line, 2, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        grid.setRowStretch(1, 1)
        self.alarm_panel.setFixedWidth(464)

    def _connect(self) -> None:
        self.alarm_panel.acknowledged.connect(self.acknowledged)
        self.alarm_panel.acknowledge_all.connect(self.acknowledge_all)
        self.header.pause_button.toggled.connect(self.pause_toggled)
        self.sensitivity_box.currentIndexChanged.connect(self._change_sensitivity)
        self.page_box.currentIndexChanged.connect(self._change_page)
        for key, act in (
            ("A", self.alarm_panel.acknowledge_all_button.click),
            ("Space", self.header.pause_button.click),
            ("F11", self._toggle_full_screen),
            ("Esc", self.showNormal),
        ):
            QShortcut(QKeySequence(key), self).activated.connect(act)

    def show_start_time(self, start_time: datetime | None) -> None:
        """Take the wall-clock time of sample 0, which a live stream tells late."""
        self.header.set_start_time(start_time)
        self.trace.set_start_time(start_time)
        self.alarm_panel.set_start_time(start_time)

    def show_speed(self, speed: str) -> None:
        """Show how fast a replay runs."""
        self.header.show_speed(speed)

    def show_chunk(self, chunk: Chunk) -> None:
        """Draw conditioned signal."""
        self.trace.add_chunk(chunk)
        self.header.show_elapsed(chunk.stop_sample / self._sfreq)

    def show_step(self, step: DetectionStep) -> None:
        """Draw probabilities."""
        self._has_detected = True
        self.probability.add_step(step)

    def show_alarms(self, alarms: tuple[Alarm, ...]) -> None:
        """Show all seizure alarms of the session."""
        self.alarm_panel.show_alarms(alarms)

    def show_technical(self, alarms: tuple[TechnicalAlarm, ...]) -> None:
        """Show technical alarms, active and cleared."""
        self.alarm_panel.show_technical(alarms)

    def show_quality(self, report: QualityReport) -> None:
        """Mark the electrodes that a bad source channel feeds."""
        flags = dict.fromkeys(self._by_name.values(), Quality.GOOD)
        bad = []
        for source, flag in zip(report.ch_names, report.flags, strict=True):
            own = self._by_name.get(source.casefold())
            for name in self._electrodes.get(source, () if own is None else (own,)):
                flags[name] = flags.get(name, Quality.GOOD) | flag
            if flag:
                bad.append(f"{source} ({texts.quality_words(flag)})")
        self.trace.show_quality(flags)
        if bad:
            self.quality_line.show_text(texts.bad_channels(bad), theme.CAUTION)
        else:
            self.quality_line.show_text(texts.ALL_CHANNELS_GOOD)

    def show_status(self, text: str) -> None:
        """Show one line at the bottom."""
        self.status_line.show_text(text)

    def show_arming(self, seconds_left: float) -> None:
        """Count down to when seizures can be detected, at the start or behind a gap.

        Only a call with 0 ends it: a step that was on its way when the gap came does not.
        """
        self.alarm_panel.show_arming(seconds_left, rearming=self._has_detected)

    def show_finished(self, summary: str) -> None:
        """Say that the stream is over."""
        self.alarm_panel.show_finished()
        self.header.pause_button.setEnabled(False)
        self.show_status(summary)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        self.closed.emit()
        super().closeEvent(event)

    def _change_sensitivity(self) -> None:
        self.trace.set_sensitivity(self.sensitivity_box.currentData())

    def _change_page(self) -> None:
        self.trace.set_page(self.page_box.currentData())

    def _toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()


def _choice(
    row: QHBoxLayout, caption: str, options: Mapping[str, float], chosen: float
) -> QComboBox:
    """Add a captioned list of values."""
    box = QComboBox()
    for text, value in options.items():
        box.addItem(text, value)
    box.setCurrentIndex(list(options.values()).index(chosen))
    box.setAccessibleName(caption)
    label = QLabel(caption)
    label.setProperty("role", "caption")
    row.addWidget(label)
    row.addWidget(box)
    return box
