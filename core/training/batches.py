"""Which crops each step takes, and the tensors that are made of them."""

import numpy as np
import torch
from torch import Tensor

from core.training.augmentation import augment, draw_shift
from core.training.crops import Crop, Material, list_crops
from core.training.loss import ClassWeights, class_weights
from core.training.sampler import BalancedSampler
from core.training.settings import TrainingSettings

__all__ = ["Batch", "Batches", "mixed_seed"]

Batch = list[tuple[Crop, bool]]
"""Crops, and whether each is a hard negative."""


class Batches:
    """The batches of a training, each drawn from the seed, the epoch and the step alone.

    Parameters
    ----------
    settings
        Everything that the training can be told.
    train, dev
        Recordings; hard negatives may come from either.
    device
        Where the tensors go.
    """

    def __init__(
        self, settings: TrainingSettings, train: Material, dev: Material, device: torch.device
    ) -> None:
        self._settings = settings
        self._train = train
        self._mined = dev if settings.sampler.mining.source == "dev" else train
        self._device = device

    def of_epoch(self, epoch: int, hard: list[Crop]) -> tuple[list[Batch], ClassWeights]:
        """Draw the batches of an epoch, and weigh the classes as they occur in them.

        Raises
        ------
        NoSeizureError
            Where the training data hold no seizure, or nothing else.
        """
        settings = self._settings
        crops = list_crops(self._train, settings.crop_s(epoch))
        batch = settings.optimisation.batch
        sampler = BalancedSampler(self._train, crops, settings.sampler, batch)
        rng = np.random.default_rng([settings.seed, epoch])
        batches = sampler.batches(settings.steps_per_epoch, rng, hard)
        return batches, class_weights(sampler.ictal_share)

    def tensors(self, piece: Batch, step: int, first: int) -> tuple[Tensor, Tensor, Tensor]:
        """Cut and augment the crops of a piece of a batch.

        Parameters
        ----------
        piece
            Crops that are computed in one go.
        step
            Of the whole training.
        first
            Where the piece begins in its batch.

        Returns
        -------
        data : (B, 19, L) tensor
            Normalised.
        ictal, counts : (B, L) tensors
            As in :class:`core.training.crops.Labelled`.
        """
        settings = self._settings
        augmentation, detector = settings.augmentation, settings.detector
        data, ictal, counts = [], [], []
        for k, (crop, is_hard) in enumerate(piece):
            rng = np.random.default_rng([settings.seed, step, first + k, 1])
            # A hard negative stays where it was found: moved, it might reach a seizure.
            shift = 0 if is_hard else draw_shift(augmentation, detector.stride_samples, rng)
            cut = (self._mined if is_hard else self._train).cut(crop, shift)
            data.append(augment(cut.data, augmentation, detector.normalisation.clip_sigma, rng))
            ictal.append(cut.ictal)
            counts.append(cut.counts)
        stacked = (np.stack(column) for column in (data, ictal, counts))
        x, y, w = (torch.from_numpy(each).to(self._device) for each in stacked)
        return x, y, w


def mixed_seed(*numbers: int) -> int:
    """One seed from several numbers, for PyTorch: 63 bits."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))
