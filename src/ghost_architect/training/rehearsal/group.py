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
    held: Held


class Groups(Part):
    """Groups of linear layers."""

    def members(self, i: int, *names: str) -> tuple[Linear, ...]:
        """Linear layers of a layer."""
        return tuple(self.model.linears(i)[name] for name in names)

    def input(self, i: int, n: int, *names: str) -> Held:
        """`Group.input`."""
        members = self.members(i, *names)
        return self._room(members, n, members[0].columns)

    def output(self, i: int, n: int, *names: str) -> Held:
        """`Group.output`."""
        members = self.members(i, *names)
        return self._room(members, n, sum(own.rows for own in members))

    def made(self, i: int, *names: str) -> Made:
        """`Group.made`."""
        m, members = self.meter, self.members(i, *names)
        rows = sum(own.rows for own in members)
        matrix = self._room(members, rows + self._ranks(members), members[0].columns)
        adapted = self._adapted(members)
        for own in adapted:  # `Ready.of`
            self._factor(own)
            if self.setting.dora:
                m.brief(own.rows * WIDE)
                m.brief(min(own.weights, _CHUNK) * WIDE if own.plain else 0)
        return Made(members, adapted, matrix)

    def _adapted(self, members: tuple[Linear, ...]) -> tuple[Linear, ...]:
        return tuple(own for own in members if own.name in self.setting.targets)

    def _ranks(self, members: tuple[Linear, ...]) -> int:
        return len(self._adapted(members)) * self.setting.rank

    def _room(self, members: tuple[Linear, ...], n: int, columns: int) -> Held:
        """`Group._room`."""
        return self.meter.take(n * (columns + self._ranks(members)) * self.bytes)

    def _factor(self, own: Linear) -> None:
        """`Adapter._crossed`, behind a step of the optimizer: on the way there only."""
        m, b, r = self.meter, self.bytes, self.setting.rank
        if not self.setting.dora or m.doing == "backward":
            return
        with m.moment("forward", "dora"):
            dense = None if own.plain else m.take(own.weights * b)
            down = m.take(r * own.columns * b) if b < WIDE else None
            crossed = m.take(own.rows * r * WIDE)
            m.drop(dense, down)
            m.brief(r * r * WIDE)
            m.drop(crossed)

    def low(self, made: Made, n: int) -> Held | None:
        """`Made.low`, of `n` rows."""
        size = n * self._ranks(made.members) * self.bytes
        return self.meter.take(size) if size else None

    def dots(self, members: tuple[Linear, ...], n: int) -> Held | None:
        """`Group.dots`, the kernel's sums of 64 rows each among it."""
        if not (self.setting.dora and self._adapted(members)):
            return None
        rows = sum(own.rows for own in members)
        self.meter.brief(ceil(n / 64) * rows * WIDE, rows * WIDE)
        return self.meter.take(rows * WIDE)

    def backward(self, made: Made) -> None:
        """`Made.backward`, whose result is written over something: the gradients of each member."""
        if not made.adapted:
            return
        m, rank = self.meter, self.setting.rank
        da = m.take(len(made.adapted) * rank * made.adapted[0].columns * WIDE)
        for own in made.adapted:
            m.brief(own.rows * rank * WIDE)
        m.drop(da)
