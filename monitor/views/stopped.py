"""What is signalled once the pipeline has failed and nobody is at the desk any more."""

from collections.abc import Callable
from time import monotonic

from monitor.alarm import TechnicalAlarm
from monitor.annunciator import Annunciator
from monitor.conditions import AlarmBoard, SignalStep
from monitor.orders import (
    Acknowledge,
    AcknowledgeCondition,
    Note,
    Order,
    PauseAudio,
    ResumeAudio,
    SwitchAudio,
)

__all__ = ["StoppedWatch"]


class StoppedWatch:
    """Takes the board over from the desk and says, with light and sound, that monitoring stopped.

    Parameters
    ----------
    board
        What stood when the pipeline failed.
    failure
        What it failed with.
    sample
        The newest sample on the screen.
    keep
        Logs what is signalled and noted; returns why it could not.

    Attributes
    ----------
    problem
        What was last wrong with the log; empty while all is kept.
    """

    def __init__(
        self, board: AlarmBoard, failure: str, sample: int, keep: Callable[..., str]
    ) -> None:
        self._annunciator = Annunciator(board)
        self._keep = keep
        self.problem = ""
        alarm = TechnicalAlarm("pipeline", failure, active=True, sample=sample)
        self._log(*self._annunciator.technical([alarm], monotonic()))

    @property
    def board(self) -> AlarmBoard:
        """What stands now."""
        self._log(*self._annunciator.tick(monotonic()))
        return self._annunciator.board

    def obey(self, order: Order) -> None:
        """Do what can be done without the desk."""
        if isinstance(order, Note):
            self._log(order)
        else:
            self._log(*self._answer(order, monotonic()))

    def _log(self, *items: SignalStep | Note) -> None:
        self.problem = self._keep(*items) or self.problem

    def _answer(self, order: Order, now_s: float) -> list[SignalStep]:
        desk = self._annunciator
        steps: list[SignalStep] = []
        match order:
            case Acknowledge(None, who):
                steps = desk.acknowledge(None, who, now_s)
            case Acknowledge(alarm_ids, who):
                keys = [f"seizure {alarm_id}" for alarm_id in alarm_ids or ()]
                steps = desk.acknowledge(keys, who, now_s)
            case AcknowledgeCondition(key, who):
                steps = desk.acknowledge([key], who, now_s)
            case PauseAudio(who):
                steps = desk.pause_audio(who, now_s)
            case ResumeAudio(who):
                steps = desk.resume_audio(who)
            case SwitchAudio(on, who):
                steps = desk.switch_audio(who, on=on)
        return steps
