"""What people do once the pipeline has failed: it still goes into the log."""

from collections import deque
from collections.abc import Callable
from functools import partial

from core.errors import VigilError
from monitor.conditions import SignalStep
from monitor.listener import Recorder
from monitor.orders import Note

__all__ = ["LateLog"]


class LateLog:
    """Writes in place of a desk that has ended; used by the main thread.

    Parameters
    ----------
    recorder
        Where steps are kept.
    desk_is_busy
        Whether the pipeline's threads may still write: what comes meanwhile waits.
    """

    def __init__(self, recorder: Recorder, desk_is_busy: Callable[[], bool]) -> None:
        self._recorder = recorder
        self._desk_is_busy = desk_is_busy
        self._waiting: deque[Callable[[], object]] = deque()

    def keep(self, *items: SignalStep | Note) -> str:
        """Log what was signalled and noted.

        Parameters
        ----------
        *items
            In order. None: write what has waited.

        Returns
        -------
        str
            Why something could not be logged; empty while all is well.
        """
        steps = [item for item in items if isinstance(item, SignalStep)]
        notes = [item for item in items if isinstance(item, Note)]
        if steps:
            self._waiting.append(partial(self._recorder.record_signals, steps))
        self._waiting.extend(partial(self._recorder.record_note, note) for note in notes)
        if not self._waiting or self._desk_is_busy():
            return ""
        problem = ""
        while self._waiting:
            try:
                self._waiting.popleft()()
            except VigilError as error:
                problem = str(error)
        return problem
