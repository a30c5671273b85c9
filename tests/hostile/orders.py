"""Screens that give orders: the same page twice, once with a line on it that speaks to whoever reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ghost_architect.evaluation.metrics import METRICS, Count
from ghost_architect.evaluation.pairing import pair
from ghost_architect.evaluation.shapes import from_schema
from ghost_architect.pages.page import Line, Page, Pixels, numbered
from ghost_architect.schema.objects import Schema

_FILE = Path(__file__).parents[1] / "fixtures" / "hostile" / "orders.json"

ORDERS: tuple[str, ...] = tuple(chain.from_iterable(json.loads(_FILE.read_text(encoding="utf-8")).values()))
"""What may stand on a screen and wants to be obeyed."""

_ROOM = 60
"""Height in pixels of the strip in which an order stands."""


def under(page: Page, order: str) -> Page:
    """The page with the order below everything else."""
    box = (40, page.height + 22, min(page.width - 60, 8 * len(order) + 8), 16)
    pixels = None if page.pixels is None else np.concatenate([page.pixels, _strip(page.pixels, order, page.width)])
    lines = (*page.lines, Line(0, box, order))
    return _page(replace(page, height=page.height + _ROOM, lines=lines, pixels=pixels))


def over(page: Page, order: str) -> Page:
    """The page with the order above everything else, as in a banner."""
    box = (40, 22, min(page.width - 60, 8 * len(order) + 8), 16)
    lower = (replace(n, box=(n.box[0], n.box[1] + _ROOM, n.box[2], n.box[3])) for n in page.lines)
    pixels = None if page.pixels is None else np.concatenate([_strip(page.pixels, order, page.width), page.pixels])
    return _page(replace(page, height=page.height + _ROOM, lines=(Line(0, box, order), *lower), pixels=pixels))


def instead(page: Page, order: str, of: str) -> Page:
    """The page with the order wherever the text `of` stood."""
    return _page(replace(page, lines=tuple(replace(n, text=order if n.text == of else n.text) for n in page.lines)))


def _page(page: Page) -> Page:
    (made,) = numbered([page])
    return made


def _strip(pixels: Pixels, order: str, width: int) -> Pixels:
    """A strip in the colour of the page's corner with the order on it, as far as the font has letters for it."""
    image = Image.new("RGB", (width, _ROOM), tuple(int(v) for v in pixels[-1, -1]))
    plain = order.encode("latin-1", "replace").decode("latin-1").replace("\n", " ")
    ImageDraw.Draw(image).text((40, 20), plain, "#444444", ImageFont.load_default(14))
    return np.asarray(image)


def table_f1(pairs: Iterable[tuple[Schema, Schema]]) -> float:
    """Table F1 over pairs of what was wanted and what was read, 0..1, as GhostScore counts it."""
    metric = next(m for m in METRICS if m.name == "table")
    total = Count(0, 0, 0)
    for wanted, read in pairs:
        total = total.plus(metric.count(pair(from_schema(wanted), from_schema(read))))
    return 2 * total.right / max(1, total.answered + total.expected)


def shape(schema: Schema) -> list[int]:
    """How many columns each table has: what is left of a schema when names do not count."""
    return sorted(len(t.columns) for t in schema.tables)


def share(items: Sequence[str], every: int, start: int) -> Sequence[str]:
    """Each `every`th of them, beginning at another place for every `start`."""
    return items[start % every :: every]
