"""Technical alarms: faults of signal and equipment. Pure logic, like the seizure alarms."""

from collections.abc import Mapping
from fractions import Fraction

from core.types import Gap, Quality, QualityReport
from monitor.alarm import TechnicalAlarm
from monitor.sources.base import StreamState, StreamStatus

__all__ = ["TechnicalAlarms"]

_CONFIRM_REPORTS = 3
"""Quality reports in a row that raise or clear a channel's alarm: one swallow is no summer."""

_WORDS = {
    Quality.FLAT: "flat line",
    Quality.RAILED: "amplifier at its limit",
    Quality.LINE_NOISE: "mains hum",
    Quality.LOOSE: "electrode loose",
}


class TechnicalAlarms:
    """Which technical alarms stand.

    Every method returns the alarms that changed; each clears itself when its cause is over.

    Parameters
    ----------
    sfreq
        Rate that quality reports count in, Hz.
    target_sfreq
        Rate that alarms count in, Hz.
    """

    def __init__(self, sfreq: float, target_sfreq: float = 256.0) -> None:
        self._ratio = Fraction(target_sfreq) / Fraction(sfreq).limit_denominator(100_000)
        self._active: dict[str, TechnicalAlarm] = {}
        self._streaks: dict[str, tuple[Quality, int]] = {}
        self._quality: dict[str, Quality] = {}

    @property
    def active(self) -> tuple[TechnicalAlarm, ...]:
        """Alarms that stand now, oldest first."""
        return tuple(self._active.values())

    @property
    def quality(self) -> Mapping[str, Quality]:
        """The confirmed quality of each channel seen so far."""
        return self._quality

    def stream(self, state: StreamState) -> list[TechnicalAlarm]:
        """Note how the live stream is doing; any state but connected stands until the next."""
        sample = round(state.sample * self._ratio)
        if state.status is StreamStatus.CONNECTED:
            return self._clear(state.key, sample)
        return self._raise(state.key, state.text, sample)

    def equipment(self, key: str, fault: str, sample: int) -> list[TechnicalAlarm]:
        """Note what is wrong with the loudspeaker or the disk; an empty fault clears it."""
        return self._raise(key, fault, sample) if fault else self._clear(key, sample)

    def gap(self, gap: Gap, sfreq: float = 256.0) -> list[TechnicalAlarm]:
        """Note a discontinuity; it stands until :meth:`rearmed`."""
        missing_s = (gap.stop_sample - gap.start_sample) / sfreq
        text = f"Signal interrupted for {missing_s:.1f} s; detection re-arming"
        return self._raise("gap", text, gap.start_sample)

    def rearmed(self, sample: int) -> list[TechnicalAlarm]:
        """Note that a full window is in again."""
        return self._clear("gap", sample)

    def inference_behind(self, sample: int, behind_s: float) -> list[TechnicalAlarm]:
        """Note that windows wait for the network longer than they may."""
        text = f"Detection is {behind_s:.0f} s behind the signal"
        return self._raise("inference_behind", text, sample)

    def inference_caught_up(self, sample: int) -> list[TechnicalAlarm]:
        """Note that no window waits any more."""
        return self._clear("inference_behind", sample)

    def channels(self, report: QualityReport) -> list[TechnicalAlarm]:
        """Take one quality report."""
        changed: list[TechnicalAlarm] = []
        sample = round(report.start_sample * self._ratio)
        flags: dict[str, Quality] = {}
        for name, flag in zip(report.ch_names, report.flags, strict=True):
            flags[name] = flags.get(name, Quality.GOOD) | flag  # a name may stand twice
        for name, flag in flags.items():
            before, count = self._streaks.get(name, (flag, 0))
            count = count + 1 if flag == before else 1
            self._streaks[name] = (flag, count)
            if count < _CONFIRM_REPORTS or self._quality.get(name) == flag:
                continue
            self._quality[name] = flag
            key = f"channel {name}"
            if flag == Quality.GOOD:
                changed += self._clear(key, sample)
            else:
                words = ", ".join(text for bit, text in _WORDS.items() if flag & bit)
                changed += self._raise(key, f"{name}: {words}", sample)
        return changed

    def _raise(self, key: str, text: str, sample: int) -> list[TechnicalAlarm]:
        standing = self._active.get(key)
        if standing is not None and standing.text == text:
            return []
        alarm = TechnicalAlarm(key, text, active=True, sample=sample)
        self._active[key] = alarm
        return [alarm]

    def _clear(self, key: str, sample: int) -> list[TechnicalAlarm]:
        standing = self._active.pop(key, None)
        if standing is None:
            return []
        return [TechnicalAlarm(key, standing.text, active=False, sample=sample)]
