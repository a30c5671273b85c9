"""All blocks of a page, in reading order, each with its heading. A line belongs to one block at most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ghost_architect.pages.boxes import Shape, find_boxes
from ghost_architect.pages.page import Line, Page
from ghost_architect.pages.signals import Signals, tokens

from .cards import find_cards
from .details import find_details
from .dialogs import dialog_on
from .fields import Block, BlockKind
from .forms import find_forms
from .grids import find_grids
from .layout import holds, shared_width
from .titles import active_entries, entity, heading_over

Detector = Callable[[Sequence[Line], Sequence[Shape], Signals], list[Block]]

DETECTORS: tuple[Detector, ...] = (find_grids, find_forms, find_cards, find_details)
"""Asked in this order; each sees the lines that the ones before it left."""


def find_blocks(page: Page, lines: Sequence[Line], signals: Signals) -> list[Block]:
    """Every block of fields on the page, from the top; `lines` are the page's, evened."""
    shapes = find_boxes(page.pixels, page.lines) if page.pixels is not None else ()
    dialog = dialog_on(page, lines, shapes)
    if dialog is not None:
        lines = [n for n in lines if holds(dialog, n.box)]
        shapes = tuple(s for s in shapes if holds(dialog, s.box) and s.box != dialog)
    free: list[Line] = list(lines)
    found: list[Block] = []
    for detect in DETECTORS:
        for block in detect(free, shapes, signals):
            found.append(block)
            free = [n for n in free if n.n not in block.lines]
    used = frozenset(n for b in found for n in b.lines)
    chosen = active_entries([n for n in lines if n.n not in used], shapes, signals)
    said = {v for b in found for f in b.fields for v in f.values}
    titled = []
    for block in found:
        heading = None if block.grouped else heading_over(block, lines, shapes, used, signals)
        titled.append(_as_record(replace(block, title=_title(block, heading, chosen, said, signals))))
    return sorted(titled, key=lambda b: (b.box[1], b.box[0]))


def _title(block: Block, heading: Line | None, chosen: Sequence[Line], said: set[str], signals: Signals) -> Line | None:
    """The heading; or the chosen tab between it and a grid; or, where the heading is only the name of the record
    or is missing, the chosen entry of the menu."""
    if heading is not None and block.kind is BlockKind.GRID:
        tabs = [n for n in chosen if heading.box[1] < n.box[1] < block.box[1] and shared_width(n.box, block.box) > 0]
        tabs = [n for n in tabs if entity(n.text, signals)]
        if tabs:
            return tabs[-1]
    if heading is not None and heading.text not in said:
        return heading
    return None if block.grouped else next((n for n in chosen if entity(n.text, signals)), None)


def _as_record(block: Block) -> Block:
    """A grid of one row under a heading like "Customer information" is a record laid sideways."""
    one_row = block.kind is BlockKind.GRID and all(len(f.values) <= 1 for f in block.fields)
    words = tokens(block.title.text) if block.title else []
    aside = len(words) > 1 and words[-1] in ("information", "info", "details", "detail", "profile")
    return replace(block, kind=BlockKind.DETAIL) if one_row and aside else block
