"""Alarm sounds, played by the system's own player, and whether that works.

Qt's multimedia module is not needed for this: a WAV file and ``paplay``, ``pw-play``, ``aplay`` or
``afplay`` are, and a burst that has begun goes on even where the window is busy.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QTemporaryDir, QTimer, Signal

from monitor.conditions import AlarmBoard
from monitor.priority import Priority
from monitor.pulses import BURSTS, PLAYERS, SELF_TEST, Burst, wav_bytes
from monitor.views import texts

__all__ = ["AlarmSound"]

_STUCK_S = 5.0
"""A player that takes this much longer than its burst hangs."""


class AlarmSound(QObject):
    """Plays what the board asks for.

    Parameters
    ----------
    players
        Programs to look for; the first one that is installed is used.
    """

    checked = Signal(str)
    """How the last burst went: what is wrong, or empty. Only where that changed, or on a test."""

    started = Signal()
    """The player runs; the burst has begun."""

    def __init__(self, players: Sequence[str] = PLAYERS, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._players = tuple(players)
        found = (shutil.which(name) for name in players)
        self._player = next((path for path in found if path is not None), "")
        self._folder = QTemporaryDir()
        self._process = QProcess(self)
        self._process.started.connect(self.started)
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._fail)
        self._fault: str | None = None
        self._testing = False
        self._sounding: Priority | None = None
        self._serial = 0
        self._next = _timer(self, self._repeat)
        self._watchdog = _timer(self, self._give_up)

    @property
    def player(self) -> str:
        """Name of the program in use; empty where there is none."""
        return Path(self._player).name

    @property
    def sounding(self) -> Priority | None:
        """Priority whose bursts are repeated now."""
        return self._sounding

    def test(self) -> None:
        """Play one short pulse; :attr:`checked` says how that went."""
        self._testing = True
        self._play(SELF_TEST)

    def show_board(self, board: AlarmBoard) -> None:
        """Begin, go on or fall silent, as the board says."""
        before, self._sounding = self._sounding, board.sounding
        due = board.sound_serial != self._serial
        self._serial = board.sound_serial
        if board.sounding is None:
            self._silence()
        elif due or before is None or board.sounding > before:
            self._play(BURSTS[board.sounding])
        elif board.sounding != before:
            self._plan(BURSTS[board.sounding])

    def stop(self) -> None:
        """Fall silent for good."""
        self._sounding = None
        self._silence()

    def _silence(self) -> None:
        self._next.stop()
        self._watchdog.stop()
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._end_process()

    def _repeat(self) -> None:
        if self._sounding is not None:
            self._play(BURSTS[self._sounding])

    def _play(self, burst: Burst) -> None:
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._end_process()
        self._plan(burst)
        if not self._player:
            self._report(texts.no_player(self._players))
            return
        path = (
            Path(self._folder.path()) / f"{burst.pulse_s}-{burst.pitch_hz}-{burst.duration_s}.wav"
        )
        if not path.exists():
            path.write_bytes(wav_bytes(burst))
        self._watchdog.start(round(1000 * (burst.duration_s + _STUCK_S)))
        self._process.start(self._player, [str(path)])

    def _plan(self, burst: Burst) -> None:
        """Repeat while something calls; a low condition sounds once."""
        burst = burst if self._sounding is None else BURSTS[self._sounding]
        if self._sounding is None or burst.repeat_s is None:
            self._next.stop()
        else:
            self._next.start(round(1000 * (burst.duration_s + burst.repeat_s)))

    def _finish(self, exit_code: int, status: QProcess.ExitStatus) -> None:
        self._watchdog.stop()
        well = exit_code == 0 and status is QProcess.ExitStatus.NormalExit
        words = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        self._report("" if well else texts.player_failed(self.player, words))

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._watchdog.stop()
            self._report(texts.player_failed(self.player, self._process.errorString()))

    def _give_up(self) -> None:
        self._end_process()
        self._report(texts.player_failed(self.player, texts.PLAYER_HANGS))

    def _end_process(self) -> None:
        """End the player without taking that for a fault."""
        self._process.blockSignals(True)
        self._process.kill()
        self._process.waitForFinished(1000)
        self._process.blockSignals(False)

    def _report(self, fault: str) -> None:
        if self._testing or fault != self._fault:
            self._fault = fault
            self._testing = False
            self.checked.emit(fault)


def _timer(parent: QObject, act: object) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.timeout.connect(act)
    return timer
