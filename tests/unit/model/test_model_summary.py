"""What ``vigil model`` shows."""

import json

import pytest
import torch

from core.errors import ConfigError
from core.model.presets import PRESETS
from core.model.summary import describe

torch.set_num_threads(1)


@pytest.mark.parametrize("preset", list(PRESETS))
def test_layers_add_up_and_shapes_are_measured(preset: str) -> None:
    summary = json.loads(json.dumps(describe(preset)))
    assert summary["preset"] == preset
    assert summary["engine"] in {"torch-cpu-float32", "torch-cuda-float32"}
    assert summary["shapes"] == {
        "input": [1, 19, 15360],
        "bottleneck": [1, 512, 960],
        "output": [1, 15360],
    }
    layers = summary["layers"]
    assert summary["n_parameters"] == sum(layer["n_parameters"] for layer in layers)
    assert [layer["name"] for layer in layers[:3]] == ["encoder.0", "down.0", "encoder.1"]
    assert layers[0] == {
        "name": "encoder.0",
        "type": "DoubleConv",
        "output_shape": [1, 64, 15360],
        "n_parameters": 26_944,
    }
    assert sum(layer["type"] == "BidirectionalMamba" for layer in layers) == 6
    assert layers[-1]["name"] == "head"


def test_an_unknown_preset_is_an_error() -> None:
    with pytest.raises(ConfigError, match="unknown preset 'x'"):
        describe("x")
