"""The bedside window: arranges the views and passes messages on to them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from core.config import Config
from core.types import Chunk, DetectionStep, Marker, Quality, QualityReport
from monitor.alarm import Alarm
from monitor.conditions import AlarmBoard
from monitor.orders import Note, OperatorOrder
from monitor.views import texts, theme
from monitor.views.alarm_panel import AlarmPanel
from monitor.views.appearance import Appearance
from monitor.views.header import HeaderLine, Vitals
from monitor.views.keys import KeyHelp, KeyTable
from monitor.views.labels import ElidedLabel
from monitor.views.settings import WindowSettings
from monitor.views.signals import SignalPane

__all__ = ["MonitorWindow"]


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
    settings
        What is remembered; None: nothing.
    sfreq_hz
        Rate of the source, or None where unknown.
    who
        Whose name stands beside orders in the log.
    kiosk
        Nothing but the monitor: the full screen cannot be left.
    """

    ordered = Signal(object)
    """An order of :mod:`monitor.orders` for the desk."""

    board_shown = Signal(object)
    sound_tested = Signal()
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
        settings: WindowSettings | None = None,
        sfreq_hz: float | None = None,
        who: str = texts.OPERATOR,
        kiosk: bool = False,
    ) -> None:
        super().__init__()
        self.setWindowTitle(texts.window_title(title))
        self.appearance = Appearance(self, settings)
        self._who = who
        self._kiosk = kiosk
        self.board = AlarmBoard()
        self._markers: list[Marker] = []
        self.newest_sample = 0
        self.newest_at: datetime | None = None
        self.newest_monotonic_s = 0.0
        self.resize(1600, 900)
        self._sfreq = float(config.conditioning.sfreq)
        self._electrodes = dict(electrodes or {})
        self._by_name = {name.casefold(): name for name in ch_names}
        self._has_detected = False

        self.header = HeaderLine(title, weights, can_pause=can_pause, sfreq_hz=sfreq_hz)
        self.signals = SignalPane(config.events.tau_on, config.events.tau_off, self._sfreq)
        self.alarm_panel = AlarmPanel(trained=weights != texts.UNTRAINED, sfreq=self._sfreq)
        self.status_line = ElidedLabel("status")
        self.quality_line = ElidedLabel("status")
        self.quality_line.show_text(texts.QUALITY_PENDING)
        self.keys = KeyTable(self)
        self._lay_out()
        self._connect()
        self._key_help: KeyHelp | None = None
        self.appearance.apply()
        if not kiosk:
            self.appearance.restore_layout(self.splitter)
        self.header.show_speed(speed)
        self.show_start_time(start_time)
        # Else the first button would have the focus, and with it the frame of a default choice.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocus()
        self.show_arming(float(config.windows.window_s))

    def _lay_out(self) -> None:
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(8)
        self.splitter.addWidget(self.signals)
        self.splitter.addWidget(self.alarm_panel)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setSizes([970, 600])

        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 6)
        column.setSpacing(6)
        column.addWidget(self.header)
        column.addWidget(self.splitter, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(self.quality_line, 1)
        bottom.addWidget(self.status_line, 2)
        column.addLayout(bottom)

    def _connect(self) -> None:
        self.alarm_panel.ordered.connect(self._order)
        self.alarm_panel.audio_bar.test_button.clicked.connect(self.sound_tested)
        self.header.pause_button.toggled.connect(self.pause_toggled)
        self.signals.complained.connect(self.show_status)
        self._add_keys()

    def _add_keys(self) -> None:
        panel, audio, add = self.alarm_panel, self.alarm_panel.audio_bar, self.keys.add
        alarms, sound, notes = texts.GROUP_ALARMS, texts.GROUP_SOUND, texts.GROUP_NOTES
        add(alarms, "A", texts.KEY_ACKNOWLEDGE_ALL, panel.acknowledge_all_button.click)
        add(alarms, ("Return", "Enter"), texts.KEY_ACKNOWLEDGE, panel.enter)
        add(alarms, "F2", texts.KEY_ALARM_LIST, lambda: panel.go_to(panel.alarm_list))
        add(alarms, "F3", texts.KEY_TECHNICAL_LIST, lambda: panel.go_to(panel.technical_list))
        add(sound, "P", texts.KEY_PAUSE_AUDIO, audio.pause_button.click)
        add(sound, "M", texts.KEY_AUDIO, audio.switch_button.click)
        add(sound, "T", texts.KEY_TEST_AUDIO, audio.test_button.click)
        add(notes, "E", texts.KEY_EVENT, panel.event_button.click)
        add(notes, "N", texts.KEY_NOTE, panel.note_field.setFocus)
        self.signals.add_keys(self.keys)
        window, look = texts.GROUP_WINDOW, self.appearance
        add(window, "F1", texts.KEY_HELP, self.toggle_key_help)
        if not self.header.pause_button.isHidden():
            add(window, "Space", texts.KEY_HOLD, self.header.pause_button.click)
        add(window, "Ctrl+D", texts.KEY_THEME, look.toggle_palette)
        add(window, ("Ctrl++", "Ctrl+="), texts.KEY_LARGER, lambda: look.step_font(1))
        add(window, "Ctrl+-", texts.KEY_SMALLER, lambda: look.step_font(-1))
        if not self._kiosk:
            add(window, "F11", texts.KEY_FULL_SCREEN, self._toggle_full_screen)
        add(window, "Esc", texts.KEY_LEAVE, self._leave)
        add(window, "Ctrl+Q", texts.KEY_CLOSE, self.close)

    @property
    def newest_s(self) -> float:
        """Seconds since the session began, at the newest sample."""
        return self.newest_sample / self._sfreq

    def show_start_time(self, start_time: datetime | None) -> None:
        """Take the wall-clock time of sample 0, which a live stream tells late."""
        self.header.set_start_time(start_time)
        self.signals.set_start_time(start_time)
        self.alarm_panel.set_start_time(start_time)

    def show_speed(self, speed: str) -> None:
        """Show how fast a replay runs."""
        self.header.show_speed(speed)

    def show_chunk(self, chunk: Chunk) -> None:
        """Draw conditioned signal."""
        self.signals.show_chunk(chunk)
        self.header.show_elapsed(chunk.stop_sample / self._sfreq)
        self.alarm_panel.show_now(chunk.stop_sample)
        self.newest_sample = chunk.stop_sample
        self.newest_at = datetime.now(UTC)
        self.newest_monotonic_s = monotonic()

    def show_step(self, step: DetectionStep) -> None:
        """Draw probabilities."""
        self._has_detected = True
        self.signals.show_step(step)

    def show_alarms(self, alarms: tuple[Alarm, ...]) -> None:
        """Show all seizure alarms of the session."""
        self.alarm_panel.show_alarms(alarms)
        self.signals.show_alarms(alarms)

    def show_unexplained(self) -> None:
        """Say that no more will be known of what alarms went back to."""
        self.alarm_panel.show_unexplained()

    def show_board(self, board: AlarmBoard) -> None:
        """Show all alarm conditions, and whether they can be heard."""
        self.board = board
        self.alarm_panel.show_board(board)
        self.board_shown.emit(board)

    def show_note(self, note: Note) -> None:
        """Show an event or note that has been logged."""
        self.alarm_panel.show_note(note)
        self._markers.append(Marker(note.sample, note.text))
        self.signals.show_markers(tuple(self._markers))

    def show_vitals(self, vitals: Vitals) -> None:
        """Show how the monitor itself is doing."""
        self.header.show_vitals(vitals)

    def show_sound_fault(self, fault: str) -> None:
        """Say that alarms cannot be heard; empty: they can."""
        self.alarm_panel.audio_bar.show_fault(fault)

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
        self.signals.show_quality(flags)
        if bad:
            self.quality_line.show_text(texts.bad_channels(bad), theme.CAUTION_TEXT)
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
        self.header.show_arming(seconds_left)

    def show_finished(self, summary: str) -> None:
        """Say that the stream is over."""
        self.alarm_panel.show_finished()
        self.header.pause_button.setEnabled(False)
        self.show_status(summary)

    def toggle_key_help(self) -> None:
        """Show or hide the list of keys."""
        if self._key_help is None:
            self._key_help = KeyHelp(self.keys, self)
        self._key_help.setVisible(not self._key_help.isVisible())

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        self.appearance.remember(self.splitter)
        self.closed.emit()
        super().closeEvent(event)

    def _order(self, order: OperatorOrder) -> None:
        """Sign an order and hand it on."""
        self.ordered.emit(replace(order, who=self._who))

    def _leave(self) -> None:
        """Leave the note that is being written, else the full screen."""
        if self.alarm_panel.note_field.hasFocus():
            self.alarm_panel.note_field.clear()
            self.setFocus()
        elif not self._kiosk:
            self.showNormal()

    def _toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()
