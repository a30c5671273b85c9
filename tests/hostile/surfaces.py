"""Every place where hostile names come out, and how each is read back: by the tool that owns the format.

    NAMES -> schemas -> ddl | writer -> text -> engine, parser, browser, interpreter -> what was meant, and nothing else

A check takes names, returns how many it tried (a name in a place counts once), and fails with the names
of the one small schema that went wrong. `checks()` lists them all.
"""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

from ghost_architect.errors import printable
from ghost_architect.schema.ddl import Citations, ddl
from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.engines import ENGINES, open_engine
from ghost_architect.schema.execute import execute
from ghost_architect.schema.fit import fit
from ghost_architect.schema.jsonform import tables_from_json, tables_to_json
from ghost_architect.schema.objects import Column, Schema, Table
from ghost_architect.schema.parse import parse
from ghost_architect.schema.types import enum
from ghost_architect.schema.verify import verify
from ghost_architect.writers import BINARY, WRITERS, render
from ghost_architect.writers.text import clean
from tests.writers import markdown, readers
from tests.writers.django_form import called

from . import modules
from .names import NAMES, PLACES, apart, as_columns, as_tables, batches, schema_with

NAMED = frozenset({"tables", "columns"})
"""The places where a text is a name; elsewhere it is a value or a remark, which may be longer and emptier."""

_OWN = frozenset({"id", "parent_id", "said", "state", "things", "parts"})
"""Names that the schemas have already."""


# --- dialects ---


def held(names: Iterable[str], dialect: str) -> list[str]:
    """The names that this dialect can hold, as table and as column."""
    d = DIALECTS[dialect]
    own = {d.key(name, quoted=True) for name in _OWN}
    return [
        n
        for n in names
        if d.key(n, quoted=True) not in own and not (d.why_no_name(n, column=True) or d.why_no_name(n, column=False))
    ]


def texts(names: Iterable[str]) -> list[str]:
    """The names that are text at all: no NUL, no half characters."""
    return [n for n in names if not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in n)]


def groups(names: Iterable[str], place: str, dialect: str, size: int = 8) -> list[tuple[str, ...]]:
    """What can stand in this place, in groups in which the dialect takes no two names for one."""
    d = DIALECTS[dialect]
    if place not in NAMED:
        return list(batches(texts(names), size))
    bare = _bare if dialect == "mysql" else str
    return apart(held(names, dialect), lambda n: bare(d.key(n, quoted=True)), size)


def _bare(name: str) -> str:
    """Without accents and case: in a table with more than 32 columns MariaDB looks them up so, in a smaller one not."""
    plain = unicodedata.normalize("NFD", name.replace("ı", "i"))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def check_parse(dialect: str, names: Sequence[str] = NAMES) -> int:
    """What `ddl` writes, `parse` reads as what was meant, and no citation is left early."""
    tried = 0
    for place, schema_of in PLACES.items():
        for group in groups(names, place, dialect):
            schema = schema_of(group)
            for citations in Citations if place == "evidence" else (Citations.NONE,):
                written = ddl(schema, dialect, citations)
                assert parse(written, dialect).schema == fit(schema, dialect).schema, (dialect, place, group)
            tried += len(group)
    return tried


def check_engine(engine: str, dialect: str, names: Sequence[str] = NAMES, size: int = 120) -> int:
    """A real engine takes what `ddl` writes, and then has what was meant; CHECKs and defaults are tried with rows.

    A database costs more than the names in it, so there are many in one; what is wrong names itself.
    """
    rest = [n for n in texts(names) if n not in held(names, dialect)]
    schemas = [(group, schema_with(group)) for group in groups(names, "tables", dialect, size)]
    schemas += [(group, as_columns(group)) for group in groups(names, "columns", dialect, size)]
    for place in ("values", "comments", "defaults", "evidence"):
        schemas += [(group, PLACES[place](group)) for group in batches(rest, size)]
    for group, schema in schemas:
        ran = execute(ddl(schema, dialect, Citations.TEXT), dialect, engine, expected=schema, seconds=60)
        assert ran.ok, (engine, group, ran.error, [d.message for d in ran.differences])
    return sum(len(group) for group, _ in schemas)


def check_refusals(dialect: str, names: Sequence[str] = NAMES) -> int:
    """A name that a dialect cannot hold is an error that says so, on one line, before any engine is asked."""
    refused = set(names) - set(held(names, dialect)) - _OWN
    d = DIALECTS[dialect]
    for name in refused - {n for n in refused if d.key(n, quoted=True) in _OWN}:
        found = [f for schema in (as_tables([name]), as_columns([name])) for f in verify(schema, dialect)]
        told = [f.message for f in found if f.code == "GA006"]
        assert told, (dialect, name)
        assert all(message.isprintable() for message in told)
    return len(refused)


def check_json(names: Sequence[str] = NAMES) -> int:
    """The JSON of a reading is JSON, and reads back as the same schema with titles and evidence."""
    for group in batches(names):
        schema = schema_with(group)
        written = json.dumps(tables_to_json(schema), ensure_ascii=False).encode("utf-8", "backslashreplace")
        back = tables_from_json(json.loads(written))
        assert back == schema, group
        assert tables_to_json(back) == tables_to_json(schema), group
    return len(names)


# --- writers ---


@dataclass(frozen=True, slots=True)
class Document:
    """What a writer made of a schema that holds these names."""

    names: tuple[str, ...]
    schema: Schema
    content: Any
    notes: tuple[str, ...] = ()


def documents(form: str, names: Sequence[str] = NAMES) -> list[Document]:
    """What this format makes of the names: in every place at once; where drawing is slow, as tables and columns."""
    wide = [(group, Schema(as_columns(group).tables[:1])) for group in batches(names, 128)]
    if form == "png":
        made = wide
    elif form == "mermaid":
        made = wide + [(group, as_tables(group)) for group in batches(names, 40)]
        made += [(group, _remarks(group)) for group in batches(names, 128)]
    else:
        made = [(group, schema_with(group)) for group in batches(names)]
    written = [(group, schema, render(schema, form)) for group, schema in made]
    return [Document(group, schema, w.content, w.notes) for group, schema, w in written]


def _remarks(names: Sequence[str]) -> Schema:
    """A column for each text, with it as comment and as value."""
    columns = (Column(f"c{i}", enum(name, "other"), comment=name) for i, name in enumerate(names))
    return Schema((Table("things", tuple(columns)),))


def check_writer(form: str, names: Sequence[str] = NAMES) -> int:
    """What this format makes of the names is text without hidden signs, and its own tool reads in it what was meant."""
    made = documents(form, names)
    if form not in BINARY:
        for document in made:
            _check_visible(document)
    READERS[form](made)
    return sum(len(document.names) for document in made)


def _check_visible(document: Document) -> None:
    """Text in UTF-8, without a character that steers a terminal, hides text, or turns the direction of writing."""
    document.content.encode()
    hidden = {c for c in document.content if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert not hidden, (document.names, hidden)
    assert document.content.endswith("\n")


_SVG_ELEMENTS = frozenset("svg title desc style rect g path text circle".split())
_SVG_ATTRIBUTES = frozenset(
    "class viewBox width height role aria-labelledby id transform d x y cx cy r rx x1 x2 y1 y2".split()
)


def _read_svg(made: Sequence[Document]) -> None:
    for document in made:
        root = ElementTree.fromstring(document.content)
        elements = {e.tag.removeprefix("{http://www.w3.org/2000/svg}") for e in root.iter()}
        attributes = {a for e in root.iter() for a in e.attrib}
        assert elements <= _SVG_ELEMENTS, (document.names, elements)
        assert attributes <= _SVG_ATTRIBUTES, (document.names, attributes)
        text = " ".join(root.itertext())
        assert all(clean(name) in text for name in document.names), document.names


def _read_png(made: Sequence[Document]) -> None:
    from PIL import Image

    for document in made:
        with Image.open(io.BytesIO(document.content), formats=("PNG",)) as picture:
            picture.load()
            assert picture.width * picture.height <= 36_000_000
            assert set(picture.info) <= {"srgb", "gamma", "dpi"}, document.names


def _read_markdown(made: Sequence[Document]) -> None:
    marked = markdown.read_with_marked([document.content for document in made])
    for document, (kinds, links) in zip(made, marked, strict=True):
        found, tables = markdown.read(document.content), document.schema.tables
        headings = {f"#{t.name}" for t in tables}
        assert not found.strange, (document.names, found.strange)
        assert kinds <= markdown.ALLOWED, (document.names, kinds)
        assert {*found.links, *links} <= headings, (document.names, links)
        shown = [printable(t.name) if t.name.strip() else s.title for t, s in zip(tables, found.tables, strict=True)]
        assert [s.title for s in found.tables] == shown, document.names
        for section, table in zip(found.tables, tables, strict=True):
            names = [row[0] for row in section.rows[1:]]
            meant = [printable(c.name) if c.name.strip() else n for c, n in zip(table.columns, names, strict=True)]
            assert names == meant, document.names
            assert {len(row) for row in section.rows} == {8}, document.names


def _read_mermaid(made: Sequence[Document]) -> None:
    page = readers.render_mermaid([document.content for document in made])
    assert page.fired == []
    for document, found in zip(made, page.diagrams, strict=True):
        assert isinstance(found, readers.MermaidDiagram), (document.names, found)
        tables = document.schema.tables
        assert [len(e.rows) for e in found.entities] == [len(t.columns) for t in tables], document.names
        assert not found.elements & {"script", "a", "image", "img", "iframe", "use"}, document.names
        assert not [a for a in found.attributes if a.startswith("on") or a.endswith("href")], document.names


def _read_dbml(made: Sequence[Document]) -> None:
    texts = [document.content for document in made]
    for read in (readers.read_dbml_pydbml, readers.read_dbml_core):
        for document, found in zip(made, read(texts), strict=True):
            assert isinstance(found, readers.DbmlDatabase), (document.names, found)
            tables = document.schema.tables
            assert [len(t.columns) for t in found.tables] == [len(t.columns) for t in tables], document.names
            values = [c.enum for t in tables for c in t.columns if c.enum]
            assert sorted(map(len, found.enums.values())) == sorted(map(len, values)), document.names
            assert len(found.refs) == sum(len(t.foreign_keys) for t in tables), document.names


def _read_prisma(made: Sequence[Document]) -> None:
    for document, found in zip(made, readers.validate_prisma([d.content for d in made]), strict=True):
        assert isinstance(found, readers.PrismaSchema), (document.names, found)
        names = [str(model["dbName"] or model["name"]) for model in found.models]
        meant = [n if texts([n]) else name for n, name in zip(_named(document.schema), names, strict=True)]
        assert names == meant, document.names


def _named(schema: Schema) -> dict[str, list[str]]:
    """Table -> columns, without those that have no name, which no class can have."""
    return {t.name: [c.name for c in t.columns if c.name] for t in schema.tables if t.name}


def _read_sqlalchemy(made: Sequence[Document]) -> None:
    sources = [document.content for document in made]
    for document in made:
        modules.check_nodes(document.content)
    for document, found in zip(made, modules.import_sqlalchemy(sources), strict=True):
        assert not isinstance(found, str), (document.names, found)
        assert found == _named(document.schema), document.names


_NO_DJANGO = frozenset('"`%$\0')
"""What Django 5.2 does not quote in names."""


def _read_django(made: Sequence[Document]) -> None:
    """Django quotes no quotation mark, so a few names are others, and the remarks say which."""
    sources = [document.content for document in made]
    for document in made:
        modules.check_nodes(document.content)
    for document, found in zip(made, modules.import_django(sources), strict=True):
        assert not isinstance(found, str), (document.names, found)
        new, named = called(document.notes), _named(document.schema)
        meant = {new.get(repr(t), t): [new.get(f"{c!r} of {t!r}", c) for c in columns] for t, columns in named.items()}
        assert found == meant, document.names
        changed = {repr(t) for t in named if _NO_DJANGO & set(t)}
        changed |= {f"{c!r} of {t!r}" for t, columns in named.items() for c in columns if _NO_DJANGO & set(c)}
        assert set(new) == changed, document.names


READERS: Mapping[str, Callable[[Sequence[Document]], None]] = MappingProxyType(
    {
        "dbml": _read_dbml,
        "django": _read_django,
        "markdown": _read_markdown,
        "mermaid": _read_mermaid,
        "png": _read_png,
        "prisma": _read_prisma,
        "sqlalchemy": _read_sqlalchemy,
        "svg": _read_svg,
    }
)
"""For each format, what reads it back. A new format needs one."""


def checks() -> dict[str, Callable[[Sequence[str]], int]]:
    """Every check by the name of what it tries; engines that are not installed are left out."""
    found: dict[str, Callable[[Sequence[str]], int]] = {"json": check_json}
    for dialect in DIALECTS:
        found[f"parse {dialect}"] = partial(check_parse, dialect)
        found[f"refuse {dialect}"] = partial(check_refusals, dialect)
    for engine in ENGINES:
        if (runner := open_engine(engine)).version():
            found[f"engine {engine}"] = partial(check_engine, engine, runner.dialect)
    return found | {f"format {form}": partial(check_writer, form) for form in WRITERS}
