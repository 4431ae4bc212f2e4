"""From scores of electrodes to words: which dominate, where they lie, how fast they swing."""

from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy.signal import welch

from core.electrodes import ELECTRODES
from core.types import FloatArray

__all__ = ["REGIONS", "UNDETERMINED", "dominant_channels", "dominant_frequency_hz", "region_of"]

UNDETERMINED = "undetermined"
_AT_LEAST = 0.5
_MOST = 5
_ONE_SIDED = 2 / 3
_GENERALISED = 10
_SFREQ = 256
_BAND_HZ = (1.0, 30.0)
_SHORTEST_S = 1.0

Floats = npt.NDArray[np.float64]

REGIONS = MappingProxyType(
    {
        **dict.fromkeys(("Fp1", "F3", "Fz", "Fp2", "F4"), "frontal"),
        **dict.fromkeys(("F7", "F8"), "frontotemporal"),
        **dict.fromkeys(("T3", "T5", "T4", "T6"), "temporal"),
        **dict.fromkeys(("C3", "Cz", "C4"), "central"),
        **dict.fromkeys(("P3", "Pz", "P4"), "parietal"),
        **dict.fromkeys(("O1", "O2"), "occipital"),
    }
)
"""Region of each electrode, whatever the side."""


def dominant_channels(scores: Floats) -> tuple[str, ...]:
    """Name the electrodes that score at least half of what the best one does; five at most.

    Parameters
    ----------
    scores : (19,)
        Higher is more; NaN counts as nothing.
    """
    known = np.nan_to_num(np.asarray(scores, np.float64), nan=0.0)
    best = float(known.max())
    if best <= 0:
        return ()
    order = np.argsort(-known, kind="stable")
    return tuple(ELECTRODES[k] for k in order[:_MOST] if known[k] >= _AT_LEAST * best)


def region_of(scores: Floats) -> str:
    """Say where the score lies: side and region, ``midline``, ``bilateral`` or ``generalised``.

    A side is named where it holds two thirds of what both sides hold; ``generalised`` stands where
    at least 10 electrodes score half of the best.
    """
    known = np.clip(np.nan_to_num(np.asarray(scores, np.float64), nan=0.0), 0.0, None)
    if not known.any():
        return UNDETERMINED
    if int((known >= _AT_LEAST * known.max()).sum()) >= _GENERALISED:
        return "generalised"
    strong = np.where(known >= _AT_LEAST * known.max(), known, 0.0)
    regions: dict[str, float] = {}
    sides = {"left": 0.0, "right": 0.0, "midline": 0.0}
    for name, score in zip(ELECTRODES, strong.tolist(), strict=True):
        regions[REGIONS[name]] = regions.get(REGIONS[name], 0.0) + score
        sides[_side(name)] += score
    region = max(regions, key=lambda name: regions[name])
    lateral = sides["left"] + sides["right"]
    if sides["midline"] > lateral:
        return f"midline {region}"
    for side in ("left", "right"):
        if sides[side] >= _ONE_SIDED * lateral:
            return f"{side} {region}"
    return f"bilateral {region}"


def dominant_frequency_hz(data: FloatArray) -> float:
    """Strongest rhythm between 1 and 30 Hz.

    The spectrum is multiplied by the frequency: that of resting EEG falls as 1/f, and without it
    every peak would lie at the lower edge.

    Parameters
    ----------
    data : (n_channels, n_samples)
        The channels in question.

    Returns
    -------
    float
        NaN without a channel, without a second of signal, or where all of it is silent.
    """
    n_samples = data.shape[1]
    if not data.shape[0] or n_samples < _SHORTEST_S * _SFREQ:
        return float("nan")
    length = min(n_samples, 2 * _SFREQ)
    hz, power = welch(data, _SFREQ, nperseg=length, nfft=4 * _SFREQ, axis=1)
    tilted = np.asarray(power, np.float64).sum(axis=0) * hz
    inside = (hz >= _BAND_HZ[0]) & (hz <= _BAND_HZ[1])
    if not tilted[inside].any():
        return float("nan")
    return float(hz[inside][np.argmax(tilted[inside])])


def _side(name: str) -> str:
    if name.endswith("z"):
        return "midline"
    return "left" if int(name[-1]) % 2 else "right"
