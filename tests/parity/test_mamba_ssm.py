"""Our scan and Mamba-2 block against those of ``mamba_ssm``.

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

import pytest
import safetensors.torch
import torch
from torch import Tensor

D_MODEL, D_STATE, D_CONV, HEAD_DIM = 512, 16, 5, 64
LENGTH = 64
CHUNK = 32


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

    from mamba_ssm.modules.mamba2 import Mamba2
    from mamba_ssm.modules.ssd_minimal import ssd_minimal_discrete
    from mamba_ssm.ops.triton.ssd_combined import ssd_chunk_scan_combined_ref

    x, dt, a = operands["x"], operands["dt"], operands["a"]
    b, c = operands["b"].unsqueeze(2), operands["c"].unsqueeze(2)
    per_head = (-1, -1, x.shape[2], -1)
    minimal, _ = ssd_minimal_discrete(
        x * dt.unsqueeze(-1), dt * a, b.expand(per_head), c.expand(per_head), CHUNK
    )
    combined = ssd_chunk_scan_combined_ref(x, dt, a, b, c, CHUNK)

    block = Mamba2(
        D_MODEL, d_state=D_STATE, d_conv=D_CONV, headdim=HEAD_DIM, use_mem_eff_path=False
    )
    prefix = "block."
    weights = {k.removeprefix(prefix): v for k, v in operands.items() if k.startswith(prefix)}
    block.load_state_dict(weights, strict=True)
    with torch.no_grad():
        mixed = block(operands["signal"])
    return {"minimal": minimal, "combined": combined, "block": mixed}


@pytest.fixture(scope="module")
def operands() -> dict[str, Tensor]:
    from core.model.mamba import Mamba2

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        block = Mamba2(D_MODEL, d_state=D_STATE, d_conv=D_CONV, head_dim=HEAD_DIM)
        block.norm.weight.data.uniform_(0.5, 1.5)  # all ones would hide a misplaced norm
        block.D.data.uniform_(0.5, 1.5)
        return {
            "x": torch.randn(2, LENGTH, 3, 8),
            "dt": torch.nn.functional.softplus(torch.randn(2, LENGTH, 3) - 2),
            "a": -torch.exp(torch.randn(3)),
            "b": torch.randn(2, LENGTH, 4),
            "c": torch.randn(2, LENGTH, 4),
            "signal": torch.randn(1, LENGTH, D_MODEL),
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

    ours = ssd_scan(*(operands[name] for name in ("x", "dt", "a", "b", "c")))
    torch.testing.assert_close(ours, reference[theirs], rtol=1e-5, atol=1e-5)


def test_block_with_exchanged_weights_equals_the_reference(
    operands: dict[str, Tensor], reference: dict[str, Tensor]
) -> None:
    from core.model.mamba import Mamba2

    block = Mamba2(D_MODEL, d_state=D_STATE, d_conv=D_CONV, head_dim=HEAD_DIM)
    names = {f"block.{name}": name for name in block.state_dict()}
    block.load_state_dict({name: operands[key] for key, name in names.items()})
    with torch.no_grad():
        ours = block(operands["signal"])
    assert ours.abs().max() > 0.1
    torch.testing.assert_close(ours, reference["block"], rtol=1e-5, atol=5e-6)


if __name__ == "__main__":
    answers = answer(safetensors.torch.load_file(sys.argv[1]))
    safetensors.torch.save_file({k: v.contiguous() for k, v in answers.items()}, sys.argv[2])
