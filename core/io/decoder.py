"""From the digital values of data records to microvolts at the main rate."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import RecordingError
from core.io.edf_header import EdfHeader, EdfSignal
from core.io.rates import SETTLE_SAMPLES, RateRaiser
from core.io.selection import microvolts_per_unit
from core.types import FloatArray

__all__ = ["Calibration", "RecordDecoder", "calibrate", "record_columns"]

_MAX_UV = 1e15
"""No amplifier comes near; any 24-bit value times this still fits into float32."""
_MAX_GROUP = 64
"""Channels raised together; libsamplerate takes at most 128."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """``microvolts = gain_uv * digital + offset_uv``, and the range of the amplifier."""

    gain_uv: float
    offset_uv: float
    physical_min_uv: float
    physical_max_uv: float


def calibrate(signal: EdfSignal, name: str) -> Calibration:
    """Scale a voltage signal's calibration to microvolts.

    Raises
    ------
    RecordingError
        Where the header's calibration fields make no sense.
    """
    factor = microvolts_per_unit(signal.unit)
    assert factor is not None, f"{signal.label} is not a voltage"
    gain, offset, p_min, p_max = signal.calibration(name)
    values = (gain * factor, offset * factor, *sorted((p_min * factor, p_max * factor)))
    if not all(math.isfinite(value) and abs(value) < _MAX_UV for value in values):
        raise RecordingError(
            f"{name}: {signal.label}: physical range {p_min:g} to {p_max:g} {signal.unit} "
            "is too large"
        )
    return Calibration(*values)


def record_columns(header: EdfHeader, indices: Sequence[int]) -> npt.NDArray[np.intp]:
    """Where signals of one rate lie in a record: ``(n_channels, n_per_record)`` positions."""
    offsets = np.cumsum([0, *(signal.n_per_record for signal in header.signals)])
    length = header.signals[indices[0]].n_per_record
    return offsets[list(indices)][:, np.newaxis] + np.arange(length)


class _Group:
    """Channels of one rate.

    Attributes
    ----------
    rows
        Their rows in the output.
    waiting
        Microvolts at the main rate that other groups have not reached yet.
    """

    def __init__(
        self, header: EdfHeader, indices: list[int], rows: list[int], scale: list[Calibration]
    ) -> None:
        self.rows = rows
        self.columns = record_columns(header, indices)
        self.gain = np.array([[c.gain_uv] for c in scale])
        self.offset = np.array([[c.offset_uv] for c in scale])
        self.raiser: RateRaiser | None = None
        self.waiting: FloatArray = np.empty((len(rows), 0), dtype=np.float32)

    def microvolts(self, records: npt.NDArray[np.int32]) -> FloatArray:
        digital = records[:, self.columns].transpose(1, 0, 2).reshape(len(self.rows), -1)
        microvolts: FloatArray = (digital * self.gain + self.offset).astype(np.float32)
        return microvolts


class RecordDecoder:
    """Streaming decoder of some channels; slower ones are raised to the main rate.

    Parameters
    ----------
    header
        Of the recording.
    indices
        Of the signals, in the order of the output's rows; a signal may be named twice.
    calibrations
        One for each index.
    n_main
        Samples in a record at the main rate.
    """

    def __init__(
        self,
        header: EdfHeader,
        indices: Sequence[int],
        calibrations: Sequence[Calibration],
        n_main: int,
    ) -> None:
        self._n_rows = len(indices)
        self._groups: list[_Group] = []
        lengths = [header.signals[i].n_per_record for i in indices]
        self.settle_records = 0
        for length in sorted(set(lengths)):
            rows = [row for row, n in enumerate(lengths) if n == length]
            step = len(rows) if length == n_main else _MAX_GROUP
            for k in range(0, len(rows), step):
                part = rows[k : k + step]
                group = _Group(
                    header, [indices[r] for r in part], part, [calibrations[r] for r in part]
                )
                if length != n_main:
                    group.raiser = RateRaiser(len(part), length, n_main)
                    self.settle_records = max(
                        self.settle_records, math.ceil(SETTLE_SAMPLES / length)
                    )
                self._groups.append(group)

    def push(self, records: npt.NDArray[np.int32]) -> FloatArray:
        """Take ``(n_records, record_samples)`` digital values; return microvolts that are due."""
        for group in self._groups:
            data = group.microvolts(records)
            if group.raiser is not None:
                data = group.raiser.push(data)
            group.waiting = np.concatenate([group.waiting, data], axis=1)
        return self._due()

    def flush(self) -> FloatArray:
        """End the segment: return what slower channels held back."""
        for group in self._groups:
            if group.raiser is not None:
                group.waiting = np.concatenate([group.waiting, group.raiser.flush()], axis=1)
        return self._due()

    def _due(self) -> FloatArray:
        n_due = min(group.waiting.shape[1] for group in self._groups)
        output = np.empty((self._n_rows, n_due), dtype=np.float32)
        for group in self._groups:
            output[group.rows] = group.waiting[:, :n_due]
            group.waiting = group.waiting[:, n_due:]
        return output
