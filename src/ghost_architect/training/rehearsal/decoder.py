"""`models.trinity.decoder`, `store` and `loss`: the whole step of one row."""

from __future__ import annotations

from ghost_architect.training.meter import Held, Meter
from ghost_architect.training.shapes import Model

from .layer import Layers
from .setting import WIDE, Part, Setting, kept_sizes


def rehearse(model: Model, setting: Setting) -> Meter:
    """Play a step of one row; the meter's moments are `forward`, `loss` and `backward`."""
    return Decoder(model, setting).step()


class Decoder(Part):
    """The step."""

    def step(self) -> Meter:
        """`Decoder.step`, from the embeddings on."""
        tokens, m = self.tokens, self.meter
        layers, far, last = Layers(self.model, self.setting, m), self.setting.offload, self.model.layers - 1
        kept: dict[int, list[Held | None]] = {}
        with m.moment("forward", "row"):
            embeddings = m.take(tokens * self.model.width * WIDE)
            places = [m.take(tokens * 8) for _ in range(2)]
            places += [m.take(tokens * self.model.size // 2 * WIDE) for _ in range(2 * len(set(self.model.whole)))]
            h = embeddings
            for i in range(self.model.layers):
                out, more = layers.forward(i)
                kept[i] = [h if h is not embeddings else None, *more]
                if far and i < last:
                    self._packed()
                    m.drop(kept.pop(i))
                h = out
        with m.moment("loss", "loss"):
            self._end()
        d, free = (embeddings, h) if far and last else (h, None)
        m.drop(free)
        with m.moment("backward", "row"):
            near: list[Held] = []

            def halfway() -> None:
                near.extend(self._coming() if far and i > 0 else [])

            for i in reversed(range(self.model.layers)):
                saved = self._fetched(near) if far and i < last else kept.pop(i)
                near.clear()
                layers.backward(i, self.setting.keep, i > 0 or self.setting.vision, halfway)
                m.drop(saved)
            m.drop(d, places, embeddings)
        return m

    # --- the store ---

    def _packed(self) -> None:
        """`store.Far.put`."""
        t, d = self.tokens, self.model.width
        self.meter.drop(self.meter.take(t * d * 2, "checkpoints"), self.meter.take(t * WIDE, "checkpoints"))

    def _coming(self) -> list[Held]:
        """`store.Far._fetch`: the stream in 16 bits, the rows' factors, and what was kept besides."""
        t, d = self.tokens, self.model.width
        sizes = [t * d * 2, t * WIDE, *(kept_sizes(self.model, self.setting))]
        return [self.meter.take(size, "checkpoints") for size in sizes]

    def _fetched(self, near: list[Held]) -> list[Held | None]:
        """`store.Far.take`."""
        half, factor, *others = near
        h = self.meter.take(self.tokens * self.model.width * WIDE, "checkpoints")
        self.meter.drop(half, factor)
        return [h, *others]

    # --- the loss ---

    def _end(self) -> None:
        """`Decoder._end`, where every token counts: the gradient is written over something."""
        m, t, b, model = self.meter, self.tokens, self.bytes, self.model
        counts = m.take(t * 8)
        own = m.take(t * model.width * WIDE)
        x = m.take(t * model.width * b)
        m.brief(t * 8, min(t, self.setting.loss_rows) * model.words * b)
        m.drop(x)
        m.drop(counts, own)
