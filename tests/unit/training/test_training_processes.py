"""Two processes take the way of one."""

import json
import socket
import subprocess
import sys

import pytest
import torch
from torch import nn

from core.training.processes import Processes, join_processes
from core.training.train import train_network
from tests.unit.training.training_helpers import (
    ENVIRONMENT,
    SCRIPT,
    small_settings,
    table,
)

SETTINGS = small_settings(
    steps_per_epoch=6,
    checkpoint_steps=4,
    optimisation={"batch": 8, "micro_batch": 2, "ema_decay": 0.9},
)


def torchrun(bids, cache_folder, out, settings):
    path = out.with_suffix(".json")
    path.write_text(json.dumps(settings.model_dump(mode="json")))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launch = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--nnodes", "1"]
    launch += ["--master-addr", "127.0.0.1", "--master-port", str(port)]
    return subprocess.run(
        [sys.executable, *launch, SCRIPT, bids, cache_folder, out, path],
        env=ENVIRONMENT | {"GLOO_SOCKET_IFNAME": "lo"},
        timeout=150,
        capture_output=True,
        text=True,
        check=False,
    )


def test_two_processes_give_the_loss_curve_of_one(bids, cache_folder, tmp_path, tiny_network):
    done = torchrun(bids, cache_folder, tmp_path / "two", SETTINGS)
    assert done.returncode == 0, done.stderr
    record = train_network(SETTINGS, bids, tmp_path / "one", cache_folder)
    one, two = (table(tmp_path / name / "steps.csv") for name in ("one", "two"))
    assert len(one) == len(two) == 12
    for mine, theirs in zip(one, two, strict=True):
        assert theirs == pytest.approx(mine, rel=1e-4)
    assert record is not None
    assert json.loads((tmp_path / "two" / "training.json").read_text())["n_steps"] == 12


def test_alone():
    with join_processes(use_gpu=False) as processes:
        assert (processes.rank, processes.count, processes.leads) == (0, 1, True)
        assert processes.device == torch.device("cpu")
        network = nn.BatchNorm1d(3)
        assert processes.wrap(network) is network
        assert processes.mean(2.5) == 2.5
        assert processes.from_leader([1]) == [1]
        processes.share_statistics(network)
        with processes.gathering(network, last=False):
            pass
    assert not torch.distributed.is_initialized()


def test_only_the_first_leads():
    assert not Processes(1, 2, torch.device("cpu")).leads
