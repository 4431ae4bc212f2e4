"""What a stream's description says: labels, units, and which channels are signal."""

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.electrodes import ELECTRODES, parse_electrode, parse_pair
from core.errors import StreamError
from core.io.selection import ACCEPTED_UNITS, microvolts_per_unit
from core.resample import MIN_SFREQ_HZ
from monitor.sources.channel_map import LEFT_OUT, ChannelMap
from monitor.sources.lsl_discovery import FoundStream

__all__ = ["MAX_SFREQ_HZ", "StreamLayout", "check_kind", "read_layout"]

MAX_SFREQ_HZ = 16_384.0
_FORMATS = ("float32", "double64", "int32", "int16")
_NO_LIMIT_UV = 1e12
_TRIGGER = re.compile(r"(STATUS|TRIG(GER)?S?|STIM?|STI ?\d*|EVENTS?|MARKERS?)")
_WORDS = {
    "nanovolts": "nV", "microvolts": "uV", "millivolts": "mV", "volts": "V",
    "nanovolt": "nV", "microvolt": "uV", "millivolt": "mV", "volt": "V",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class StreamLayout:
    """What the columns of a stream are.

    Attributes
    ----------
    ch_names
        Of the channels that are kept.
    columns
        Their places in the stream's samples.
    microvolts : (n_channels, 1) float64
        Microvolts in one of each channel's unit.
    sfreq
        Nominal rate, Hz.
    range_uv
        Lowest and highest values of the channels, from ``physical_min_uv`` and
        ``physical_max_uv`` in the description; None where no channel tells them.
    notes
        What was assumed or left out.
    """

    ch_names: tuple[str, ...]
    columns: tuple[int, ...]
    microvolts: npt.NDArray[np.float64]
    sfreq: float
    range_uv: tuple[tuple[float, ...], tuple[float, ...]] | None
    notes: tuple[str, ...]

    def difference(self, other: "StreamLayout") -> str:
        """Say what another layout has changed, in a few words; empty where nothing."""
        missing = [name for name in self.ch_names if name not in other.ch_names]
        added = [name for name in other.ch_names if name not in self.ch_names]
        if missing:
            return f"without {_some(missing)}"
        if added:
            return f"with {_some(added)} added"
        if self.ch_names != other.ch_names:
            return "with its channels in another order"
        if not np.array_equal(self.microvolts, other.microvolts):
            return "in another unit"
        return ""


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def check_kind(stream: FoundStream) -> None:
    """Refuse what cannot be EEG.

    Raises
    ------
    StreamError
        Where the stream carries text, comes irregularly, or too slowly or fast.
    """
    if stream.format == "string":
        raise StreamError(f"{stream}: carries text, not signal; give it with --markers")
    if stream.sfreq == 0:
        raise StreamError(f"{stream}: irregular; EEG needs a fixed sampling rate")
    if stream.format not in _FORMATS:
        raise StreamError(f"{stream}: format {stream.format}, must be one of {', '.join(_FORMATS)}")
    if not MIN_SFREQ_HZ <= stream.sfreq <= MAX_SFREQ_HZ:
        raise StreamError(
            f"{stream}: sampling rate is {stream.sfreq:g} Hz, must be {MIN_SFREQ_HZ:g} to "
            f"{MAX_SFREQ_HZ:g} Hz"
        )


def read_layout(stream: FoundStream, description: Any, names: ChannelMap | None) -> StreamLayout:
    """Read labels and units.

    Channels are chosen as in a recording: voltages, and those without a unit; triggers and what
    is measured in another unit are left out.

    Parameters
    ----------
    stream
        As announced.
    description
        pylsl's full description, with ``channels/channel/label`` and ``unit``.
    names
        What the user says about the channels, or None.

    Raises
    ------
    StreamError
        Where channels have no label, or an electrode a unit that is not a voltage.
    ConfigError
        Where the user's names do not fit.
    """
    labels, units = _labels_and_units(description, stream.n_channels)
    names = names or ChannelMap()
    names.check(labels)
    ch_names = [names.name(i, label) for i, label in enumerate(labels, 1)]
    unnamed = [str(i) for i, name in enumerate(ch_names, 1) if not name]
    if unnamed:
        which = (
            "no channel" if len(unnamed) == len(ch_names)
            else f"channel{'s' * (len(unnamed) > 1)} {', '.join(unnamed)} of {len(ch_names)} not"
        )  # fmt: skip
        raise StreamError(
            f"stream {stream.name}: {which} labelled; name them with --channels or --channel-map"
        )
    columns: list[int] = []
    microvolts: list[float] = []
    assumed: list[str] = []
    left_out: list[str] = []
    for i, (name, own_unit) in enumerate(zip(ch_names, units, strict=True)):
        unit = names.units.get(name) or names.unit or own_unit
        if name == LEFT_OUT:
            continue
        factor = microvolts_per_unit(_WORDS.get(unit.strip().lower(), unit)) if unit else 1.0
        if factor is None and _is_wanted(name):
            raise StreamError(
                f"stream {stream.name}: channel {name} has unit {unit!r}, must be one of "
                f"{ACCEPTED_UNITS}"
            )
        if factor is None or _TRIGGER.fullmatch(name.upper()):
            left_out.append(name)
            continue
        columns.append(i)
        microvolts.append(factor)
        if not unit:
            assumed.append(name)
    notes = []
    if assumed:
        which = "all channels" if len(assumed) == len(columns) else ", ".join(assumed)
        notes.append(f"no unit given for {which}: microvolts assumed")
    if left_out:
        notes.append(f"left out: {', '.join(left_out)}")
    return StreamLayout(
        ch_names=tuple(ch_names[i] for i in columns),
        columns=tuple(columns),
        microvolts=np.array(microvolts)[:, None],
        sfreq=stream.sfreq,
        range_uv=_ranges(description, columns),
        notes=tuple(notes),
    )


def _is_wanted(name: str) -> bool:
    return parse_electrode(name) in ELECTRODES or parse_pair(name) is not None


def _ranges(
    description: Any, columns: list[int]
) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    found: list[tuple[float, float]] = []
    channel = description.desc().child("channels").child("channel")
    while not channel.empty():
        try:
            low = float(channel.child_value("physical_min_uv"))
            high = float(channel.child_value("physical_max_uv"))
        except ValueError:
            low, high = math.nan, math.nan
        found.append((low, high))
        channel = channel.next_sibling("channel")
    ranges = [found[i] for i in columns] if len(found) > max(columns, default=0) else []
    # A channel that tells no range is never at its end.
    lows = tuple(low if low < high else -_NO_LIMIT_UV for low, high in ranges)
    highs = tuple(high if low < high else _NO_LIMIT_UV for low, high in ranges)
    return (lows, highs) if any(low > -_NO_LIMIT_UV for low in lows) else None


def _labels_and_units(description: Any, n_channels: int) -> tuple[list[str], list[str]]:
    labels, units = [""] * n_channels, [""] * n_channels
    channel = description.desc().child("channels").child("channel")
    for i in range(n_channels):
        if channel.empty():
            break
        labels[i] = channel.child_value("label").strip()
        units[i] = channel.child_value("unit").strip()
        channel = channel.next_sibling("channel")
    return labels, units
