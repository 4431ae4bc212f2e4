"""One frozen configuration of a look inside the detectors, read from TOML."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.config import Config, parse_toml
from core.model.presets import InputType, ShallowCnnPreset
from core.training.settings import (
    AugmentationSettings,
    LossSettings,
    OptimisationSettings,
    SamplerSettings,
    Stage,
    TrainingSettings,
)

__all__ = [
    "ClassifierSettings",
    "DetectorSettings",
    "EnsembleSettings",
    "InterpretSettings",
    "SeparationSettings",
    "load_interpret_settings",
]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ClassifierSettings(_Section):
    """The shallow CNN and its training."""

    inputs: tuple[InputType, ...] = Field(("raw", "band-passed", "spectrogram"), min_length=1)
    segment_s: Literal[1, 2, 3, 4] = 2
    band_hz: tuple[float, float] = (3.0, 30.0)
    epochs: int = Field(3, ge=1)
    steps_per_epoch: int = Field(60, ge=1)
    batch: int = Field(32, ge=2)
    lr: float = Field(2e-3, gt=0)


class SeparationSettings(_Section):
    """Embedding and measures of separation."""

    components: int = Field(100, ge=2)
    neighbours: int = Field(10, ge=1)
    umap_neighbours: int = Field(15, ge=2)
    umap_min_dist: float = Field(0.1, ge=0)
    permutations: int = Field(100, ge=20)


class EnsembleSettings(_Section):
    """Selective units, their ensembles, and how these are silenced.

    ``least_auroc`` is the least distinction of a unit (or its mirror image below 0.5) that counts;
    ``false_discoveries`` the share of falsely named units, ``least_correlation`` what units of one
    ensemble have in common on average. Sizes are shares of the ensemble.
    """

    permutations: int = Field(1000, ge=100)
    false_discoveries: float = Field(0.05, gt=0, lt=1)
    least_auroc: float = Field(0.6, gt=0.5, lt=1)
    least_correlation: float = Field(0.3, ge=0, lt=1)
    resamples: int = Field(20, ge=2)
    sizes: tuple[float, ...] = Field((0.125, 0.25, 0.5, 0.75, 1.0), min_length=1)
    random_sets: int = Field(10, ge=2)


class DetectorSettings(_Section):
    """How much of the big detector is recorded. With no window it is left out."""

    windows_per_patient: int = Field(6, ge=0)
    patients: int = Field(4, ge=2)


class InterpretSettings(_Section):
    """Everything that a look inside can be told.

    Attributes
    ----------
    datasets
        Which data sets; none means all.
    folds
        Parts of the cross-validation over patients.
    per_class
        At most so many segments of each class of a patient are looked at.
    """

    seed: int = 27
    threads: int = Field(2, ge=1, le=64)
    datasets: tuple[str, ...] = ()
    folds: int = Field(4, ge=3)
    per_class: int = Field(60, ge=5)
    detector: Config = Config()
    classifier: ClassifierSettings = ClassifierSettings()
    separation: SeparationSettings = SeparationSettings()
    ensembles: EnsembleSettings = EnsembleSettings()
    detector_network: DetectorSettings = DetectorSettings()

    def preset(self, input_type: InputType) -> ShallowCnnPreset:
        """Sizes of the classifier for one kind of input."""
        classifier = self.classifier
        samples = classifier.segment_s * self.detector.conditioning.sfreq
        return ShallowCnnPreset(
            f"shallow-{input_type}", input_type, samples, band_hz=classifier.band_hz
        )

    def training(self) -> TrainingSettings:
        """Make the settings of the training's own pieces.

        Patients and seizures weigh alike, so that no child with many long seizures decides.
        """
        classifier = self.classifier
        return TrainingSettings(
            seed=self.seed,
            threads=self.threads,
            steps_per_epoch=classifier.steps_per_epoch,
            stages=(Stage(crop_s=classifier.segment_s, epochs=classifier.epochs),),
            detector=self.detector,
            loss=LossSettings(border_s=1.0, border_weight=0.5),
            sampler=SamplerSettings(patient_exponent=0.5, seizure_exponent=0.5),
            augmentation=AugmentationSettings(offset_jitter=True, amplitude_db=4.0, mirror=True),
            optimisation=OptimisationSettings(
                lr=classifier.lr, batch=classifier.batch, micro_batch=classifier.batch, amp="off"
            ),
        )


def load_interpret_settings(path: Path | None) -> InterpretSettings:
    """Read a TOML file; None gives the defaults.

    Raises
    ------
    ConfigError
        Where the file cannot be read, is not TOML, has an unknown key or a bad value.
    """
    return InterpretSettings() if path is None else parse_toml(path, InterpretSettings)
