"""The loss over many words: torch's, without its logits."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ghost_architect.models.trinity.loss import linear_entropy

from .layers import relative


class Largest(TorchDispatchMode):
    """How many numbers the largest tensor has that any operation makes."""

    numbers = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = function(*args, **(kwargs or {}))
        made = [t.numel() for t in tree_leaves(out) if isinstance(t, Tensor)]
        self.numbers = max([self.numbers, *made])
        return out


@pytest.mark.parametrize("rows", [1, 7, 16, 33, 1000])
def test_it_is_torchs_loss(rows: int) -> None:
    x, words = torch.randn(33, 24, dtype=torch.float64), torch.randn(101, 24, dtype=torch.float64)
    target = torch.randint(0, 101, (33,))
    own = x.clone().requires_grad_()
    wanted = functional.cross_entropy(own @ words.T, target, reduction="sum")
    wanted.backward()
    loss, dx = linear_entropy(x, words, target, rows)
    assert relative(loss, wanted) < 1e-13
    assert relative(dx, own.grad) < 1e-12


@pytest.mark.parametrize(("dtype", "limit"), [(torch.float16, 5e-3), (torch.bfloat16, 3e-2)])
def test_sums_are_float32_beside_16_bits(dtype: torch.dtype, limit: float) -> None:
    x, words = torch.randn(300, 32).to(dtype), (torch.randn(200, 32) * 0.3).to(dtype)
    target = torch.randint(0, 200, (300,))
    own = x.double().requires_grad_()
    wanted = functional.cross_entropy(own @ words.double().T, target, reduction="sum")
    wanted.backward()
    loss, dx = linear_entropy(x, words, target, 64)
    assert (loss.dtype, dx.dtype) == (torch.float32, dtype)
    assert relative(loss, wanted) < 2e-3
    assert relative(dx, own.grad) < limit


def test_the_logits_are_never_held() -> None:
    tokens, vocabulary, rows = 400, 1000, 16
    x, words, target = torch.randn(tokens, 8), torch.randn(vocabulary, 8), torch.randint(0, vocabulary, (tokens,))
    with Largest() as largest:
        linear_entropy(x, words, target, rows)
    assert largest.numbers == rows * vocabulary
    with Largest() as largest:  # or nothing was counted
        functional.cross_entropy(x @ words.T, target)
    assert largest.numbers == tokens * vocabulary


def test_no_tokens_that_count_cost_nothing() -> None:
    loss, dx = linear_entropy(torch.zeros(0, 8), torch.randn(50, 8), torch.zeros(0, dtype=torch.long))
    assert (float(loss), dx.shape) == (0.0, (0, 8))
