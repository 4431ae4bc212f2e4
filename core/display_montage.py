"""Montages for reading: what the eye gets is derived from the 19 electrodes of the detector.

The built-in ones follow the American Clinical Neurophysiology Society's guideline on montages
(2016), without the ear electrodes, which the detector does not have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from core.config import parse_toml
from core.electrodes import ELECTRODES, parse_electrode, parse_pair
from core.errors import ConfigError, MontageError

__all__ = ["AVERAGE", "MAX_ROWS", "DisplayMontage", "built_in_montages", "load_montages"]

AVERAGE = "AVG"
"""What stands for the mean of all electrodes behind the hyphen of a channel."""

MAX_ROWS = 32
"""Most channels of a montage of one's own; more could not be read on a screen."""

_BIPOLAR = {
    "Longitudinal bipolar": (
        "Fp1-F7 F7-T3 T3-T5 T5-O1",
        "Fp1-F3 F3-C3 C3-P3 P3-O1",
        "Fz-Cz Cz-Pz",
        "Fp2-F4 F4-C4 C4-P4 P4-O2",
        "Fp2-F8 F8-T4 T4-T6 T6-O2",
    ),
    "Transverse": (
        "F7-Fp1 Fp1-Fp2 Fp2-F8",
        "F7-F3 F3-Fz Fz-F4 F4-F8",
        "T3-C3 C3-Cz Cz-C4 C4-T4",
        "T5-P3 P3-Pz Pz-P4 P4-T6",
        "T5-O1 O1-O2 O2-T6",
    ),
    "Circumferential": (
        "O1-T5 T5-T3 T3-F7 F7-Fp1",
        "Fp1-Fp2",
        "Fp2-F8 F8-T4 T4-T6 T6-O2",
        "O2-O1",
        "Pz-P3 P3-C3 C3-F3 F3-Fz",
        "Fz-F4 F4-C4 C4-P4 P4-Pz",
    ),
}

# Hjorth's (1975) source derivation: each electrode against the mean of those around it.
_NEIGHBOURS = {
    "Fp1": "Fp2 F3 F7", "F3": "Fp1 F7 C3 Fz", "C3": "F3 T3 P3 Cz", "P3": "C3 T5 O1 Pz",
    "F7": "Fp1 F3 T3", "T3": "F7 C3 T5", "T5": "T3 P3 O1", "O1": "T5 P3 O2",
    "Fz": "F3 F4 Cz", "Cz": "Fz C3 C4 Pz", "Pz": "P3 P4 Cz",
    "Fp2": "Fp1 F4 F8", "F4": "Fp2 F8 C4 Fz", "C4": "F4 T4 P4 Cz", "P4": "C4 T6 O2 Pz",
    "F8": "Fp2 F4 T4", "T4": "F8 C4 T6", "T6": "T4 P4 O2", "O2": "T6 P4 O1",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class DisplayMontage:
    """How the rows on the screen follow from the 19 electrodes.

    Attributes
    ----------
    name
        To choose it by.
    labels
        Of the rows, top to bottom.
    weights : (n_rows, 19) float32
        Rows = weights @ electrodes.
    electrodes
        For each row the electrodes it is made of, whose signal quality is that of the row. The
        common average is not counted: one bad electrode would mark every row.
    chain_starts
        Rows at which another chain of electrodes begins; the first row is not among them.
    """

    name: str
    labels: tuple[str, ...]
    weights: npt.NDArray[np.float32]
    electrodes: tuple[tuple[str, ...], ...]
    chain_starts: tuple[int, ...] = ()

    @property
    def n_rows(self) -> int:
        return len(self.labels)

    def uses(self) -> npt.NDArray[np.bool_]:
        """Return ``(n_rows, 19)``: which electrodes each row is made of."""
        return np.array([[name in row for name in ELECTRODES] for row in self.electrodes])


@cache
def built_in_montages() -> tuple[DisplayMontage, ...]:
    """Return referential, common average, three bipolar ones and the Laplacian, in this order."""
    sides = (8, 11)
    bipolar = []
    for name, chains in _BIPOLAR.items():
        lengths = [len(chain.split()) for chain in chains]
        rows = [label for chain in chains for label in chain.split()]
        starts = tuple(int(start) for start in np.cumsum(lengths)[:-1])
        bipolar.append(_montage(name, rows, starts))
    return (
        _montage("Referential", ELECTRODES, sides),
        _montage("Common average", [f"{name}-{AVERAGE}" for name in ELECTRODES], sides),
        *bipolar,
        _laplacian(sides),
    )


class _OwnMontage(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[str, ...] = Field(min_length=1, max_length=MAX_ROWS)


class _MontageFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    montage: dict[str, _OwnMontage]


def load_montages(path: Path) -> tuple[DisplayMontage, ...]:
    """Read montages of one's own, ``[montage.NAME] channels = ["Fp1-F3", "Cz", "O1-AVG"]``.

    A channel is the difference of two of the 19 electrodes, one electrode against the common
    average (``AVG``), or one electrode as it was recorded.

    Raises
    ------
    ConfigError
        Where the file cannot be read, or a channel cannot be made from the 19 electrodes.
    """
    own = []
    taken = {montage.name.casefold() for montage in built_in_montages()}
    for name, section in parse_toml(path, _MontageFile).montage.items():
        if name.casefold() in taken:
            raise ConfigError(f"{path}: montage.{name}: there already is a montage of this name")
        taken.add(name.casefold())
        try:
            own.append(_montage(name, section.channels))
        except MontageError as error:
            raise ConfigError(f"{path}: montage.{name}: {error}") from error
    return tuple(own)


def _montage(
    name: str, channels: Sequence[str], chain_starts: tuple[int, ...] = ()
) -> DisplayMontage:
    weights = np.zeros((len(channels), len(ELECTRODES)))
    electrodes = []
    labels = []
    for row, channel in enumerate(channels):
        anode, cathode = _ends(channel)
        weights[row, ELECTRODES.index(anode)] += 1.0
        if cathode == AVERAGE:
            weights[row] -= 1.0 / len(ELECTRODES)
        elif cathode:
            weights[row, ELECTRODES.index(cathode)] -= 1.0
        electrodes.append((anode, cathode) if cathode in ELECTRODES else (anode,))
        labels.append(f"{anode}-{cathode}" if cathode else anode)
    if len(set(labels)) < len(labels):
        doubled = next(label for label in labels if labels.count(label) > 1)
        raise MontageError(f"channel {doubled} is named twice")
    return DisplayMontage(
        name, tuple(labels), weights.astype(np.float32), tuple(electrodes), chain_starts
    )


def _ends(channel: str) -> tuple[str, str]:
    """Return anode and cathode; the latter empty for a channel as recorded, or ``AVG``."""
    stem, hyphen, last = channel.strip().rpartition("-")
    if hyphen and last.strip().upper() == AVERAGE:
        pair = (parse_electrode(stem) or "", AVERAGE)
    elif hyphen:
        pair = parse_pair(channel) or ("", "")
    else:
        pair = (parse_electrode(channel) or "", "")
    if pair[0] not in ELECTRODES or pair[1] not in (*ELECTRODES, AVERAGE, ""):
        raise MontageError(
            f'channel "{channel}" is not made of two of the electrodes {", ".join(ELECTRODES)}'
        )
    return pair


def _laplacian(chain_starts: tuple[int, ...]) -> DisplayMontage:
    weights = np.zeros((len(ELECTRODES), len(ELECTRODES)))
    electrodes = []
    for row, name in enumerate(ELECTRODES):
        around = _NEIGHBOURS[name].split()
        weights[row, row] = 1.0
        weights[row, [ELECTRODES.index(other) for other in around]] = -1.0 / len(around)
        electrodes.append((name, *around))
    labels = tuple(f"{name}-Lap" for name in ELECTRODES)
    return DisplayMontage(
        "Laplacian", labels, weights.astype(np.float32), tuple(electrodes), chain_starts
    )
