"""Short segments that are wholly seizure or wholly background, of patients who have both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import VigilError
from core.training.crops import Crop, Material, count_windows
from core.types import BoolArray, FloatArray

__all__ = ["SegmentSet", "choose_segments", "shifted_labels"]

Texts = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class SegmentSet:
    """Segments in the order of recordings and time.

    Attributes
    ----------
    material
        Where they are cut from.
    crops
        One a segment.
    ictal : (n,) bool
        Whether it is seizure.
    patients : (n,) str
        Whose it is.
    """

    material: Material
    crops: tuple[Crop, ...]
    ictal: BoolArray
    patients: Texts

    def __len__(self) -> int:
        return len(self.crops)

    def data(self, start: int, stop: int) -> FloatArray:
        """Cut some of them: (stop - start, 19, n_samples) float32, normalised as at the bedside."""
        return np.stack([self.material.cut(crop).data for crop in self.crops[start:stop]])

    def of(self, patients: Sequence[str]) -> "SegmentSet":
        """Keep those of some patients."""
        kept = np.isin(self.patients, list(patients))
        crops = tuple(crop for crop, keep in zip(self.crops, kept, strict=True) if keep)
        return SegmentSet(self.material, crops, self.ictal[kept], self.patients[kept])

    def names(self) -> list[str]:
        """Return the patients, sorted."""
        return sorted({str(name) for name in self.patients})


def choose_segments(material: Material, segment_s: int, per_class: int) -> SegmentSet:
    """Choose segments, evenly over each patient's time.

    Each is cut out of the last window that holds it, and so normalised by what the monitor knew
    when it saw it for the last time.

    Parameters
    ----------
    material
        The recordings.
    segment_s
        Length in seconds. Segments do not overlap.
    per_class
        At most so many of each class of a patient.

    Raises
    ------
    VigilError
        Where fewer than 3 patients have both seizure and background.
    """
    found: dict[str, dict[bool, list[Crop]]] = {}
    for r, s, start in _places(material, segment_s):
        labels = material.ictal(r, s)
        config = material.config
        n_samples = segment_s * config.conditioning.sfreq
        share = labels[start : start + n_samples].mean()
        if 0.0 < share < 1.0:
            continue
        window, stride = config.window_samples, config.stride_samples
        latest = (count_windows(len(labels), window, stride) - 1) * stride
        window_start = min(start - start % stride, latest)
        crop = Crop(r, s, window_start, start - window_start, n_samples)
        classes = found.setdefault(material.recordings[r].patient, {True: [], False: []})
        classes[bool(share)].append(crop)
    chosen: list[tuple[Crop, bool, str]] = []
    for patient, classes in found.items():
        if all(classes.values()):
            for ictal, crops in classes.items():
                kept = np.linspace(0, len(crops) - 1, min(per_class, len(crops))).round()
                chosen += [(crops[int(k)], ictal, patient) for k in kept]
    if len({patient for _, _, patient in chosen}) < 3:
        raise VigilError(
            "fewer than 3 patients have both seizure and background of "
            f"{segment_s} s: too few to hold some of them out"
        )
    chosen.sort(key=lambda each: (each[0].recording, each[0].segment, each[0].start))
    return SegmentSet(
        material,
        tuple(crop for crop, _, _ in chosen),
        np.array([ictal for _, ictal, _ in chosen], dtype=bool),
        np.array([patient for _, _, patient in chosen], dtype=np.str_),
    )


def _places(material: Material, segment_s: int) -> Iterator[tuple[int, int, int]]:
    """List recording, uninterrupted piece and first sample of all segments that could be cut."""
    n_samples = segment_s * material.config.conditioning.sfreq
    for r, signal in enumerate(material.signals):
        for s, piece in enumerate(signal.segments):
            for start in range(0, piece.n_samples - n_samples + 1, n_samples):
                yield r, s, start


def shifted_labels(
    ictal: BoolArray, patients: Texts, n_draws: int, rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Labels that mean nothing but look alike: each patient's are rotated by a random number.

    Segments of one seizure resemble each other. Labels drawn one by one would lose these runs,
    and every measure would look better than chance; rotation keeps them.

    Returns
    -------
    (n_draws, n) bool array
    """
    out = np.empty((n_draws, len(ictal)), dtype=bool)
    for patient in np.unique(patients):
        mine = np.flatnonzero(patients == patient)
        steps = rng.integers(1, max(2, len(mine)), size=n_draws)
        turned = (np.arange(len(mine))[None, :] + steps[:, None]) % len(mine)
        out[:, mine] = ictal[mine][turned]
    return out
