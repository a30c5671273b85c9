"""Schema -> Mermaid's `erDiagram`, the text that many web pages and README files draw as a diagram.

Parsed and drawn by Mermaid 10.9, 11.4 and 11.17. Mermaid looks for its own signs in the whole
text, inside quotes too (`%%` opens a comment, `%%{` a setting, `#x;` is an entity, `direction TB`
a command), and 11.17 reads labels as Markdown with formulas (`*a*`, `__a__`, `$$a$$`). So names are
reduced to letters, digits and underscores, and signs in remarks are replaced by ones that look alike.
Tables keep the letters of every script. Columns are ASCII, since 11.4 takes no others; one whose name
had to be changed carries its real one as its remark.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from ghost_architect.schema.fit import fit
from ghost_architect.schema.naming import snake_case
from ghost_architect.schema.objects import Column, Schema, Table
from ghost_architect.schema.types import Kind, spell

from .relations import Relation, relations, unique_alone
from .text import clean, distinct

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OTHER = re.compile(r"[^A-Za-z0-9_]+")
_RESERVED = frozenset(
    """
    accdescr acctitle class classdef direction end erdiagram many one only optionally style subgraph title to u
    """.split()
)
_TAKEN = frozenset(
    """
    pk fk uk constructor hasownproperty isprototypeof propertyisenumerable tolocalestring tostring valueof __proto__
    """.split()
)
"""Key signs, and names that every JavaScript object has (Mermaid 10 keeps entities in one)."""
_ALIKE = str.maketrans('";\\<>`{}*~', "',/\u2039\u203a'()\u2217\u223c")
_SIGNS = (
    (re.compile("%(?=%)|(?<=%)%"), "\uff05"),
    (re.compile(r"\$(?=\$)|(?<=\$)\$"), "\uff04"),
    (re.compile("&(?=[a-z#])", re.IGNORECASE), "\uff06"),
    (re.compile("^#"), "\uff03"),
    (re.compile(r"(?<![^\W_])_|_(?![^\W_])"), "\uff3f"),
)
"""What means something to Mermaid only in its place: `%%`, `$$`, an entity, a heading, emphasis."""
_MOST, _LONGEST = 60, 120
_SHOWN = 8
"""How many values of an enum are written out."""


def write(schema: Schema, dialect: str = "postgres") -> str:
    """The diagram as Mermaid text: entities with typed columns and keys, then relations.

    Solid lines are identifying relations (the key is part of the child's primary key). A nullable
    column says NULL in its comment; an enum its values.

    Args:
        schema: what to write. A foreign key on a table that is not there is no relation.
        dialect: whose limits apply, as in `schema.fit`.

    Raises:
        UsageError: there is no such dialect.
    """
    fitted = fit(schema, dialect).schema
    # Each once: an entity that is named twice is drawn as one.
    names = distinct(_title(t.name) for t in fitted.tables)
    by_table = {id(t): name for t, name in zip(fitted.tables, names, strict=True)}
    lines = ["erDiagram"]
    for table in fitted.tables:
        lines += _entity(table, by_table[id(table)])
    lines += [_relation(r, by_table[id(r.parent)], by_table[id(r.child)]) for r in relations(fitted)]
    return "\n".join(lines) + "\n"


def _title(name: str) -> str:
    """The name of a table: letters and digits of any script, and underscores."""
    kept = "".join(c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in clean(name))
    return _free("_".join(kept.split())) if not _PLAIN.fullmatch(name) else _free(name)


def _identifier(name: str) -> str:
    """ASCII letters, digits and underscores."""
    return _free(name if _PLAIN.fullmatch(name) else _OTHER.sub("_", snake_case(clean(name))))


def _free(word: str) -> str:
    """Of a length that can be drawn, not starting with a digit or a mark, not taken, and no emphasis."""
    word = word[:_MOST] or "_"
    starts = (word[0].isalpha() or word[0] == "_") and word.lower() not in _TAKEN
    word = word if starts else f"_{word}"
    return word.rstrip("_") or "_" if word[0] == "_" else word


def _quoted(name: str) -> str:
    plain = _PLAIN.fullmatch(name) and name.lower() not in _RESERVED
    return name if plain else f'"{name}"'


def _entity(table: Table, name: str) -> Iterator[str]:
    if not table.columns:
        yield f"    {_quoted(name)}"
        return
    alone, pointing = unique_alone(table), table.pointing_columns
    yield f"    {_quoted(name)} {{"
    for column, written in zip(table.columns, distinct(_identifier(c.name) for c in table.columns), strict=True):
        held = (
            ("PK", column.name in table.primary_key),
            ("FK", column.name in pointing),
            ("UK", column.name in alone),
        )
        keys = ", ".join(key for key, holds in held if holds)
        remark = _remark(column, written)
        parts = [_type(column), written, keys, f'"{remark}"' if remark else ""]
        yield "        " + " ".join(p for p in parts if p)
    yield "    }"


def _type(column: Column) -> str:
    """The type as one word; a comma is none of the characters that Mermaid 11.4 takes, so a scale is a remark."""
    if column.type.kind is Kind.ENUM:
        return "enum"
    if column.type.scale:
        return str(column.type.kind)
    return spell(column.type).replace(",0)", ")").replace(" ", "_")


def _remark(column: Column, written: str) -> str:
    facts = [clean(column.name)] if written != column.name else []
    facts += [spell(column.type)] if column.type.scale else []
    facts += ["NULL"] if column.nullable else []
    if column.enum:
        more = "" if len(column.enum) <= _SHOWN else f" and {len(column.enum) - _SHOWN} more"
        facts.append(" | ".join(clean(v)[:_MOST] for v in column.enum[:_SHOWN]) + more)
    facts += [clean(column.comment)] if column.comment else []
    remark = ": ".join(facts).translate(_ALIKE)
    for sign, alike in _SIGNS:
        remark = sign.sub(alike, remark)
    return remark if len(remark) <= _LONGEST else remark[: _LONGEST - 1] + "…"


def _relation(relation: Relation, parent: str, child: str) -> str:
    one = "|o" if relation.optional else "||"
    line = "--" if relation.identifying else ".."
    many = "o|" if relation.single else "o{"
    words = "_".join(_title(c) for c in relation.key.columns)
    return f'    {_quoted(parent)} {one}{line}{many} {_quoted(child)} : "{words}"'
