import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from core.config import BLOCK_SAMPLES, Config, load_config
from core.errors import ConfigError

DEFAULT_TOML = Path(__file__).parents[2] / "configs" / "default.toml"


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _keys(model: type[BaseModel], prefix: str = "") -> set[str]:
    keys: set[str] = set()
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            keys |= _keys(info.annotation, f"{prefix}{name}.")
        else:
            keys.add(prefix + name)
    return keys


def test_the_specification_numbers_are_locked():
    config = Config()
    assert config.conditioning.sfreq == 256
    assert (config.conditioning.l_freq_hz, config.conditioning.h_freq_hz) == (0.5, 120.0)
    assert config.conditioning.filter_order == 3
    assert config.conditioning.mains_hz == 60
    assert (config.window_samples, config.stride_samples) == (15360, 2560)
    assert (config.events.tau_on, config.events.tau_off) == (0.86, 0.78)
    assert (config.events.opening_samples, config.events.closing_samples) == (11, 31)
    assert config.events.min_duration_s == 3.0
    assert config.min_duration_samples == 768
    assert config.normalisation.clip_sigma == 10.0
    assert config.gaps.bridge_s == 0.5
    assert config.stride_samples % BLOCK_SAMPLES == 0


def test_default_toml_equals_the_defaults_and_names_every_key():
    assert load_config(DEFAULT_TOML) == Config() == load_config(None)
    values = tomllib.loads(DEFAULT_TOML.read_text(encoding="utf-8"))
    written = {f"{section}.{key}" for section, keys in values.items() for key in keys}
    assert written == _keys(Config)


def test_every_section_of_default_toml_is_commented():
    lines = DEFAULT_TOML.read_text(encoding="utf-8").splitlines()
    for header in (i for i, line in enumerate(lines) if line.startswith("[")):
        assert lines[header + 1].startswith("#"), lines[header]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[events]\ntau = 0.9\n", ["unknown key events.tau"]),
        ("[alarms]\nloud = true\n", ["unknown key alarms"]),
        ("colour = 3\n", ["unknown key colour"]),
        ("[events]\ntau_off = 0.86\n", ["events", "tau_off must be below tau_on"]),
        ("[events]\ntau_on = 0.5\n", ["0.78 >= 0.5"]),
        ("[conditioning]\nmains_hz = 55\n", ["conditioning.mains_hz", "50 or 60", "55"]),
        ("[conditioning]\nl_freq_hz = 1e-9\n", ["conditioning.l_freq_hz", "0.01"]),
        ("[quality]\ninterval_s = 0.001\n", ["quality.interval_s", "0.1"]),
        ("[conditioning]\nsfreq = 250\n", ["conditioning.sfreq", "256"]),
        ("[conditioning]\nh_freq_hz = 128.0\n", ["conditioning.h_freq_hz", "128"]),
        ("[conditioning]\nl_freq_hz = 20.0\nh_freq_hz = 10.0\n", ["l_freq_hz must be below"]),
        ("[conditioning]\nnotch_q = nan\n", ["conditioning.notch_q"]),
        ("[windows]\nwindow_s = 30\n", ["windows.window_s"]),
        ("[montage]\nmissing = 'guess'\n", ["montage.missing", "guess"]),
        ("[gaps]\nbridge_s = 0.0\n", ["gaps.bridge_s", "0.01"]),
        ("[model]\npreset = 'conv'\n", ["model.preset"]),
        ("[events\n", ["not valid TOML"]),
    ],
)
def test_bad_settings_are_named(tmp_path, text, words):
    path = _write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for word in words:
        assert word in message


def test_unreadable_files(tmp_path):
    with pytest.raises(ConfigError, match=r"missing\.toml: cannot be read"):
        load_config(tmp_path / "missing.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)
    path = tmp_path / "latin.toml"
    path.write_bytes(b"# \xff\n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_config(path)


def test_50_hz_is_accepted(tmp_path):
    assert (
        load_config(_write(tmp_path, "[conditioning]\nmains_hz = 50\n")).conditioning.mains_hz == 50
    )


def test_config_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Config().events.tau_on = 0.5


def _with(section: str, **values: object) -> Config:
    return Config.model_validate({section: values})


OTHER_VALUES = {
    "montage": {"missing": "interpolate", "reference": "recorded"},
    "conditioning": {
        "resampler": "sinc_best",
        "l_freq_hz": 1.0,
        "h_freq_hz": 70.0,
        "filter_order": 4,
        "mains_hz": 50,
        "notch_q": 35.0,
    },
    "normalisation": {"clip_sigma": 8.0},
    "events": {
        "tau_on": 0.9,
        "tau_off": 0.7,
        "opening_samples": 13,
        "closing_samples": 33,
        "min_duration_s": 4.0,
    },
    "gaps": {"bridge_s": 0.25},
    "quality": {
        "interval_s": 2.0,
        "flat_s": 1.0,
        "rail_s": 0.05,
        "line_noise_ratio": 0.4,
        "line_noise_uv": 25.0,
        "loose_uv": 1000.0,
    },
    "model": {"preset": "stock-31m"},
    "inference": {
        "device": "cpu",
        "precision": "bfloat16",
        "reference": True,
        "threads": 2,
        "queue_windows": 3,
        "attribution_budget_s": 0.0,
    },
    "recording": {
        "part_hours": 2.0,
        "part_mb": 500.0,
        "reserve_mb": 100.0,
        "keep_days": 30.0,
        "keep_gb": 100.0,
    },
}
PLACE_AND_COMPUTER = {
    "conditioning.mains_hz",
    "montage.missing",
    "inference.device",
    "inference.precision",
    "inference.reference",
    "inference.threads",
    "inference.queue_windows",
}


@pytest.mark.parametrize(
    ("section", "key"), [(section, key) for section, keys in OTHER_VALUES.items() for key in keys]
)
def test_hashes_follow_the_settings(section, key):
    changed = _with(section, **{key: OTHER_VALUES[section][key]})
    same_detection = section == "recording" or key == "attribution_budget_s"
    assert (changed.hash == Config().hash) is same_detection
    same_network = same_detection or f"{section}.{key}" in PLACE_AND_COMPUTER
    assert (changed.network_hash == Config().network_hash) is same_network


def test_other_values_cover_every_key_that_can_be_changed():
    fixed = {"conditioning.sfreq", "windows.window_s", "windows.stride_s"}
    listed = {f"{section}.{key}" for section, keys in OTHER_VALUES.items() for key in keys}
    assert listed == _keys(Config) - fixed


def test_hash_does_not_depend_on_how_a_number_is_written(tmp_path):
    whole = load_config(_write(tmp_path, "[events]\nmin_duration_s = 3\n"))
    assert whole.hash == Config().hash
    assert len(whole.hash) == 16
