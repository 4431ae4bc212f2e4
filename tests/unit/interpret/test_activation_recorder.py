"""What hooks see is what is on disk, whatever the batches were."""

import numpy as np
import pytest
import torch

from core.errors import VigilError
from core.interpret.recorder import Piece, Recorder, layers_of, open_activations
from core.model.network import build_network
from core.model.presets import ShallowCnnPreset
from core.model.shallow_cnn import ShallowCnn
from tests.unit.training.training_helpers import use_tiny_network


@pytest.fixture(scope="module")
def cnn():
    torch.manual_seed(1)
    return ShallowCnn(ShallowCnnPreset("x")).eval()


@pytest.fixture(scope="module")
def data():
    return np.random.default_rng(0).standard_normal((12, 19, 512)).astype(np.float32)


def record(network, data, folder, size):
    def batches():
        for k in range(0, len(data), size):
            block = data[k : k + size]
            yield block, [Piece(row, 0, block.shape[2]) for row in range(len(block))]

    Recorder(network, layers_of(network), folder, len(data)).run(batches())


def test_units_are_means_over_the_segment(cnn, data, tmp_path):
    record(cnn, data, tmp_path, 4)
    with torch.inference_mode():
        x = torch.from_numpy(data)
        first = cnn.convolutions["conv1"](x)
        second = cnn.convolutions["conv2"](first)
    found = open_activations(tmp_path, "conv2")
    assert isinstance(found.units, np.memmap)
    np.testing.assert_allclose(found.units, second.mean(-1), rtol=1e-4, atol=1e-6)
    # 48 channels in 8 equal parts of the segment
    assert found.features.shape == (12, 48 * 8)
    parts = second.view(12, 48, 8, -1).mean(-1).flatten(1)
    np.testing.assert_allclose(found.features, parts, rtol=1e-4, atol=1e-6)
    active = (second > 0).float().mean((1, 2))
    np.testing.assert_allclose(found.density[:, 0], active, rtol=1e-4)
    assert open_activations(tmp_path, "dense").features.shape == (12, 32)


def test_batches_do_not_matter(cnn, data, tmp_path):
    record(cnn, data, tmp_path / "a", 12)
    record(cnn, data, tmp_path / "b", 5)
    for layer in ("input", "conv1", "dense"):
        one, other = (open_activations(tmp_path / name, layer) for name in "ab")
        for field in ("features", "units", "density"):
            np.testing.assert_allclose(getattr(one, field), getattr(other, field), atol=1e-5)


def test_hooks_are_taken_off_again(cnn, data, tmp_path):
    record(cnn, data, tmp_path, 12)
    assert not any(module._forward_hooks for module in cnn.modules())


def test_density_of_known_activity(tmp_path):
    class Copy(torch.nn.Module):
        def forward(self, x):
            return x

    layer = Copy()
    data = np.zeros((3, 19, 8), np.float32)
    data[0] = 2.0  # all alike
    data[1, 4] = 1.0  # one alone
    Recorder(layer, {"copy": layer}, tmp_path, 3).run(
        [(data, [Piece(row, 0, 8) for row in range(3)])]
    )
    density = open_activations(tmp_path, "copy").density
    assert density[0].tolist() == pytest.approx([1.0, 0.0], abs=1e-5)
    assert density[1].tolist() == pytest.approx([1 / 19, 1.0], abs=1e-5)
    assert density[2].tolist() == [0.0, 1.0]  # silence


def test_counts_must_agree(cnn, data, tmp_path):
    recorder = Recorder(cnn, layers_of(cnn), tmp_path, 3)
    with pytest.raises(ValueError, match="2 segments were recorded, not 3"):
        recorder.run([(data[:2], [Piece(0, 0, 512), Piece(1, 0, 512)])])
    with pytest.raises(VigilError, match="no activations of nothing"):
        open_activations(tmp_path, "nothing")


def test_every_stage_of_the_detector(monkeypatch, tmp_path):
    use_tiny_network(monkeypatch)
    network = build_network("vigil-13m").eval()
    names = list(layers_of(network))
    assert names == [
        *(f"encoder{k}" for k in range(1, 5)), "rescnn1", "mamba1",
        *(f"decoder{k}" for k in range(1, 5)),
    ]  # fmt: skip
    x = np.random.default_rng(0).standard_normal((1, 19, 2048)).astype(np.float32)
    pieces = [Piece(0, 0, 512), Piece(0, 1024, 1536)]
    Recorder(network, layers_of(network), tmp_path, 2).run([(x, pieces)])
    with torch.inference_mode():
        first = network.encoder[0](torch.from_numpy(x))
    units = open_activations(tmp_path, "encoder1").units
    np.testing.assert_allclose(units[0], first[0, :, :512].mean(-1), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(units[1], first[0, :, 1024:1536].mean(-1), rtol=1e-4, atol=1e-6)
    # at the bottleneck a segment of 2 s is 32 samples long
    assert open_activations(tmp_path, "mamba1").units.shape == (2, 16)


def test_networks_without_layers_are_refused():
    with pytest.raises(VigilError, match="Linear has no layers"):
        layers_of(torch.nn.Linear(1, 1))
