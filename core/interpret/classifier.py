"""Training of the shallow CNN with the pieces of every other training."""

from collections.abc import Callable

import torch

from core.interpret.settings import InterpretSettings
from core.model.presets import InputType
from core.model.shallow_cnn import ShallowCnn
from core.training.batches import Batches
from core.training.crops import Material
from core.training.optimisation import make_optimizer
from core.training.processes import Processes
from core.training.step import Stepper

__all__ = ["build_classifier", "train_classifier"]


def build_classifier(settings: InterpretSettings, input_type: InputType) -> ShallowCnn:
    """Build the classifier with its seeded random weights, in evaluation mode."""
    with torch.random.fork_rng(devices=[]):
        # Not torch.manual_seed, which would seed the GPUs too.
        torch.default_generator.manual_seed(settings.seed)
        return ShallowCnn(settings.preset(input_type)).eval()


def train_classifier(
    settings: InterpretSettings,
    input_type: InputType,
    material: Material,
    progress: Callable[[float], None] = lambda _: None,
) -> ShallowCnn:
    """Train a classifier on the recordings of some patients.

    Crops, their balance, augmentation, loss, optimiser and learning rate are those of
    :mod:`core.training`. There is no dev pass: the number of steps is fixed beforehand, so that
    nobody is needed to choose an epoch.

    Parameters
    ----------
    settings
        The classifier's among them.
    input_type
        What it sees of a segment.
    material
        Recordings of the training patients only.
    progress
        Takes the share that is done.

    Returns
    -------
    ShallowCnn
        In evaluation mode, without gradients.

    Raises
    ------
    NoSeizureError
        Where these recordings hold no seizure, or nothing else.
    """
    training = settings.training()
    torch.set_num_threads(training.threads)
    network = build_classifier(settings, input_type)
    device = torch.device("cpu")
    batches = Batches(training, material, material, device)
    optimizer = make_optimizer(network, training.optimisation)
    stepper = Stepper(network, optimizer, batches, training, Processes(0, 1, device))
    step = 0
    for epoch in range(training.n_epochs):
        drawn, weights = batches.of_epoch(epoch, [])
        for batch in drawn:
            stepper.take(batch, step, weights)
            step += 1
            progress(step / training.n_steps)
    return network.eval().requires_grad_(False)
