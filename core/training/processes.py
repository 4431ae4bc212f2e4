"""Several processes that train as one: PyTorch's DistributedDataParallel under ``torchrun``."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from core.errors import VigilError

__all__ = ["Processes", "join_processes"]

_PATIENCE = timedelta(days=1)
"""Peers wait while the leader conditions recordings or runs the dev pass."""


@dataclass(frozen=True, slots=True)
class Processes:
    """One process and its peers.

    Attributes
    ----------
    rank, count
        Which one this is, and how many there are.
    device
        Where this one computes.
    group
        For what may take long; None without peers.
    """

    rank: int
    count: int
    device: torch.device
    group: torch.distributed.ProcessGroup | None = None

    @property
    def leads(self) -> bool:
        """Whether this process writes files and runs the dev pass."""
        return self.rank == 0

    def wrap(self, network: nn.Module) -> nn.Module:
        """Let gradients be averaged over the processes."""
        if self.count == 1:
            return network
        ids = None if self.device.type == "cpu" else [self.device.index]
        return DistributedDataParallel(network, device_ids=ids, broadcast_buffers=False)

    def gathering(self, network: nn.Module, *, last: bool) -> AbstractContextManager[object]:
        """Hold the averaging back until the last piece of a batch."""
        if isinstance(network, DistributedDataParallel) and not last:
            held: AbstractContextManager[object] = network.no_sync()
            return held
        return nullcontext()

    def mean(self, value: float) -> float:
        """Average a number over the processes."""
        if self.count == 1:
            return value
        tensor = torch.tensor(value, dtype=torch.float64, device=self.device)
        torch.distributed.all_reduce(tensor)
        return float(tensor) / self.count

    def share_statistics(self, network: nn.Module) -> None:
        """Average the running statistics of batch norm, which each process keeps for itself."""
        if self.count > 1:
            for buffer in network.buffers():
                if buffer.is_floating_point():
                    torch.distributed.all_reduce(buffer)
                    buffer.div_(self.count)

    def from_leader(self, value: Any) -> Any:
        """Give every process what the leader has."""
        if self.count == 1:
            return value
        values = [value]
        torch.distributed.broadcast_object_list(values, src=0, group=self.group)
        return values[0]


@contextmanager
def join_processes(*, use_gpu: bool) -> Iterator[Processes]:
    """Meet the processes that ``torchrun`` started; alone without it.

    Raises
    ------
    VigilError
        Where the peers cannot be reached.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    rank = int(os.environ.get("RANK", "0"))
    local = int(os.environ.get("LOCAL_RANK", "0"))
    device = torch.device("cuda", local) if use_gpu else torch.device("cpu")
    if count == 1:
        yield Processes(0, 1, device)
        return
    try:
        torch.distributed.init_process_group("nccl" if use_gpu else "gloo")
        group = torch.distributed.new_group(backend="gloo", timeout=_PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise VigilError(f"cannot join the {count} processes ({error})") from error
    try:
        yield Processes(rank, count, device, group)
    finally:
        torch.distributed.destroy_process_group()
