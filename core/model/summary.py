"""What a detector is made of, measured on the detector itself."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from core.config import Config, ModelConfig
from core.model.engine import LineLengthEngine, engine_name, resolve_device
from core.model.line_length import LineLength
from core.model.network import build_network, count_parameters
from core.model.transformer import TransformerStack

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
        ``name``, ``type``, ``output_shape`` and ``n_parameters``; ``values`` of the parameters
        that are single numbers and mean something by name, before any training. The bottleneck is
        where the window is shortest. JSON can hold all of it.

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
    if isinstance(network, LineLength):
        engine = LineLengthEngine(network, config).name
    else:
        engine = engine_name(resolve_device(config))
    shortest = x.shape[-1] // network.preset.compression
    shapes = [layer["output_shape"] for layer in layers if layer["output_shape"][-1] == shortest]
    return {
        "preset": preset,
        "n_parameters": count_parameters(network),
        "engine": engine,
        "shapes": {
            "input": list(x.shape),
            # The widest: a head may come before the way back to full length.
            "bottleneck": max(shapes, key=lambda shape: shape[1], default=[N_BATCH, shortest]),
            "output": list(logits.shape),
        },
        "layers": layers,
        "values": {
            name: parameter.item()
            for name, parameter in network.named_parameters()
            if parameter.dim() == 0
        },
    }


def _layers(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Members of the network's lists of layers, and layers that stand alone."""
    if not any(network.children()):
        yield type(network).__name__, network
    for name, part in network.named_children():
        if isinstance(part, TransformerStack):
            for inner, layer in _layers(part):
                yield f"{name}.{inner}", layer
        elif isinstance(part, nn.ModuleList | nn.Sequential):
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
