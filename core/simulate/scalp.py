"""Where the 19 electrodes sit, and how far a source reaches on the scalp."""

import numpy as np
import numpy.typing as npt

from core.electrodes import ELECTRODES, electrode_positions

__all__ = [
    "CH_NAMES",
    "POSITIONS",
    "channel_index",
    "distances",
    "mirror",
    "mixing_matrix",
    "point",
    "reach",
]

Signal = npt.NDArray[np.float64]

CH_NAMES: tuple[str, ...] = ELECTRODES
"""The 19 electrodes in the order of the montage."""

POSITIONS: Signal = electrode_positions()
"""(19, 3) positions on the unit sphere: right, front, up."""


def point(polar_deg: float, azimuth_deg: float) -> Signal:
    """Return a point of the unit sphere as (right, front, up)."""
    polar, azimuth = np.deg2rad([polar_deg, azimuth_deg])
    return np.array(
        [np.sin(polar) * np.sin(azimuth), np.sin(polar) * np.cos(azimuth), np.cos(polar)]
    )


def channel_index(name: str) -> int:
    """Row of an electrode."""
    return CH_NAMES.index(name)


def mirror(name: str) -> str:
    """Return the electrode at the same place of the other hemisphere."""
    flipped = POSITIONS[channel_index(name)] * (-1, 1, 1)
    return CH_NAMES[int(np.argmin(np.linalg.norm(POSITIONS - flipped, axis=1)))]


def distances() -> Signal:
    """(19, 19) straight distances between the electrodes; the head's radius is 1."""
    apart: Signal = np.sqrt(np.sum((POSITIONS[:, None] - POSITIONS[None]) ** 2, axis=2))
    return apart


def reach(centre: Signal, width: float) -> Signal:
    """(19,) Gaussian weight of a source at ``centre`` on every electrode, 1 at the source."""
    squared = np.sum((POSITIONS - centre) ** 2, axis=1)
    weights: Signal = np.exp(-squared / (2 * width**2))
    return weights


def mixing_matrix(width: float) -> Signal:
    """(19, 19) matrix that gives independent unit noise a Gaussian spatial correlation.

    Parameters
    ----------
    width
        Distance, in head radii, at which the correlation has fallen to exp(-1/2).
    """
    correlation = np.exp(-(distances() ** 2) / (2 * width**2))
    # Wide kernels are almost singular; a little independent noise keeps the root real.
    correlation += 1e-6 * np.eye(len(correlation))
    root: Signal = np.asarray(np.linalg.cholesky(correlation / (1 + 1e-6)), dtype=np.float64)
    return root
