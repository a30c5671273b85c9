"""`models.trinity.group`, `linear` and `adapter`: linear layers that share their input."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from ghost_architect.training.meter import Held
from ghost_architect.training.shapes import Linear

from .setting import WIDE, Part

_CHUNK = 1 << 21
"""Weights of a plain matrix that are scaled at a time (`weight._CHUNK`)."""


@dataclass(slots=True)
class Made:
    """`group.Made`: matrices that are ready for products."""

    members: tuple[Linear, ...]
    adapted: tuple[Linear, ...]
    held: list[Held]

    @property
    def rows(self) -> int:
        """How wide the outputs are together."""
        return sum(m.rows for m in self.members)


class Groups(Part):
    """Groups of linear layers."""

    def members(self, i: int, *names: str) -> tuple[Linear, ...]:
        """Linear layers of a layer."""
        return tuple(self.model.linears(i)[name] for name in names)

    def made(self, i: int, *names: str) -> Made:
        """`Group.made`."""
        m, b, r = self.meter, self.bytes, self.setting.rank
        members = self.members(i, *names)
        adapted = tuple(own for own in members if own.name in self.setting.targets)
        held = []
        for own in adapted:  # `Ready.of`
            self._factor(own)
            up = m.take(own.rows * r * WIDE)
            if self.setting.dora:
                up, old = m.take(own.rows * r * WIDE), up
                m.drop(old)
            if b < WIDE:
                held += [m.take(r * own.columns * b), m.take(own.rows * r * b)]
                m.drop(up)
            else:
                held.append(up)
        held.append(m.take(sum(own.weights for own in members) * b))
        for own in members:
            if own.plain and own in adapted and self.setting.dora:
                m.brief(min(own.weights, _CHUNK) * WIDE)
        if len(adapted) > 1:
            held.append(m.take(len(adapted) * r * members[0].columns * b))
        return Made(members, adapted, held)

    def _factor(self, own: Linear) -> None:
        """`Adapter._made`, behind a step of the optimizer: on the way there only."""
        m, r = self.meter, self.setting.rank
        if not self.setting.dora or m.doing == "backward":
            return
        with m.moment("forward", "dora"):
            low = own.rows * r * WIDE
            dense = m.take(own.weights * WIDE)
            crossed = m.take(low)
            m.drop(dense)
            m.brief(low)
            m.drop(crossed)
            m.brief(low, low)

    def low(self, made: Made, n: int) -> Held | None:
        """`Made.low`, of `n` rows."""
        size = n * len(made.adapted) * self.setting.rank * self.bytes
        return self.meter.take(size) if size else None

    def dots(self, members: tuple[Linear, ...], n: int) -> Held | None:
        """`Group.dots`, the kernel's sums of 64 rows each among it."""
        if not (self.setting.dora and any(own.name in self.setting.targets for own in members)):
            return None
        rows = sum(own.rows for own in members)
        self.meter.brief(ceil(n / 64) * rows * WIDE, rows * WIDE)
        return self.meter.take(rows * WIDE)

    def backward(self, made: Made, n: int) -> None:
        """`Made.backward`, whose result is written over something: dlow, and the gradients of each member."""
        m, r = self.meter, self.setting.rank
        dlow = self.low(made, n)
        for own in made.adapted:
            a, b = r * own.columns * WIDE, own.rows * r * WIDE
            m.brief(a, b, b)
        m.drop(dlow)
