"""What a network is made of, measured on the network itself."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from core.config import Config, ModelConfig
from core.model.engine import engine_name, resolve_device
from core.model.network import build_network, count_parameters

__all__ = ["describe"]

N_BATCH = 1


def describe(preset: str) -> dict[str, Any]:
    """Layers, shapes and parameter counts.

    Shapes are seen by hooks while one real window of zeros passes through.

    Parameters
    ----------
    preset
        A key of :data:`core.model.presets.PRESETS`.

    Returns
    -------
    dict
        ``preset``, ``n_parameters``, ``engine``, ``shapes`` (``input``, ``bottleneck``,
        ``output``) and ``layers`` in the order in which the signal passes them, each with
        ``name``, ``type``, ``output_shape`` and ``n_parameters``. JSON can hold all of it.

    Raises
    ------
    ConfigError
        Where there is no such preset.
    """
    network = build_network(preset).eval()
    config = Config(model=ModelConfig.model_validate({"preset": preset}))
    layers: list[dict[str, Any]] = []
    for name, module in _layers(network):
        module.register_forward_hook(_recorder(name, layers))
    x = torch.zeros(N_BATCH, network.preset.n_channels, config.window_samples)  # (1, 19, 15360)
    with torch.inference_mode():
        logits = network(x)  # (1, 15360)
    bottleneck = [layer for layer in layers if layer["name"].startswith("mamba.")][-1]
    return {
        "preset": preset,
        "n_parameters": count_parameters(network),
        "engine": engine_name(resolve_device(config)),
        "shapes": {
            "input": list(x.shape),
            "bottleneck": bottleneck["output_shape"],
            "output": list(logits.shape),
        },
        "layers": layers,
    }


def _layers(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Members of the network's lists of layers, and layers that stand alone."""
    for name, part in network.named_children():
        if isinstance(part, nn.ModuleList | nn.Sequential):
            for index, layer in enumerate(part):
                yield f"{name}.{index}", layer
        else:
            yield name, part


def _recorder(name: str, layers: list[dict[str, Any]]) -> Any:
    def record(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        layers.append(
            {
                "name": name,
                "type": type(module).__name__,
                "output_shape": list(output.shape),
                "n_parameters": count_parameters(module),
            }
        )

    return record
