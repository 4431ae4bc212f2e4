"""Crops: pieces of the monitor's windows, with labels, as the network is trained on them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.config import BLOCK_SAMPLES, Config
from core.evaluation.dataset import DatasetRecording
from core.evaluation.metrics import ictal_mask
from core.evaluation.reference import settle_reference
from core.training.cache import CachedSignal
from core.types import BoolArray, FloatArray

__all__ = ["Crop", "CropList", "Labelled", "Material", "count_windows", "list_crops"]


@dataclass(frozen=True, slots=True)
class Crop:
    """A piece of a window.

    Attributes
    ----------
    recording, segment
        Indices of the recording and of its uninterrupted piece.
    window_start
        Where the window begins, in samples since the segment began.
    offset
        Where the crop begins in the window.
    n_samples
        Length of the crop, padding included.
    """

    recording: int
    segment: int
    window_start: int
    offset: int
    n_samples: int

    @property
    def start(self) -> int:
        """First sample since the segment began."""
        return self.window_start + self.offset


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """What the network gets and what it shall say.

    Attributes
    ----------
    data : (19, n) float32
        Normalised; zero where padded.
    ictal : (n,) float32
        1 in a seizure.
    counts : (n,) float32
        0 where padded, 1 elsewhere, or less near an onset or offset.
    """

    data: FloatArray
    ictal: FloatArray
    counts: FloatArray


class Material:
    """Signals and labels of some recordings.

    Parameters
    ----------
    recordings, signals
        In the same order.
    config
        Length and distance of windows.
    border_s, border_weight
        Samples so close to an onset or offset count so much.
    """

    def __init__(
        self,
        recordings: Sequence[DatasetRecording],
        signals: Sequence[CachedSignal],
        config: Config,
        border_s: float = 0.0,
        border_weight: float = 1.0,
    ) -> None:
        self.recordings = tuple(recordings)
        self.signals = tuple(signals)
        self.config = config
        self.seizures = [
            settle_reference(recording.annotations).annotations.seizures()
            for recording in recordings
        ]
        self._border_s, self._border_weight = border_s, border_weight

    def ictal(self, recording: int, segment: int) -> BoolArray:
        """Label every sample of a segment."""
        piece = self.signals[recording].segments[segment]
        sfreq = float(self.config.conditioning.sfreq)
        return ictal_mask(piece.start_sample, piece.n_samples, self.seizures[recording], sfreq)

    def cut(self, crop: Crop, shift: int = 0) -> Labelled:
        """Cut a crop out of the signal.

        Parameters
        ----------
        crop
            One of :func:`list_crops`.
        shift
            Moves the window by so many samples, a multiple of 32, as far as the segment goes.
        """
        signal = self.signals[crop.recording]
        segment = signal.segments[crop.segment]
        window = self.config.window_samples
        window_start = max(0, min(crop.window_start + shift, segment.n_samples - window))
        if segment.n_samples - crop.window_start < window:
            window_start = crop.window_start  # padded windows stay where they are
        window_start -= window_start % BLOCK_SAMPLES
        start = window_start + crop.offset
        n_valid = min(crop.n_samples, segment.n_samples - start)
        known = min(window_start + window, segment.n_samples)
        data = np.zeros((signal.signal.shape[0], crop.n_samples), np.float32)
        data[:, :n_valid] = signal.cut(segment, start, n_valid, known)
        first = segment.start_sample + start
        sfreq = float(self.config.conditioning.sfreq)
        seizures = self.seizures[crop.recording]
        ictal = ictal_mask(first, crop.n_samples, seizures, sfreq).astype(np.float32)
        counts = self._counts(first, crop.n_samples, seizures, sfreq)
        ictal[n_valid:] = 0
        counts[n_valid:] = 0
        return Labelled(data, ictal, counts)

    def _counts(
        self, first: int, n_samples: int, seizures: Sequence[tuple[float, float]], sfreq: float
    ) -> FloatArray:
        counts = np.ones(n_samples, np.float32)
        if self._border_s > 0:
            times_s = (np.arange(n_samples) + first) / sfreq
            for border_s in (time_s for seizure in seizures for time_s in seizure):
                counts[np.abs(times_s - border_s) < self._border_s] = self._border_weight
        return counts


@dataclass(frozen=True, slots=True, eq=False)
class CropList:
    """Crops, and what each holds of which seizure.

    Attributes
    ----------
    crops
        In the order of recordings and time.
    ictal_share
        Share of each crop that is seizure.
    seizure
        Number of the seizure that fills most of it, counted over all recordings; -1 without one.
    """

    crops: tuple[Crop, ...]
    ictal_share: npt.NDArray[np.float64]
    seizure: npt.NDArray[np.intp]


def count_windows(n_samples: int, window_samples: int, stride_samples: int) -> int:
    """Count the windows of a segment, the padded one that its end may need included."""
    return 1 + max(0, -(-(n_samples - window_samples) // stride_samples))


def list_crops(material: Material, crop_s: int) -> CropList:
    """Divide every window of every recording into crops.

    Parameters
    ----------
    material
        The recordings.
    crop_s
        Length in seconds, a divisor of the window's 60.

    Returns
    -------
    CropList
        In the order of recordings and time; crops that are padding only are left out.
    """
    config = material.config
    window, stride = config.window_samples, config.stride_samples
    sfreq = config.conditioning.sfreq
    n_samples = crop_s * sfreq
    crops: list[Crop] = []
    shares: list[float] = []
    seizures: list[int] = []
    n_before = 0
    for r, signal in enumerate(material.signals):
        bounds = np.round(np.array(material.seizures[r]).reshape(-1, 2) * sfreq)
        for s, segment in enumerate(signal.segments):
            ictal = np.concatenate([[0], np.cumsum(material.ictal(r, s))])
            n_windows = count_windows(segment.n_samples, window, stride)
            for window_start in range(0, n_windows * stride, stride):
                for offset in range(0, window, n_samples):
                    start = window_start + offset
                    stop = min(start + n_samples, segment.n_samples)
                    if stop <= start:
                        continue
                    crops.append(Crop(r, s, window_start, offset, n_samples))
                    share = float(ictal[stop] - ictal[start]) / (stop - start)
                    shares.append(share)
                    piece = segment.start_sample + np.array([start, stop])
                    seizures.append(n_before + _main_seizure(bounds, piece) if share else -1)
        n_before += len(bounds)
    return CropList(tuple(crops), np.array(shares), np.array(seizures, dtype=np.intp))


def _main_seizure(bounds: npt.NDArray[np.float64], piece: npt.NDArray[np.intp]) -> int:
    """Find the seizure that shares most samples with a piece that holds at least one."""
    shared = np.minimum(bounds[:, 1], piece[1]) - np.maximum(bounds[:, 0], piece[0])
    return int(np.argmax(shared))
