"""A contact sheet: pairs side by side, each screen with its evidence drawn on it and its truth beside it.

For people who want to see what a data set is made of before they trust it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping

from PIL import Image, ImageDraw, ImageFont

from ghost_architect.pages.pair import Pair, Visibility

_TILE, _TEXT, _HEIGHT, _GAP = 640, 300, 440, 14
_COLOURS = ("#d1495b", "#2e86ab", "#3d9970", "#b8860b", "#7b4fa0", "#d2691e", "#17888f", "#8b5a2b")
_PAPER, _INK, _FAINT = "#ffffff", "#20242c", "#8a919e"


def sheet(samples: Iterable[tuple[Pair, Mapping[str, bytes]]], columns: int = 2) -> bytes:
    """Tiles of the first screen of each pair, as a PNG.

    Args:
        samples: pairs with the bytes of their pictures by name.
        columns: tiles beside each other.
    """
    tiles = [_tile(pair, images) for pair, images in samples]
    rows = -(-len(tiles) // columns)
    width, height = _TILE + _TEXT + _GAP, _HEIGHT + _GAP
    out = Image.new("RGB", (columns * width + _GAP, rows * height + _GAP), "#e6e8ec")
    for i, tile in enumerate(tiles):
        out.paste(tile, (_GAP + i % columns * width, _GAP + i // columns * height))
    buffer = io.BytesIO()
    out.save(buffer, "PNG")
    return buffer.getvalue()


def _tile(pair: Pair, images: Mapping[str, bytes]) -> Image.Image:
    out = Image.new("RGB", (_TILE + _TEXT, _HEIGHT), _PAPER)
    with Image.open(io.BytesIO(images[pair.images[0]])) as file:
        picture = file.convert("RGB")
    scale = min(_TILE / picture.width, (_HEIGHT - 22) / picture.height)
    small = picture.resize(
        (max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), Image.Resampling.LANCZOS
    )
    out.paste(small, (0, 22))
    draw = ImageDraw.Draw(out)
    shown = {fact.partition(".")[0] for fact in pair.evidence}
    names = [t.name for t in pair.schema.tables if t.name in shown]
    colours = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(names)}
    boxes = {line.n: line.box for line in pair.lines[0]}
    for fact, numbers in pair.evidence.items():
        for n in numbers:
            if n in boxes:
                x, y, w, h = (round(v * scale) for v in boxes[n])
                draw.rectangle(
                    (x - 1, y + 21, x + w + 1, y + h + 23), outline=colours.get(fact.partition(".")[0], _INK), width=1
                )
    kinds = ", ".join(pair.screen_kinds)
    draw.text((6, 4), f"{pair.id}   {kinds}   {pair.device}, {pair.theme}, {pair.split}", _FAINT, _font(12))
    _write(draw, pair, colours)
    return out


def _write(draw: ImageDraw.ImageDraw, pair: Pair, colours: Mapping[str, str]) -> None:
    y = 8
    for table in pair.schema.tables:
        states = {c.name: pair.visibility[f"{table.name}.{c.name}"] for c in table.columns}
        if all(s is Visibility.HIDDEN for s in states.values()):
            continue
        if y > _HEIGHT - 30:
            draw.text((_TILE + 10, y), "...", _FAINT, _font(12))
            return
        draw.text((_TILE + 10, y), table.name, colours.get(table.name, _INK), _font(13))
        y += 17
        for column in table.columns:
            if states[column.name] is Visibility.HIDDEN or y > _HEIGHT - 16:
                continue
            ink = _INK if states[column.name] is Visibility.VISIBLE else _FAINT
            kind = "enum" if column.enum else str(column.type.kind)
            draw.text((_TILE + 22, y), f"{column.name}  {kind}", ink, _font(11))
            y += 14
        y += 6
    if y == 8:
        draw.text((_TILE + 10, y), "(nothing)", _FAINT, _font(13))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
