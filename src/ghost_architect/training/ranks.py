"""Several processes that train one model, one card each: `torchrun -m ghost_architect train`.

Each takes its share of a step's rows; gradients are summed, so that two processes learn what one does that goes
through twice as many rows. The first one alone writes.

What can fail in one of them goes through `together`: all know of it before any waits for the others' numbers, and all
raise the same. Such messages go over the hosts' memory (gloo), so that a card without any left can still tell.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn, TypeVar

import torch
from torch import Tensor, distributed

from ..errors import GhostError, UsageError
from ..multimodal_model.machine import is_out_of_memory

_T = TypeVar("_T")
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
            with _heard():
                distributed.all_reduce(tensor)

    def most(self, number: int) -> int:
        """The largest of all processes' numbers."""
        if self.world == 1:
            return number
        tensor = torch.tensor(number)
        with _heard():
            distributed.all_reduce(tensor, op=distributed.ReduceOp.MAX)
        return int(tensor)

    def same(self, value: Any) -> Any:
        """What the first process has."""
        if self.world == 1:
            return value
        values = [value]
        with _heard():
            distributed.broadcast_object_list(values, src=0, device=torch.device("cpu"))
        return values[0]

    def together(self, work: Callable[[], _T]) -> _T:
        """Do something in each process that needs no other; where one fails, all do.

        Args:
            work: it.

        Returns:
            what this process made of it.

        Raises:
            Exception: what one of them raised, the first one; that the memory does not suffice only where nothing
                else is wrong.
        """
        if self.world == 1:
            return work()
        try:
            value, problem = work(), None
        except Exception as error:
            value, problem = None, error
        if self.most(int(problem is not None)):
            self._fail(problem)
        return value  # type: ignore[return-value]  # there is no problem

    def led(self, work: Callable[[], _T]) -> _T:
        """What comes of something that the first process alone does; where it fails, all do."""
        value: _T = self.same(self.together(lambda: work() if self.first else None))
        return value

    def _fail(self, problem: Exception | None) -> NoReturn:
        """Raise what is wrong, in all processes the same."""
        told: list[Exception | None] = [None] * self.world
        with _heard():
            distributed.all_gather_object(told, _portable(problem, self.own))
        found = [(is_out_of_memory(p), number, p) for number, p in enumerate(told) if p]
        _, number, worst = min(found, key=lambda p: p[:2])
        raise problem if problem and number == self.own else worst


class LostError(GhostError):
    """Another process of the run is gone."""


@contextmanager
def _heard() -> Iterator[None]:
    """What gloo and NCCL raise inside where a process does not answer any more is said in one line."""
    try:
        yield
    except RuntimeError as error:
        raise LostError(
            "another process of this run ended, so nothing behind the last checkpoint is saved",
            "see what it said; the same command goes on from there",
        ) from error


def _portable(problem: Exception | None, own: int) -> Exception | None:
    """A problem as another process can take it."""
    if problem is None or isinstance(problem, GhostError):
        return problem
    if is_out_of_memory(problem):
        return MemoryError(str(problem))
    return RuntimeError(f"process {own}: {type(problem).__name__}: {problem}")


def is_restarted() -> bool:
    """Whether `torchrun` started this process anew, after one of them died."""
    return os.environ.get(_RESTARTS, "0") != "0"


@contextmanager
def ranks() -> Iterator[Ranks]:
    """The processes that `torchrun` started, connected; one alone without it.

    Raises:
        UsageError: there are more than cards.
    """
    card = torch.cuda.is_available()
    number = int(os.environ.get("LOCAL_RANK", "0"))
    device = torch.device("cuda", number) if card else torch.device("cpu")
    if card:
        if number >= torch.cuda.device_count():
            raise UsageError(
                f"process {number + 1} on this machine has no card: there are {torch.cuda.device_count()}",
                f"torchrun --nproc-per-node {torch.cuda.device_count()}",
            )
        torch.cuda.set_device(device)
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Ranks(0, 1, device)
        return
    _connect("cpu:gloo,cuda:nccl" if card else "gloo")
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
