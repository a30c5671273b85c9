"""The card of one table: what stands on it, how large it is, and its SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ghost_architect.schema.objects import Check, Column, DefaultKind, ForeignKey, Table
from ghost_architect.schema.types import Kind, spell

from .graph import Point
from .markup import label, num, tooltip
from .relations import unique_alone
from .text import clean, mono, sans, shortened

_HEAD, _ROW, _HINT, _NOTE, _FOOT = 36.0, 26.0, 15.0, 20.0, 6.0
_NAME_PX, _COLUMN_PX, _TYPE_PX, _HINT_PX = 14.0, 13.0, 11.5, 11.0
_NAME_MOST, _COLUMN_MOST, _TYPE_MOST, _HINT_MOST, _NOTE_MOST = 300.0, 250.0, 150.0, 240.0, 320.0
_SIDE, _TAG, _TAG_H, _DOT = 12.0, 22.0, 14.0, 16.0
_LEAST = 190.0


@dataclass(frozen=True, slots=True)
class _Row:
    column: str
    y: float
    height: float
    tags: tuple[str, ...]
    name: str
    type: str
    hint: str
    nullable: bool
    guessed: bool
    tip: str


@dataclass(frozen=True, slots=True)
class TableCard:
    """A card before it has a place.

    Attributes:
        width: the least width its texts need.
        height: of all of it.
        hue: number of the table's colour, or None where nothing points at it.
    """

    table: Table
    title: str
    rows: tuple[_Row, ...]
    notes: tuple[str, ...]
    indent: float
    width: float
    height: float
    hue: int | None

    def port(self, columns: Sequence[str]) -> float:
        """How far down the card a wire to or from these columns ends: at the first that is there, else at the head."""
        rows = {row.column: row for row in reversed(self.rows)}
        found = next((rows[c] for c in columns if c in rows), None)
        return _HEAD / 2 if found is None else found.y + _ROW / 2


def measure(table: Table, known: bool, hues: Mapping[str, int]) -> TableCard:
    """The card of a table.

    Args:
        table: the table.
        known: whether a column without evidence is to be marked as inferred.
        hues: the colours of tables by name.
    """
    alone, keyed = unique_alone(table), table.pointing_columns
    tags = [_tags(c.name, table, alone, keyed) for c in table.columns]
    most = max(map(len, tags), default=0)
    indent = _SIDE + (most * (_TAG + 3) + 5 if most else 0)
    rows, y = list[_Row](), _HEAD + 3
    for column, own in zip(table.columns, tags, strict=True):
        row = _row(column, table, own, y, guessed=known and not column.evidence)
        rows.append(row)
        y += row.height
    notes = tuple(shortened(note, _NOTE_MOST / _HINT_PX) for note in _notes(table))
    title = shortened(clean(table.name) or "(no name)", _NAME_MOST / _NAME_PX, bold=True)
    needs = [_LEAST, sans(title, bold=True) * _NAME_PX + 2 * _SIDE]
    needs += [indent + _needed(row) + _DOT + _SIDE for row in rows]
    needs += [sans(note) * _HINT_PX + 2 * _SIDE for note in notes]
    height = y + len(notes) * _NOTE + _FOOT
    return TableCard(table, title, tuple(rows), notes, indent, max(needs), height, hues.get(table.name))


def _notes(table: Table) -> Iterator[str]:
    """Keys over several columns: a tag stands behind one, and a wire begins at the first."""
    yield from (f"unique ({_listed(u)})" for u in table.uniques if len(u) > 1)
    yield from (f"key ({_listed(k.columns)}) to {_target(k)}" for k in table.foreign_keys if len(k.columns) > 1)


def _tags(column: str, table: Table, alone: frozenset[str], keyed: frozenset[str]) -> tuple[str, ...]:
    found = (("PK", column in table.primary_key), ("FK", column in keyed), ("UQ", column in alone))
    return tuple(tag for tag, holds in found if holds)


def _row(column: Column, table: Table, tags: tuple[str, ...], y: float, guessed: bool) -> _Row:
    kind = "enum" if column.type.kind is Kind.ENUM else spell(column.type)
    hint = " · ".join(clean(v) for v in column.enum)
    return _Row(
        column=column.name,
        y=y,
        height=_ROW + (_HINT if hint else 0),
        tags=tags,
        name=shortened(clean(column.name) or "(no name)", _COLUMN_MOST / _COLUMN_PX),
        type=shortened(kind, _TYPE_MOST / _TYPE_PX, fixed=True),
        hint=hint,
        nullable=column.nullable,
        guessed=guessed,
        tip=_tip(column, table, tags, guessed),
    )


def _needed(row: _Row) -> float:
    line = sans(row.name) * _COLUMN_PX + 20 + mono(row.type) * _TYPE_PX
    return max(line, min(sans(row.hint) * _HINT_PX, _HINT_MOST))


def _tip(column: Column, table: Table, tags: Sequence[str], guessed: bool) -> str:
    """Everything known about a column, in words."""
    facts = [f"{clean(table.name)}.{clean(column.name)}: {spell(column.type)}"]
    facts.append("may be NULL" if column.nullable else "NOT NULL")
    names = {"PK": "primary key", "UQ": "unique"}
    facts += [names[t] for t in tags if t in names]
    facts += [f"points at {_target(k)}" for k in table.foreign_keys if column.name in k.columns]
    if column.enum:
        facts.append("one of: " + ", ".join(clean(v) for v in column.enum))
    if column.default is not None:
        kind, value = column.default.kind, column.default.value
        facts.append(f"default {clean(str(value))}" if kind is DefaultKind.LITERAL else _MADE[kind])
    facts += [f"check {_words(c)}" for c in table.checks if column.name in c.columns]
    if column.comment:
        facts.append(clean(column.comment))
    if guessed:
        facts.append("inferred: not on the screen")
    elif column.evidence:
        facts.append("read from: " + ", ".join(f"“{clean(e.text)}”" for e in column.evidence[:3]))
    return "; ".join(facts)


_MADE = {
    DefaultKind.NOW: "default now",
    DefaultKind.TODAY: "default today",
    DefaultKind.UUID: "default a new UUID",
    DefaultKind.IDENTITY: "numbered by the database",
}


def _target(key: ForeignKey) -> str:
    return f"{clean(key.table)} ({_listed(key.references)})"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(clean, names))


def _words(check: Check) -> str:
    return " and ".join(
        f"{clean(t.left)} {t.op} {clean(str(t.value) if t.column is None else t.column)}" for t in check.terms
    )


def draw(card: TableCard, corner: Point, width: float) -> str:
    """The card at its place, `width` pixels wide."""
    (x, y), h = corner, card.height
    hue = "" if card.hue is None else f" h{card.hue}"
    body = f"M0 4H{num(width)}V{num(h - 10)}a10 10 0 0 1-10 10H10a10 10 0 0 1-10-10z"
    parts = [
        f'<g class="table{hue}" transform="translate({num(x)} {num(y)})">',
        f"<g>{tooltip(_about(card.table))}",
        f'<rect class="band" width="{num(width)}" height="24" rx="10"/><path class="card" d="{body}"/>',
        label(_SIDE, 24, "name", card.title),
        "</g>",
    ]
    parts += [_draw_row(row, card.indent, width) for row in card.rows]
    bottom = card.rows[-1].y + card.rows[-1].height if card.rows else _HEAD
    parts += [label(_SIDE, bottom + 14 + i * _NOTE, "hint", note) for i, note in enumerate(card.notes)]
    parts += [f'<rect class="edge" x=".5" y=".5" width="{num(width - 1)}" height="{num(h - 1)}" rx="9.5"/>', "</g>"]
    return "\n".join(parts)


def _about(table: Table) -> str:
    facts = [clean(table.name)]
    facts += [clean(words) for words in (table.title, table.comment) if words and words != table.name]
    return "; ".join(facts)


def _draw_row(row: _Row, indent: float, width: float) -> str:
    middle = row.y + _ROW / 2
    parts = [f"<g>{tooltip(row.tip)}", f'<path class="rule" d="M1 {num(row.y)}H{num(width - 1)}"/>']
    for i, tag in enumerate(row.tags):
        left = _SIDE + i * (_TAG + 3)
        kind = " pk" if tag == "PK" else ""
        box = f'x="{num(left)}" y="{num(middle - _TAG_H / 2)}" width="{num(_TAG)}" height="{num(_TAG_H)}" rx="4"'
        parts.append(f'<rect class="pill{kind}" {box}/>')
        parts.append(label(left + _TAG / 2, middle + 3.3, f"tag{kind}", tag))
    parts.append(label(indent, middle + 4.5, "guess" if row.guessed else "column", row.name))
    if row.guessed:
        length = sans(row.name) * _COLUMN_PX * 0.9
        parts.append(f'<path class="dots" d="M{num(indent)} {num(middle + 8.5)}h{num(length)}"/>')
    parts.append(label(width - _SIDE - _DOT, middle + 4, "type", row.type))
    parts.append(dot(width - _SIDE - 4, middle, row.nullable))
    if row.hint:
        room = (width - indent - _SIDE) / _HINT_PX
        parts.append(label(indent, middle + 4.5 + _HINT, "hint", shortened(row.hint, room)))
    return "".join([*parts, "</g>"])


def dot(x: float, y: float, nullable: bool) -> str:
    """The sign for NOT NULL (full) or for a column that may stay empty (hollow)."""
    kind, radius = ("none", "2.9") if nullable else ("must", "3.5")
    return f'<circle class="{kind}" cx="{num(x)}" cy="{num(y)}" r="{radius}"/>'
