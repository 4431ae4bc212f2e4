"""What ``vigil model`` shows."""

import json

import pytest
import torch

from core.errors import ConfigError
from core.model.presets import PRESETS
from core.model.summary import describe

torch.set_num_threads(1)


@pytest.mark.parametrize(
    ("preset", "stack", "n_layers"),
    [
        ("vigil-13m", "BidirectionalMamba", 6),
        ("stock-31m", "BidirectionalMamba", 6),
        ("seizure-transformer", "EncoderLayer", 8),
    ],
)
def test_layers_add_up_and_shapes_are_measured(preset: str, stack: str, n_layers: int) -> None:
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
    assert sum(layer["type"] == stack for layer in layers) == n_layers
    assert layers[-1]["name"] == "head"
    assert summary["values"] == {}


def test_the_small_network() -> None:
    summary = json.loads(json.dumps(describe("small-cnn")))
    assert summary["shapes"] == {
        "input": [1, 19, 15360],
        "bottleneck": [1, 96, 960],
        "output": [1, 15360],
    }
    layers = summary["layers"]
    assert summary["n_parameters"] == sum(layer["n_parameters"] for layer in layers)
    assert [layer["name"] for layer in layers] == [
        *("stem.0", "stem.1", "blocks.0", "blocks.1", "blocks.2", "blocks.3", "head")
    ]


def test_line_length_shows_its_parameters() -> None:
    summary = json.loads(json.dumps(describe("line-length")))
    assert summary == {
        "preset": "line-length",
        "n_parameters": 2,
        "engine": "line-length-cpu-float32",
        "shapes": {"input": [1, 19, 15360], "bottleneck": [1, 60], "output": [1, 15360]},
        "layers": [
            {
                "name": "LineLength",
                "type": "LineLength",
                "output_shape": [1, 15360],
                "n_parameters": 2,
            }
        ],
        "values": {"slope": 2.0, "threshold": 3.0},
    }


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_preset_can_be_described(preset: str) -> None:
    assert describe(preset)["preset"] == preset


def test_an_unknown_preset_is_an_error() -> None:
    with pytest.raises(ConfigError, match="unknown preset 'x'"):
        describe("x")
