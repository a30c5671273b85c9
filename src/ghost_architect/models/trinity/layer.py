"""One decoder layer of Gemma 3, forwards and backwards, without an autograd graph.

    h2  = h  + norm(o(attention(rope(norm(q, k)), v)))      q, k, v = qkv(norm(h))
    out = h2 + norm(down(gelu(gate) * up))                  gate, up = gate_up(norm(h2))

The way back needs h and makes everything else again, but for what was kept: attention's output and the two
outputs that are normed, which are small beside what they cost to make. The residual stream h and all norms are
float32 (or float64); matrix products are in the dtype of the pass, and `half` keeps float16 within its range, so
that no loss scale is needed.

Memory: dense matrices are there while their products are made, and cheap things (norms, rotations, dense matrices
themselves, 0.05 ms each on an H200) are made again rather than held. The feed-forward part goes back before anything
of the attention part is made again, but for what its input is made from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from ..ops.geglu import geglu, geglu_backward
from ..ops.norm import rms_norm, rms_norm_backward
from ..ops.rope import norm_rope, norm_rope_backward
from .attention import Attended, Spans, attend, attend_backward, way_of
from .group import Beside, Group, Made
from .half import narrowed, power, room, within


@dataclass(frozen=True, slots=True)
class Shape:
    """What the layers of a model have in common.

    Attributes:
        heads: of queries.
        groups: of keys and values.
        size: of a head.
        eps: of the norms.
        scale: of the scores.
        dtype: of matrix products.
        tile: rows of the feed-forward part that are computed at a time; None takes all.
        flash: whether flash attention may be taken.
    """

    heads: int
    groups: int
    size: int
    eps: float
    scale: float
    dtype: torch.dtype
    tile: int | None = None
    flash: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where a layer's tokens stand: rotations of their positions, and which keys each one sees."""

    cos: Tensor
    sin: Tensor
    spans: Spans


class Saved(NamedTuple):
    """What a layer keeps for its way back: its input, and, where they are kept, outputs that need not be made again.

    Attributes:
        h: the residual stream before the layer.
        out: attention's output, [tokens, heads, size].
        lse: its sums, see `attention.Attended`.
        o: what `o` gave.
        y: what `down` gave.
    """

    h: Tensor
    out: Tensor | None = None
    lse: Tensor | None = None
    o: Tensor | None = None
    y: Tensor | None = None


@dataclass(slots=True)
class _Attention:
    """What the attention part gave; what its way back has used is let go.

    Attributes:
        attended: attention itself.
        o: what `o` gave.
        qkv: what q, k and v gave together; None where it has to be made again.
        gradient: of `attended.out`, once it is known.
    """

    attended: Attended
    o: Tensor
    qkv: Tensor | None = None
    gradient: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """A decoder layer: groups of linear layers, and the weights of its norms by the names that Gemma 3 gives them."""

    shape: Shape
    qkv: Group
    o: Group
    gate_up: Group
    down: Group
    input_layernorm: Tensor
    post_attention_layernorm: Tensor
    pre_feedforward_layernorm: Tensor
    post_feedforward_layernorm: Tensor
    q_norm: Tensor
    k_norm: Tensor

    @torch.no_grad()
    def forward(self, h: Tensor, place: Place, keep: bool = False) -> tuple[Tensor, Saved]:
        """The residual stream [tokens, width] after this layer, and what its way back wants.

        Args:
            h: the residual stream before it.
            place: of its tokens.
            keep: whether outputs are kept besides h.
        """
        eps, dtype = self.shape.eps, self.shape.dtype
        done = self._attention(h, place)
        out = rms_norm(done.o, self.post_attention_layernorm, eps, h.dtype, h)
        saved = Saved(h, done.attended.out, done.attended.lse, done.o) if keep else Saved(h)
        del done
        kept = torch.empty(h.shape, device=h.device, dtype=dtype) if keep else None
        tiles, gate_up, down = self._feed_forward(len(h))
        for rows in tiles:
            x = self._normed(out[rows], self.gate_up, self.pre_feedforward_layernorm)
            both = gate_up().forward(x)
            act = self.down.input(len(both), dtype)
            factor = geglu(both, room(dtype), into=act.own)[1]
            del x, both
            y = down().forward(act, None if kept is None else kept[rows])
            rms_norm(y, self.post_feedforward_layernorm, eps, h.dtype, out[rows], factor, into=out[rows])
            del act, y
        return out, saved._replace(y=kept)

    @torch.no_grad()
    def backward(
        self,
        saved: Saved,
        dout: Tensor,
        place: Place,
        want: bool = True,
        halfway: Callable[[], None] | None = None,
    ) -> Tensor:
        """The gradient of `h`, written over `dout`; those of the parameters are added to their `grad`.

        Args:
            saved: what `forward` gave.
            dout: the gradient of what it gave.
            place: as then.
            want: whether anything before this layer learns; else what comes back means nothing.
            halfway: called behind the feed-forward part, whose way back takes most memory.
        """
        h = saved.h
        if saved.out is None or saved.lse is None or saved.o is None:
            done = self._attention(h, place)
        else:
            done = _Attention(Attended(saved.out, saved.lse), saved.o)
        tiles, gate_up, down = self._feed_forward(len(h))
        for rows in tiles:
            y = None if saved.y is None else saved.y[rows]
            self._feed_forward_backward(h[rows], done.o[rows], dout[rows], y, gate_up, down)
        del gate_up, down
        if halfway is not None:
            halfway()
        return self._attention_backward(h, dout, place, done, want)

    def _feed_forward(self, tokens: int) -> tuple[list[slice], Callable[[], Made], Callable[[], Made]]:
        """The tiles of the feed-forward part, and what gives its matrices: of one tile they are not held."""
        tile, dtype = self.shape.tile or tokens, self.shape.dtype
        tiles = [slice(start, min(start + tile, tokens)) for start in range(0, tokens, tile)]
        if len(tiles) == 1:
            return tiles, lambda: self.gate_up.made(dtype), lambda: self.down.made(dtype)
        gate_up, down = self.gate_up.made(dtype), self.down.made(dtype)
        return tiles, lambda: gate_up, lambda: down

    def _normed(self, h: Tensor, group: Group, weight: Tensor) -> Beside:
        """The residual stream as it goes into a group."""
        x = group.input(len(h), self.shape.dtype)
        rms_norm(h, weight, self.shape.eps, self.shape.dtype, into=x.own)
        return x

    def _attention(self, h: Tensor, place: Place) -> _Attention:
        shape = self.shape
        qkv = self.qkv.made(shape.dtype).forward(self._normed(h, self.qkv, self.input_layernorm))
        q, k, values = self._turned(qkv, place)
        attended = attend(q, k, values, place.spans, shape.scale, way_of(q, place.spans, shape.flash))
        del q, k
        x = self.o.input(len(h), shape.dtype)
        x.own.copy_(attended.out.view(len(h), -1))
        return _Attention(attended, self.o.made(shape.dtype).forward(x), qkv)

    def _turned(self, qkv: Tensor, place: Place) -> tuple[Tensor, Tensor, Tensor]:
        """Queries and keys, normed and rotated; and values."""
        shape = self.shape
        q, k, v = self._split(qkv)
        turned_q = norm_rope(q, shape.heads, self.q_norm, place.cos, place.sin, shape.eps)
        turned_k = norm_rope(k, shape.groups, self.k_norm, place.cos, place.sin, shape.eps)
        return turned_q, turned_k, v.unflatten(1, (shape.groups, shape.size))

    def _split(self, qkv: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        size, heads, groups = self.shape.size, self.shape.heads, self.shape.groups
        q, k, v = qkv.split((heads * size, groups * size, groups * size), dim=1)
        return q, k, v

    def _feed_forward_backward(
        self,
        h: Tensor,
        o: Tensor,
        dout: Tensor,
        y: Tensor | None,
        gate_up: Callable[[], Made],
        down: Callable[[], Made],
    ) -> None:
        """Write the gradient of what goes in over `dout`."""
        eps, dtype = self.shape.eps, self.shape.dtype
        middle = rms_norm(o, self.post_attention_layernorm, eps, h.dtype, h)
        x = self._normed(middle, self.gate_up, self.pre_feedforward_layernorm)
        both = self.gate_up.output(len(h), dtype)
        gate_up().forward(x, both.own)
        low = x.low.clone()
        del x
        act = self.down.input(len(h), dtype)
        factor = geglu(both.own, room(dtype), into=act.own)[1]
        if y is None:
            y = down().forward(act)
        dy = self.down.output(len(h), dtype)
        unscale = self._normed_backward(dout, y, self.post_feedforward_layernorm, dy.own, factor)
        dots = self.down.dots(dy.own, y)
        del y
        made = down()
        made.backward(act.own, made.low(act.own), dy, dots, unscale, into=act.own)
        del dy, made
        if unscale is not None:
            assert factor is not None
            more = power(act.own, both.own)
            factor, unscale = factor / more, unscale / more
        dots = geglu_backward(act.own, both.own, factor)
        del act
        x = self._normed(middle, self.gate_up, self.pre_feedforward_layernorm)
        gate_up().backward(x.own, low, both, dots, unscale, into=x.own)
        weight = self.pre_feedforward_layernorm
        rms_norm_backward(x.own, middle, weight, eps, dout.dtype, dout, None, unscale, into=dout)

    def _normed_backward(
        self, dout: Tensor, y: Tensor, weight: Tensor, into: Tensor, factor: Tensor | None = None
    ) -> Tensor | None:
        """Write the gradient of what was normed, of (factor times) y, and give what undoes its power of two."""

        def back(rows: slice, into: Tensor) -> None:
            own = None if factor is None else factor[rows]
            rms_norm_backward(dout[rows], y[rows], weight, self.shape.eps, into.dtype, None, own, into=into)

        return narrowed(back, into)

    def _attention_backward(self, h: Tensor, dout: Tensor, place: Place, done: _Attention, want: bool) -> Tensor:
        unscale = self._o_backward(done, dout)
        made = self.qkv.made(self.shape.dtype)
        if done.qkv is None:
            done.qkv = made.forward(self._normed(h, self.qkv, self.input_layernorm))
        dqkv, more = self._turned_backward(done, done.qkv, place)
        unscale = more if unscale is None else unscale if more is None else unscale * more
        dots = self.qkv.dots(dqkv.own, done.qkv)
        del done.qkv
        x = self._normed(h, self.qkv, self.input_layernorm)
        dx = made.backward(x.own, made.low(x.own), dqkv, dots, unscale, want, into=x.own)
        if dx is None:
            return dout
        eps = self.shape.eps
        return rms_norm_backward(dx, h, self.input_layernorm, eps, dout.dtype, dout, None, unscale, into=dout)

    def _o_backward(self, done: _Attention, dout: Tensor) -> Tensor | None:
        """Make the gradient of attention's output, and give what undoes its power of two."""
        dtype, o = self.shape.dtype, done.o
        dy = self.o.output(len(o), dtype)
        unscale = self._normed_backward(dout, o, self.post_attention_layernorm, dy.own)
        made, flat = self.o.made(dtype), done.attended.out.view(len(o), -1)
        done.gradient = made.backward(flat, made.low(flat), dy, self.o.dots(dy.own, o), unscale)
        del done.o
        return unscale

    def _turned_backward(self, done: _Attention, qkv: Tensor, place: Place) -> tuple[Beside, Tensor | None]:
        """The gradient of what qkv gave, and what undoes its power of two."""
        shape = self.shape
        turned_q, turned_k, values = self._turned(qkv, place)
        way = way_of(turned_q, place.spans, shape.flash)
        assert done.gradient is not None
        dout = done.gradient.view(turned_q.shape)
        less = within(dout, values) if shape.dtype is torch.float16 else None
        if less is not None:
            dout.mul_(less)
        parts = attend_backward(dout, turned_q, turned_k, values, done.attended, place.spans, shape.scale, way)
        del dout, turned_q, turned_k
        del done.gradient, done.attended
        q, k, _ = self._split(qkv)

        def back(rows: slice, into: Tensor) -> None:
            into_q, into_k, into_v = self._split(into)
            cos, sin, eps = place.cos[rows], place.sin[rows], shape.eps
            dq, dk, dv = (part[rows] for part in parts)
            norm_rope_backward(dq, q[rows], shape.heads, self.q_norm, cos, sin, eps, into_q)
            norm_rope_backward(dk, k[rows], shape.groups, self.k_norm, cos, sin, eps, into_k)
            into_v.copy_(dv.flatten(1))

        dqkv = self.qkv.output(len(qkv), shape.dtype)
        unscale = narrowed(back, dqkv.own)
        return dqkv, unscale if unscale is None or less is None else unscale / less
