"""What is signalled once the pipeline has failed and nobody is at the desk any more."""

from time import monotonic

from monitor.alarm import TechnicalAlarm
from monitor.annunciator import Annunciator
from monitor.conditions import AlarmBoard
from monitor.orders import (
    Acknowledge,
    AcknowledgeCondition,
    Order,
    PauseAudio,
    ResumeAudio,
    SwitchAudio,
)

__all__ = ["StoppedWatch"]


class StoppedWatch:
    """Takes the board over from the desk and says, with light and sound, that monitoring stopped.

    Its orders are not logged: the log ended with the pipeline, and says why.

    Parameters
    ----------
    board
        What stood when the pipeline failed.
    failure
        What it failed with.
    sample
        The newest sample on the screen.
    """

    def __init__(self, board: AlarmBoard, failure: str, sample: int) -> None:
        self._annunciator = Annunciator(board)
        alarm = TechnicalAlarm("pipeline", failure, active=True, sample=sample)
        self._annunciator.technical([alarm], monotonic())

    @property
    def board(self) -> AlarmBoard:
        """What stands now."""
        self._annunciator.tick(monotonic())
        return self._annunciator.board

    def obey(self, order: Order) -> None:
        """Do what can be done without the desk."""
        now_s = monotonic()
        match order:
            case Acknowledge(None, who):
                self._annunciator.acknowledge(None, who, now_s)
            case Acknowledge(alarm_ids, who):
                keys = [f"seizure {alarm_id}" for alarm_id in alarm_ids or ()]
                self._annunciator.acknowledge(keys, who, now_s)
            case AcknowledgeCondition(key, who):
                self._annunciator.acknowledge([key], who, now_s)
            case PauseAudio(who):
                self._annunciator.pause_audio(who, now_s)
            case ResumeAudio(who):
                self._annunciator.resume_audio(who)
            case SwitchAudio(on, who):
                self._annunciator.switch_audio(who, on=on)
            case _:
                pass
