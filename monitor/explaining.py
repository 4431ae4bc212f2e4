"""Explains alarms beside detection: one thread of low priority, and a time budget."""

import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import torch
from torch import nn

from core.interpret.attribution import METHOD, Attribution, Method, attribute
from core.types import Window
from monitor.alarm import Alarm
from monitor.attributions import AlarmAttribution

__all__ = ["KEPT_WINDOWS", "MOST_WAITING", "Explainer", "Silent"]

KEPT_WINDOWS = 8
"""Six cover the onset of any alarm; the desk may lag by two."""

MOST_WAITING = 8
_NICENESS = 15
_CLOSE_S = 5.0
_GRACE_S = 1.0
"""What a step of a computation, and what follows it, may take behind the budget's end."""

_PATIENCE_S = 10.0
"""Whoever stops a session waits no longer than that for an explanation."""

_DIGITS = 6

_UNHELD = "no window that held its onset is at hand any more"
_BUSY = "too many alarms at a time"
_STOPPED = "the session ended"


class _GivenUpError(Exception):
    """The session ends, and nobody waits for the result."""


@dataclass(frozen=True, slots=True)
class _Request:
    """An alarm, and the window that raised it."""

    alarm_id: int
    window: Window
    span: tuple[int, int]


class Explainer:
    """Finds out what each alarm went back to, and tells the desk.

    No caller ever waits: windows and requests are kept in bounded queues, and a request that finds
    no room is refused. The network is one of its own, loaded when the first alarm comes. Whatever
    fails here is told as the reason why an alarm is not explained.

    Parameters
    ----------
    load
        Makes the network; called once, in the thread.
    budget_s
        Time for one alarm.
    method
        How scores are found.
    """

    def __init__(
        self, load: Callable[[], nn.Module], budget_s: float, method: Method = METHOD
    ) -> None:
        self._load = load
        self._budget_s = budget_s
        self._method = method
        self._network: nn.Module | None = None
        self._load_fault = ""
        self._tell: Callable[[AlarmAttribution], None] = lambda _: None
        self._windows: deque[Window] = deque(maxlen=KEPT_WINDOWS)
        self._requests: deque[_Request] = deque()
        self._current: _Request | None = None
        self._since_s = self._end_s = 0.0
        self._is_telling = False
        self._is_stopping = False
        self._is_closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="vigil-explainer", daemon=True)

    def start(self, tell: Callable[[AlarmAttribution], None]) -> None:
        """Start the thread, which says there what it has found."""
        self._tell = tell
        self._thread.start()

    def keep(self, window: Window) -> None:
        """Remember a window that is about to be scored, and forget the oldest."""
        with self._changed:
            self._windows.append(window)

    def explain(self, alarm: Alarm) -> AlarmAttribution | None:
        """Ask for an alarm that was just raised.

        The window is the latest one that holds the onset and had been scored by then: so what is
        explained does not depend on how fast the threads are.

        Returns
        -------
        AlarmAttribution or None
            Why it will not be explained; None: the answer comes later.
        """
        with self._changed:
            window = _holding(self._windows, alarm)
            if window is None:
                return AlarmAttribution(alarm.alarm_id, fault=_UNHELD)
            if self._is_stopping or self._is_closed:
                return AlarmAttribution(alarm.alarm_id, fault=_STOPPED)
            if len(self._requests) >= MOST_WAITING:
                return AlarmAttribution(alarm.alarm_id, fault=_BUSY)
            start, stop = window.start_sample, window.start_sample + window.n_valid
            span = (alarm.onset_sample - start, min(alarm.offset_sample, stop) - start)
            self._requests.append(_Request(alarm.alarm_id, window, span))
            self._changed.notify_all()
        return None

    def is_worth_waiting(self) -> bool:
        """Whether, at the end of the stream, an answer may still come in time.

        Each alarm gets its budget, counted from the first time this is asked or from its own
        beginning, whatever is later.
        """
        with self._changed:
            now_s = time.monotonic()
            self._end_s = self._end_s or now_s
            if self._is_closed or not self._thread.is_alive():
                return False
            if self._current is None:
                return bool(self._requests) or self._is_telling
            budget_s = min(self._budget_s, _PATIENCE_S) if self._is_stopping else self._budget_s
            # What the budget cuts off comes with the step that crosses it.
            return now_s - max(self._since_s, self._end_s) <= budget_s + _GRACE_S

    def hurry(self) -> None:
        """Finish the alarm that is being explained, and none of those that wait."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()

    def close(self) -> list[AlarmAttribution]:
        """End the thread, before the next step of a computation; return what is left undone."""
        with self._changed:
            undone = [*([] if self._current is None else [self._current]), *self._requests]
            self._requests.clear()
            self._current = None
            self._is_closed = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_S)
        return [AlarmAttribution(request.alarm_id, fault=_STOPPED) for request in undone]

    # the explainer's thread ---------------------------------------------------------------------

    def _run(self) -> None:
        _stand_back()
        while (request := self._next()) is not None:
            found = self._answer(request)
            with self._changed:
                if self._current is not request:
                    return  # it was closed: nobody listens
                self._current = None
                self._is_telling = True
            self._tell(found)  # may wait for the desk, which must not wait for the lock meanwhile
            with self._changed:
                self._is_telling = False

    def _next(self) -> _Request | None:
        """Wait for a request; None: there will be no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._requests or self._is_closed)
            if self._is_closed:
                return None
            self._current = self._requests.popleft()
            self._since_s = time.monotonic()
            return self._current

    def _answer(self, request: _Request) -> AlarmAttribution:
        if self._is_stopping:
            return AlarmAttribution(request.alarm_id, fault=_STOPPED)
        network = self._loaded()
        if network is None:
            return AlarmAttribution(request.alarm_id, fault=self._load_fault)
        with self._changed:
            self._since_s = time.monotonic()  # loading does not count
        try:
            found = attribute(
                network, request.window.data, request.span, self._budget_s, self._method
            )
        except Exception as error:  # noqa: BLE001 - detection goes on, whatever happens here
            return AlarmAttribution(request.alarm_id, fault=_one_line(error))
        return _message(request, found)

    def _loaded(self) -> nn.Module | None:
        """Return the network; where it cannot be loaded once, it is not tried again."""
        if self._network is None and not self._load_fault:
            try:
                self._network = self._load()
            except Exception as error:  # noqa: BLE001 - detection goes on
                self._load_fault = _one_line(error)
            else:
                self._network.register_forward_pre_hook(self._give_up)
        return self._network

    def _give_up(self, *_: object) -> None:
        """Leave a computation that nobody waits for, before its next step."""
        if self._is_closed:
            raise _GivenUpError


class Silent:
    """Stands in where alarms are not explained."""

    def start(self, tell: Callable[[AlarmAttribution], None]) -> None:
        """Do nothing."""

    def keep(self, window: Window) -> None:
        """Forget it."""

    def explain(self, alarm: Alarm) -> AlarmAttribution | None:
        """Never answer."""
        return None

    def is_worth_waiting(self) -> bool:
        """Return False."""
        return False

    def hurry(self) -> None:
        """Do nothing."""

    def close(self) -> list[AlarmAttribution]:
        """Do nothing: nobody was asked."""
        return []


def _holding(windows: Iterable[Window], alarm: Alarm) -> Window | None:
    """Return the latest window with the onset in it that had been scored when it was raised."""
    held = [
        window
        for window in windows
        if window.start_sample <= alarm.onset_sample < window.start_sample + window.n_valid
        and window.start_sample + window.n_valid <= alarm.raised_sample
    ]
    return max(held, key=lambda window: window.start_sample, default=None)


def _stand_back() -> None:
    """Let every other thread go first, and take one processor only."""
    with suppress(OSError, AttributeError):  # Linux alone has priorities of threads
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
    # Asked first: PyTorch sets a new thread up when it is first used, to what the process has then.
    torch.get_num_threads()
    torch.set_num_threads(1)


def _message(request: _Request, found: Attribution) -> AlarmAttribution:
    start = request.window.start_sample
    return AlarmAttribution(
        alarm_id=request.alarm_id,
        channels=found.dominant_channels,
        region=found.region,
        frequency_hz=_finite(found.frequency_hz),
        channel_scores=tuple(map(_finite, found.channel_scores.tolist())),
        time_scores=tuple(map(_finite, found.time_scores.tolist())),
        first_sample=start + found.first_sample,
        target=(start + found.target[0], start + found.target[1]),
        logit=_finite(found.logit),
        method=found.method,
        complete=found.complete,
        wall_s=round(found.wall_s, 3),
    )


def _finite(value: float) -> float | None:
    """Return a number as the log keeps it; None where there is none."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None


def _one_line(error: Exception) -> str:
    return " ".join(f"{error}".split()) or type(error).__name__
