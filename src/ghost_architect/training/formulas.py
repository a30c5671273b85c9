"""How a plan says what it counted: the term of each kind of what comes and goes, in words and numbers."""

from __future__ import annotations

import math

from . import static
from .rehearsal.setting import BYTES, Setting
from .shapes import Model


def _of_row(model: Model, setting: Setting) -> str:
    return f"embeddings and their gradient, {setting.sequence:,} x {model.width:,} x 4 B each; rotations"


def _of_checkpoints(model: Model, setting: Setting) -> str:
    more = ", attention's output and sums, o's and down's outputs" if setting.keep else ""
    where = "in the host's memory: of two layers" if setting.offload else f"of {model.layers} layers"
    return f"{where}: the input, {setting.sequence:,} x {model.width:,} x 4 B{more}"


def _of_work(model: Model, setting: Setting) -> str:
    rows = min(setting.sequence, setting.tile or setting.sequence)
    dense = 2 * model.width * model.inner
    feed = f"{rows:,} rows x 3 x {model.inner:,} of the feed-forward part"
    return f"{many(dense)} weights out of NF4, {feed}, what attention left; {setting.precision}"


def _of_dora(model: Model, setting: Setting) -> str:
    rows, columns = max((shape for name, shape in model.shapes.items() if name in setting.targets), key=math.prod)
    return f"a matrix of {rows:,} x {columns:,} x {BYTES[setting.precision]} B at a time, once a step"


def _of_loss(model: Model, setting: Setting) -> str:
    return f"logits of {setting.loss_rows} tokens x {model.words:,} words; {setting.precision}"


def _of_pictures(model: Model, setting: Setting) -> str:
    assert model.tower is not None
    one = f"{model.tower.patches:,} patches of a picture"
    if setting.vision:
        return f"{one}, which learns behind the row, one after the other"
    return f"{one}, before the row" + ("; the tower comes for that" if setting.tower == "host" else "")


def _of_building(model: Model, setting: Setting) -> str:
    return f"{many(static.parameters(model, setting))} x 4 B twice, before the optimizer has anything"


def _of_update(model: Model, setting: Setting) -> str:
    return f"{many(static.parameters(model, setting))} x 4 B"


FORMULAS = {
    "row": _of_row,
    "checkpoints": _of_checkpoints,
    "work": _of_work,
    "dora": _of_dora,
    "loss": _of_loss,
    "pictures": _of_pictures,
    "building": _of_building,
    "update": _of_update,
}
"""The meter's kinds -> how they are counted, of a model and a setting."""


def many(count: int) -> str:
    """A large number in words, as 1.25 billion or 12.3 million."""
    return f"{count / 1e9:.2f} billion" if count >= 1e9 else f"{count / 1e6:.1f} million"
