"""The electrodes of the international 10-20 system: order, names, places."""

import numpy as np
import numpy.typing as npt

__all__ = [
    "ELECTRODES",
    "KNOWN_ELECTRODES",
    "electrode_positions",
    "map_positions",
    "parse_electrode",
    "parse_pair",
]

ELECTRODES = (
    "Fp1", "F3", "C3", "P3", "F7", "T3", "T5", "O1", "Fz", "Cz", "Pz",
    "Fp2", "F4", "C4", "P4", "F8", "T4", "T6", "O2",
)  # fmt: skip
"""The 19 channels of the detector, in its order."""

_EXTRA = ("FT9", "FT10", "T1", "T2", "Oz", "Fpz")
_SYNONYMS = {"T7": "T3", "T8": "T4", "P7": "T5", "P8": "T6"}
_BY_UPPER_CASE = {name.upper(): name for name in (*ELECTRODES, *_EXTRA)}
_BY_UPPER_CASE |= _SYNONYMS
KNOWN_ELECTRODES = frozenset((*ELECTRODES, *_EXTRA))
"""Electrodes that may be ends of a bipolar channel."""

_REFERENCES = frozenset(
    ["REF", "LE", "AVG", "AVE", "AV", "AR", "CAR", "A1", "A2", "A1A2", "A1+A2", "M1", "M2", "M1M2"]
)

# Polar angle from the vertex and azimuth from the right ear towards the nose, in degrees: the
# idealised sphere of the 10-20 system, where the outer ring lies 90 degrees from the vertex.
_ANGLES_DEG = {
    "Fp1": (90, 108), "Fp2": (90, 72), "F7": (90, 144), "F8": (90, 36), "T3": (90, 180),
    "T4": (90, 0), "T5": (90, 216), "T6": (90, 324), "O1": (90, 252), "O2": (90, 288),
    "Fz": (45, 90), "Cz": (0, 0), "Pz": (45, 270), "C3": (45, 180), "C4": (45, 0),
    "F3": (60, 129), "F4": (60, 51), "P3": (60, 231), "P4": (60, 309),
}  # fmt: skip


def parse_electrode(ch_name: str) -> str | None:
    """Return the electrode that a referential channel records, or None where it is none.

    Case, an ``EEG `` prefix and a suffix that names a reference (``-REF``, ``-LE``, ``-A1`` ...)
    do not matter; T7, T8, P7 and P8 are the modern names of T3, T4, T5 and T6.
    """
    name, _, reference = _bare(ch_name).partition("-")
    if reference and reference not in _REFERENCES:
        return None
    return _BY_UPPER_CASE.get(name)


def parse_pair(ch_name: str) -> tuple[str, str] | None:
    """Return the two electrodes of a bipolar channel such as ``FP1-F7``, or None."""
    anode, _, cathode = _bare(ch_name).partition("-")
    # Some readers tell doubled channels apart by a running number: T8-P8-0, T8-P8-1.
    cathode = cathode.removesuffix("-0").removesuffix("-1")
    first, second = _BY_UPPER_CASE.get(anode), _BY_UPPER_CASE.get(cathode)
    if first is None or second is None or first == second:
        return None
    return first, second


def electrode_positions() -> npt.NDArray[np.float64]:
    """Return unit vectors ``(19, 3)``: x to the right, y to the nose, z to the vertex."""
    polar, azimuth = np.deg2rad([_ANGLES_DEG[name] for name in ELECTRODES]).T
    return np.stack(
        [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], axis=1
    )


def map_positions() -> npt.NDArray[np.float64]:
    """Return places on a flat map of the head, ``(19, 2)``: x to the right, y to the nose.

    The angle from the vertex becomes the distance from the middle; the outer ring has radius 1.
    """
    polar, azimuth = np.array([_ANGLES_DEG[name] for name in ELECTRODES], np.float64).T
    distance, azimuth = polar / 90, np.deg2rad(azimuth)
    return np.stack([distance * np.cos(azimuth), distance * np.sin(azimuth)], axis=1)


def _bare(ch_name: str) -> str:
    name = ch_name.strip().upper()
    return name.removeprefix("EEG").strip().replace(" ", "")
