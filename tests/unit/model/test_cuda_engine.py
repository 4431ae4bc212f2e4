"""The GPU engine: what can be tested without a GPU, and what cannot."""

import numpy as np
import pytest
import torch

from core.config import Config, InferenceConfig, ModelConfig
from core.model.cuda_engine import CudaEngine, _gpu_errors, cuda_engine_name, in_batches
from core.model.engine import GpuLostError, load_engine
from core.model.mamba_ssm_scan import find_mamba_ssm_scan
from core.types import FloatArray

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")

CPU = Config(inference=InferenceConfig(device="cpu"))


def noise(n: int, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).standard_normal((n, 19, 15360), dtype=np.float32)


class Memory:
    """Scores batches of at most ``holds`` windows; the score of a window is its mean."""

    def __init__(self, holds: int) -> None:
        self.holds = holds
        self.sizes: list[int] = []

    def __call__(self, data: FloatArray) -> FloatArray:
        if len(data) > self.holds:
            raise torch.OutOfMemoryError("CUDA out of memory")
        self.sizes.append(len(data))
        return data.mean(axis=1)


@pytest.mark.parametrize(
    ("holds", "sizes"), [(100, [8, 8, 4]), (8, [8, 8, 4]), (5, [4, 4, 4, 4, 4]), (1, [1] * 20)]
)
def test_batches_shrink_until_they_fit(holds: int, sizes: list[int]) -> None:
    data = np.random.default_rng(1).standard_normal((20, 3, 5), dtype=np.float32)
    memory = Memory(holds)
    scores, size = in_batches(memory, data, 8)
    assert memory.sizes == sizes
    assert size == max(sizes)
    assert np.array_equal(scores, data.mean(axis=1))


def test_memory_that_holds_no_window_is_a_lost_gpu() -> None:
    data = np.zeros((2, 3, 5), dtype=np.float32)
    with pytest.raises(GpuLostError, match="no memory left for one window"), _gpu_errors():
        in_batches(Memory(0), data, 8)


@pytest.mark.parametrize(
    "text",
    [
        "CUDA error: unspecified launch failure\nCUDA kernel errors might be reported later",
        "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
        "CUDA driver version is insufficient",
    ],
)
def test_what_the_driver_reports_is_one_line(text: str) -> None:
    with pytest.raises(GpuLostError) as caught, _gpu_errors():
        raise RuntimeError(text)
    assert str(caught.value) == f"the GPU failed: {text.splitlines()[0]}"


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="sizes do not match") as caught, _gpu_errors():
        raise RuntimeError("sizes do not match")
    assert not isinstance(caught.value, GpuLostError)


def test_the_name_says_kernels_and_number_format(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "core.model.cuda_engine.find_mamba_ssm_scan"
    config = Config(inference=InferenceConfig(device="cuda", precision="bfloat16"))
    monkeypatch.setattr(module, lambda: None)
    assert cuda_engine_name(config) == "torch-cuda-bfloat16"
    monkeypatch.setattr(module, lambda: print)
    assert cuda_engine_name(config) == "mamba-ssm-cuda-bfloat16"


def test_without_a_gpu_build_there_is_no_mamba_ssm_kernel() -> None:
    if torch.cuda.is_available():
        pytest.skip("a GPU is here")
    assert find_mamba_ssm_scan() is None


@needs_gpu
@pytest.mark.parametrize("preset", ["vigil-13m", "stock-31m", "seizure-transformer", "small-cnn"])
@pytest.mark.parametrize(
    ("precision", "max_difference"), [("float32", 1e-4), ("tf32", 0.02), ("bfloat16", 0.1)]
)
def test_gpu_and_cpu_agree(preset: str, precision: str, max_difference: float) -> None:
    model = ModelConfig.model_validate({"preset": preset})
    inference = InferenceConfig.model_validate({"device": "cuda", "precision": precision})
    gpu = load_engine(Config(model=model, inference=inference), None)
    assert isinstance(gpu, CudaEngine)
    assert gpu.name.endswith(f"-cuda-{precision}")
    window = noise(1)[0]
    first = gpu.predict(window)
    gpu.predict(noise(1, seed=2)[0])
    assert np.array_equal(first, gpu.predict(window))
    expected = load_engine(CPU.model_copy(update={"model": model}), None).predict(window)
    np.testing.assert_allclose(first, expected, rtol=0, atol=max_difference)


@needs_gpu
def test_batches_agree_with_single_windows() -> None:
    gpu = load_engine(Config(inference=InferenceConfig(device="cuda")), None)
    assert isinstance(gpu, CudaEngine)
    windows = noise(3)
    one_by_one = np.stack([gpu.predict(window) for window in windows])
    np.testing.assert_allclose(gpu.predict_many(windows), one_by_one, rtol=0, atol=1e-4)


@needs_gpu
def test_the_cpu_takes_over() -> None:
    gpu = load_engine(Config(inference=InferenceConfig(device="cuda", precision="tf32")), None)
    assert isinstance(gpu, CudaEngine)
    cpu = gpu.on_cpu()
    assert (cpu.name, cpu.weights) == ("torch-cpu-float32", gpu.weights)
    window = noise(1)[0]
    assert np.array_equal(cpu.predict(window), load_engine(CPU, None).predict(window))
