"""Which microvolts the 16 bits of an EDF sample stand for."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.io.edf_layout import edf_labels
from core.io.edf_writer import EdfChannel
from core.types import FloatArray, StreamInfo

__all__ = ["Quantiser", "RangePlan", "centred_channel", "known_channel"]

HALF_RANGE_UV = 3276.7
_DIGITAL = 32767
_COARSEST_UV = 0.5
"""The step that clinical EEG may have at most; a range that needs a coarser one is not used."""

_FIELD = 8


def known_channel(label: str, low_uv: float, high_uv: float) -> EdfChannel | None:
    """Take over the source's range, so that a 16-bit source keeps its digital values.

    None where its steps would be too coarse, as in the range of a 24-bit amplifier.
    """
    if not 0 < high_uv - low_uv <= _COARSEST_UV * (2 * _DIGITAL + 1):
        return None
    low, high = _number(low_uv, -1), _number(high_uv, 1)
    return EdfChannel(label, low, high, -_DIGITAL - 1, _DIGITAL)


def centred_channel(label: str, centre_uv: float) -> EdfChannel:
    """Lay steps of 0.1 uV around a value; somewhat larger ones where 8 characters end."""
    centre_uv = float(np.clip(np.round(centre_uv), -9e6, 9e6))
    low, high = centre_uv - HALF_RANGE_UV, centre_uv + HALF_RANGE_UV
    return EdfChannel(label, _number(low, -1), _number(high, 1), -_DIGITAL, _DIGITAL)


def _number(value: float, side: int) -> str:
    """Write a number in 8 characters; rounded outward where it has more."""
    text = f"{value:.10g}"
    if len(text) <= _FIELD and "e" not in text:
        return text
    decimals = max(0, _FIELD - 1 - len(str(int(value))) - (-1 < value < 0))
    scale = 10.0**decimals
    outward = np.ceil(value * scale) if side > 0 else np.floor(value * scale)
    return f"{outward / scale:.{decimals}f}"


class Quantiser:
    """Microvolts to the steps of channels.

    Parameters
    ----------
    channels
        In the order of the rows.
    """

    def __init__(self, channels: Sequence[EdfChannel]) -> None:
        self.channels = tuple(channels)
        self._gain = np.array([[c.gain_uv] for c in channels])
        lowest_uv = np.array([[float(c.physical_min)] for c in channels])
        self._low = np.array([[c.digital_min] for c in channels], dtype=np.float64)
        self._high = np.array([[c.digital_max] for c in channels], dtype=np.float64)
        self._offset = lowest_uv - self._low * self._gain

    def steps(
        self, data: FloatArray
    ) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Round to steps.

        Parameters
        ----------
        data : (n_channels, n_samples) float32
            Microvolts; what is no number becomes the middle of the range.

        Returns
        -------
        steps : (n_channels, n_samples) int16
            Clipped to the range.
        clipped, outside : (n_channels,) bool
            Whether any sample, and whether all of them, lie beyond the range.
        """
        steps = np.rint((data - self._offset) / self._gain)
        np.copyto(steps, (self._low + self._high) // 2, where=np.isnan(steps))
        clipped = (steps.min(axis=1, keepdims=True) < self._low) | (
            steps.max(axis=1, keepdims=True) > self._high
        )
        outside = np.zeros(len(steps), dtype=np.bool_)
        if clipped.any():
            outside = ((steps < self._low) | (steps > self._high)).all(axis=1)
            np.clip(steps, self._low, self._high, out=steps)
        return steps.astype(np.int16), clipped[:, 0], outside

    def middle(self, n_samples: int) -> npt.NDArray[np.int16]:
        """Return a flat line in the middle of all ranges: (n_channels, n_samples)."""
        middle = ((self._low + self._high) // 2).astype(np.int16)
        return np.repeat(middle, n_samples, axis=1)


class RangePlan:
    """The ranges of a stream's channels, chosen anew for every file.

    Parameters
    ----------
    info
        Channels, and their range where the source knows it.
    """

    def __init__(self, info: StreamInfo) -> None:
        self._labels = edf_labels(info.ch_names)
        low_uv, high_uv = info.physical_min_uv, info.physical_max_uv
        self._known: list[EdfChannel | None] = [None] * len(self._labels)
        if low_uv is not None and high_uv is not None:
            ranges = zip(self._labels, low_uv, high_uv, strict=True)
            self._known = [known_channel(*each) for each in ranges]

    def choose(self, data: FloatArray) -> Quantiser:
        """Choose for a file that begins with some signal.

        A range that the source told is taken, unless the signal lies outside of it altogether;
        any other is centred on the signal's median.
        """
        return Quantiser(
            [
                known if known is not None and _reaches(known, row) else _centred_on(label, row)
                for label, known, row in zip(self._labels, self._known, data, strict=True)
            ]
        )


def _reaches(channel: EdfChannel, row: FloatArray) -> bool:
    low_uv, high_uv = float(channel.physical_min), float(channel.physical_max)
    step_uv = channel.gain_uv
    return bool(((row >= low_uv - step_uv) & (row <= high_uv + step_uv)).any())


def _centred_on(label: str, row: FloatArray) -> EdfChannel:
    numbers = row[np.isfinite(row)]
    return centred_channel(label, float(np.median(numbers)) if len(numbers) else 0.0)
