"""Schema -> an entity-relationship diagram as one SVG file that needs nothing else.

Table cards with their columns; crow's feet at both ends of every foreign key. No script, no font
file, no link: the file opens anywhere and carries its colours for light and for dark. Names are
data and may be hostile, so every text is cleaned (`text.clean`) and escaped; a text that does not
fit ends in an ellipsis and stands in full in the card's tooltip.

The wires that point at one table have that table's colour. Colour is never the only sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from xml.sax.saxutils import escape

from ghost_architect.schema.fit import fit
from ghost_architect.schema.objects import Schema, Table

from . import cards
from .cards import TableCard
from .graph import Card, Net, Port, Sheet
from .layout import arrange
from .legend import Legend
from .markup import foot, num, rounded, tooltip
from .relations import Relation, relations
from .text import clean
from .theme import HUES, Theme, css

MARGIN = 28.0
_RADIUS, _LEAST = 8.0, 540.0


def write(schema: Schema, dialect: str = "postgres") -> str:
    """The diagram, light or dark as its reader's system is; see `draw`."""
    return drawing(schema, dialect).text


def draw(schema: Schema, dialect: str = "postgres", theme: Theme = Theme.AUTO) -> str:
    """The diagram of a schema as SVG text, the same for the same schema.

    Columns without evidence are marked as inferred, unless no column has any: then nothing is
    known about where they come from.

    Args:
        schema: what to draw. A foreign key on a table that is not there gets no wire.
        dialect: whose limits apply, as in `schema.fit`.
        theme: AUTO follows the reader's system; LIGHT and DARK stay as they are.

    Raises:
        UsageError: there is no such dialect.
    """
    return drawing(schema, dialect, theme).text


@dataclass(frozen=True, slots=True)
class Drawing:
    """A diagram as SVG text, and its size in pixels."""

    text: str
    width: float
    height: float


def drawing(schema: Schema, dialect: str = "postgres", theme: Theme = Theme.AUTO) -> Drawing:
    """The diagram of `draw` with its size."""
    fitted = fit(schema, dialect).schema
    related = relations(fitted)
    hues = _hues(fitted, related)
    known = any(column.evidence for table in fitted.tables for column in table.columns)
    drawn = [cards.measure(t, known, hues) for t in fitted.tables]
    nets, wired = _nets(fitted.tables, drawn, related)
    sheet = arrange([Card(c.width, c.height) for c in drawn], nets)
    legend = Legend.of(fitted, related, known)
    return _document(fitted, drawn, sheet, wired, hues, legend, theme)


def _hues(schema: Schema, related: Sequence[Relation]) -> dict[str, int]:
    """A colour for every table that something points at: one that its neighbours do not have, if there is one."""
    parents: dict[str, set[str]] = {}
    for relation in related:
        parents.setdefault(relation.child.name, set()).add(relation.parent.name)
    near: dict[str, set[str]] = {name: set() for targets in parents.values() for name in targets}
    for child, targets in parents.items():
        met = targets | ({child} & near.keys())
        for name in met:
            near[name] |= met
    hues: dict[str, int] = {}
    for name in (t.name for t in schema.tables if t.name in near):
        taken = [hues[other] for other in near[name] if other in hues]
        used = list(hues.values())
        hues[name] = min(range(HUES), key=lambda hue: (taken.count(hue), used.count(hue), hue))
    return hues


def _nets(
    tables: Sequence[Table], drawn: Sequence[TableCard], related: Sequence[Relation]
) -> tuple[list[Net], list[list[Relation]]]:
    """Relations that point at the same row with the same foot share a net."""
    place = {table.name: i for i, table in reversed(list(enumerate(tables)))}
    grouped: dict[tuple[str, tuple[str, ...], bool], list[Relation]] = {}
    for relation in related:
        grouped.setdefault((relation.parent.name, relation.key.references, relation.optional), []).append(relation)
    nets = []
    for (parent, references, _), members in grouped.items():
        target = place[parent]
        sources = []
        for relation in members:
            child = next(i for i, t in enumerate(tables) if t is relation.child)
            sources.append(Port(child, drawn[child].port(relation.key.columns)))
        nets.append(Net(Port(target, drawn[target].port(references)), tuple(sources)))
    return nets, list(grouped.values())


def _document(
    schema: Schema,
    drawn: Sequence[TableCard],
    sheet: Sheet,
    wired: Sequence[Sequence[Relation]],
    hues: dict[str, int],
    legend: Legend,
    theme: Theme,
) -> Drawing:
    width = max(sheet.width, _LEAST)
    key, key_height = legend.draw(width)
    total_w, total_h = width + 2 * MARGIN, sheet.height + key_height + 2 * MARGIN
    body = [
        *_wires(sheet, wired, hues),
        *(
            cards.draw(card, corner, card_width)
            for card, corner, card_width in zip(drawn, sheet.corners, sheet.widths, strict=True)
        ),
    ]
    left = (width - sheet.width) / 2
    mark = sha256("\n".join(body).encode()).hexdigest()[:8]
    size = f'viewBox="0 0 {num(total_w)} {num(total_h)}" width="{num(total_w)}" height="{num(total_h)}"'
    named = f'aria-labelledby="erd-{mark}-title erd-{mark}-desc"'
    text = "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="erd" {size} role="img" {named}>',
            f'<title id="erd-{mark}-title">{escape(legend.title)}</title>',
            f'<desc id="erd-{mark}-desc">{escape(_description(schema, wired))}</desc>',
            f"<style>{css(theme)}</style>",
            f'<rect class="sheet" width="{num(total_w)}" height="{num(total_h)}"/>',
            f'<g transform="translate({num(MARGIN + left)} {num(MARGIN)})">',
            *body,
            "</g>",
            f'<g transform="translate({num(MARGIN)} {num(MARGIN + sheet.height)})">',
            key,
            "</g>",
            "</svg>",
            "",
        ]
    )
    return Drawing(text, total_w, total_h)


def _wires(sheet: Sheet, wired: Sequence[Sequence[Relation]], hues: dict[str, int]) -> list[str]:
    """Net by net: a halo that parts it from the nets below, its lines as one path, and tooltips; all feet on top."""
    out, feet = list[str](), list[str]()
    for ways, members in zip(sheet.wires, wired, strict=True):
        hue = hues[members[0].parent.name]
        drawn = [rounded(way, _RADIUS) for way in ways]
        whole = "".join(drawn)
        out += [f'<g class="h{hue}">', f'<path class="halo" d="{whole}"/>', f'<path class="line" d="{whole}"/>']
        for relation, way, d in zip(members, ways, drawn, strict=True):
            out.append(f'<path class="hit" d="{d}">{tooltip(_sentence(relation))}</path>')
            (x, y), (px, py) = way[0], way[-1]
            ends = foot(x, y, _leaves(way[0][0], way[1][0]), not relation.single, True)
            ends += foot(px, py, _leaves(way[-1][0], way[-2][0]), False, relation.optional)
            feet.append(f'<g class="h{hue}">{ends}</g>')
        out.append("</g>")
    return out + list(dict.fromkeys(feet))


def _leaves(rim: float, then: float) -> int:
    return 1 if then > rim else -1


def _sentence(relation: Relation) -> str:
    child, parent = clean(relation.child.name), clean(relation.parent.name)
    columns = ", ".join(map(clean, relation.key.columns))
    own = "at most one" if relation.optional else "exactly one"
    back = "at most one" if relation.single else "any number"
    deleted = relation.key.on_delete.lower()
    return f"{child} ({columns}): {own} of {parent}, which has {back} of {child}; on delete {deleted}"


def _description(schema: Schema, wired: Sequence[Sequence[Relation]]) -> str:
    """The diagram in words, for those who cannot see it."""
    tables = [f"{clean(t.name)} ({', '.join(clean(c.name) for c in t.columns)})" for t in schema.tables]
    sentences = [_sentence(r) for members in wired for r in members]
    return ". ".join([*tables, *sentences])
