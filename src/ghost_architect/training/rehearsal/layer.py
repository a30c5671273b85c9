"""`models.trinity.layer`: a decoder layer, forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from ghost_architect.training.meter import Held

from .attention import Attention
from .group import Groups, Made
from .setting import WIDE, Part

_QKV, _GATE_UP = ("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj")

_WIDE = 8192
"""Up to so many rows of a gradient are held in float32 on their way to float16 (`half._WIDE`)."""

_PART = 2048
"""Of more rows so many are (`half._PART`)."""


@dataclass(slots=True)
class _Attention:
    """`layer._Attention`: what the attention part leaves for its way back; nothing where it was kept."""

    attended: list[Held]
    o: Held | None = None
    qkv: Held | None = None


class Layers(Part):
    """Decoder layers."""

    @cached_property
    def groups(self) -> Groups:
        """Their linear layers."""
        return Groups(self.model, self.setting, self.meter)

    @cached_property
    def ways(self) -> Attention:
        """Their attention."""
        return Attention(self.model, self.setting, self.meter)

    def forward(self, i: int) -> tuple[Held, list[Held]]:
        """`Layer.forward`: what comes out, and what is kept besides the input."""
        m, t, b = self.meter, self.tokens, self.bytes
        d, f = self.model.width, self.model.inner
        with m.moment("forward", "work"):
            done = self._attention(i)
            out = m.take(t * d * WIDE, "checkpoints")
            m.drop(done.qkv)
            kept = [*done.attended, done.o] if self.setting.keep else []
            if self.setting.keep:
                kept.append(m.take(t * d * b))
            else:
                m.drop(done.attended, done.o)
            tiles, held = self._feed_forward(i)
            old: list[Held | None] = []
            for n in tiles:
                x = self.groups.input(i, n, *_GATE_UP)
                gate_up = held[0] if held else self.groups.made(i, *_GATE_UP)
                both = m.take(n * 2 * f * b)
                m.drop(old)
                self._let_go(gate_up, held)
                act, factor = self.groups.input(i, n, "down_proj"), m.take(n * WIDE)
                m.drop(x, both)
                down = held[1] if held else self.groups.made(i, "down_proj")
                y = None if self.setting.keep else m.take(n * d * b)
                self._let_go(down, held)
                m.drop(act, y)
                old = [factor]
            m.drop(old, *(made.held for made in held))
        for each in kept:
            self._is_checkpoint(each)
        return out, [each for each in kept if each]

    def _is_checkpoint(self, held: Held | None) -> None:
        """What was work a moment ago now waits for the way back."""
        if held:
            size = held.size
            self.meter.drop(held)
            held.kind = "checkpoints"
            held.size = self.meter.take(size, held.kind).size

    def backward(self, i: int, kept: bool, want: bool, halfway: Callable[[], None]) -> None:
        """`Layer.backward`."""
        m = self.meter
        with m.moment("backward", "work"):
            done = _Attention([]) if kept else self._attention(i)
            tiles, held = self._feed_forward(i)
            for n in tiles:
                self._feed_forward_backward(i, n, kept, held)
            m.drop(*(made.held for made in held))
            halfway()
            self._attention_backward(i, done, want)

    def _feed_forward(self, i: int) -> tuple[list[int], list[Made]]:
        """`Layer._feed_forward`: rows of each tile, and the matrices, where they are held."""
        t = self.tokens
        tile = self.setting.tile or t
        whole, rest = divmod(t, tile)
        tiles = [tile] * min(whole, 2) + [rest] * (rest > 0)  # the other tiles take no more
        if len(tiles) == 1:
            return tiles, []
        return tiles, [self.groups.made(i, *_GATE_UP), self.groups.made(i, "down_proj")]

    def _let_go(self, made: Made, held: list[Made]) -> None:
        """Drop matrices, but for those that are held over all tiles."""
        if not held:
            self.meter.drop(made.held)

    def _attention(self, i: int) -> _Attention:
        """`Layer._attention`."""
        m, t, b, model = self.meter, self.tokens, self.bytes, self.model
        made, x = self.groups.made(i, *_QKV), self.groups.input(i, t, *_QKV)
        qkv = m.take(t * sum(own.rows for own in made.members) * b)
        m.drop(made.held, x)
        turned = self._turned()
        attended = self.ways.attend(i)
        m.drop(turned)
        x, made = self.groups.input(i, t, "o_proj"), self.groups.made(i, "o_proj")
        o = m.take(t * model.width * b)
        m.drop(x, made.held)
        return _Attention(attended, o, qkv)

    def _turned(self) -> list[Held]:
        """`Layer._turned`: queries and keys."""
        m, t, b, model = self.meter, self.tokens, self.bytes, self.model
        return [m.take(t * heads * model.size * b) for heads in (model.heads, model.groups)]

    def _feed_forward_backward(self, i: int, n: int, kept: bool, held: list[Made]) -> None:
        """`Layer._feed_forward_backward`, of `n` rows."""
        m, b = self.meter, self.bytes
        d, f = self.model.width, self.model.inner
        middle, x = m.take(n * d * WIDE), self.groups.input(i, n, *_GATE_UP)
        both = self.groups.output(i, n, *_GATE_UP)
        gate_up = held[0] if held else self.groups.made(i, *_GATE_UP)
        self._let_go(gate_up, held)
        low = self.groups.low(gate_up, n)
        m.drop(x)
        act, factor, y = self.groups.input(i, n, "down_proj"), m.take(n * WIDE), None
        if not kept:
            down = held[1] if held else self.groups.made(i, "down_proj")
            y = m.take(n * d * b)
            self._let_go(down, held)
        dy = self.groups.output(i, n, "down_proj")
        self._normed_backward(n, d)
        dots = self.groups.dots(self.groups.members(i, "down_proj"), n)
        m.drop(y)
        down = held[1] if held else self.groups.made(i, "down_proj")
        own = self.groups.low(down, n)
        self.groups.backward(down)
        m.drop(own, dy)
        self._let_go(down, held)
        m.brief(ceil(n / 64) * 2 * f * WIDE, 2 * f * WIDE)
        m.drop(dots)
        dots = m.take(2 * f * WIDE)
        m.drop(act)
        x = self.groups.input(i, n, *_GATE_UP)
        gate_up = held[0] if held else self.groups.made(i, *_GATE_UP)
        self.groups.backward(gate_up)
        self._let_go(gate_up, held)
        m.drop(middle, both, low, factor, dots, x)

    def _attention_backward(self, i: int, done: _Attention, want: bool) -> None:
        """`Layer._attention_backward`."""
        m, t, b = self.meter, self.tokens, self.bytes
        gradient = self._o_backward(i, done)
        made = self.groups.made(i, *_QKV)
        rows = sum(own.rows for own in made.members)
        if not done.qkv:
            x = self.groups.input(i, t, *_QKV)
            done.qkv = m.take(t * rows * b)
            m.drop(x)
        turned = self._turned()
        parts = self.ways.attend_backward(i)
        m.drop(turned, gradient, done.attended)
        dqkv = self.groups.output(i, t, *_QKV)
        self._narrowed(t, rows)
        m.drop(parts)
        dots = self.groups.dots(made.members, t)
        m.drop(done.qkv)
        x = self.groups.input(i, t, *_QKV)
        low = self.groups.low(made, t)
        self.groups.backward(made)
        m.drop(dqkv, dots, x, low, made.held)

    def _o_backward(self, i: int, done: _Attention) -> Held:
        """`Layer._o_backward`: the gradient of attention's output."""
        m, t, model = self.meter, self.tokens, self.model
        dy = self.groups.output(i, t, "o_proj")
        self._normed_backward(t, model.width)
        made = self.groups.made(i, "o_proj")
        low, dots = self.groups.low(made, t), self.groups.dots(made.members, t)
        self.groups.backward(made)
        gradient = m.take(t * model.heads * model.size * self.bytes)
        m.drop(dy, low, dots, made.held, done.o)
        return gradient

    def _normed_backward(self, n: int, columns: int) -> None:
        """`Layer._normed_backward`."""
        self._narrowed(n, columns)

    def _narrowed(self, n: int, columns: int) -> None:
        """`half.narrowed`."""
        if self.setting.precision == "fp16":
            self.meter.brief((n if n <= _WIDE else _PART) * columns * WIDE)
