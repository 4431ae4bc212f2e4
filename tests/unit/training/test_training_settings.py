"""Settings of a training: defaults as specified, contradictions are errors."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.errors import ConfigError
from core.training.settings import AugmentationSettings, TrainingSettings, load_training_settings

CONFIGS = sorted((Path(__file__).parents[3] / "configs" / "train").glob("*.toml"))


def test_defaults_are_the_specification():
    settings = TrainingSettings()
    optimisation = settings.optimisation
    assert (optimisation.lr, optimisation.weight_decay, optimisation.warmup_share) == (
        3e-4, 0.05, 0.1,
    )  # fmt: skip
    assert (optimisation.clip_norm, optimisation.batch, optimisation.amp) == (1.0, 16, "bfloat16")
    assert (settings.stopping.patience, settings.stopping.fa_per_24h) == (10, 10)
    assert settings.crop_s(0) == 60
    assert settings.augmentation == AugmentationSettings(
        offset_jitter=False, amplitude_db=0, channel_dropout=0, mirror=False
    )
    assert settings.sampler.mining.top_k == 0


def test_stages():
    settings = TrainingSettings.model_validate(
        {"stages": [{"crop_s": 10, "epochs": 2}, {"crop_s": 60, "epochs": 1}], "steps_per_epoch": 7}
    )
    assert [settings.crop_s(epoch) for epoch in range(3)] == [10, 10, 60]
    assert (settings.n_epochs, settings.n_steps) == (3, 21)
    with pytest.raises(IndexError):
        settings.crop_s(3)


def test_the_hash_is_about_what_changes_the_weights():
    def hash_of(**values):
        return TrainingSettings.model_validate(values).hash

    assert hash_of(checkpoint_steps=3) == hash_of()
    assert hash_of(detector={"inference": {"threads": 3}}) == hash_of()
    assert hash_of(seed=1) != hash_of()
    assert hash_of(detector={"events": {"tau_on": 0.9}}) != hash_of()


@pytest.mark.parametrize(
    "values",
    [
        {"stages": []},
        {"stages": [{"crop_s": 7}]},
        {"optimisation": {"batch": 16, "micro_batch": 5}},
        {"optimisation": {"batch": 3, "micro_batch": 3}},
        {"stopping": {"stride_s": 15}},
        {"stopping": {"fa_per_24h": 7}},
        {"sampler": {"mining": {"source": "test"}}},
        {"augmentation": {"amplitude_db": -1}},
        {"optimisation": {"lr": float("nan")}},
        {"epochs": 3},
    ],
)
def test_contradictions(values):
    with pytest.raises(ValidationError):
        TrainingSettings.model_validate(values)


def test_a_file_is_named(tmp_path):
    path = tmp_path / "t.toml"
    path.write_text("[optimisation]\nlearning_rate = 1\n")
    with pytest.raises(ConfigError, match=r"t\.toml: unknown key optimisation\.learning_rate"):
        load_training_settings(path)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configurations_are_valid(path):
    assert load_training_settings(path).n_steps > 0
