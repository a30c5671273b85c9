"""Several processes that train one model, one card each: `torchrun -m ghost_architect train`.

Each takes its share of a step's rows; gradients are summed, so that two processes learn what one does that goes
through twice as many rows. The first one alone writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed

_RESTARTS = "TORCHELASTIC_RESTART_COUNT"


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process among the others.

    Attributes:
        own: its number, from 0.
        world: how many there are.
        device: that it computes on.
    """

    own: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this is the one that writes."""
        return self.own == 0

    def sum(self, tensor: Tensor) -> None:
        """Add up over all processes, in place."""
        if self.world > 1:
            distributed.all_reduce(tensor)

    def most(self, number: int) -> int:
        """The largest of all processes' numbers."""
        if self.world == 1:
            return number
        tensor = torch.tensor(number, device=self.device)
        distributed.all_reduce(tensor, op=distributed.ReduceOp.MAX)
        return int(tensor)

    def same(self, value: Any) -> Any:
        """What the first process has."""
        if self.world == 1:
            return value
        values = [value]
        distributed.broadcast_object_list(values, src=0, device=self.device)
        return values[0]


def is_first() -> bool:
    """Whether this process is the one that speaks; known before torch is."""
    return os.environ.get("RANK", "0") == "0"


def is_restarted() -> bool:
    """Whether `torchrun` started this process anew, after one of them died."""
    return os.environ.get(_RESTARTS, "0") != "0"


@contextmanager
def ranks() -> Iterator[Ranks]:
    """The processes that `torchrun` started, connected; one alone without it."""
    card = torch.cuda.is_available()
    number = int(os.environ.get("LOCAL_RANK", "0"))
    device = torch.device("cuda", number) if card else torch.device("cpu")
    if card:
        torch.cuda.set_device(device)
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Ranks(0, 1, device)
        return
    _connect("nccl" if card else "gloo")
    try:
        yield Ranks(distributed.get_rank(), world, device)
    finally:
        distributed.destroy_process_group()


def _connect(backend: str) -> None:
    """Meet the other processes. Those of a restart have names of their own in the store: else they would find the
    addresses of the ones that died (`torchrun --standalone` of torch 2.13 keeps its store)."""
    store, rank, world = next(distributed.rendezvous("env://"))
    attempt = os.environ.get(_RESTARTS, "0")
    own = distributed.PrefixStore(f"attempt-{attempt}", store)
    distributed.init_process_group(backend, store=own, rank=rank, world_size=world, timeout=timedelta(minutes=10))
