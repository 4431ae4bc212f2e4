"""How long it takes from the decision to light and sound: the signal delay of IEC 60601-1-8."""

from collections.abc import Callable
from statistics import median
from time import monotonic

from monitor.conditions import AlarmBoard, AlarmCondition
from monitor.orders import AlarmDelay

__all__ = ["SignalDelays"]


class SignalDelays:
    """Times from when an alarm was decided on, to the painted banner and to the started player.

    Only alarms that take over the banner are timed: those behind a graver one have no light of
    their own. All times are of the monotonic clock, which the desk shares.

    Parameters
    ----------
    tell
        Takes each of them as soon as it is known; None: nobody does.
    """

    def __init__(self, tell: Callable[[AlarmDelay], None] | None = None) -> None:
        self._tell = tell or (lambda _: None)
        self.light_s: list[float] = []
        self.sound_s: list[float] = []
        self._known: set[tuple[str, float]] = set()
        self._unlit: AlarmCondition | None = None
        self._unheard: AlarmCondition | None = None

    def take(self, board: AlarmBoard) -> None:
        """Take what is about to be shown."""
        calling = [condition for condition in board.conditions if condition.calls]
        fresh = {(c.key, c.changed_s) for c in calling} - self._known
        self._known = {(c.key, c.changed_s) for c in calling}
        if not fresh or (calling[0].key, calling[0].changed_s) not in fresh:
            return
        self._unlit = calling[0]
        self._unheard = calling[0] if board.sounding is not None else None

    def lit(self) -> None:
        """Note that the banner has been painted."""
        alarm, self._unlit = self._unlit, None
        if alarm is not None:
            light_s = monotonic() - alarm.changed_s
            self.light_s.append(light_s)
            self._tell(AlarmDelay(alarm.key, alarm.changed_sample, light_s=light_s))

    def heard(self) -> None:
        """Note that the player has been started."""
        alarm, self._unheard = self._unheard, None
        if alarm is not None:
            sound_s = monotonic() - alarm.changed_s
            self.sound_s.append(sound_s)
            self._tell(AlarmDelay(alarm.key, alarm.changed_sample, sound_s=sound_s))

    def summary(self) -> dict[str, float | int | None]:
        """Return median and worst of both; None where nothing was signalled."""
        return {
            "n": len(self.light_s),
            "light_median_s": median(self.light_s) if self.light_s else None,
            "light_max_s": max(self.light_s, default=None),
            "sound_median_s": median(self.sound_s) if self.sound_s else None,
            "sound_max_s": max(self.sound_s, default=None),
        }
