"""What is in memory all through a run, counted tensor by tensor: weights, adapters, gradients, optimizer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil

from .meter import BLOCK
from .rehearsal.setting import BYTES, WIDE, Setting
from .shapes import Linear, Model

_TABLES = (1024, 64, 4)
"""Bytes of what NF4's bytes stand for, of its half bytes, and of the offset: tensors of each matrix."""

_QUANTISED = 4096
"""From so many numbers on, `adamw_8bit` keeps moments in 8 bits (bitsandbytes' `min_8bit_size`)."""


def rounded(sizes: Iterable[float]) -> int:
    """The sum of tensors' bytes, each in whole blocks of the allocator."""
    return sum(-(-ceil(size) // BLOCK) * BLOCK for size in sizes)


def nf4(own: Linear) -> int:
    """Bytes of a matrix in NF4: half a byte a weight, a byte for 64 weights, 4 bytes for 64 x 256 of them."""
    blocks = own.weights // 64
    return rounded((own.weights / 2, blocks, ceil(blocks / 256) * 4, *_TABLES))


def linears(model: Model) -> Iterator[Linear]:
    """All linear layers of the decoder."""
    for i in range(model.layers):
        yield from model.linears(i).values()


def adapted(model: Model, setting: Setting) -> Iterator[Linear]:
    """Those that learn, the vision tower's behind the decoder's."""
    yield from (own for own in linears(model) if own.name in setting.targets)
    if setting.vision and model.tower:
        yield from model.tower.adapted(setting.targets)


def weights(model: Model, setting: Setting) -> tuple[int, int]:
    """Bytes of the linear layers in NF4, and of those that are not quantised."""
    b = BYTES[setting.precision]
    quantised = sum(nf4(own) for own in linears(model) if not own.plain)
    return quantised, rounded(own.weights * b for own in linears(model) if own.plain)


def words(model: Model, setting: Setting) -> int:
    """Bytes of the embeddings, and of the output's matrix where it is another one."""
    return rounded([model.words * model.width * BYTES[setting.precision]] * (1 if model.tied else 2))


def norms(model: Model, setting: Setting) -> int:
    """Bytes of the norms' weights."""
    own = [model.width] * 4 + [model.size] * 2
    return rounded(n * BYTES[setting.precision] for n in [*own * model.layers, model.width])


def tower(model: Model, setting: Setting) -> int:
    """Bytes of the vision tower and the projector."""
    return model.tower.weights(model.width) * BYTES[setting.precision] if model.tower else 0


def parameters(model: Model, setting: Setting) -> int:
    """How many numbers learn: A, B, and the magnitudes. They are one tensor, and so are their gradients."""
    return sum(
        setting.rank * (own.rows + own.columns) + (own.rows if setting.dora else 0) for own in adapted(model, setting)
    )


def adapters(model: Model, setting: Setting) -> int:
    """Bytes of what learns, and of its gradients: both are float32."""
    return rounded([parameters(model, setting) * WIDE])


def optimizer(model: Model, setting: Setting) -> int:
    """Bytes of the two moments of each number that learns."""
    n = parameters(model, setting)
    if setting.optimizer == "adamw_8bit" and n >= _QUANTISED:
        return rounded([n, n, ceil(n / 256) * 4, ceil(n / 256) * 4])
    return rounded([n * WIDE, n * WIDE])


def caches(model: Model, setting: Setting) -> int:
    """Bytes that DoRA keeps for each row: ||W||^2, and the three numbers of `ops.dora.Factor`."""
    return rounded(own.rows * WIDE for own in adapted(model, setting) for _ in range(4)) if setting.dora else 0
