"""Threads of the CPU: as many as a setting says, and afterwards as many as before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.outside import python_package
from tests.training.small import Told, settings


class Counting(Told):
    """Looks how many threads there are when a step is done."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[int] = set()

    def step(self, measured: object) -> None:
        import torch

        self.seen.add(torch.get_num_threads())


@pytest.mark.parametrize(("said", "expected"), [(3, 3), (None, 2)])
def test_a_run_takes_the_threads_that_it_was_told(
    tmp_path: Path, torch_here: None, said: int | None, expected: int
) -> None:
    import torch

    from ghost_architect.train import train

    torch.set_num_threads(2)
    watch = Counting()
    train(replace(settings(tmp_path, steps=1), threads=said), watch=watch)
    assert watch.seen == {expected}
    assert torch.get_num_threads() == 2


def test_they_are_given_back_where_a_run_fails() -> None:
    python_package("torch")
    import torch

    from ghost_architect.training.threads import threads

    torch.set_num_threads(1)
    with pytest.raises(RuntimeError), threads(2):
        raise RuntimeError
    assert torch.get_num_threads() == 1
