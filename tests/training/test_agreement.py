"""What fails in one process fails in all of them, the same way, and none waits for another that will not come."""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Callable
from typing import Any

import pytest

from ghost_architect.errors import InputError, UsageError

pytestmark = pytest.mark.usefixtures("torch_here")
WORLD = 3


def wrong(number: int, own: int) -> None:
    if number == own:
        raise InputError(f"process {own} found a damaged row", "a hint")


def full(number: int, own: int) -> None:
    import torch

    if number == own:
        raise torch.OutOfMemoryError(f"CUDA out of memory in {own}")


def bad(number: int, own: int) -> None:
    if number == own:
        raise ZeroDivisionError("nobody thought of it")


def both(number: int, own: int) -> None:
    full(0, own)
    wrong(number, own)


def work(environment: dict[str, str], answers: Any) -> None:
    """What a process does: one scene after another, as if nothing had been; at last, one of them is gone."""
    os.environ.update(environment)
    import torch

    from ghost_architect.multimodal_model.machine import is_out_of_memory
    from ghost_architect.training.ranks import ranks

    torch.set_num_threads(1)
    with ranks() as own:
        said: list[Any] = [own.together(lambda: own.own), own.led(lambda: own.own)]
        scenes: tuple[Callable[[int, int], None], ...] = (wrong, full, bad, both)
        for scene in scenes:
            try:
                own.together(lambda scene=scene: scene(1, own.own))  # type: ignore[misc]
            except Exception as error:
                kind = "full" if is_out_of_memory(error) else type(error).__name__
                said.append((kind, str(error), getattr(error, "hint", "")))
        try:
            own.led(lambda: wrong(0, own.own))
        except InputError as error:
            said.append(error.message)
        answers.put((own.own, said))
        answers.close()
        answers.join_thread()
        if own.own == 1:
            os._exit(0)
        try:
            own.most(1)
        except Exception as error:
            raise SystemExit(type(error).__name__ != "LostError") from error


@pytest.fixture(scope="module")
def said() -> dict[int, list[Any]]:
    """What each process met."""
    from tests.outside import python_package

    for package in ("torch", "transformers"):
        python_package(package)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    context = multiprocessing.get_context("forkserver")
    answers = context.Queue()
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(WORLD)}
    each = [
        context.Process(target=work, args=({**shared, "RANK": str(n), "LOCAL_RANK": str(n)}, answers))
        for n in range(WORLD)
    ]
    for process in each:
        process.start()
    found = dict(answers.get(timeout=120) for _ in each)
    for process in each:
        process.join(60)
    assert [process.exitcode for process in each] == [0] * WORLD  # the two that are left were told so
    return found


def test_each_has_its_own_and_what_the_first_one_found(said: dict[int, list[Any]]) -> None:
    assert [said[n][:2] for n in range(WORLD)] == [[n, 0] for n in range(WORLD)]


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (0, ("InputError", "process 1 found a damaged row", "a hint")),
        (1, ("full", "CUDA out of memory in 1", "")),
        (3, ("InputError", "process 1 found a damaged row", "a hint")),  # and not that 0 is out of memory
    ],
)
def test_all_raise_what_one_raised(said: dict[int, list[Any]], scene: int, expected: tuple[str, ...]) -> None:
    assert [said[n][2 + scene] for n in range(WORLD)] == [expected] * WORLD


def test_what_nobody_thought_of_is_named_elsewhere(said: dict[int, list[Any]]) -> None:
    own = ("ZeroDivisionError", "nobody thought of it", "")
    other = ("RuntimeError", "process 1: ZeroDivisionError: nobody thought of it", "")
    assert [said[n][4] for n in range(WORLD)] == [other, own, other]


def test_what_the_first_one_could_not_do_all_know(said: dict[int, list[Any]]) -> None:
    assert {said[n][6] for n in range(WORLD)} == {"process 0 found a damaged row"}


def test_a_process_without_a_card_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from ghost_architect.training.ranks import ranks

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv("LOCAL_RANK", "1")
    with pytest.raises(UsageError) as refused, ranks():
        pass
    assert refused.value.message == "process 2 on this machine has no card: there are 1"
    assert refused.value.hint == "torchrun --nproc-per-node 1"
