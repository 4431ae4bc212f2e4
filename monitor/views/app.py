"""Qt's side of a running monitor."""

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from core.config import Config
from core.electrodes import ELECTRODES, parse_electrode, parse_pair
from monitor.alarm import TechnicalAlarm
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
        self._finished_text = finished_text
        self._has_ended = False
        self._timer = QTimer()
        self._timer.setInterval(_POLL_MS)

    def connect(
        self,
        *,
        stop: Callable[[], None],
        pause: Callable[[bool], None],
        acknowledge: Callable[[tuple[int, ...] | None], None],
        has_ended: Callable[[], bool],
        failure: Callable[[], str],
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
        has_ended
            Whether the stream is over, or the pipeline has failed.
        failure
            What it failed with; empty while all is well.
        """
        self.window.closed.connect(stop)
        self.window.pause_toggled.connect(pause)
        self.window.acknowledged.connect(lambda alarm_id: acknowledge((alarm_id,)))
        self.window.acknowledge_all.connect(lambda: acknowledge(None))
        self._timer.timeout.connect(lambda: self._look(has_ended, failure))

    def execute(self) -> None:
        """Show the window until it is closed."""
        self.window.show()
        self._timer.start()
        self._application.exec()
        self._timer.stop()

    def close(self) -> None:
        """Close the window, which ends :meth:`execute`."""
        self.window.close()

    def _look(self, has_ended: Callable[[], bool], failure: Callable[[], str]) -> None:
        """Look after the pipeline; Python also gets to handle signals here."""
        if self._has_ended or not has_ended():
            return
        self._has_ended = True
        if failure():
            text = f"MONITORING STOPPED: {failure()}"
            self.window.show_technical((TechnicalAlarm("pipeline", text, active=True, sample=0),))
            self.window.show_status(text)
        else:
            self.window.show_finished(self._finished_text)


def _electrodes_of(ch_name: str) -> tuple[str, ...]:
    pair = parse_pair(ch_name)
    if pair is not None:
        return pair
    electrode = parse_electrode(ch_name)
    return () if electrode is None else (electrode,)
