"""Qt's side of a running monitor."""

import getpass
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from core.config import Config
from core.display_montage import DisplayMontage
from core.electrodes import ELECTRODES, parse_electrode, parse_pair
from core.errors import VigilError
from monitor.disk import free_bytes
from monitor.orders import EquipmentReport, Note, Order
from monitor.views import texts
from monitor.views.bridge import PipelineBridge
from monitor.views.destruction import destroy
from monitor.views.header import Vitals
from monitor.views.listener import BridgeListener
from monitor.views.settings import WindowSettings
from monitor.views.signal_delay import SignalDelays
from monitor.views.sound import AlarmSound
from monitor.views.stopped import StoppedWatch
from monitor.views.window import MonitorWindow

__all__ = ["PipelineView", "WindowRun"]

FULL_SPEED = "max"
"""What a replay that keeps no time says about its speed."""

_POLL_MS = 200
_SILENT_INPUT_S = 5.0
"""A live stream whose samples stay away from the screen for so long is a fault by itself."""


@dataclass(frozen=True, slots=True)
class PipelineView:
    """What Qt's side may ask and tell the pipeline.

    Attributes
    ----------
    stop
        End the session; the window was closed.
    pause
        Hold the replay, or let it go on.
    tell
        Hand the desk an order; must not block.
    has_ended
        Whether the stream is over, or the pipeline has failed.
    failure
        What it failed with; empty while all is well.
    inference_s
        How long the network took for its latest window, or None.
    keep
        Log what is signalled and noted once the pipeline has failed; return why it could not.
    explains
        Whether it finds out what alarms go back to.
    """

    stop: Callable[[], None]
    pause: Callable[[bool], None]
    tell: Callable[[Order], None]
    has_ended: Callable[[], bool]
    failure: Callable[[], str]
    inference_s: Callable[[], float | None]
    keep: Callable[..., str]
    explains: bool


class WindowRun:
    """The window, the sound, their bridge to the pipeline, and Qt's event loop.

    Parameters
    ----------
    title, config, weights, start_time, speed, can_pause, sfreq_hz, kiosk
        As in :class:`~monitor.views.window.MonitorWindow`.
    source_channels
        Names of the source's channels, whose quality is shown at the electrodes they feed.
    finished_text
        What the status line says once the stream is over.
    folder
        Where the session is kept, for the free disk space.
    montages
        Further ones to offer.
    screenshot, after_s
        A picture of the window is written there so many seconds behind its opening, and the
        session ends.
    """

    def __init__(
        self,
        title: str,
        config: Config,
        weights: str,
        start_time: datetime | None,
        source_channels: Sequence[str],
        speed: str,
        finished_text: str,
        *,
        folder: Path,
        can_pause: bool = True,
        sfreq_hz: float | None = None,
        kiosk: bool = False,
        montages: Sequence[DisplayMontage] = (),
        screenshot: Path | None = None,
        after_s: float = 10.0,
    ) -> None:
        self._application = QApplication.instance() or QApplication([])
        self._settings = WindowSettings()
        self.window = MonitorWindow(
            title,
            config,
            ELECTRODES,
            weights,
            start_time=start_time,
            speed=speed,
            can_pause=can_pause,
            electrodes={name: _electrodes_of(name) for name in source_channels},
            settings=self._settings,
            sfreq_hz=sfreq_hz,
            who=_who(),
            kiosk=kiosk,
        )
        self.window.signals.controls.add_montages(montages)
        self.window.signals.restore(self._settings.choices())
        self.window.signals.pacer.switch(on=speed != FULL_SPEED)
        self.window.closed.connect(self._remember)
        self.delays = SignalDelays(self._tell)
        self.sound = AlarmSound()
        self.sound.checked.connect(self._hear)
        self._bridge = PipelineBridge()
        self._bridge.connect_to(self.window)
        self.listener = BridgeListener(self._bridge)
        self.window.board_shown.connect(self.delays.take)
        self.window.alarm_panel.banner.shown.connect(self.delays.lit)
        self.sound.started.connect(self.delays.heard)
        self.window.board_shown.connect(self.sound.show_board)
        self.window.sound_tested.connect(self._test_sound)
        self._pipeline: PipelineView | None = None
        self._is_live = not can_pause
        self._start_time = start_time
        self._finished_text = finished_text
        self._folder = folder
        self._kiosk = kiosk
        self._screenshot = screenshot
        self._after_s = after_s
        self._problem = ""
        self._has_ended = False
        self._stopped: StoppedWatch | None = None
        self._faults: dict[str, str] = {}
        self._sound_asked = False
        self._timer = QTimer()
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._look)

    def connect(self, pipeline: PipelineView) -> None:
        """Connect what the person in front of the window wants to what can be done."""
        self._pipeline = pipeline
        self.window.closed.connect(pipeline.stop)
        self.window.pause_toggled.connect(pipeline.pause)
        self.window.ordered.connect(self._tell)
        if not pipeline.explains:
            self.window.show_unexplained()

    def execute(self) -> None:
        """Show the window until it is closed.

        Raises
        ------
        VigilError
            Where the picture cannot be written.
        """
        if self._kiosk:
            self.window.showFullScreen()
        else:
            self.window.show()
        # A bare X server has no window manager that would give the keys to the window.
        self.window.activateWindow()
        if self._screenshot is not None:
            QTimer.singleShot(round(1000 * self._after_s), self._take_picture)
        self._timer.start()
        self.sound.test()
        self._application.exec()
        self._timer.stop()
        self.sound.stop()
        if self._problem:
            raise VigilError(self._problem)

    def close(self) -> None:
        """Close the window, which ends :meth:`execute`."""
        self.window.close()

    def discard(self) -> None:
        """Destroy the window, once nobody sends it anything any more."""
        destroy(self.window)

    def _tell(self, order: Order) -> None:
        if self._stopped is not None:
            self._stopped.obey(order)
            if isinstance(order, Note) and not self._stopped.problem:
                self.window.show_note(order)
        elif self._pipeline is not None:
            self._pipeline.tell(order)

    def _test_sound(self) -> None:
        self._sound_asked = True
        self.sound.test()

    def _hear(self, fault: str) -> None:
        """Take how a burst went."""
        self.window.show_sound_fault(fault)
        if self._sound_asked:
            self._sound_asked = False
            self.window.show_status(fault or texts.sound_tested(self.sound.player))
        self._report("audio", fault)

    def _report(self, key: str, fault: str) -> None:
        """Tell the desk about a piece of equipment, where that is news."""
        if self._faults.get(key, "") != fault:
            self._faults[key] = fault
            self._tell(EquipmentReport(key, fault, self.window.newest_sample))

    def _look(self) -> None:
        """Look after the pipeline; Python also gets to handle signals here."""
        pipeline = self._pipeline
        if pipeline is None:
            return
        self._show_vitals(pipeline)
        if self._stopped is not None:
            self.window.show_board(self._stopped.board)
            if self._stopped.problem:
                self.window.show_status(texts.not_logged(self._stopped.problem))
        if self._has_ended or not pipeline.has_ended():
            return
        self._has_ended = True
        failure = pipeline.failure()
        if failure:
            board, sample = self.window.board, self.window.newest_sample
            self._stopped = StoppedWatch(board, failure, sample, pipeline.keep)
            self.window.show_board(self._stopped.board)
            self.window.show_unexplained()
            self.window.show_status(f"{texts.STOPPED}: {failure}")
        else:
            self.window.show_finished(self._finished_text)

    def _show_vitals(self, pipeline: PipelineView) -> None:
        window, delay_s = self.window, None
        if self._is_live and not self._has_ended and window.newest_at is not None:
            if self._start_time is not None:
                newest_time = self._start_time.timestamp() + window.newest_s
                delay_s = window.newest_at.timestamp() - newest_time
            age_s = monotonic() - window.newest_monotonic_s
            self._report("input", texts.NO_SIGNAL if age_s > _SILENT_INPUT_S else "")
        free = free_bytes(self._folder)
        free_gb = None if free is None else free / 1e9
        now = datetime.now().astimezone()
        window.show_vitals(Vitals(delay_s, pipeline.inference_s(), free_gb, now))

    def _remember(self) -> None:
        """Keep how the signal was shown, for the next session."""
        self._settings.keep_choices(self.window.signals.choices())
        self._settings.save()

    def _take_picture(self) -> None:
        assert self._screenshot is not None
        if not self.window.grab().save(str(self._screenshot)):
            self._problem = f"{self._screenshot}: picture cannot be written"
        self.window.close()


def _who() -> str:
    """Return who is logged in at this computer."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return texts.OPERATOR


def _electrodes_of(ch_name: str) -> tuple[str, ...]:
    pair = parse_pair(ch_name)
    if pair is not None:
        return pair
    electrode = parse_electrode(ch_name)
    return () if electrode is None else (electrode,)
