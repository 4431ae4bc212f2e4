"""What is kept of a day: one bin every 4 s of probability, amplitude and spectra by side."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.aeeg import SETTLING_S, AmplitudeEnvelope
from core.display_montage import built_in_montages
from core.electrodes import ELECTRODES
from core.spectral_array import epoch_spectrum_db, spectrum_frequencies_hz
from core.types import Chunk, DetectionStep, FloatArray

__all__ = ["BIN_S", "SIDES", "BinRing", "TrendRecorder"]

BIN_S = 4.0
KEPT_S = 24 * 3600.0
SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class _Side:
    """The bipolar channels of the double banana over one side of the head."""

    weights: npt.NDArray[np.float32]
    uses: npt.NDArray[np.bool_]


class BinRing:
    """Values of the newest bins, each at its index modulo the ring; not a number where unknown.

    Parameters
    ----------
    n_bins
        How many are kept.
    n_values
        Values of a bin.
    dtype
        Of the values.
    """

    def __init__(self, n_bins: int, n_values: int, dtype: type[np.floating] = np.float32) -> None:
        self._values = np.full((n_bins, n_values), np.nan, dtype=dtype)
        self.stop = 0

    @property
    def nbytes(self) -> int:
        return self._values.nbytes

    @property
    def first(self) -> int:
        """Index of the oldest bin that may be known."""
        return max(0, self.stop - len(self._values))

    def write(self, k: int, values: npt.ArrayLike) -> None:
        """Set bin ``k``; what was skipped becomes unknown. A bin that is too old is dropped."""
        if k >= self.stop:
            skipped = np.arange(max(self.stop, k + 1 - len(self._values)), k + 1)
            self._values[skipped % len(self._values)] = np.nan
            self.stop = k + 1
        if k >= self.first:
            self._values[k % len(self._values)] = values

    def read(self, first: int, stop: int) -> npt.NDArray[np.float32]:
        """Return ``(stop - first, n_values)``."""
        values = np.full((stop - first, self._values.shape[1]), np.nan, dtype=np.float32)
        begin, end = max(first, self.first), min(stop, self.stop)
        if end > begin:
            kept = np.arange(begin, end) % len(self._values)
            values[begin - first : end - first] = self._values[kept]
        return values

    def columns(
        self, edges: npt.NDArray[np.int64], combine: Callable[..., npt.NDArray[np.float32]]
    ) -> npt.NDArray[np.float32]:
        """Return one row for each stretch of bins ``[edges[i], edges[i + 1])``.

        A stretch without a bin of its own repeats the bin it lies in. ``combine`` takes the bins
        and where each stretch begins, as ``ufunc.reduceat`` does.
        """
        first, stop = int(edges[0]), int(max(edges[-1], edges[-2] + 1))
        return combine(self.read(first, stop), np.minimum(edges[:-1] - first, stop - first - 1))


class TrendRecorder:
    """Trends of the newest hours, in bounded memory.

    A bin in which signal is missing stays unknown, and so does a bipolar channel in a bin in
    which one of its electrodes was not measured.

    Parameters
    ----------
    sfreq
        Sampling rate of chunks and probabilities, Hz.
    kept_s
        Seconds that are kept.
    """

    def __init__(self, sfreq: float = 256.0, kept_s: float = KEPT_S) -> None:
        n_bins = max(1, round(kept_s / BIN_S))
        self.sfreq = sfreq
        self.bin_samples = round(BIN_S * sfreq)
        self.probability_mean = BinRing(n_bins, 1)
        self.probability_max = BinRing(n_bins, 1)
        self.aeeg = {side: BinRing(n_bins, 2) for side in SIDES}
        """Lower and upper border of the band, uV peak to peak."""
        n_lines = len(spectrum_frequencies_hz())
        self.spectra = {side: BinRing(n_bins, n_lines, np.float16) for side in SIDES}
        """dB above 1 uV^2/Hz; half precision is finer than 0.04 dB."""
        self.provisional_from = 0
        """First sample whose probability may still change."""
        self._sides = {side: _side(side) for side in SIDES}
        self._envelopes = {side: AmplitudeEnvelope(sfreq) for side in SIDES}
        self._data = np.empty((len(ELECTRODES), self.bin_samples), dtype=np.float32)
        self._valid = np.ones(len(ELECTRODES), dtype=np.bool_)
        self._valid_before = self._valid
        self._position = 0
        self._n_filled = 0
        self._settled = False
        self._tail: npt.NDArray[np.float32] = np.empty(0, dtype=np.float32)
        self._tail_start = 0

    @property
    def nbytes(self) -> int:
        rings = [self.probability_mean, self.probability_max]
        rings += [*self.aeeg.values(), *self.spectra.values()]
        return sum(ring.nbytes for ring in rings) + self._data.nbytes + self._tail.nbytes

    def add_chunk(self, chunk: Chunk) -> bool:
        """Take conditioned signal; return whether a bin was completed."""
        begin = max(chunk.start_sample, self._position)
        if begin >= chunk.stop_sample:
            return False
        if begin != self._position:
            self._begin_anew()
        completed = False
        while begin < chunk.stop_sample:
            k, place = divmod(begin, self.bin_samples)
            n_taken = min(self.bin_samples - place, chunk.stop_sample - begin)
            piece = slice(begin - chunk.start_sample, begin - chunk.start_sample + n_taken)
            self._data[:, place : place + n_taken] = chunk.data[:, piece]
            if chunk.valid is not None:
                self._valid &= chunk.valid[:, piece].all(axis=1)
            self._n_filled += n_taken
            begin += n_taken
            if place + n_taken == self.bin_samples:
                self._finish(k)
                completed = True
        self._position = chunk.stop_sample
        return completed

    def add_step(self, step: DetectionStep) -> None:
        """Take probabilities; those behind ``step.final_stop`` may still change."""
        joined = self._tail_start + len(self._tail) == step.start_sample
        settled = self._tail if joined else self._tail[:0]
        start = step.start_sample - len(settled)
        probabilities = np.concatenate([settled, step.final, step.provisional])
        self._write_probabilities(start, probabilities)
        # The bin that the final stream ends in is written again by the next step.
        cut = max(start, step.final_stop - step.final_stop % self.bin_samples)
        self._tail = probabilities[cut - start : step.final_stop - start].copy()
        self._tail_start = cut
        self.provisional_from = step.final_stop

    def _write_probabilities(self, start: int, probabilities: FloatArray) -> None:
        if not len(probabilities):
            return
        bins = (start + np.arange(len(probabilities))) // self.bin_samples
        begins = np.flatnonzero(np.diff(bins, prepend=bins[0] - 1))
        known = ~np.isnan(probabilities)
        total = np.add.reduceat(np.where(known, probabilities, 0.0), begins)
        count = np.add.reduceat(known.astype(np.int64), begins)
        highest = np.fmax.reduceat(probabilities, begins)
        for k, mean, peak in zip(bins[begins], total / np.maximum(count, 1), highest, strict=True):
            self.probability_mean.write(int(k), mean if not np.isnan(peak) else np.nan)
            self.probability_max.write(int(k), peak)

    def _begin_anew(self) -> None:
        self._n_filled = 0
        self._settled = False
        self._valid = np.ones(len(ELECTRODES), dtype=np.bool_)
        for envelope in self._envelopes.values():
            envelope.reset()

    def _finish(self, k: int) -> None:
        whole = self._n_filled == self.bin_samples and bool(np.isfinite(self._data).all())
        if not whole:
            self._begin_anew()
            return
        for name, side in self._sides.items():
            bipolar = side.weights @ self._data
            envelope = self._envelopes[name].push(bipolar)
            if not self._settled:
                envelope = envelope[:, round(SETTLING_S * self.sfreq) :]
            measured = ~(side.uses & ~self._valid).any(axis=1)
            if measured.any():
                self.spectra[name].write(k, epoch_spectrum_db(bipolar[measured], self.sfreq))
            # the filters ring on from what was not measured in the bin before
            steady = measured & ~(side.uses & ~self._valid_before).any(axis=1)
            if steady.any():
                band = envelope[steady].mean(axis=0)
                self.aeeg[name].write(k, (band.min(), band.max()))
        self._settled = True
        self._valid_before, self._valid = self._valid, np.ones(len(ELECTRODES), dtype=np.bool_)
        self._n_filled = 0


def _side(side: str) -> _Side:
    montage = next(one for one in built_in_montages() if one.name == "Longitudinal bipolar")
    odd = side == "left"
    rows = [
        row
        for row, names in enumerate(montage.electrodes)
        if all(name[-1].isdigit() and int(name[-1]) % 2 == odd for name in names)
    ]
    return _Side(montage.weights[rows], montage.uses()[rows])
