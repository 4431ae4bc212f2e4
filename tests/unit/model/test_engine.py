"""The engine: windows in, probabilities out."""

import threading
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

from core.config import Config, InferenceConfig, ModelConfig
from core.errors import CheckpointError, ConfigError, SignalError, VigilError
from core.model import cpu_engine
from core.model.checkpoint import Calibration, save_checkpoint
from core.model.engine import (
    ENGINES,
    Engine,
    TorchEngine,
    choose_engine,
    engine_name,
    load_engine,
    resolve_device,
)
from core.model.network import SeizureNetwork, build_network
from core.model.presets import Preset

torch.set_num_threads(1)

CPU = Config(inference=InferenceConfig(device="cpu"))
TINY = Preset(
    "tiny",
    expand=1,
    shared_in_projection=True,
    widths=(4, 8, 8, 16),
    residual_groups=2,
    residual_blocks=1,
    mamba_layers=1,
    d_state=4,
    head_dim=8,
)


def noise(seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.random.default_rng(seed).standard_normal((19, 15360), dtype=np.float32)


@pytest.fixture
def tiny() -> SeizureNetwork:
    torch.manual_seed(2)
    return SeizureNetwork(TINY)


def test_untrained_weights_say_so() -> None:
    engine: Engine = load_engine(CPU, None)
    assert engine.weights == "UNTRAINED"
    assert engine.name == "torch-cpu-float32"
    probabilities = engine.predict(noise())
    assert probabilities.shape == (15360,)
    assert probabilities.dtype == np.float32
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    again = load_engine(CPU, None).predict(noise())
    assert np.array_equal(probabilities, again)


def test_trained_weights_are_named_and_calibrated(tmp_path: Path) -> None:
    network = build_network("vigil-13m", seed=9).eval()
    path = tmp_path / "w.safetensors"
    save_checkpoint(path, network, CPU, Calibration(2.0, -0.5))
    engine = load_engine(choose_engine(CPU, "torch-cpu-reference"), path)
    assert engine.name == "torch-cpu-reference-float32"
    assert engine.weights.startswith("w.safetensors ")
    assert len(engine.weights) == len("w.safetensors ") + 12
    with torch.inference_mode():
        logits = network(torch.from_numpy(noise())[None])[0]
    expected = torch.sigmoid(logits / 2 - 0.5).numpy()
    assert np.array_equal(engine.predict(noise()), expected)
    folded = load_engine(CPU, path)
    assert (folded.name, folded.weights) == ("torch-cpu-float32", engine.weights)
    np.testing.assert_allclose(folded.predict(noise()), expected, rtol=0, atol=1e-5)


def test_weights_of_another_preset_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_checkpoint(path, build_network("vigil-13m"), CPU)
    stock = CPU.model_copy(update={"model": ModelConfig(preset="stock-31m")})
    with pytest.raises(CheckpointError, match="expected stock-31m"):
        load_engine(stock, path)


def test_a_small_network_has_nothing_to_forget() -> None:
    config = CPU.model_copy(update={"model": ModelConfig(preset="small-cnn")})
    engine = load_engine(config, None)
    assert (engine.name, engine.weights) == ("torch-cpu-float32", "UNTRAINED")
    first = engine.predict(noise(1))
    engine.predict(noise(2))
    engine.reset()
    assert np.array_equal(engine.predict(noise(1)), first)


def test_missing_weights_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_engine(CPU, tmp_path / "none.safetensors")


@pytest.mark.parametrize("shape", [(19, 15359), (19, 15376), (18, 15360), (1, 19, 15360), (19,)])
def test_only_whole_windows_are_taken(tiny: SeizureNetwork, shape: tuple[int, ...]) -> None:
    engine = TorchEngine(tiny, CPU)
    with pytest.raises(SignalError, match=r"takes windows of \(19, 15360\), not \("):
        engine.predict(np.zeros(shape, dtype=np.float32))


def test_the_window_is_not_written_to(tiny: SeizureNetwork) -> None:
    data = noise()
    data.flags.writeable = False
    copy = data.copy()
    TorchEngine(tiny, CPU).predict(data)
    assert np.array_equal(data, copy)


def test_views_of_a_larger_array_are_taken(tiny: SeizureNetwork) -> None:
    engine = TorchEngine(tiny, CPU)
    ring = np.concatenate([noise(1), noise(2)], axis=1)
    view = ring[:, 100:15460]
    assert np.array_equal(engine.predict(view), engine.predict(view.copy()))


def test_no_call_leaves_a_trace_on_the_next(tiny: SeizureNetwork) -> None:
    engine = TorchEngine(tiny, CPU)
    engine.warm_up()
    first = engine.predict(noise(1))
    kept = first.copy()
    engine.predict(noise(2))
    assert np.array_equal(first, kept)
    assert np.array_equal(engine.predict(noise(1)), kept)


def test_a_training_network_is_switched_to_inference(tiny: SeizureNetwork) -> None:
    engine = TorchEngine(tiny.train(), CPU)
    assert not tiny.training
    assert np.array_equal(engine.predict(noise()), engine.predict(noise()))


def test_a_window_that_is_not_finite_is_an_error(tiny: SeizureNetwork) -> None:
    data = noise()
    data[3, 100] = np.nan
    with pytest.raises(SignalError, match="not finite; the window itself is not finite"):
        TorchEngine(tiny, CPU).predict(data)


def test_weights_that_give_nan_are_an_error(tiny: SeizureNetwork) -> None:
    with torch.no_grad():
        tiny.head.bias.fill_(torch.nan)  # type: ignore[union-attr]
    with pytest.raises(SignalError, match=r"probabilities are not finite$"):
        TorchEngine(tiny, CPU).predict(noise())


def test_threads_are_set(tiny: SeizureNetwork) -> None:
    TorchEngine(tiny, Config(inference=InferenceConfig(device="cpu", threads=2)))
    assert torch.get_num_threads() == 2
    TorchEngine(tiny, CPU)
    assert torch.get_num_threads() == 1


def test_a_gpu_that_is_not_there(tiny: SeizureNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(VigilError, match=r"inference\.device is cuda, but PyTorch finds no GPU"):
        load_engine(Config(inference=InferenceConfig(device="cuda")), Path("never-read"))
    engine = TorchEngine(tiny, Config(inference=InferenceConfig(device="auto")))
    assert engine.name == "torch-cpu-float32"


def test_the_number_of_threads_changes_nothing() -> None:
    results = []
    for threads in (1, 2):
        inference = InferenceConfig(device="cpu", threads=threads)
        for preset in ("vigil-13m", "small-cnn"):
            config = Config(model=ModelConfig(preset=preset), inference=inference)
            results.append(load_engine(config, None).predict(noise()))
    TorchEngine(build_network("small-cnn"), CPU)  # one thread again
    assert np.array_equal(results[0], results[2])
    assert np.array_equal(results[1], results[3])


def test_a_new_thread_keeps_to_the_setting(tiny: SeizureNetwork) -> None:
    engine = TorchEngine(tiny, CPU)
    seen: list[int] = []

    def infer() -> None:
        torch.set_num_threads(2)
        engine.predict(noise())
        seen.append(torch.get_num_threads())

    thread = threading.Thread(target=infer)
    thread.start()
    thread.join()
    assert seen == [1]


@pytest.mark.parametrize("preset", ["vigil-13m", "small-cnn"])
def test_engines_by_name(preset: Literal["vigil-13m", "small-cnn"]) -> None:
    config = Config(model=ModelConfig(preset=preset))
    names = {
        choice: engine_name(torch.device("cpu"), choose_engine(config, choice))
        for choice in ENGINES
        if choice != "cuda"
    }
    assert names == {
        "auto": "torch-cpu-float32",
        "torch-cpu": "torch-cpu-float32",
        "torch-cpu-reference": "torch-cpu-reference-float32",
    }
    assert choose_engine(config, "auto") == config
    assert choose_engine(config, "cuda").inference.device == "cuda"
    for choice in ENGINES:
        assert choose_engine(config, choice).network_hash == config.network_hash


def test_an_unknown_engine_is_named() -> None:
    with pytest.raises(ConfigError, match=r"unknown engine 'tpu' \(known: auto, torch-cpu, "):
        choose_engine(Config(), "tpu")


def test_the_reference_is_the_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device(choose_engine(Config(), "auto")).type == "cuda"
    assert resolve_device(choose_engine(Config(), "torch-cpu")).type == "cpu"
    assert resolve_device(choose_engine(Config(), "torch-cpu-reference")).type == "cpu"


@pytest.mark.parametrize("other", [{"device": "cuda"}, {"precision": "bfloat16"}])
def test_the_reference_is_exact(other: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="reference computes on the CPU in float32, not with"):
        InferenceConfig.model_validate({"reference": True, **other})
    narrow = Config(inference=InferenceConfig(precision="bfloat16"))
    with pytest.raises(ConfigError, match="computes in float32, not bfloat16"):
        choose_engine(narrow, "torch-cpu-reference")


def test_a_number_format_that_the_processor_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = Config(inference=InferenceConfig(device="cpu", precision="bfloat16"))
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_f": True}, raising=False)
    with pytest.raises(VigilError, match=r"no units for it \(amx_bf16 or avx512_bf16\)"):
        load_engine(narrow, Path("never-read"))
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True}, raising=False)
    assert engine_name(torch.device("cpu"), narrow) == "torch-cpu-bfloat16"
    with pytest.raises(VigilError, match="tf32, which only GPUs have"):
        load_engine(Config(inference=InferenceConfig(device="cpu", precision="tf32")), None)


@pytest.mark.skipif(
    not cpu_engine.has_bfloat16_units(), reason="this processor has no units for bfloat16"
)
def test_bfloat16_repeats_itself(tiny: SeizureNetwork) -> None:
    narrow = Config(inference=InferenceConfig(device="cpu", precision="bfloat16"))
    engine = TorchEngine(tiny, narrow)
    first = engine.predict(noise())
    assert first.dtype == np.float32
    assert np.array_equal(engine.predict(noise()), first)
    assert np.abs(TorchEngine(tiny, CPU).predict(noise()) - first).mean() < 0.05
