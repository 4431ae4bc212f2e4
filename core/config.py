"""One frozen configuration, read from TOML.

The defaults are the locked numbers of the detector's specification; ``configs/default.toml``
spells them out. Unknown keys and contradictory values are errors.
"""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.errors import ConfigError

__all__ = [
    "ConditioningConfig",
    "Config",
    "EventsConfig",
    "GapsConfig",
    "InferenceConfig",
    "ModelConfig",
    "MontageConfig",
    "NormalisationConfig",
    "QualityConfig",
    "RecordingSettings",
    "WindowsConfig",
    "load_config",
    "parse_toml",
]

BLOCK_SAMPLES = 32
"""Samples in a conditioned block (125 ms at 256 Hz)."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MontageConfig(_Section):
    """How the 19 electrodes are derived from the source's channels."""

    missing: Literal["error", "interpolate"] = "error"
    reference: Literal["average", "recorded"] = "average"


class ConditioningConfig(_Section):
    """Resampling and filters; all causal."""

    sfreq: Literal[256] = 256
    resampler: Literal["sinc_fastest", "sinc_medium", "sinc_best"] = "sinc_medium"
    l_freq_hz: float = Field(0.5, ge=0.01)
    h_freq_hz: float = Field(120.0, lt=128)
    filter_order: int = Field(3, ge=1, le=8)
    mains_hz: int = 60
    notch_q: float = Field(30.0, gt=0)

    @field_validator("mains_hz")
    @classmethod
    def _mains_is_a_grid_frequency(cls, value: int) -> int:
        if value not in (50, 60):
            raise ValueError(f"mains frequency must be 50 or 60 Hz, not {value}")
        return value

    @model_validator(mode="after")
    def _band_is_not_empty(self) -> Self:
        if self.l_freq_hz >= self.h_freq_hz:
            raise ValueError(
                f"l_freq_hz must be below h_freq_hz, not {self.l_freq_hz} >= {self.h_freq_hz}"
            )
        return self


class NormalisationConfig(_Section):
    """Running z-score."""

    clip_sigma: float = Field(10.0, gt=0)


class WindowsConfig(_Section):
    """Windows that the network sees."""

    window_s: Literal[60] = 60
    stride_s: Literal[10] = 10


class EventsConfig(_Section):
    """From probabilities to events."""

    tau_on: float = Field(0.86, gt=0, le=1)
    tau_off: float = Field(0.78, ge=0, lt=1)
    opening_samples: int = Field(11, ge=1)
    closing_samples: int = Field(31, ge=1)
    min_duration_s: float = Field(3.0, ge=0)

    @model_validator(mode="after")
    def _hysteresis_has_width(self) -> Self:
        if self.tau_off >= self.tau_on:
            raise ValueError(f"tau_off must be below tau_on, not {self.tau_off} >= {self.tau_on}")
        return self


class GapsConfig(_Section):
    """Missing samples."""

    # Shorter than 10 ms, a gap would vanish in the rounding to indices at 256 Hz.
    bridge_s: float = Field(0.5, ge=0.01, le=2)


class QualityConfig(_Section):
    """When a channel counts as bad; see :mod:`core.quality`."""

    interval_s: float = Field(1.0, ge=0.1, le=10)
    flat_s: float = Field(0.5, gt=0)
    rail_s: float = Field(0.02, gt=0)
    line_noise_ratio: float = Field(0.5, gt=0, lt=1)
    line_noise_uv: float = Field(20.0, gt=0)
    loose_uv: float = Field(1500.0, gt=0)


class ModelConfig(_Section):
    """Which network, or the line-length detector."""

    preset: Literal["vigil-13m", "stock-31m", "seizure-transformer", "small-cnn", "line-length"] = (
        "vigil-13m"
    )


class InferenceConfig(_Section):
    """How the network is run. None of this changes what is computed, up to rounding."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["float32", "tf32", "bfloat16"] = "float32"
    reference: bool = False
    threads: int = Field(1, ge=1, le=64)
    queue_windows: int = Field(6, ge=1, le=360)
    attribution_budget_s: float = Field(10.0, ge=0, le=600)

    @model_validator(mode="after")
    def _reference_is_exact(self) -> Self:
        if self.reference and (self.device == "cuda" or self.precision != "float32"):
            raise ValueError(
                "reference computes on the CPU in float32, "
                f"not with device = {self.device} and precision = {self.precision}"
            )
        return self


class RecordingSettings(_Section):
    """How a session is kept. None of this changes what is detected."""

    part_hours: float = Field(4.0, ge=0.01, le=168)
    part_mb: float = Field(1900.0, ge=1, le=1_000_000)
    reserve_mb: float = Field(200.0, ge=0, le=1_000_000)
    keep_days: float = Field(0.0, ge=0, le=36_500)
    keep_gb: float = Field(0.0, ge=0, le=1_000_000)


class Config(_Section):
    """Everything that can be set."""

    montage: MontageConfig = MontageConfig()
    conditioning: ConditioningConfig = ConditioningConfig()
    normalisation: NormalisationConfig = NormalisationConfig()
    windows: WindowsConfig = WindowsConfig()
    events: EventsConfig = EventsConfig()
    gaps: GapsConfig = GapsConfig()
    quality: QualityConfig = QualityConfig()
    model: ModelConfig = ModelConfig()
    inference: InferenceConfig = InferenceConfig()
    recording: RecordingSettings = RecordingSettings()

    @property
    def window_samples(self) -> int:
        return self.windows.window_s * self.conditioning.sfreq

    @property
    def stride_samples(self) -> int:
        return self.windows.stride_s * self.conditioning.sfreq

    @property
    def min_duration_samples(self) -> int:
        """Shortest event; an event of exactly this many samples is kept."""
        return round(self.events.min_duration_s * self.conditioning.sfreq)

    @property
    def hash(self) -> str:
        """SHA-256 over every setting that detection depends on, first 16 hex digits.

        How a session is kept, and how long alarms may be explained, changes no event.
        """
        settings = self.model_dump(mode="json", exclude={"recording"})
        del settings["inference"]["attribution_budget_s"]
        return _digest(settings)

    def network_settings(self) -> dict[str, Any]:
        """Return the settings that trained weights depend on.

        The mains frequency and the opt-in interpolation belong to the place of recording,
        ``inference`` and ``recording`` to the computer: weights hold for all of them.
        """
        settings = self.model_dump(mode="json", exclude={"inference", "recording"})
        del settings["conditioning"]["mains_hz"]
        del settings["montage"]["missing"]
        return settings

    @property
    def network_hash(self) -> str:
        """SHA-256 over :meth:`network_settings`, first 16 hex digits."""
        return _digest(self.network_settings())


def _digest(settings: dict[str, Any]) -> str:
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


Settings = TypeVar("Settings", bound=BaseModel)


def load_config(path: Path | None) -> Config:
    """Read a TOML file; None gives the defaults.

    Raises
    ------
    ConfigError
        Where the file cannot be read, is not TOML, has an unknown key or a bad value.
    """
    return Config() if path is None else parse_toml(path, Config)


def parse_toml(path: Path, schema: type[Settings]) -> Settings:
    """Read a TOML file into a frozen schema.

    Raises
    ------
    ConfigError
        Where the file cannot be read, is not TOML, has an unknown key or a bad value.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML ({error})") from error
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise ConfigError(f"{path}: unknown key {key}") from error
        reason = first["msg"].removeprefix("Value error, ")
        # our own validators name the value; pydantic's do not
        value = "" if first["type"] == "value_error" else f" (is {first['input']!r})"
        raise ConfigError(f"{path}: {key}: {reason}{value}") from error
