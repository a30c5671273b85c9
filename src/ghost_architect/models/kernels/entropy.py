"""Cross-entropy over rows of logits, the gradient written over them."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

_BLOCK = 8192


@triton.jit
def _entropy(logits, target, loss, stride, V, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    logits += row * stride
    wanted = tl.load(target + row)
    most = float("-inf")
    total = 0.0
    for start in range(0, V, BLOCK):
        at = start + tl.arange(0, BLOCK)
        z = tl.load(logits + at, mask=at < V, other=float("-inf")).to(tl.float32)
        new = tl.maximum(most, tl.max(z, 0))
        total = total * tl.exp(most - new) + tl.sum(tl.exp(z - new), 0)
        most = new
    lse = most + tl.log(total)
    tl.store(loss + row, lse - tl.load(logits + wanted).to(tl.float32))
    tl.debug_barrier()
    for start in range(0, V, BLOCK):
        at = start + tl.arange(0, BLOCK)
        z = tl.load(logits + at, mask=at < V, other=float("-inf")).to(tl.float32)
        p = tl.exp(z - lse) - tl.where(at == wanted, 1.0, 0.0)
        tl.store(logits + at, p.to(logits.dtype.element_ty), mask=at < V)


def entropy(logits: Tensor, target: Tensor) -> Tensor:
    """See `ops.entropy.entropy`."""
    rows, words = logits.shape
    loss = torch.empty(rows, device=logits.device, dtype=torch.float32)
    with torch.cuda.device(logits.device):
        _entropy[(rows,)](logits, target, loss, logits.stride(0), words, BLOCK=_BLOCK, num_warps=16)
    return loss
