"""Trained weights on disk: one ``safetensors`` file that says what it was trained for.

The file's metadata holds the preset, the configuration's settings that the weights depend on, and
the calibration. Weights that disagree with the configuration at hand are never loaded.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from core.config import Config
from core.errors import CheckpointError
from core.model.detection_network import DetectionNetwork
from core.model.network import build_network

__all__ = ["Calibration", "CheckpointInfo", "StorageType", "load_checkpoint", "save_checkpoint"]

FORMAT = "vigil-weights"
FORMAT_VERSION = 1
MAX_NAMED_DIFFERENCES = 3

StorageType = Literal["float32", "float16"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns logits into probabilities: ``sigmoid(logit / temperature + bias)``."""

    temperature: float = 1.0
    bias: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise ValueError(f"temperature must be finite and above 0, not {self.temperature}")
        if not math.isfinite(self.bias):
            raise ValueError(f"bias must be finite, not {self.bias}")


@dataclass(frozen=True, slots=True)
class CheckpointInfo:
    """What a weights file says about itself.

    Attributes
    ----------
    path
        The file.
    sha256
        Of the whole file, 64 hex digits.
    preset
        Name of the network.
    network_hash
        Of the settings that it was trained with, as in :attr:`core.config.Config.network_hash`.
    calibration
        For the engine.
    storage
        Number format of the weights in the file; in memory they are float32.
    """

    path: Path
    sha256: str
    preset: str
    network_hash: str
    calibration: Calibration
    storage: StorageType

    @property
    def weights(self) -> str:
        """Identity of the weights: file name and 12 digits of the hash."""
        return f"{self.path.name} {self.sha256[:12]}"


def save_checkpoint(
    path: Path,
    network: DetectionNetwork,
    config: Config,
    calibration: Calibration | None = None,
    dtype: StorageType = "float32",
) -> None:
    """Write a network's weights; the file appears complete or not at all.

    Parameters
    ----------
    path
        The file to write, by habit ``*.safetensors``.
    network
        Of the preset that the configuration names.
    config
        What the network was trained with.
    calibration
        None: logits are used as they are.
    dtype
        Number format in the file.

    Raises
    ------
    CheckpointError
        Where the network is another preset than the configuration's, a weight is not finite (in
        this number format), or the file cannot be written.
    """
    preset = network.preset.name
    if preset != config.model.preset:
        raise CheckpointError(
            f"{path}: the network is {preset}, model.preset is {config.model.preset}"
        )
    tensors = {
        name: tensor.detach().to("cpu", _stored(tensor, dtype)).contiguous()
        for name, tensor in network.state_dict().items()
    }
    for name, tensor in tensors.items():
        _check_finite(path, name, tensor)
    metadata = {
        "format": FORMAT,
        "format_version": str(FORMAT_VERSION),
        "preset": preset,
        "settings": json.dumps(config.network_settings(), sort_keys=True),
        "network_hash": config.network_hash,
        "calibration": json.dumps(asdict(calibration or Calibration())),
        "dtype": dtype,
    }
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(_reproducible(safetensors.torch.save(tensors, metadata)))
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise CheckpointError(f"{path}: cannot be written ({error.strerror})") from error


def load_checkpoint(path: Path, config: Config) -> tuple[DetectionNetwork, CheckpointInfo]:
    """Read a network's weights.

    Parameters
    ----------
    path
        A file of :func:`save_checkpoint`.
    config
        What the network is going to be used with.

    Returns
    -------
    network
        On the CPU, float32, in training mode as every new module.
    info
        What the file says about itself.

    Raises
    ------
    CheckpointError
        Where the file cannot be read, is not of this kind, was made for another preset or other
        settings, or its tensors are not those of the network.
    """
    # Read once: the hash then is that of the very bytes that are loaded.
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        tensors = safetensors.torch.load(content)
    except (safetensors.SafetensorError, KeyError, ValueError) as error:
        raise CheckpointError(f"{path}: not a safetensors file ({_one_line(error)})") from error
    info = _read_info(path, content, config)
    network = build_network(info.preset)
    _check_tensors(path, tensors, network.state_dict())
    network.load_state_dict(tensors)
    return network, info


def _read_info(path: Path, content: bytes, config: Config) -> CheckpointInfo:
    """Check the metadata against the configuration."""
    metadata = _metadata(path, content)
    version = metadata["format_version"]
    if version != str(FORMAT_VERSION):
        raise CheckpointError(f"{path}: format_version is {version}, expected {FORMAT_VERSION}")
    preset = metadata["preset"]
    if preset != config.model.preset:
        raise CheckpointError(
            f"{path}: preset is {preset}, expected {config.model.preset} (model.preset)"
        )
    try:
        settings = dict(json.loads(metadata["settings"]))
        calibration = Calibration(**json.loads(metadata["calibration"]))
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: damaged metadata ({_one_line(error)})") from error
    differences = _differences(settings, config.network_settings())
    if differences:
        shown = "; ".join(differences[:MAX_NAMED_DIFFERENCES])
        more = len(differences) - MAX_NAMED_DIFFERENCES
        rest = f"; and {more} more" if more > 0 else ""
        raise CheckpointError(f"{path}: trained with other settings: {shown}{rest}")
    if metadata["network_hash"] != config.network_hash:
        raise CheckpointError(
            f"{path}: network_hash is {metadata['network_hash']}, expected {config.network_hash}"
        )
    for storage in get_args(StorageType):
        if metadata["dtype"] == storage:
            sha256 = hashlib.sha256(content).hexdigest()
            return CheckpointInfo(path, sha256, preset, config.network_hash, calibration, storage)
    raise CheckpointError(f"{path}: dtype is {metadata['dtype']}, expected float32 or float16")


def _header(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Split safetensors content: 8 bytes of length, that much JSON, and the numbers."""
    stop = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:stop]), content[stop:]


def _reproducible(content: bytes) -> bytes:
    """Sort the header, whose metadata come in random order: same weights, same hash."""
    header, numbers = _header(content)
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # keeps the numbers aligned
    return len(text).to_bytes(8, "little") + text + numbers


def _metadata(path: Path, content: bytes) -> dict[str, str]:
    metadata = _header(content)[0].get("__metadata__") or {}
    if metadata.get("format") != FORMAT:
        raise CheckpointError(f"{path}: no {FORMAT} metadata; not a checkpoint of this program")
    keys = ("format_version", "preset", "settings", "network_hash", "calibration", "dtype")
    missing = [key for key in keys if key not in metadata]
    if missing:
        raise CheckpointError(f"{path}: metadata lacks {', '.join(missing)}")
    return dict(metadata)


def _differences(found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """One phrase for each setting that is not the same, in the order of the keys."""
    found, expected = _flat(found), _flat(expected)
    return [
        f"{key} is {found.get(key, 'not set')}, expected {expected.get(key, 'not set')}"
        for key in sorted(found.keys() | expected.keys())
        if key not in found or key not in expected or found[key] != expected[key]
    ]


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by dotted key."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _check_tensors(path: Path, found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    missing = [name for name in expected if name not in found]
    if missing:
        raise CheckpointError(
            f"{path}: {len(missing)} of {len(expected)} tensors are missing, first {missing[0]}"
        )
    unknown = [name for name in found if name not in expected]
    if unknown:
        raise CheckpointError(f"{path}: {len(unknown)} unknown tensors, first {unknown[0]}")
    for name, tensor in found.items():
        shape, wanted = tuple(tensor.shape), tuple(expected[name].shape)
        if shape != wanted:
            raise CheckpointError(f"{path}: tensor {name} has shape {shape}, expected {wanted}")
        _check_finite(path, name, tensor)


def _check_finite(path: Path, name: str, tensor: Tensor) -> None:
    if not torch.isfinite(tensor).all():
        raise CheckpointError(
            f"{path}: tensor {name} holds values that are not finite ({tensor.dtype})"
        )


def _stored(tensor: Tensor, dtype: StorageType) -> torch.dtype:
    """Counters stay integers."""
    if not tensor.is_floating_point():
        return tensor.dtype
    return torch.float16 if dtype == "float16" else torch.float32


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
