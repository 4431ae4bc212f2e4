"""Our scan and Mamba-2 block against those of ``mamba_ssm``, forward and gradient.

The reference runs in a process of its own: without a GPU it needs Triton's interpreter and a few
stand-in modules, which must not leak into the other tests. Run as a script, this file is that
process: it reads operands and weights from one file and writes the reference's answers to another.
"""

import contextlib
import importlib.util
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

ROOT = Path(__file__).parents[2]

STOCK = {"d_model": 512, "d_state": 16, "d_conv": 5}
"""Of ``stock-31m``; its head dimension has another name in mamba_ssm."""
HEAD_DIM = 64
SMALL = {"d_model": 32, "d_state": 16, "d_conv": 5}
"""For gradients, which take the interpreter a long time."""
SMALL_HEAD_DIM = 16
LENGTH = 64
CHUNK = 32
SCAN = ("x", "dt", "a", "b", "c")


def answer(operands: dict[str, Tensor]) -> dict[str, Tensor]:
    """What ``mamba_ssm`` makes of the operands; needs the environment of :func:`reference`."""
    spec = importlib.util.find_spec("mamba_ssm")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    # The package's own __init__ imports compiled GPU extensions and language models.
    package = types.ModuleType("mamba_ssm")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["mamba_ssm"] = package
    sys.modules["transformers"] = None  # type: ignore[assignment]
    torch.cuda.device = lambda *_: contextlib.nullcontext()  # type: ignore[assignment, misc]
    processor = types.SimpleNamespace(multi_processor_count=1)
    torch.cuda.get_device_properties = lambda *_: processor  # type: ignore[assignment]

    from mamba_ssm.modules.mamba2 import Mamba2
    from mamba_ssm.modules.ssd_minimal import ssd_minimal_discrete
    from mamba_ssm.ops.triton.ssd_combined import ssd_chunk_scan_combined_ref

    from core.model.mamba_ssm_scan import find_mamba_ssm_scan

    leaves = [operands[name].requires_grad_() for name in SCAN]
    x, dt, a, b, c = leaves
    maps = b.unsqueeze(2), c.unsqueeze(2)
    per_head = (-1, -1, x.shape[2], -1)
    minimal, _ = ssd_minimal_discrete(
        x * dt.unsqueeze(-1), dt * a, *(m.expand(per_head) for m in maps), CHUNK
    )
    combined = ssd_chunk_scan_combined_ref(x, dt, a, *maps, CHUNK)
    gradients = torch.autograd.grad((combined * operands["weight"]).sum(), leaves)
    answers = {"minimal": minimal, "combined": combined}
    answers |= {f"gradient.{name}": tensor for name, tensor in zip(SCAN, gradients, strict=True)}

    block = Mamba2(**STOCK, headdim=HEAD_DIM, use_mem_eff_path=False)
    theirs = {f"theirs.{name}": tensor.clone() for name, tensor in block.state_dict().items()}
    block.load_state_dict(part(operands, "block."), strict=True)
    with torch.no_grad():
        answers["block"] = block(operands["signal"])

    small = Mamba2(**SMALL, headdim=SMALL_HEAD_DIM, use_mem_eff_path=False)
    for parameter in (small.norm.weight, small.D):
        parameter.data.uniform_(0.5, 1.5)  # all ones would hide a misplaced norm
    theirs |= {f"small.{name}": tensor.clone() for name, tensor in small.state_dict().items()}
    signal = operands["small_signal"].requires_grad_()
    mixed = small(signal)
    answers["small.output"] = mixed
    (mixed * operands["small_weight"]).sum().backward()
    assert signal.grad is not None
    answers["small.gradient.signal"] = signal.grad
    answers |= {f"small.gradient.{n}": p.grad for n, p in small.named_parameters()}  # type: ignore[misc]

    kernel = find_mamba_ssm_scan()
    assert kernel is not None
    with torch.no_grad():
        answers["kernel"] = kernel(*(operands[f"two.{name}"] for name in SCAN))
    return answers | theirs


def part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with a prefix, without it."""
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


@pytest.fixture(scope="module")
def operands() -> dict[str, Tensor]:
    from core.model.mamba import Mamba2
    from core.model.network import build_network

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        block = build_network("stock-31m").get_submodule("mamba.0.directions.left_to_right")
        assert isinstance(block, Mamba2)
        for parameter in (block.norm.weight, block.D):
            parameter.data.uniform_(0.5, 1.5)  # all ones would hide a misplaced norm
        return {
            "x": torch.randn(2, LENGTH, 3, 8),
            "dt": torch.nn.functional.softplus(torch.randn(2, LENGTH, 3) - 2),
            "a": -torch.exp(torch.randn(3)),
            "b": torch.randn(2, LENGTH, 4),
            "c": torch.randn(2, LENGTH, 4),
            "weight": torch.randn(2, LENGTH, 3, 8),
            "signal": torch.randn(1, LENGTH, STOCK["d_model"]),
            "small_signal": torch.randn(1, LENGTH, SMALL["d_model"]),
            "small_weight": torch.randn(1, LENGTH, SMALL["d_model"]),
            "two.x": torch.randn(1, 80, 2, 2, 16),
            "two.dt": torch.nn.functional.softplus(torch.randn(1, 80, 2, 2) - 2),
            "two.a": -torch.exp(torch.randn(2, 2)),
            "two.b": torch.randn(1, 80, 2, 16),
            "two.c": torch.randn(1, 80, 2, 16),
            **{f"block.{name}": tensor for name, tensor in block.state_dict().items()},
        }


@pytest.fixture(scope="module")
def reference(
    operands: dict[str, Tensor], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Tensor]:
    for package in ("mamba_ssm", "einops", "huggingface_hub", "triton"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: no reference for Mamba-2")
    folder = tmp_path_factory.mktemp("mamba")
    safetensors.torch.save_file(operands, folder / "operands.safetensors")
    answers = folder / "answers.safetensors"
    environment = {
        **os.environ,
        "TRITON_INTERPRET": "1",
        "MAMBA_DETERMINISTIC": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, __file__, str(folder / "operands.safetensors"), str(answers)]
    process = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert process.returncode == 0, process.stderr
    return safetensors.torch.load_file(answers)


@pytest.mark.parametrize("theirs", ["minimal", "combined"])
def test_scan_equals_the_reference(
    operands: dict[str, Tensor], reference: dict[str, Tensor], theirs: str
) -> None:
    from core.model.scan import ssd_scan

    ours = ssd_scan(*(operands[name] for name in SCAN))
    torch.testing.assert_close(ours, reference[theirs], rtol=1e-5, atol=1e-5)


def test_gradients_of_the_scan_equal_the_references(
    operands: dict[str, Tensor], reference: dict[str, Tensor]
) -> None:
    from core.model.scan import ssd_scan

    leaves = [operands[name].clone().requires_grad_() for name in SCAN]
    gradients = torch.autograd.grad((ssd_scan(*leaves) * operands["weight"]).sum(), leaves)
    for name, ours in zip(SCAN, gradients, strict=True):
        torch.testing.assert_close(ours, reference[f"gradient.{name}"], rtol=1e-4, atol=1e-4)


def test_our_weights_in_their_block(
    operands: dict[str, Tensor], reference: dict[str, Tensor]
) -> None:
    ours = stock_block(part(operands, "block."), operands["signal"])
    assert ours.abs().max() > 0.1
    torch.testing.assert_close(ours, reference["block"], rtol=1e-5, atol=5e-6)


def test_their_weights_fit_the_network(reference: dict[str, Tensor]) -> None:
    y = stock_block(part(reference, "theirs."), torch.ones(1, 3, STOCK["d_model"]))
    assert torch.isfinite(y).all()


def stock_block(weights: dict[str, Tensor], signal: Tensor) -> Tensor:
    """Run a block of ``stock-31m``, in the network itself, with weights that fit all of it."""
    from core.model.network import build_network

    block = build_network("stock-31m").get_submodule("mamba.5.directions.right_to_left")
    block.load_state_dict(weights, strict=True)
    with torch.no_grad():
        y: Tensor = block(signal)
    return y


def test_their_weights_in_our_block(
    operands: dict[str, Tensor], reference: dict[str, Tensor]
) -> None:
    """Output, and gradients with respect to everything, through the real kernels."""
    from core.model.mamba import Mamba2

    block = Mamba2(**SMALL, head_dim=SMALL_HEAD_DIM)
    block.load_state_dict({name: reference[f"small.{name}"] for name in block.state_dict()})
    signal = operands["small_signal"].clone().requires_grad_()
    y = block(signal)
    torch.testing.assert_close(y, reference["small.output"], rtol=1e-5, atol=5e-6)
    (y * operands["small_weight"]).sum().backward()
    ours = {"signal": signal.grad, **{name: p.grad for name, p in block.named_parameters()}}
    theirs = part(reference, "small.gradient.")
    assert ours.keys() == theirs.keys()
    for name, gradient in ours.items():
        assert gradient is not None
        size = theirs[name].abs().max().item()
        assert size > 0, name
        torch.testing.assert_close(gradient, theirs[name], rtol=1e-4, atol=2e-5 * size)


def test_the_gpu_engines_kernel_equals_the_cpu_engines_scan(
    operands: dict[str, Tensor], reference: dict[str, Tensor]
) -> None:
    """Both directions in one call, over a length that no chunk divides."""
    from core.model.grouped_scan import grouped_scan

    ours = grouped_scan(*(operands[f"two.{name}"] for name in SCAN))
    torch.testing.assert_close(ours, reference["kernel"], rtol=1e-5, atol=2e-5)


if __name__ == "__main__":
    answers = answer(safetensors.torch.load_file(sys.argv[1]))
    safetensors.torch.save_file(
        {k: v.detach().contiguous() for k, v in answers.items()}, sys.argv[2]
    )
