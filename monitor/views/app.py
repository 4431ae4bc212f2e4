"""Qt's side of a running monitor."""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from core.config import Config
from core.electrodes import ELECTRODES, parse_electrode, parse_pair
from core.errors import VigilError
from monitor.views.bridge import PipelineBridge
from monitor.views.listener import BridgeListener
from monitor.views.window import MonitorWindow

__all__ = ["WindowRun"]

_POLL_MS = 200


class WindowRun:
    """The window, its bridge to the pipeline, and Qt's event loop.

    Parameters
    ----------
    title, config, weights, start_time, speed
        As in :class:`~monitor.views.window.MonitorWindow`.
    source_channels
        Names of the source's channels, whose quality is shown at the electrodes they feed.
    finished_text
        What the status line says once the stream is over.

    Raises
    ------
    VigilError
        Where there is no display.
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
    ) -> None:
        has_display = any(
            os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
        )
        if sys.platform.startswith("linux") and not has_display:
            raise VigilError("no display found; run with --headless, or set DISPLAY")
        self._application = QApplication.instance() or QApplication([])
        electrodes = {name: _electrodes_of(name) for name in source_channels}
        self.window = MonitorWindow(
            title,
            config,
            ELECTRODES,
            weights,
            start_time=start_time,
            speed=speed,
            electrodes=electrodes,
        )
        self._bridge = PipelineBridge()
        self._bridge.connect_to(self.window)
        self.listener = BridgeListener(self._bridge)
        self._failure: BaseException | None = None
        self._finished_text = finished_text
        self._timer = QTimer()
        self._timer.setInterval(_POLL_MS)

    def connect(
        self,
        *,
        stop: Callable[[], None],
        pause: Callable[[bool], None],
        acknowledge: Callable[[tuple[int, ...] | None], None],
        poll: Callable[[], bool],
    ) -> None:
        """Connect what the person in front of the window wants to what can be done.

        Parameters
        ----------
        stop
            End the session; the window was closed.
        pause
            Hold the replay, or let it go on.
        acknowledge
            Acknowledge these alarms; None for all.
        poll
            Whether the pipeline has ended; raises what it failed with.
        """
        self.window.closed.connect(stop)
        self.window.pause_toggled.connect(pause)
        self.window.acknowledged.connect(lambda alarm_id: acknowledge((alarm_id,)))
        self.window.acknowledge_all.connect(lambda: acknowledge(None))
        self._timer.timeout.connect(lambda: self._poll(poll))

    def execute(self) -> None:
        """Show the window until it is closed.

        Raises
        ------
        VigilError
            What the pipeline failed with.
        """
        self.window.show()
        self._timer.start()
        self._application.exec()
        self._timer.stop()
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Close the window, which ends :meth:`execute`."""
        self.window.close()

    def _poll(self, poll: Callable[[], bool]) -> None:
        """Look after the pipeline; Python also gets to handle signals here."""
        try:
            ended = poll()
        except BaseException as error:  # noqa: BLE001 - raised again by execute
            self._failure = error
            self.window.close()
            return
        if ended:
            self._timer.stop()
            self.window.show_finished(self._finished_text)
            if not self.window.isVisible():
                self._application.quit()


def _electrodes_of(ch_name: str) -> tuple[str, ...]:
    pair = parse_pair(ch_name)
    if pair is not None:
        return pair
    electrode = parse_electrode(ch_name)
    return () if electrode is None else (electrode,)
