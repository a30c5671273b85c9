"""Adapters at a smaller rank: the best that the smaller rank can do.

s B A is cut behind its largest singular values (Eckart and Young, 1936, doi:10.1007/BF02288367). The product is
never made: with B = Q R and A^T = P S it has the singular values of s R S^T, which is rank x rank.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ...errors import UsageError
from .adapter import scaling_of
from .adapters import layer_keys, layers_in
from .adopt import Recipe

_SIZE = 1 / math.sqrt(3)
"""The norm of a row of A as it is first drawn, which a row has where A is all zero."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A product s B A at a smaller rank.

    Attributes:
        lora_A: [rank, columns], in the dtype of the old one.
        lora_B: [rows, rank], likewise.
        lost: the Frobenius norm of what was cut off.
        whole: the Frobenius norm before.
    """

    lora_A: Tensor
    lora_B: Tensor
    lost: float
    whole: float


@dataclass(frozen=True, slots=True)
class Shrunk:
    """All of an adapter's folder at a smaller rank.

    Attributes:
        recipe: with the smaller rank.
        tensors: by their names in a file.
        lost: of each layer, the share of the update's Frobenius norm that was cut off, 0 to 1.
    """

    recipe: Recipe
    tensors: dict[str, Tensor]
    lost: dict[str, float]


def cut(a: Tensor, b: Tensor, scaling: float, rank: int, new_scaling: float) -> Cut:
    """The best `new_scaling` B' A' of this rank for `scaling` B A.

    Args:
        a: [old rank, columns].
        b: [rows, old rank].
        scaling: of them.
        rank: of the result, at most the old one.
        new_scaling: of the result.

    Raises:
        UsageError: the rank is not between 1 and the old one.
    """
    _check(a.shape[0], rank)
    q, r = torch.linalg.qr(b.double())
    p, s = torch.linalg.qr(a.double().T)
    u, sigma, vt = torch.linalg.svd(scaling * (r @ s.T))
    # A keeps the size that its rows had, and with it the speed at which B learns; B alone may vanish.
    size = float(a.double().norm()) / math.sqrt(a.shape[0]) or _SIZE
    # A matrix lower than the rank has fewer singular values than the rank: what is missing stays zero.
    kept = min(rank, len(sigma))
    new_a, new_b = a.new_zeros(rank, a.shape[1]), b.new_zeros(b.shape[0], rank)
    new_a[:kept] = (size * (vt[:kept] @ p.T)).to(a.dtype)
    new_b[:, :kept] = (q @ u[:, :kept] * (sigma[:kept] / (new_scaling * size))).to(b.dtype)
    return Cut(new_a, new_b, float(sigma[kept:].norm()), float(sigma.norm()))


def _check(old: int, rank: int) -> None:
    if not 1 <= rank <= old:
        raise UsageError(f"an adapter of rank {old} cannot be cut to rank {rank}", f"1 to {old}")


def shrunk_tensors(recipe: Recipe, tensors: Mapping[str, Tensor], rank: int) -> Shrunk:
    """What `adapters.read_adapter` gave, at a smaller rank, with the same alpha and magnitudes."""
    _check(recipe.rank, rank)
    old, new = (scaling_of(recipe.alpha, r, recipe.rslora) for r in (recipe.rank, rank))
    made, lost = dict(tensors), {}
    for name in layers_in(tensors):
        a, b, _ = layer_keys(name)
        done = cut(tensors[a], tensors[b], old, rank, new)
        made[a], made[b] = done.lora_A, done.lora_B
        lost[name] = done.lost / done.whole if done.whole else 0.0
    return Shrunk(replace(recipe, rank=rank), made, lost)
