"""Activations of every layer, seen by forward hooks and streamed to disk."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from core.errors import VigilError
from core.model.network import SeizureNetwork
from core.model.shallow_cnn import ShallowCnn
from core.types import FloatArray

__all__ = ["Activations", "Piece", "Recorder", "layers_of", "open_activations"]

_MAX_FEATURES = 512
_MAX_BINS = 8
_FEATURES, _UNITS, _DENSITY = "features", "units", "density"


@dataclass(frozen=True, slots=True)
class Piece:
    """Where a segment lies in a batch: row, and samples ``[start, stop)`` of the input."""

    row: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True, eq=False)
class Activations:
    """What one layer did on every segment; arrays are mapped from disk.

    Attributes
    ----------
    features : (n, n_channels * n_bins) float32
        Activation averaged over equal parts of the segment.
    units : (n, n_channels) float32
        Averaged over the whole segment.
    density : (n, 2) float32
        Over the segment's samples: mean share of units that are active (above 0), and mean
        population sparseness of Treves and Rolls.
    """

    features: FloatArray
    units: FloatArray
    density: FloatArray


def layers_of(network: nn.Module) -> dict[str, nn.Module]:
    """Name the layers that are recorded, in the order in which the signal passes them.

    Raises
    ------
    VigilError
        Where the network is of a kind that has none.
    """
    match network:
        case ShallowCnn():
            return network.layers()
        case SeizureNetwork():
            parts = [("encoder", network.encoder), ("rescnn", network.rescnn)]
            stack = network.get_submodule("mamba") if hasattr(network, "mamba") else None
            if isinstance(stack, nn.Sequential):
                parts.append(("mamba", stack))
            parts.append(("decoder", network.decoder))
            return {
                f"{name}{k}": layer
                for name, part in parts
                for k, layer in enumerate(part.children(), start=1)
            }
    raise VigilError(f"{type(network).__name__} has no layers to record")


class Recorder:
    """Write what the layers of a network do into a folder, batch by batch.

    Memory holds one batch; the arrays grow on disk, so that a set may be larger than memory.

    Parameters
    ----------
    network
        In evaluation mode. Hooks are put on and taken off again by :meth:`run`.
    layers
        Of :func:`layers_of`. The input itself is recorded too, as ``input``, where no layer has
        that name.
    folder
        Made where it is missing.
    n_segments
        How many will come.
    """

    def __init__(
        self, network: nn.Module, layers: Mapping[str, nn.Module], folder: Path, n_segments: int
    ) -> None:
        self._network, self._layers = network, dict(layers)
        self._folder, self._n_segments = folder, n_segments
        self._arrays: dict[str, npt.NDArray[np.float32]] = {}
        self._n_done = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise VigilError(f"{folder}: cannot be made ({error.strerror})") from error

    def run(self, batches: Iterable[tuple[FloatArray, Sequence[Piece]]]) -> None:
        """Pass batches through the network.

        Parameters
        ----------
        batches
            Windows (B, 19, L) and the segments in each batch.

        Raises
        ------
        ValueError
            Where there are more or fewer segments than announced.
        """
        seen: dict[str, Tensor] = {}
        with ExitStack() as hooks, torch.inference_mode():
            for name, layer in self._layers.items():
                hooks.callback(layer.register_forward_hook(_keeper(name, seen)).remove)
            for data, pieces in batches:
                x = torch.from_numpy(data)
                self._network(x)
                for name, output in {"input": x, **seen}.items():
                    self._take(name, output, pieces, x.shape[-1])
                seen.clear()
                self._n_done += len(pieces)
        if self._n_done != self._n_segments:
            raise ValueError(f"{self._n_done} segments were recorded, not {self._n_segments}")
        for array in self._arrays.values():
            assert isinstance(array, np.memmap)
            array.flush()
        self._arrays.clear()

    def _take(self, name: str, output: Tensor, pieces: Sequence[Piece], length: int) -> None:
        if output.dim() == 2:
            output = output.unsqueeze(-1)  # a dense layer: one value a segment
        n_channels, n_columns = output.shape[1:]
        rows: dict[str, list[Tensor]] = {_FEATURES: [], _UNITS: [], _DENSITY: []}
        for piece in pieces:
            first = piece.start * n_columns // length
            stop = max(first + 1, piece.stop * n_columns // length)
            activity = output[piece.row, :, first:stop].float()  # (n_channels, n_columns)
            # The raw signal averages to nothing: its features are samples, not means.
            limit = 4 * _MAX_FEATURES if name == "input" else _MAX_FEATURES
            most = 128 if name == "input" else _MAX_BINS
            n_bins = min(most, max(1, limit // n_channels), stop - first)
            binned = nn.functional.adaptive_avg_pool1d(activity.unsqueeze(0), n_bins)[0]
            rows[_FEATURES].append(binned.flatten())
            rows[_UNITS].append(activity.mean(1))
            rows[_DENSITY].append(_density(activity))
        for kind, values in rows.items():
            block = torch.stack(values).numpy()
            key = f"{name}-{kind}"
            if key not in self._arrays:
                shape = (self._n_segments, block.shape[1])
                self._arrays[key] = np.lib.format.open_memmap(
                    self._folder / f"{key}.npy", mode="w+", dtype=np.float32, shape=shape
                )
            self._arrays[key][self._n_done : self._n_done + len(block)] = block


def open_activations(folder: Path, layer: str) -> Activations:
    """Map what was recorded of a layer.

    Raises
    ------
    VigilError
        Where nothing was.
    """
    try:
        arrays = [
            np.load(folder / f"{layer}-{kind}.npy", mmap_mode="r", allow_pickle=False)
            for kind in (_FEATURES, _UNITS, _DENSITY)
        ]
    except (OSError, ValueError) as error:
        raise VigilError(f"{folder}: holds no activations of {layer}") from error
    return Activations(*arrays)


def _keeper(name: str, seen: dict[str, Tensor]) -> Any:
    def keep(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        seen[name] = output

    return keep


def _density(activity: Tensor) -> Tensor:
    """Share of active units and population sparseness, (n_channels, n_columns) -> (2,).

    Sparseness is (1 - a) / (1 - 1/n) with a = mean(r)^2 / mean(r^2) (Rolls and Tovee 1995; Vinje
    and Gallant 2000): 0 where all units fire alike, 1 where one fires alone. What has no ReLU
    behind it is taken by its magnitude.
    """
    rates = activity.abs()
    power = rates.square().mean(0)
    alive = power > 0
    share = (activity > 0).float().mean()
    if not bool(alive.any()):
        return torch.stack([share, torch.ones(())])
    a = rates.mean(0)[alive].square() / power[alive]
    sparseness = ((1 - a) / (1 - 1 / len(activity))).mean()
    return torch.stack([share, sparseness])
