"""Remarks about channels whose signal is not what the electrode gave."""

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["ChannelFaults", "FaultRemark"]

_LONGEST_S = 60.0
_NAMED = 8
"""Channels that a remark names; how many more there are, it counts."""


class FaultRemark(NamedTuple):
    """What to write: where in the stream, and what."""

    start_sample: int
    n_samples: int
    text: str

    def timed(self, sfreq_hz: float) -> tuple[float, str, float]:
        """Return its time since the run began, the text, and the duration, in seconds."""
        return self.start_sample / sfreq_hz, self.text, self.n_samples / sfreq_hz


class ChannelFaults:
    """Turn the channels that are at fault in each record into few remarks.

    The first record of a stretch is told at once; what follows is told once a minute and at the
    stretch's end, so that an electrode that is off all night does not fill the file with words.

    Parameters
    ----------
    word
        What a remark begins with.
    sfreq_hz
        Rate of the stream.
    """

    def __init__(self, word: str, sfreq_hz: float) -> None:
        self._word = word
        self._longest = _LONGEST_S * sfreq_hz
        self._names: tuple[str, ...] = ()
        self._start = self._stop = 0

    def record(self, start_sample: int, n_samples: int, names: Sequence[str]) -> list[FaultRemark]:
        """Take the channels at fault in the next record; return what is to be written."""
        if tuple(names) == self._names:
            self._stop = start_sample + n_samples
            return self.flush() if self._stop - self._start >= self._longest else []
        remarks = self.flush()
        self._names = tuple(names)
        self._start = self._stop = start_sample + n_samples
        if names:
            remarks.append(FaultRemark(start_sample, n_samples, self._text()))
        return remarks

    def flush(self) -> list[FaultRemark]:
        """Return what has not been told of a stretch that goes on."""
        n_samples = self._stop - self._start
        remark = FaultRemark(self._start, n_samples, self._text())
        self._start = self._stop
        return [remark] if self._names and n_samples else []

    def reset(self) -> None:
        """Forget the stretch: the next record begins a new one."""
        self._names = ()

    def _text(self) -> str:
        named, more = self._names[:_NAMED], len(self._names) - _NAMED
        text = f"{self._word} {', '.join(named)}"
        return f"{text} and {more} more" if more > 0 else text
