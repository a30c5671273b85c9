"""Schema -> a data dictionary in Markdown, as GitHub reads it: what stands in which table, and what it means.

One section a table, one row a column; nothing is aligned, so that a change of the schema is a change
of those lines that say so. Text is data and may be hostile. Names, values and SQL stand in code spans,
where no sign means anything, with what cannot be seen escaped; a label or a comment stands as it is where
it has only letters and harmless signs, else in a code span too. (Backslashes would not do: GitHub looks
for addresses, @names and #numbers in the text that is left when they are gone.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ghost_architect.errors import printable
from ghost_architect.schema.ddl import check_sql
from ghost_architect.schema.dialects import Dialect
from ghost_architect.schema.dialects import dialect as find_dialect
from ghost_architect.schema.fit import fit
from ghost_architect.schema.objects import Column, Evidence, Index, OnDelete, Schema, Table
from ghost_architect.schema.types import Kind, spell

from .relations import Relation, relations
from .text import clean

_HEAD = ("Column", "Type", "Null", "Default", "Key", "Allowed values", "Meaning")
_LONGEST = 200
"""Characters of a text that was read from a screen."""

_PLAIN = re.compile(
    r"""(?: [^\W_]            # letters and digits of any script
        | [ ] (?:&[ ])?
        | [,;'"()%?]
        | [.:](?=\ |$)        # inside a word only where it cannot be an address: e.g., 3.5
        | (?<=\b[^\W\d_])[.](?=[^\W\d_]\b) | (?<=\d)[.](?=\d)
        | (?<=[^\W\d_])[-/](?=[^\W\d_])
        )+""",
    re.VERBOSE,
)
_REVISION = re.compile(r"\b[0-9a-fA-F]{7,}\b")
"""What GitHub may take for the number of a commit."""

_DELETED = {
    OnDelete.NO_ACTION: "which cannot be deleted while a row points at it",
    OnDelete.RESTRICT: "which cannot be deleted while a row points at it",
    OnDelete.CASCADE: "and when that is deleted, the rows that point at it are too",
    OnDelete.SET_NULL: "and when that is deleted, the key is emptied",
    OnDelete.SET_DEFAULT: "and when that is deleted, the key gets its default",
}


def write(schema: Schema, dialect: str = "postgres") -> str:
    """The dictionary as GitHub-flavoured Markdown: a list of the tables, then a section for each.

    Where any column has evidence, each says which text of which screen it was read from, or that it
    was inferred; screens count from 0, lines from 1 through all screens.

    Args:
        schema: what to describe.
        dialect: whose limits, defaults and notation apply.

    Raises:
        UsageError: there is no such dialect.
    """
    fitted, d = fit(schema, dialect).schema, find_dialect(dialect)
    related = relations(fitted)
    known = any(column.evidence for table in fitted.tables for column in table.columns)
    blocks = ["# Data dictionary", _summary(fitted, related, d)]
    blocks += ["\n".join(_contents(fitted.tables))] if fitted.tables else []
    for table in fitted.tables:
        blocks += _section(table, related, d, known)
    return "\n\n".join(blocks) + "\n"


# --- text that cannot be trusted ---


def code(text: str) -> str:
    """A code span that says exactly this, also in a cell of a table; what cannot be seen is escaped.

    A pipe parts cells even inside a span, and what takes that power from it is seen elsewhere. So it
    stands between two spans.
    """
    shown = printable(text)
    if not shown.strip():
        return "(empty)" if not shown else "(blank)"
    return "&#124;".join(_span(part) if part.strip() else part for part in shown.split("|"))


def _span(text: str) -> str:
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def words(text: str) -> str:
    """A label or a comment on one line: as it is where no sign of it means anything, else as a code span."""
    line = clean(text)
    if len(line) > _LONGEST:
        line = line[: _LONGEST - 1].rstrip() + "…"
    shown = line.removesuffix("…")
    return line if _PLAIN.fullmatch(shown) and not _REVISION.search(shown) else code(line) if line else ""


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(code, names))


# --- the list of tables ---


def _summary(schema: Schema, related: Sequence[Relation], d: Dialect) -> str:
    columns = sum(len(t.columns) for t in schema.tables)
    counts = ((len(schema.tables), "table"), (columns, "column"), (len(related), "relation"))
    listed = ", ".join(f"{n} {word}" if n == 1 else f"{n} {word}s" for n, word in counts)
    return f"{listed}, as {d.title} holds them."


def _contents(tables: Sequence[Table]) -> Iterator[str]:
    slugs = [_slug(t.name) for t in tables]
    yield _row("Table", "Meaning", "Columns")
    yield _row("---", "---", "---:")
    for table in tables:
        yield _row(_link(table.name, slugs), _meaning(table), str(len(table.columns)))


def _link(name: str, slugs: Sequence[str]) -> str:
    """A link to the section, where the address of its heading is beyond doubt."""
    sure = re.fullmatch("[a-z][a-z0-9_]*", name) and slugs.count(name) == 1
    return f"[{code(name)}](#{name})" if sure else code(name)


def _slug(name: str) -> str:
    """The address that GitHub makes of a heading."""
    return re.sub(r"[^\w -]", "", printable(name).lower()).replace(" ", "-")


def _meaning(table: Table) -> str:
    return ": ".join(part for part in (words(table.title), words(table.comment)) if part)


def _row(*cells: str) -> str:
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"


# --- one table ---


def _section(table: Table, related: Sequence[Relation], d: Dialect, known: bool) -> Iterator[str]:
    yield f"## {code(table.name)}"
    if table.title:
        yield f"On the screen: {words(table.title) or '(blank)'}{_from(table.evidence)}."
    elif table.evidence:
        yield f"On the screen: {_read_from(table.evidence)}."
    if clean(table.comment):
        yield f"Meaning: {words(table.comment)}"
    yield "\n".join(_columns(table, d, known))
    for title, lines in (
        ("Keys", list(_keys(table))),
        ("Checks", [code(check_sql(check, d.name)) for check in table.checks]),
        ("Indexes", [_index(index) for index in table.indexes]),
        ("Belongs to", list(_outward(table, related))),
        ("Referenced by", [_inward(r) for r in related if r.parent is table]),
    ):
        if lines:
            yield f"**{title}**"
            yield "\n".join(f"- {line}" for line in lines)


def _columns(table: Table, d: Dialect, known: bool) -> Iterator[str]:
    head = (*_HEAD, "Read from") if known else _HEAD
    yield _row(*head)
    yield _row(*("---" for _ in head))
    for column in table.columns:
        cells = [code(column.name), _type(column), "yes" if column.nullable else "no", _default(column, d)]
        cells += [_key(table, column.name), _names(column.enum), words(column.comment)]
        yield _row(*cells, *([_read_from(column.evidence) or "inferred"] if known else []))


def _type(column: Column) -> str:
    return "enum" if column.type.kind is Kind.ENUM else spell(column.type)


def _default(column: Column, d: Dialect) -> str:
    if column.default is None:
        return ""
    return "numbered" if column.is_identity else code(d.write_default(column.default, column.type))


def _key(table: Table, name: str) -> str:
    """What the column is to keys; of a key over several columns it is a part."""
    found = ["primary"] if name in table.primary_key else []
    found += ["unique"] if (name,) in table.uniques or Index((name,), True) in table.indexes else []
    for key in table.foreign_keys:
        for column, target in zip(key.columns, key.references, strict=False):
            found += [f"to {code(key.table)} ({code(target)})"] if column == name else []
    return ", ".join(found)


def _read_from(evidence: Sequence[Evidence]) -> str:
    return ", ".join(f"{words(e.text) or '(blank)'} (screen {e.screen}, line {e.line})" for e in evidence)


def _from(evidence: Sequence[Evidence]) -> str:
    places = "; ".join(f"screen {e.screen}, line {e.line}" for e in evidence)
    return f" ({places})" if places else ""


def _keys(table: Table) -> Iterator[str]:
    """What the rows of the columns do not say: keys over several of them, or that there is none."""
    if not table.primary_key:
        yield "no primary key"
    if len(table.primary_key) > 1:
        yield f"primary key {_names(table.primary_key)}"
    yield from (f"unique {_names(unique)}" for unique in table.uniques if len(unique) > 1)


def _index(index: Index) -> str:
    return _names(index.columns) + (" (unique)" if index.unique else "")


def _outward(table: Table, related: Sequence[Relation]) -> Iterator[str]:
    drawn = {id(r.key) for r in related if r.child is table}
    for key in table.foreign_keys:
        target = f"{_names(key.columns)} points at {code(key.table)} ({_names(key.references)})"
        if id(key) not in drawn:
            yield f"{target}, which is not part of this schema"
            continue
        optional = next(r.optional for r in related if r.key is key)
        yield f"{target}: {'at most one row' if optional else 'exactly one row'}, {_DELETED[key.on_delete]}"


def _inward(relation: Relation) -> str:
    key = relation.key
    many = "at most one row" if relation.single else "any number of rows"
    return f"{code(relation.child.name)} ({_names(key.columns)}): {many} for one {_names(key.references)}"
