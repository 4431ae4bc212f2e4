"""Train with the small network in a process of its own, which may kill itself with SIGKILL.

Usage: run_training.py DATA CACHE OUT SETTINGS.json [WHERE]

WHERE is step:N or dev:N, counted from 0.
"""

import json
import os
import signal
import sys
from pathlib import Path

import core.model.network
from core.errors import VigilError
from core.model.presets import PRESETS
from core.training import loop
from core.training.settings import TrainingSettings
from core.training.step import Stepper
from core.training.train import train_network
from tests.unit.training.training_helpers import TINY


def die_at(where):
    kind, _, number = where.partition(":")
    calls = {"step": 0, "dev": 0}

    def counted(kind_here, function):
        def call(*args, **options):
            if kind_here == kind and calls[kind] == int(number):
                os.kill(os.getpid(), signal.SIGKILL)
            calls[kind_here] += 1
            return function(*args, **options)

        return call

    Stepper.take = counted("step", Stepper.take)
    loop.run_network = counted("dev", loop.run_network)


def main():
    data, cache, out, settings = (Path(text) for text in sys.argv[1:5])
    core.model.network.PRESETS = {**PRESETS, TINY.name: TINY}
    sys.modules["torch.utils.tensorboard"] = None  # saves seconds
    if len(sys.argv) > 5:
        die_at(sys.argv[5])
    values = TrainingSettings.model_validate(json.loads(settings.read_text()))
    try:
        train_network(values, data, out, cache)
    except VigilError as error:
        sys.exit(f"vigil: {error}")


if __name__ == "__main__":
    main()
