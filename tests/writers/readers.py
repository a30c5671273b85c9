"""The tools that own a format, reading what we wrote: each helper takes many documents and starts one process.

    text -> PyDBML, @dbml/core         -> DbmlDatabase, the same for both
    text -> Prisma's validator (WASM)  -> its data model, as JSON
    text -> Mermaid in Chromium        -> what stands in the drawn SVG

A document that a tool refuses is an `Unreadable` in the list, not an exception, so that a test can say
which of five hundred names it was. A tool that is not installed skips the test (`tests.outside`).
"""

from __future__ import annotations

import html
import json
import os
import re
import signal
import subprocess
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.outside import NODE_MODULES, node_package, program, python_package

_PAGE_SECONDS = 60
_PAGE_CHARACTERS = 60_000
_NODE = NODE_MODULES.parent


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What a tool said about a document that it did not take."""

    error: str


@dataclass(frozen=True, slots=True)
class DbmlColumn:
    """A column as a DBML reader understands it; `default` is its kind ("number", "string", ...) and its text."""

    name: str
    type: str
    not_null: bool
    pk: bool
    unique: bool
    increment: bool
    default: tuple[str, str] | None
    note: str


@dataclass(frozen=True, slots=True)
class DbmlIndex:
    """A line of an `indexes` block."""

    columns: tuple[str, ...]
    pk: bool
    unique: bool
    name: str


@dataclass(frozen=True, slots=True)
class DbmlTable:
    """A table of a DBML document."""

    name: str
    note: str
    columns: tuple[DbmlColumn, ...]
    indexes: tuple[DbmlIndex, ...]


@dataclass(frozen=True, slots=True)
class DbmlRef:
    """A relation: the table with the key, its columns, the table that is pointed at, its columns, the action."""

    table: str
    columns: tuple[str, ...]
    parent: str
    references: tuple[str, ...]
    on_delete: str
    relation: str


@dataclass(frozen=True, slots=True)
class DbmlDatabase:
    """A DBML document, the same whoever read it. An enum has values, each with its note."""

    tables: tuple[DbmlTable, ...]
    enums: dict[str, tuple[tuple[str, str], ...]]
    refs: tuple[DbmlRef, ...]


def run_node(script: str, texts: Sequence[str]) -> list[Any]:
    """What a script of `tests/node` answers to these documents."""
    command = [program("node"), "--stack-size=4000", str(_NODE / script)]
    done = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, text=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answers: list[Any] = json.loads(done.stdout)
    assert len(answers) == len(texts)
    return answers


# --- DBML ---


def read_dbml_pydbml(texts: Iterable[str]) -> list[DbmlDatabase | Unreadable]:
    """The documents as PyDBML reads them. It calls its own parser by names that the parser has given up."""
    python_package("pydbml")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return [_pydbml(text) for text in texts]


def _pydbml(text: str) -> DbmlDatabase | Unreadable:
    from pydbml import PyDBML

    try:
        found = PyDBML(text)
    except Exception as problem:
        return Unreadable(f"{type(problem).__name__}: {problem}")
    tables = tuple(
        DbmlTable(
            table.name,
            table.note.text,
            tuple(_pydbml_column(c) for c in table.columns),
            tuple(DbmlIndex(tuple(s.name for s in i.subjects), i.pk, i.unique, i.name or "") for i in table.indexes),
        )
        for table in found.tables
    )
    enums = {e.name: tuple((item.name, item.note.text) for item in e.items) for e in found.enums}
    return DbmlDatabase(tables, enums, tuple(_pydbml_ref(r) for r in found.refs))


def _pydbml_column(column: Any) -> DbmlColumn:
    type_ = column.type if isinstance(column.type, str) else column.type.name
    flags = (column.not_null, column.pk, column.unique, column.autoinc)
    return DbmlColumn(column.name, type_, *flags, _pydbml_default(column.default), column.note.text)


def _pydbml_default(value: Any) -> tuple[str, str] | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "boolean", str(value).lower()
    if isinstance(value, int | float):
        return "number", f"{Decimal(repr(value)):f}"
    return ("string", value) if isinstance(value, str) else ("expression", value.text)


def _pydbml_ref(ref: Any) -> DbmlRef:
    columns, references = (tuple(c.name for c in end) for end in (ref.col1, ref.col2))
    return DbmlRef(ref.table1.name, columns, ref.table2.name, references, ref.on_delete or "", ref.type)


def read_dbml_core(texts: Sequence[str]) -> list[DbmlDatabase | Unreadable]:
    """The documents as @dbml/core, the reader of dbdiagram.io, reads them."""
    node_package("@dbml/core")
    return [_core(answer) for answer in run_node("dbml.mjs", texts)]


def _core(answer: Any) -> DbmlDatabase | Unreadable:
    if "error" in answer:
        return Unreadable(answer["error"])
    tables = tuple(
        DbmlTable(
            table["name"],
            table["note"],
            tuple(_core_column(c) for c in table["columns"]),
            tuple(DbmlIndex(tuple(i["columns"]), i["pk"], i["unique"], i["name"]) for i in table["indexes"]),
        )
        for table in answer["tables"]
    )
    enums = {e["name"]: tuple((value, note) for value, note in e["values"]) for e in answer["enums"]}
    return DbmlDatabase(tables, enums, tuple(_core_ref(r) for r in answer["refs"]))


def _core_column(column: Any) -> DbmlColumn:
    flags = (column["notNull"], column["pk"], column["unique"], column["increment"])
    default = column["default"] and (column["default"][0], column["default"][1])
    return DbmlColumn(column["name"], column["type"], *flags, default, column["note"])


_RELATIONS = {("*", "1"): ">", ("1", "*"): "<", ("1", "1"): "-", ("*", "*"): "<>"}


def _core_ref(ref: Any) -> DbmlRef:
    child, parent = ref["ends"]
    columns, references = tuple(child["columns"]), tuple(parent["columns"])
    relation = _RELATIONS[child["relation"], parent["relation"]]
    return DbmlRef(child["table"], columns, parent["table"], references, ref["onDelete"], relation)


# --- Prisma ---


@dataclass(frozen=True, slots=True)
class PrismaSchema:
    """What Prisma made of a schema: its data model (DMMF), the two blocks, and the text as its formatter puts it."""

    models: list[dict[str, Any]]
    enums: list[dict[str, Any]]
    indexes: list[dict[str, Any]]
    datasource: dict[str, Any]
    generator: dict[str, Any]
    formatted: str


def validate_prisma(texts: Sequence[str]) -> list[PrismaSchema | Unreadable]:
    """The schemas as Prisma's own validator reads them."""
    node_package("@prisma/prisma-schema-wasm")
    return [_prisma(answer) for answer in run_node("prisma.mjs", texts)]


def _prisma(answer: Any) -> PrismaSchema | Unreadable:
    if "error" in answer:
        return Unreadable(answer["error"])
    model = json.loads(answer["dmmf"], parse_float=Decimal)["datamodel"]
    blocks = (answer["datasource"], answer["generator"], answer["formatted"])
    return PrismaSchema(model["models"], model["enums"], model["indexes"], *blocks)


# --- Mermaid ---


@dataclass(frozen=True, slots=True)
class MermaidEntity:
    """A box of the drawn diagram: its title, and per row type, name, keys and remark."""

    name: str
    rows: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class MermaidDiagram:
    """What stands in a drawn SVG.

    Attributes:
        entities: the boxes.
        labels: the words on the lines, line by line.
        relations: per line the label, what stands at its ends, and whether it is identifying.
        lines: how many lines are drawn.
        elements, attributes: every name of an element, and of an attribute, that the SVG holds.
        svg: the drawing itself.
    """

    entities: tuple[MermaidEntity, ...]
    labels: tuple[str, ...]
    relations: tuple[dict[str, str], ...]
    lines: int
    elements: frozenset[str]
    attributes: frozenset[str]
    svg: str


@dataclass(frozen=True, slots=True)
class MermaidPage:
    """All diagrams of a page, and what ran in it that nobody asked for (dialogs, refused requests)."""

    diagrams: list[MermaidDiagram | Unreadable]
    fired: list[str]


def render_mermaid(texts: Sequence[str]) -> MermaidPage:
    """The diagrams as Mermaid draws them in a page of a real Chromium, in the mode that web pages should use.

    Raises:
        subprocess.TimeoutExpired: the page did not end within a minute.
    """
    out = MermaidPage([], [])
    for part in _parts(texts):
        with TemporaryDirectory(prefix="mermaid-") as folder:
            page = Path(folder, "page.html")
            page.write_text(_page(part), encoding="utf-8")
            found = json.loads(_text_of(dump_dom(page), "found"))
        out.diagrams.extend(_diagram(answer) for answer in found["answers"])
        out.fired.extend(found["fired"])
    assert len(out.diagrams) == len(texts)
    return out


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many diagrams as a busy machine draws in a minute."""
    start = size = 0
    for i, text in enumerate(texts):
        if size + len(text) > _PAGE_CHARACTERS and i > start:
            yield texts[start:i]
            start, size = i, 0
        size += len(text)
    yield texts[start:]


def _page(texts: Sequence[str]) -> str:
    """Inside a script element only `<` could end it; inside JSON it may be written as an escape."""
    diagrams = json.dumps(list(texts)).replace("<", "\\u003c")
    scripts = (node_package("mermaid") / "dist" / "mermaid.min.js", _NODE / "mermaid.js")
    loaded = "".join(f'<script src="{script.as_uri()}"></script>' for script in scripts)
    head = '<!doctype html><meta charset="utf-8"><pre id="found"></pre>'
    return f'{head}<script type="application/json" id="diagrams">{diagrams}</script>{loaded}'


def dump_dom(page: Path) -> str:
    """The page's HTML when nothing is left to do in it."""
    command = [program("chromium", "chromium-browser", "google-chrome"), "--headless", "--dump-dom", "--no-sandbox"]
    command += ["--disable-gpu", f"--user-data-dir={page.parent / 'profile'}", "--virtual-time-budget=600000"]
    with subprocess.Popen(
        [*command, page.as_uri()], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", process_group=0
    ) as browser:
        try:
            found, _ = browser.communicate(timeout=_PAGE_SECONDS)
        finally:
            # A browser is several processes; those that are left would keep its folder open.
            with suppress(ProcessLookupError):
                os.killpg(browser.pid, signal.SIGKILL)
    assert browser.returncode == 0, browser.returncode
    return found


def _text_of(page: str, name: str) -> str:
    """The text of the `pre` of this id."""
    match = re.search(rf'<pre id="{name}">(.*?)</pre>', page, re.DOTALL)
    assert match, page[:2000]
    return html.unescape(match[1])


def _diagram(answer: Any) -> MermaidDiagram | Unreadable:
    if "error" in answer:
        return Unreadable(answer["error"])
    rows = (tuple((t, n, k, c) for t, n, k, c in entity["rows"]) for entity in answer["entities"])
    return MermaidDiagram(
        entities=tuple(MermaidEntity(e["name"], r) for e, r in zip(answer["entities"], rows, strict=True)),
        labels=tuple(answer["labels"]),
        relations=tuple(answer["relations"]),
        lines=answer["lines"],
        elements=frozenset(answer["elements"]),
        attributes=frozenset(answer["attributes"]),
        svg=answer["svg"],
    )
