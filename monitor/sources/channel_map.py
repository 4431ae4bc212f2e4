"""Names and units for the channels of a stream that does not tell them itself."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from core.errors import ConfigError

__all__ = ["LEFT_OUT", "ChannelMap"]

LEFT_OUT = "-"
"""In place of a name: the channel is no EEG and is left out."""


@dataclass(frozen=True, slots=True)
class ChannelMap:
    """What the user says about a stream's channels; it overrides what the stream says.

    Attributes
    ----------
    names
        Names of all channels in order; None where single channels are renamed.
    renamed
        From the stream's own label, or the channel's number from 1, to a name.
    unit
        Unit of all channels; None leaves it to the stream.
    units
        Units of single channels, by name.
    origin
        Where this was written, for messages.
    """

    names: tuple[str, ...] | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    origin: str = "--channels"

    @classmethod
    def from_list(cls, text: str) -> Self:
        """Read names separated by commas; an empty one leaves its channel out."""
        return cls(names=tuple(name.strip() or LEFT_OUT for name in text.split(",")))

    @classmethod
    def from_toml(cls, path: Path) -> Self:
        """Read a file with ``channels`` (a list, or a table), ``unit`` and ``[units]``.

        Raises
        ------
        ConfigError
            Where the file cannot be read, is not TOML, or has an unknown key.
        """
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: not valid TOML ({error})") from error
        for key in values:
            if key not in ("channels", "unit", "units"):
                raise ConfigError(f"{path}: unknown key {key}, must be channels, unit or units")
        channels, unit = values.get("channels", {}), values.get("unit")
        if unit is not None and not isinstance(unit, str):
            raise ConfigError(f"{path}: unit: must be a text such as 'uV', not {unit!r}")
        units = _texts(path, "units", values.get("units", {}))
        if isinstance(channels, list):
            names = tuple(_texts(path, "channels", dict(enumerate(channels, 1))).values())
            return cls(names=names, unit=unit, units=units, origin=str(path))
        renamed = _texts(path, "channels", channels)
        return cls(renamed=renamed, unit=unit, units=units, origin=str(path))

    def name(self, number: int, label: str) -> str:
        """Return the name of a channel, which the stream calls ``label``."""
        if self.names is not None:
            return self.names[number - 1]
        return self.renamed.get(label) or self.renamed.get(str(number)) or label

    def check(self, labels: Sequence[str]) -> None:
        """Compare with the stream's channels.

        Raises
        ------
        ConfigError
            Where the number of names differs, or a channel is renamed that is not there.
        """
        if self.names is not None and len(self.names) != len(labels):
            raise ConfigError(
                f"{self.origin}: names {len(self.names)} channels, the stream has {len(labels)}"
            )
        numbers = {str(number) for number in range(1, len(labels) + 1)}
        for key in self.renamed:
            if key not in labels and key not in numbers:
                raise ConfigError(f"{self.origin}: the stream has no channel {key!r}")


def _texts(path: Path, key: str, values: Any) -> dict[str, str]:
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: {key}: must be a table, not {values!r}")
    for name, value in values.items():
        if not isinstance(value, str):
            raise ConfigError(f"{path}: {key}: {name}: must be a text, not {value!r}")
    return {str(name): value.strip() or LEFT_OUT for name, value in values.items()}
