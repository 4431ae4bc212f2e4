"""Weights files: round trips and every way in which one can be wrong."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch
from safetensors import safe_open
from torch import Tensor

from core.config import Config, EventsConfig, InferenceConfig, ModelConfig
from core.errors import CheckpointError
from core.model.checkpoint import Calibration, load_checkpoint, save_checkpoint
from core.model.network import SeizureNetwork, build_network

torch.set_num_threads(1)

CONFIG = Config()


@pytest.fixture(scope="module")
def network() -> SeizureNetwork:
    network = build_network("vigil-13m", seed=11)
    network.encoder[0].norm1.running_mean.fill_(0.25)  # type: ignore[union-attr, operator]
    return network


@pytest.fixture(scope="module")
def saved(network: SeizureNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "good.safetensors"
    save_checkpoint(path, network, CONFIG, Calibration(1.5, -0.25))
    return path


Rewrite = Callable[..., Path]


@pytest.fixture
def rewrite(saved: Path, tmp_path: Path) -> Rewrite:
    """Write the good file anew with other metadata or tensors."""

    def write(
        edit: Callable[[dict[str, Tensor]], object] | None = None, **metadata: str | None
    ) -> Path:
        with safe_open(saved, "pt") as file:
            merged = {**file.metadata(), **metadata}
        tensors = {"x": torch.zeros(1)}  # metadata are checked first
        if edit is not None:
            tensors = safetensors.torch.load_file(saved)
            edit(tensors)
        path = tmp_path / "w.safetensors"
        kept = {key: value for key, value in merged.items() if value is not None}
        safetensors.torch.save_file(tensors, path, kept)
        return path

    return write


def refusal(path: Path, config: Config = CONFIG) -> str:
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path, config)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("preset", ["seizure-transformer", "small-cnn"])
def test_baselines_come_back_bit_for_bit(preset: str, tmp_path: Path) -> None:
    config = Config(model=ModelConfig.model_validate({"preset": preset}))
    network = build_network(preset, seed=2)
    path = tmp_path / "w.safetensors"
    save_checkpoint(path, network, config)
    loaded, info = load_checkpoint(path, config)
    expected, found = network.state_dict(), loaded.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert info.preset == preset
    assert preset in refusal(path)


def test_float32_comes_back_bit_for_bit(network: SeizureNetwork, saved: Path) -> None:
    loaded, info = load_checkpoint(saved, CONFIG)
    expected = network.state_dict()
    found = loaded.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert info.preset == "vigil-13m"
    assert info.network_hash == CONFIG.network_hash
    assert info.calibration == Calibration(1.5, -0.25)
    assert info.storage == "float32"
    assert info.sha256 == hashlib.sha256(saved.read_bytes()).hexdigest()
    assert info.weights == f"good.safetensors {info.sha256[:12]}"
    assert not list(saved.parent.glob("*.partial"))


def test_metadata_can_be_read_by_anybody(saved: Path) -> None:
    with safe_open(saved, "pt") as file:
        metadata = file.metadata()
    assert metadata["format"] == "vigil-weights"
    assert metadata["format_version"] == "1"
    assert metadata["preset"] == "vigil-13m"
    assert metadata["network_hash"] == CONFIG.network_hash
    assert metadata["dtype"] == "float32"
    assert json.loads(metadata["settings"]) == CONFIG.network_settings()
    assert json.loads(metadata["calibration"]) == {"temperature": 1.5, "bias": -0.25}


def test_saving_twice_gives_the_same_file(
    network: SeizureNetwork, saved: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.safetensors"
    save_checkpoint(again, network, CONFIG, Calibration(1.5, -0.25))
    # Not the bytes themselves: pytest would print them.
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (again, saved)]
    assert digests[0] == digests[1]


def test_float16_halves_the_file_and_loads_as_float32(
    network: SeizureNetwork, saved: Path, tmp_path: Path
) -> None:
    path = tmp_path / "half.safetensors"
    save_checkpoint(path, network, CONFIG, dtype="float16")
    assert path.stat().st_size < 0.51 * saved.stat().st_size
    loaded, info = load_checkpoint(path, CONFIG)
    assert info.storage == "float16"
    assert info.calibration == Calibration()
    for name, tensor in network.state_dict().items():
        found = loaded.state_dict()[name]
        assert found.dtype == tensor.dtype
        torch.testing.assert_close(found, tensor.half().to(tensor.dtype), rtol=0, atol=0)


def test_the_place_and_the_computer_may_differ(saved: Path) -> None:
    config = CONFIG.model_copy(
        update={
            "inference": InferenceConfig(device="cpu", threads=2),
            "conditioning": CONFIG.conditioning.model_copy(update={"mains_hz": 50}),
        }
    )
    load_checkpoint(saved, config)


def test_missing_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.safetensors") == "cannot be read (No such file or directory)"


@pytest.mark.parametrize("content", [b"", b"short", b"\x80\x02}q\x00." * 30, b"PK\x03\x04" * 100])
def test_not_safetensors(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.pt"
    path.write_bytes(content)
    assert refusal(path).startswith("not a safetensors file (")


def test_truncated_file(saved: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(saved.read_bytes()[:-1000])
    assert refusal(path).startswith("not a safetensors file (")


def test_no_metadata(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    safetensors.torch.save_file({"x": torch.zeros(1)}, path)
    assert refusal(path) == "no vigil-weights metadata; not a checkpoint of this program"


def test_incomplete_metadata(rewrite: Rewrite) -> None:
    assert refusal(rewrite(settings=None, dtype=None)) == "metadata lacks settings, dtype"


@pytest.mark.parametrize(
    "damage",
    [
        {"settings": "{"},
        {"settings": "7"},
        {"calibration": "[]"},
        {"calibration": '{"temperature": 0}'},
        {"calibration": '{"temperature": "hot"}'},
        {"calibration": '{"bias": NaN}'},
        {"calibration": '{"colour": 1}'},
    ],
)
def test_damaged_metadata(rewrite: Rewrite, damage: dict[str, str]) -> None:
    assert refusal(rewrite(**damage)).startswith("damaged metadata (")


def test_another_format_version(rewrite: Rewrite) -> None:
    assert refusal(rewrite(format_version="2")) == "format_version is 2, expected 1"


def test_another_storage_type(rewrite: Rewrite) -> None:
    assert refusal(rewrite(dtype="int8")) == "dtype is int8, expected float32 or float16"


def test_another_preset(saved: Path) -> None:
    config = Config(model=ModelConfig(preset="stock-31m"))
    assert refusal(saved, config) == "preset is vigil-13m, expected stock-31m (model.preset)"


def test_settings_that_disagree_are_named(saved: Path) -> None:
    config = Config(events=EventsConfig(tau_on=0.9, min_duration_s=5))
    assert refusal(saved, config) == (
        "trained with other settings: events.min_duration_s is 3.0, expected 5.0; "
        "events.tau_on is 0.86, expected 0.9"
    )


def test_only_the_first_differences_are_named(saved: Path) -> None:
    config = Config(
        events=EventsConfig(
            tau_on=0.9, tau_off=0.5, min_duration_s=5, opening_samples=3, closing_samples=5
        )
    )
    message = refusal(saved, config)
    assert message.endswith("; and 2 more")
    assert message.count("expected") == 3


def test_settings_that_one_side_does_not_know(rewrite: Rewrite) -> None:
    settings = CONFIG.network_settings()
    del settings["normalisation"]["clip_sigma"]
    settings["extra"] = 1
    assert refusal(rewrite(settings=json.dumps(settings))) == (
        "trained with other settings: extra is 1, expected not set; "
        "normalisation.clip_sigma is not set, expected 10.0"
    )


def test_another_hash(rewrite: Rewrite) -> None:
    assert refusal(rewrite(network_hash="0" * 16)) == (
        f"network_hash is {'0' * 16}, expected {CONFIG.network_hash}"
    )


def test_missing_tensors(rewrite: Rewrite, network: SeizureNetwork) -> None:
    n_tensors = len(network.state_dict())
    assert refusal(rewrite(lambda tensors: tensors.pop("head.weight"))) == (
        f"1 of {n_tensors} tensors are missing, first head.weight"
    )


def test_unknown_tensors(rewrite: Rewrite) -> None:
    path = rewrite(lambda tensors: tensors.update(tail=torch.zeros(2)))
    assert refusal(path) == "1 unknown tensors, first tail"


def test_tensor_of_another_shape(rewrite: Rewrite) -> None:
    path = rewrite(lambda tensors: tensors.update({"head.weight": torch.zeros(1, 64, 3)}))
    assert refusal(path) == "tensor head.weight has shape (1, 64, 3), expected (1, 64, 1)"


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_weights_that_are_not_finite(rewrite: Rewrite, value: float) -> None:
    path = rewrite(lambda tensors: tensors["head.bias"].fill_(value))
    assert refusal(path) == "tensor head.bias holds values that are not finite (torch.float32)"


def test_saving_another_preset_is_refused(network: SeizureNetwork, tmp_path: Path) -> None:
    config = Config(model=ModelConfig(preset="stock-31m"))
    with pytest.raises(CheckpointError, match="the network is vigil-13m"):
        save_checkpoint(tmp_path / "w", network, config)


def test_saving_what_float16_cannot_hold_is_refused(tmp_path: Path) -> None:
    network = build_network("vigil-13m")
    with torch.no_grad():
        network.head.bias.fill_(1e6)  # type: ignore[union-attr]
    path = tmp_path / "w.safetensors"
    with pytest.raises(CheckpointError, match=r"head\.bias holds values that are not finite"):
        save_checkpoint(path, network, CONFIG, dtype="float16")
    assert not list(tmp_path.iterdir())


def test_saving_where_nothing_can_be_written(network: SeizureNetwork, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be written"):
        save_checkpoint(tmp_path / "no" / "w.safetensors", network, CONFIG)


@pytest.mark.parametrize(
    ("temperature", "bias"), [(0.0, 0.0), (-1.0, 0.0), (float("inf"), 0.0), (1.0, float("nan"))]
)
def test_calibration_must_make_sense(temperature: float, bias: float) -> None:
    with pytest.raises(ValueError, match="must be finite"):
        Calibration(temperature, bias)
