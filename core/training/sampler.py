"""Which crops make up a batch: half with seizure, half without."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.errors import VigilError
from core.training.crops import Crop, CropList, Material
from core.training.settings import SamplerSettings

__all__ = ["BalancedSampler", "NoSeizureError"]


class NoSeizureError(VigilError):
    """The training data hold no seizure, or nothing but seizure."""


class BalancedSampler:
    """Draw batches; the same seed, epoch and hard negatives give the same ones.

    Parameters
    ----------
    material
        Training recordings.
    crops
        Of :func:`core.training.crops.list_crops` over the same.
    settings
        How patients and seizures weigh, and the share of hard negatives.
    batch
        Crops a batch, even.

    Raises
    ------
    NoSeizureError
        Where one half of the batch would stay empty.
    """

    def __init__(
        self, material: Material, crops: CropList, settings: SamplerSettings, batch: int
    ) -> None:
        self._crops = crops.crops
        self._half = batch // 2
        n_hard = round(self._half * settings.mining.share)
        self._n_hard = n_hard if settings.mining.top_k else 0
        patients = np.array(
            [material.recordings[crop.recording].patient for crop in crops.crops], dtype=str
        )
        seizure = crops.ictal_share > 0
        if not seizure.any():
            raise NoSeizureError("the training data hold no seizure")
        if seizure.all():
            raise NoSeizureError("the training data hold no background without seizure")
        self._seizure = _Draw(
            np.flatnonzero(seizure),
            _evened(
                _evened(np.ones(seizure.sum()), crops.seizure[seizure], settings.seizure_exponent),
                patients[seizure],
                settings.patient_exponent,
            ),
        )
        self._background = _Draw(
            np.flatnonzero(~seizure),
            _evened(np.ones((~seizure).sum()), patients[~seizure], settings.patient_exponent),
        )
        self.ictal_share = self._half * self._seizure.mean(crops.ictal_share) / batch

    ictal_share: float
    """Share of seizure among all samples that are drawn, on average."""

    def batches(
        self, n_batches: int, rng: np.random.Generator, hard: Sequence[Crop] = ()
    ) -> list[list[tuple[Crop, bool]]]:
        """Draw the batches of one epoch.

        Parameters
        ----------
        n_batches
            How many.
        rng
            The epoch's.
        hard
            Hard negatives; with none, all of the background is drawn at random.

        Returns
        -------
        list
            Batches of (crop, whether it is a hard negative), seizure and background in turn, so
            that every even piece of a batch is balanced too.
        """
        n_hard = self._n_hard if hard else 0
        batches = []
        for _ in range(n_batches):
            seizure = [(self._crops[k], False) for k in self._seizure(self._half, rng)]
            chosen = rng.integers(len(hard), size=n_hard) if n_hard else ()
            background = [(hard[k], True) for k in chosen]
            rest = self._half - len(background)
            background += [(self._crops[k], False) for k in self._background(rest, rng)]
            batches.append(
                [each for pair in zip(seizure, background, strict=True) for each in pair]
            )
        return batches


def _evened(
    weights: npt.NDArray[np.float64], groups: npt.NDArray[np.generic], exponent: float
) -> npt.NDArray[np.float64]:
    """Raise what each group weighs to a power, and leave its members' proportions."""
    _, member = np.unique(groups, return_inverse=True)
    totals = np.bincount(member, weights)
    return weights * totals[member] ** (exponent - 1.0)


class _Draw:
    """Draw indices, each as often as it weighs."""

    def __init__(self, indices: npt.NDArray[np.intp], weights: npt.NDArray[np.float64]) -> None:
        self._indices = indices
        self._p = weights / weights.sum()

    def __call__(self, n: int, rng: np.random.Generator) -> npt.NDArray[np.intp]:
        return rng.choice(self._indices, size=n, p=self._p)

    def mean(self, values: npt.NDArray[np.float64]) -> float:
        return float(np.dot(values[self._indices], self._p))
