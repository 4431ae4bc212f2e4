"""What the desk makes of alarms and orders: signalled by rule, logged, then shown.

Everything here belongs to the desk's thread.
"""

import time
from collections.abc import Callable, Iterable, Sequence

from monitor.alarm import Alarm, AlarmStep, TechnicalAlarm
from monitor.annunciator import Annunciator
from monitor.burden import seizure_burden
from monitor.conditions import AlarmBoard, SignalStep
from monitor.listener import Listener, Recorder
from monitor.orders import (
    AcknowledgeCondition,
    Note,
    PauseAudio,
    ResumeAudio,
    SwitchAudio,
)

__all__ = ["AlarmDesk"]

DeskOrder = AcknowledgeCondition | Note | PauseAudio | ResumeAudio | SwitchAudio


class AlarmDesk:
    """The annunciator with its log and its audience.

    Parameters
    ----------
    recorder
        Where steps are kept, before they are shown.
    listener
        Whoever shows the board.
    sfreq
        Rate that samples count in, Hz.
    clock
        Monotonic seconds, of the clock that the screen counts pauses on.
    """

    def __init__(
        self,
        recorder: Recorder,
        listener: Listener,
        sfreq: float = 256.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._recorder = recorder
        self._listener = listener
        self._sfreq = sfreq
        self._clock = clock
        self._annunciator = Annunciator()
        self._shown = AlarmBoard()

    def seizures(self, steps: Iterable[AlarmStep], decided_s: float | None = None) -> None:
        """Take steps of seizure alarms, decided on at a moment of the clock, or now."""
        now_s = self._clock() if decided_s is None else decided_s
        self._keep([s for step in steps for s in self._annunciator.seizure(step, now_s)])
        self._show()

    def burden(self, alarms: Sequence[Alarm], sample: int) -> None:
        """Judge the seizure burden of the 60 min before ``sample``."""
        burden = seizure_burden(alarms, sample, self._sfreq)
        self._keep(self._annunciator.burden(burden, sample, self._clock()))
        self._show()

    def technical(self, changed: Iterable[TechnicalAlarm]) -> None:
        """Take technical alarms that changed."""
        self._keep(self._annunciator.technical(changed, self._clock()))
        self._show()

    def acknowledge_all(self, who: str) -> None:
        """Acknowledge whatever stands."""
        self._keep(self._annunciator.acknowledge(None, who, self._clock()))
        self._show()

    def obey(self, order: DeskOrder) -> None:
        """Do what the operator wants."""
        now_s = self._clock()
        match order:
            case AcknowledgeCondition(key, who):
                self._keep(self._annunciator.acknowledge([key], who, now_s))
            case PauseAudio(who):
                self._keep(self._annunciator.pause_audio(who, now_s))
            case ResumeAudio(who):
                self._keep(self._annunciator.resume_audio(who))
            case SwitchAudio(on, who):
                self._keep(self._annunciator.switch_audio(who, on=on))
            case Note():
                self._recorder.record_note(order)
                self._listener.on_note(order)
        self._show()

    def tick(self) -> None:
        """Let time pass."""
        self._keep(self._annunciator.tick(self._clock()))
        self._show()

    def _keep(self, steps: list[SignalStep]) -> None:
        if steps:
            self._recorder.record_signals(steps)

    def _show(self) -> None:
        board = self._annunciator.board
        if board != self._shown:
            self._shown = board
            self._listener.on_board(board)
