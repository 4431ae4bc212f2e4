"""One frozen configuration of a training, read from TOML."""

import hashlib
import json
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.config import Config, parse_toml

__all__ = [
    "AugmentationSettings",
    "DataSettings",
    "LossSettings",
    "MiningSettings",
    "OptimisationSettings",
    "SamplerSettings",
    "SimulatedSettings",
    "SplitSettings",
    "Stage",
    "StoppingSettings",
    "TrainingSettings",
    "load_training_settings",
]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SimulatedSettings(_Section):
    """Simulated recordings that are mixed into the training set; never into dev or test."""

    recordings: int = Field(0, ge=0, le=1000)
    minutes: float = Field(6.0, ge=1)
    seizures: int = Field(2, ge=0)
    seed: int = 1000


class DataSettings(_Section):
    """Which recordings. An empty list of data sets takes all."""

    datasets: tuple[str, ...] = ()
    simulated: SimulatedSettings = SimulatedSettings()


class SplitSettings(_Section):
    """Who is in training, dev and test; see :mod:`core.training.split`."""

    dev: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    folds: int = Field(0, ge=0)


class LossSettings(_Section):
    """Weights of single samples; see :mod:`core.training.loss`."""

    border_s: float = Field(0.0, ge=0)
    border_weight: float = Field(1.0, ge=0, le=1)


class MiningSettings(_Section):
    """Hard negatives; see :mod:`core.training.sampler`.

    ``top_k`` windows of background with the highest probability are drawn for ``share`` of the
    background half of each batch. They come from the previous epoch's pass over ``source``: dev, as
    the specification has it, after which dev is no longer untouched by training, or train.
    """

    top_k: int = Field(0, ge=0)
    share: float = Field(0.5, ge=0, le=1)
    source: Literal["dev", "train"] = "dev"


class SamplerSettings(_Section):
    """Half of each batch holds seizure, half does not.

    ``patient_exponent`` 1 draws recordings as often as they have windows, 0 every patient as often
    as any other. ``seizure_exponent`` 1 draws seizures as often as they have windows, so long
    seizures most; 0 all seizures of a patient alike.
    """

    patient_exponent: float = Field(1.0, ge=0, le=1)
    seizure_exponent: float = Field(1.0, ge=0, le=1)
    mining: MiningSettings = MiningSettings()


class AugmentationSettings(_Section):
    """All off by default, as specified; for small data."""

    offset_jitter: bool = False
    amplitude_db: float = Field(0.0, ge=0, le=20)
    channel_dropout: float = Field(0.0, ge=0, lt=1)
    mirror: bool = False


class OptimisationSettings(_Section):
    """AdamW under a cosine with warm-up.

    A batch is computed in pieces of ``micro_batch`` crops, each with batch statistics of its own,
    whether the pieces go one after another or to several processes: the loss is the same.
    """

    lr: float = Field(3e-4, gt=0)
    weight_decay: float = Field(0.05, ge=0)
    warmup_share: float = Field(0.1, ge=0, lt=1)
    clip_norm: float = Field(1.0, gt=0)
    batch: int = Field(16, ge=2)
    micro_batch: int = Field(16, ge=1)
    amp: Literal["bfloat16", "off"] = "bfloat16"
    ema_decay: float = Field(0.0, ge=0, lt=1)
    compile: bool = False

    @model_validator(mode="after")
    def _pieces_fill_the_batch(self) -> Self:
        if self.batch % self.micro_batch:
            raise ValueError(f"micro_batch must divide batch, not {self.micro_batch} {self.batch}")
        if self.batch % 2:
            raise ValueError(f"batch must be even (half is seizure), not {self.batch}")
        return self


class Stage(_Section):
    """Epochs with crops of one length."""

    crop_s: int = Field(60, ge=1, le=60)
    epochs: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _crops_fill_the_window(self) -> Self:
        if 60 % self.crop_s:
            raise ValueError(f"crop_s must divide 60, not {self.crop_s}")
        return self


class StoppingSettings(_Section):
    """Dev pass after each epoch, and when to stop.

    ``stride_s`` is the distance of the windows of the dev pass; 10 s is that of the monitor.
    """

    fa_per_24h: Literal[10, 5] = 10
    scorer: Literal["taes", "ovlp", "szcore"] = "taes"
    patience: int = Field(10, ge=1)
    stride_s: int = Field(10, ge=10, le=60)

    @model_validator(mode="after")
    def _stride_fits(self) -> Self:
        if self.stride_s % 10:
            raise ValueError(f"stride_s must be a multiple of 10, not {self.stride_s}")
        return self


class TrainingSettings(_Section):
    """Everything that a training can be told.

    Attributes
    ----------
    detector
        The detector's configuration: network, conditioning, thresholds.
    steps_per_epoch
        Batches between two dev passes.
    checkpoint_steps
        Batches between two states on disk, for ``--resume``.
    """

    seed: int = 0
    threads: int = Field(2, ge=1, le=256)
    steps_per_epoch: int = Field(100, ge=1)
    checkpoint_steps: int = Field(50, ge=1)
    stages: tuple[Stage, ...] = Field((Stage(),), min_length=1)
    detector: Config = Config()
    data: DataSettings = DataSettings()
    split: SplitSettings = SplitSettings()
    loss: LossSettings = LossSettings()
    sampler: SamplerSettings = SamplerSettings()
    augmentation: AugmentationSettings = AugmentationSettings()
    optimisation: OptimisationSettings = OptimisationSettings()
    stopping: StoppingSettings = StoppingSettings()

    @property
    def n_epochs(self) -> int:
        return sum(stage.epochs for stage in self.stages)

    @property
    def n_steps(self) -> int:
        return self.n_epochs * self.steps_per_epoch

    def crop_s(self, epoch: int) -> int:
        """Length of the crops in an epoch, counted from 0."""
        for stage in self.stages:
            if epoch < stage.epochs:
                return stage.crop_s
            epoch -= stage.epochs
        raise IndexError(epoch)

    @property
    def hash(self) -> str:
        """SHA-256 over every setting that changes the weights, first 16 hex digits."""
        settings = self.model_dump(mode="json", exclude={"checkpoint_steps"})
        del settings["detector"]["inference"]
        text = json.dumps(settings, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def load_training_settings(path: Path) -> TrainingSettings:
    """Read a TOML file.

    Raises
    ------
    ConfigError
        Where the file cannot be read, is not TOML, has an unknown key or a bad value.
    """
    return parse_toml(path, TrainingSettings)
