"""From the source's channels to the 19 electrodes of the detector."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.special import eval_legendre

from core.config import MontageConfig
from core.electrodes import ELECTRODES, electrode_positions, parse_electrode, parse_pair
from core.errors import MontageError, SignalError
from core.types import BoolArray, Chunk

__all__ = ["ELECTRODES", "MAX_INTERPOLATED", "Montage", "MontagePlan", "plan_montage"]

MAX_INTERPOLATED = 3
"""Most electrodes that ``missing = "interpolate"`` may fill in."""

Key = TypeVar("Key", bound=Hashable)

_MIDLINE_NEIGHBOURS = ("F3", "F4", "C3", "C4", "P3", "P4")


@dataclass(frozen=True, slots=True, eq=False)
class MontagePlan:
    """How the 19 electrodes follow from the source.

    Attributes
    ----------
    source_channels
        Indices of the source's channels that are used.
    weights : (19, n_used) float64
        Electrode potentials = weights @ used channels.
    depends : (19, n_used) bool
        Which used channels an electrode is directly measured by: where one of them is invalid,
        the electrode is.
    doubled
        Pairs of source channels of the same name; they must have the same content.
    notes
        What was done beyond picking channels, for log and display.
    """

    source_channels: tuple[int, ...]
    weights: npt.NDArray[np.float64]
    depends: BoolArray
    doubled: tuple[tuple[int, int], ...]
    notes: tuple[str, ...]


def plan_montage(ch_names: Sequence[str], config: MontageConfig) -> MontagePlan:
    """Work out how the 19 electrodes follow from the channels at hand.

    Parameters
    ----------
    ch_names
        The source's channel names.
    config
        Reference, and what to do about missing electrodes.

    Raises
    ------
    MontageError
        Where an electrode is missing (and may not be interpolated).
    """
    referential, doubled = _first_of_each([parse_electrode(name) for name in ch_names])
    bipolar, doubled_pairs = _first_of_each([parse_pair(name) for name in ch_names])
    notes: list[str] = []
    used = {name: i for name, i in referential.items() if name in ELECTRODES}
    if len(used) >= len(ELECTRODES) - MAX_INTERPOLATED or not bipolar:
        channels = tuple(used.values())
        weights = np.zeros((len(ELECTRODES), len(channels)))
        for column, name in enumerate(used):
            weights[ELECTRODES.index(name), column] = 1.0
        depends = weights != 0
    else:
        doubled = doubled_pairs
        pairs = list(bipolar)
        channels = tuple(bipolar.values())
        weights = _electrodes_from_differences(pairs)
        depends = np.array([[name in pair for pair in pairs] for name in ELECTRODES])
        notes.append(f"electrode potentials derived from {len(pairs)} bipolar channels")
    doubled = [pair for pair in doubled if pair[0] in channels]
    present = depends.any(axis=1)
    missing = [name for name, known in zip(ELECTRODES, present, strict=True) if not known]
    if missing:
        _check_missing(missing, config, ch_names)
        interpolation = _interpolation_weights(present)
        weights[~present] = interpolation @ weights[present]
        depends[~present] = weights[~present] != 0
        notes.append(f"interpolated: {', '.join(missing)}")
    if config.reference == "average":
        weights = weights - weights.mean(axis=0, keepdims=True)
    return MontagePlan(channels, weights, depends, tuple(doubled), tuple(notes))


class Montage:
    """Apply a :class:`MontagePlan` to the stream.

    Parameters
    ----------
    plan
        Weights.
    ch_names
        The source's channel names, for messages.
    sfreq
        The source's rate, for messages.
    """

    def __init__(self, plan: MontagePlan, ch_names: Sequence[str], sfreq: float) -> None:
        self._plan = plan
        self._ch_names = tuple(ch_names)
        self._sfreq = sfreq

    def push(self, item: Chunk) -> list[Chunk]:
        """Take source channels; return the 19 electrodes.

        Raises
        ------
        MontageError
            Where the chunk has another number of channels than named, or doubled channels differ.
        SignalError
            Where a sample is not a number.
        """
        if item.data.shape[0] != len(self._ch_names):
            raise MontageError(
                f"{item.data.shape[0]} channels arrived where {len(self._ch_names)} were announced"
            )
        if item.n_samples == 0:
            return []
        self._check(item)
        plan = self._plan
        # One channel after the other: the sum is rounded in the same order for any chunk size,
        # which a matrix product does not promise.
        electrodes = np.zeros((len(ELECTRODES), item.n_samples))
        for column, channel in enumerate(plan.source_channels):
            electrodes += plan.weights[:, column, None] * item.data[channel].astype(np.float64)
        valid = None
        if item.valid is not None:
            invalid = ~item.valid[list(plan.source_channels)]
            valid = ~(plan.depends.astype(np.uint8) @ invalid.astype(np.uint8) > 0)
        return [Chunk(electrodes.astype(np.float32), item.start_sample, valid)]

    def flush(self) -> list[Chunk]:
        return []

    def reset(self) -> None:
        """Nothing is carried from chunk to chunk."""

    def _check(self, item: Chunk) -> None:
        used = item.data[list(self._plan.source_channels)]
        if not np.isfinite(used).all():
            row, column = np.argwhere(~np.isfinite(used))[0]
            name = self._ch_names[self._plan.source_channels[row]]
            at_s = (item.start_sample + int(column)) / self._sfreq
            raise SignalError(
                f"channel {name}: value {used[row, column]} at {at_s:.3f} s is not a number"
            )
        for first, second in self._plan.doubled:
            if not np.array_equal(item.data[first], item.data[second]):
                raise MontageError(
                    f"channels {self._ch_names[first]} (no. {first + 1}) and "
                    f"{self._ch_names[second]} (no. {second + 1}) are the same electrode "
                    "with different content"
                )


def _first_of_each(keys: Sequence[Key | None]) -> tuple[dict[Key, int], list[tuple[int, int]]]:
    """Index the first channel of every name; list later ones of the same name."""
    first: dict[Key, int] = {}
    doubled = []
    for i, key in enumerate(keys):
        if key is None:
            continue
        if key in first:
            doubled.append((first[key], i))
        else:
            first[key] = i
    return first, doubled


def _check_missing(missing: list[str], config: MontageConfig, ch_names: Sequence[str]) -> None:
    names = ", ".join(missing)
    if config.missing == "error":
        raise MontageError(
            f"missing electrode{'s' * (len(missing) > 1)}: {names} "
            f"(the {len(ch_names)} channels are {', '.join(ch_names)})"
        )
    if len(missing) > MAX_INTERPOLATED:
        raise MontageError(
            f"{len(missing)} electrodes missing ({names}); "
            f"at most {MAX_INTERPOLATED} can be interpolated"
        )


def _electrodes_from_differences(pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
    """Return ``(19, n_pairs)`` weights: the minimum-norm potentials that give the differences.

    Each linked group of electrodes has mean zero. A group of midline electrodes only is shifted
    so that its mean agrees with the mean of its lateral neighbours, which no difference ties
    it to.
    """
    names = sorted({name for pair in pairs for name in pair})
    differences = np.zeros((len(pairs), len(names)))
    for row, (anode, cathode) in enumerate(pairs):
        differences[row, names.index(anode)] = 1.0
        differences[row, names.index(cathode)] = -1.0
    potentials = np.linalg.pinv(differences)
    midline = [i for i, name in enumerate(names) if name.endswith("z")]
    tied = differences[:, midline].any(axis=1) & np.delete(differences, midline, axis=1).any(axis=1)
    neighbours = [names.index(name) for name in _MIDLINE_NEIGHBOURS if name in names]
    if midline and neighbours and not tied.any():
        shift = potentials[neighbours].mean(axis=0) - potentials[midline].mean(axis=0)
        potentials[midline] += shift
    weights = np.zeros((len(ELECTRODES), len(pairs)))
    for row, name in enumerate(ELECTRODES):
        if name in names:
            weights[row] = potentials[names.index(name)]
    # the pseudo-inverse leaves dust where a channel has no say
    weights[np.abs(weights) < 1e-12] = 0.0
    return weights


def _interpolation_weights(present: BoolArray) -> npt.NDArray[np.float64]:
    """Return spherical spline weights ``(n_missing, n_present)`` (Perrin et al. 1989).

    Order 4 and 50 Legendre terms, ridge 1e-5, as is usual in EEG packages.
    """
    positions = electrode_positions()
    known, unknown = positions[present], positions[~present]

    def spline(cosine: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        total = np.zeros_like(cosine)
        for n in range(1, 51):
            total += (2 * n + 1) / (n * (n + 1)) ** 4 * eval_legendre(n, cosine)
        return total / (4 * np.pi)

    n_known = len(known)
    system = np.ones((n_known + 1, n_known + 1))
    system[:n_known, :n_known] = spline(known @ known.T) + 1e-5 * np.eye(n_known)
    system[n_known, n_known] = 0.0
    evaluate = np.hstack([spline(unknown @ known.T), np.ones((len(unknown), 1))])
    return np.asarray((evaluate @ np.linalg.pinv(system))[:, :n_known])
