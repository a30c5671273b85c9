"""Blocks of fields become tables: names, types, keys, and the line every column was read from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ghost_architect.pages.page import Line
from ghost_architect.pages.signals import Meaning, Role, Signals, tokens
from ghost_architect.schema import naming, types
from ghost_architect.schema.objects import (
    IDENTITY,
    Check,
    Column,
    Comparison,
    Evidence,
    ForeignKey,
    Index,
    OnDelete,
    Op,
    Schema,
    Table,
    literal,
)
from ghost_architect.schema.types import Kind

from .fields import Block, BlockKind, Field
from .titles import entity, is_part, names_record

_REQUEST = re.compile(
    r"(?:please\s+)?(?:enter|type|choose|select|pick|add|write|insert)\s+(?:your|the|an?)?\s*"
    r"(?P<asked>.+?)\s*(?:\b(?:for|of|to|in|here|on|below|from)\b.*|[.,…!?].*)?",
    re.IGNORECASE,
)
"""A placeholder that asks for something: "Enter a title for the ticket here ..."."""
_BRACKETS = re.compile(r"\(([^)]*)\)|\[([^\]]*)\]")
_UNITS = frozenset("kg g mg lb lbs oz km m cm mm mi ft in l ml kwh kw hours hrs minutes min days gb mb sqft".split())
_MAX_LABEL_WORDS = 6
_KEPT_BY_ENGINES = frozenset({"sqlite", "pg"})
"""Words that engines begin the names of their own tables with."""
_FALLBACK = "records"
"""The name of a table whose page does not say what it is about."""
_ASCENDING = re.compile(r"(?:start|begin|from|check_in|valid_from)(?P<rest>.*)")


@dataclass(slots=True)
class _Draft:
    """A table in the making."""

    name: str
    title: str = ""
    evidence: tuple[Evidence, ...] = ()
    columns: dict[str, Column] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    uniques: list[tuple[str, ...]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    foreign: list[ForeignKey] = field(default_factory=list)


class Designer:
    """Collects the blocks of one screen into a schema."""

    def __init__(self, lines: Iterable[Line], signals: Signals) -> None:
        self._lines = {n.n: n for n in lines}
        self._signals = signals
        self._drafts: dict[str, _Draft] = {}

    def schema(self, blocks: Sequence[Block], page_title: Line | None) -> Schema:
        """The tables of these blocks.

        Args:
            blocks: in reading order, each with the heading over it.
            page_title: the heading of the page, for blocks whose own heading names nothing.
        """
        main = self._main(blocks, page_title)
        for block in blocks:
            self._add(block, main, page_title)
        tables = [_finished(d) for d in self._drafts.values() if d.columns]
        return Schema(tuple(_pointing_at_keys(t, tables) for t in tables))

    def _main(self, blocks: Sequence[Block], page_title: Line | None) -> str:
        """The table of the record that the page shows, if it shows one."""
        records = [b for b in blocks if b.kind in (BlockKind.FORM, BlockKind.DETAIL)]
        if not records:
            return ""
        titles = [page_title, *(b.title for b in records)]
        told = [t for t in titles if t and names_record(t.text)]
        names = [self._table_name(t) for t in (*told, *titles[1:], page_title)]
        return next((n for n in names if n), _FALLBACK)

    def _table_name(self, title: Line | None) -> str:
        thing = entity(title.text, self._signals) if title and not is_part(title.text, self._signals) else ""
        words = [w for w in thing.split() if w not in _KEPT_BY_ENGINES]
        return naming.table_name(" ".join(words)) if words else ""

    def _add(self, block: Block, main: str, page_title: Line | None) -> None:
        own = self._table_name(block.title)
        if block.kind in (BlockKind.FORM, BlockKind.DETAIL):
            self._add_record(block, own, main)
            return
        first = block.fields[0].label if block.grouped else ""
        listed = "" if self._signals.knows(first) else entity(first, self._signals)
        name = own or (naming.table_name(listed) if listed else self._table_name(page_title) or _FALLBACK)
        if name == main:
            name = naming.table_name(naming.entity_name(main) + " item")
        draft = self._draft(name, block.title or page_title)
        self._fill(draft, block.fields)
        if main and draft.columns:
            self._point(draft, main)

    def _add_record(self, block: Block, own: str, main: str) -> None:
        """A record's part belongs to the record, unless it describes somebody that other tables point at too."""
        other = self._signals.references.get(naming.entity_name(own).replace("_", " "), "") if own != main else ""
        if not other or other == main:
            self._fill(self._draft(main, block.title), block.fields)
            return
        self._fill(self._draft(other, block.title), block.fields)
        holder = self._draft(main, None)
        key = naming.entity_name(own) + "_id"
        evidence = self._evidence([block.title] if block.title else [])
        holder.columns.setdefault(key, Column(key, types.BIGINT, evidence=evidence))
        holder.foreign.append(ForeignKey((key,), other, ("id",)))

    def _draft(self, name: str, title: Line | None) -> _Draft:
        draft = self._drafts.setdefault(name, _Draft(name))
        if title and not draft.title:
            draft.title, draft.evidence = title.text, self._evidence([title])
        return draft

    def _fill(self, draft: _Draft, fields: Iterable[Field]) -> None:
        for one in fields:
            self._add_field(draft, one)

    def _add_field(self, draft: _Draft, one: Field) -> None:
        label = _clean(one.label)
        meaning = self._signals.meaning(label, one.values, one.widget, draft.name)
        if meaning.role is Role.ABSENT or not label:
            return
        evidence = self._evidence(one.label_lines or one.value_lines[:1])
        if meaning.role is Role.REFERENCE:
            self._refer(draft, one, label, meaning, evidence)
            return
        if meaning.role is Role.MANY:
            self._join(draft, one, meaning.target)
            return
        name = naming.identifier(_named(label, meaning), "value")
        if name in draft.columns:
            return
        if meaning.signal == "identifier" and _is_own_key(name, draft) and not draft.columns:
            draft.key = (name,)
            default = IDENTITY if meaning.type.kind is Kind.BIGINT else None
            draft.columns[name] = Column(name, meaning.type, False, default, evidence=evidence)
            return
        nullable = meaning.nullable if meaning.nullable is not None else not one.required
        default_ = None if meaning.default is None else literal(meaning.default)
        draft.columns[name] = Column(name, meaning.type, nullable, default_, evidence=evidence)
        if meaning.unique:
            draft.uniques.append((name,))
        draft.checks.extend(_range(name, meaning, one.values))

    def _refer(self, draft: _Draft, one: Field, label: str, meaning: Meaning, evidence: tuple[Evidence, ...]) -> None:
        target = draft.name if meaning.target == "self" else meaning.target
        stem = naming.identifier(label, "reference")
        name = stem if stem.endswith("_id") else stem + "_id"
        if name in draft.columns:
            return
        draft.columns[name] = Column(name, types.BIGINT, not one.required, evidence=evidence)
        draft.foreign.append(ForeignKey((name,), target, ("id",)))
        if target != draft.name:
            self._lookup(target, one)

    def _join(self, draft: _Draft, one: Field, target: str) -> None:
        """Many to many: a table of pairs, whose key is both."""
        if target == draft.name:
            return
        self._lookup(target, one)
        pairs = self._draft(f"{naming.entity_name(draft.name)}_{target}", None)
        pairs.evidence = self._evidence(one.label_lines)
        pairs.key = tuple(naming.reference_name(t) for t in (draft.name, target))
        for key, table in zip(pairs.key, (draft.name, target), strict=True):
            pairs.columns[key] = Column(key, types.BIGINT, False)
            pairs.foreign.append(ForeignKey((key,), table, ("id",), OnDelete.CASCADE))

    def _lookup(self, target: str, one: Field) -> None:
        """The table that a select or a name in a cell points at; its name column is what is shown there."""
        draft = self._draft(target, None)
        if not draft.columns:
            shown = self._evidence(one.value_lines[:1])
            draft.columns["name"] = Column("name", types.varchar(255), False, evidence=shown)

    def _point(self, draft: _Draft, main: str) -> None:
        """The rows of a grid on a record's page belong to that record."""
        holder = self._draft(main, None)
        name = naming.reference_name(main)
        if name not in draft.columns and holder.columns:
            draft.columns = {name: Column(name, types.BIGINT, False), **draft.columns}
            draft.foreign.append(ForeignKey((name,), main, ("id",), OnDelete.CASCADE))

    def _evidence(self, lines: Iterable[Line]) -> tuple[Evidence, ...]:
        """What is cited: the page's own lines, as they were read. A page by itself is screen 0."""
        cited = dict.fromkeys(n.n for n in lines)
        return tuple(Evidence(0, n, self._lines[n].box, self._lines[n].text) for n in cited)


def _clean(label: str) -> str:
    """A label without marks, brackets and the words of a request; a unit in brackets stays as a word."""
    text = label.strip().rstrip("*:：").strip()
    unit = next((t for m in _BRACKETS.finditer(text) for t in tokens(m[1] or m[2] or "") if t in _UNITS), "")
    text = _BRACKETS.sub(" ", text)
    request = _REQUEST.fullmatch(text)
    words = (request["asked"] if request else text).rstrip("*:：?.…").split()
    return " ".join([*words[:_MAX_LABEL_WORDS], *([unit] if unit and unit not in tokens(text) else [])])


def _named(label: str, meaning: Meaning) -> str:
    """The column's name: what stands on the screen, with the ending that its type asks for."""
    if meaning.rename:
        return meaning.rename
    words = tokens(label)
    if meaning.suffix and meaning.suffix not in words:
        return f"{label} {meaning.suffix}"
    if meaning.type.kind is Kind.TIMESTAMPTZ and words and words[-1].endswith("ed"):
        return f"{label} at"
    if (
        meaning.type.kind is Kind.DATE
        and len(words) == 1
        and words[0] in ("due", "start", "end", "expiry", "from", "to")
    ):
        return f"{label} date"
    return label


def _is_own_key(name: str, draft: _Draft) -> bool:
    words = naming.tokens(name)
    return words == ("id",) or words[:-1] == naming.tokens(naming.entity_name(draft.name))[-len(words[:-1]) :]


def _range(name: str, meaning: Meaning, values: Sequence[str]) -> list[Check]:
    low, high = meaning.minimum, meaning.maximum
    if any(re.match(r"\s*[-(−]\s*\d", v) for v in values):
        low = None
    terms = [Comparison(name, op, value=v) for op, v in ((Op.GE, low), (Op.LE, high)) if v is not None]
    return [Check(tuple(terms))] if terms else []


def _finished(draft: _Draft) -> Table:
    columns = list(draft.columns.values())
    key = draft.key or ("id",)
    if key == ("id",) and "id" not in draft.columns:
        columns.insert(0, Column("id", types.BIGINT, False, IDENTITY))
    columns = _with_main_column(columns, key)
    led = {key[:1]}  # an index on what a key begins with adds nothing
    indexes = tuple(Index(f.columns) for f in draft.foreign if f.columns not in draft.uniques and f.columns not in led)
    uniques = tuple(u for u in draft.uniques if u != key)
    checks = tuple(draft.checks) + _ordered_pairs(columns)
    return Table(
        draft.name,
        tuple(columns),
        key,
        uniques,
        checks,
        tuple(draft.foreign),
        indexes,
        title=draft.title,
        evidence=draft.evidence,
    )


def _pointing_at_keys(table: Table, tables: Sequence[Table]) -> Table:
    """Keys point at what the other table's key is called, and have its type."""
    by_name = {t.name: t for t in tables}
    columns, keys = list(table.columns), []
    for key in table.foreign_keys:
        target = by_name[key.table]
        keys.append(replace(key, references=target.primary_key))
        pointed = target.column(target.primary_key[0])
        columns = [replace(c, type=pointed.type) if pointed and c.name == key.columns[0] else c for c in columns]
    return replace(table, columns=tuple(columns), foreign_keys=tuple(keys))


def _with_main_column(columns: Sequence[Column], key: Sequence[str]) -> list[Column]:
    """What a row is called is never missing."""
    names = ("name", "title", "subject", "number", "label")
    shown = next((c for n in names for c in columns if c.name not in key and naming.tokens(c.name)[-1:] == (n,)), None)
    return [replace(c, nullable=False) if c is shown else c for c in columns]


def _ordered_pairs(columns: Sequence[Column]) -> tuple[Check, ...]:
    """ "start date" and "end date": the end is not before the start."""
    by_name = {c.name: c for c in columns if c.type.kind in types.MOMENTS}
    out = []
    for name, column in by_name.items():
        match = _ASCENDING.fullmatch(name)
        ends = ("end", "to", "until", "check_out", "valid_until", "finish")
        last = next((by_name[e + match["rest"]] for e in ends if match and e + match["rest"] in by_name), None)
        if last and last.type == column.type:
            out.append(Check((Comparison(last.name, Op.GE, column=name),)))
    return tuple(out)
