"""Mermaid in a real Chromium: what stands in the drawn diagram is the schema, and no name is anything but text."""

from __future__ import annotations

import re

from hypothesis import settings

from ghost_architect.schema.fit import fit
from ghost_architect.schema.objects import Schema, Table
from ghost_architect.schema.types import enum
from ghost_architect.writers.mermaid import write
from ghost_architect.writers.relations import relations
from tests.hostile.names import NAMES, SIGNS, as_columns, as_comments, as_tables, as_values, batches

from .readers import MermaidDiagram, Unreadable, render_mermaid
from .samples import HOSTILE, LIBRARY, SHOP, column, random_schemas, table

ELEMENTS = frozenset("circle defs div feDropShadow filter foreignObject g marker p path rect span style svg".split())
"""What Mermaid draws a diagram with. Not among them: em and strong (Markdown), math, a, img, script."""
ATTRIBUTES = frozenset(
    """
    aria-roledescription class cx cy d data-edge data-et data-id data-look data-points dx dy fill fill-rule
    flood-color flood-opacity height id marker-end marker-start markerHeight markerWidth orient r refX refY role
    stdDeviation stroke stroke-dasharray stroke-width style transform viewBox width xmlns
    """.split()
)
"""No event handler and no address is among them."""

_ENTITY = re.compile(r'^ {4}(?:"([^"]+)"|(\w+))(?: \{)?$', re.MULTILINE)
_ROW = re.compile(r'^ {8}(\S+) (\S+)(?: ((?:[PFU]K(?:, )?)+))?(?: "(.*)")?$', re.MULTILINE)


def shown(text: str) -> list[tuple[str, list[tuple[str, str, str, str]]]]:
    """The entities that the text writes, each with its rows."""
    starts = list(_ENTITY.finditer(text))
    ends = [m.start() for m in starts[1:]] + [len(text)]
    return [
        (
            m[1] or m[2],
            [(r[1], r[2], (r[3] or "").replace(", ", ","), r[4] or "") for r in _ROW.finditer(text, m.end(), end)],
        )
        for m, end in zip(starts, ends, strict=False)
    ]


def same(drawn: MermaidDiagram | Unreadable, schema: Schema, text: str) -> None:
    """Whether the SVG shows every table, column, key and relation of the schema, and is made of nothing else."""
    assert isinstance(drawn, MermaidDiagram), drawn
    assert drawn.elements <= ELEMENTS
    assert drawn.attributes <= ATTRIBUTES
    assert [(e.name, list(e.rows)) for e in drawn.entities] == shown(text)
    tables = fit(schema).schema.tables
    for entity, meant in zip(drawn.entities, tables, strict=True):
        same_keys([keys.split(",") for _, _, keys, _ in entity.rows], meant)
    expected = [
        {
            "label": drawn.relations[i]["label"],
            "cardA": "ZERO_OR_ONE" if r.single else "ZERO_OR_MORE",
            "cardB": "ZERO_OR_ONE" if r.optional else "ONLY_ONE",
            "relType": "IDENTIFYING" if r.identifying else "NON_IDENTIFYING",
        }
        for i, r in enumerate(relations(fit(schema).schema))
    ]
    assert list(drawn.relations) == expected
    assert drawn.lines >= len(expected)
    assert sorted(drawn.labels) == sorted(r["label"] for r in drawn.relations)


def same_keys(rows: list[list[str]], meant: Table) -> None:
    pointing = {c for key in meant.foreign_keys for c in key.columns}
    assert [("PK" in keys, "FK" in keys) for keys in rows] == [
        (c.name in meant.primary_key, c.name in pointing) for c in meant.columns
    ]


def test_chromium_draws_what_was_meant() -> None:
    schemas = (SHOP, LIBRARY, *random_schemas(40))
    texts = [write(schema) for schema in schemas]
    page = render_mermaid(texts)
    for drawn, schema, text in zip(page.diagrams, schemas, texts, strict=True):
        same(drawn, schema, text)
    assert page.fired == []


def test_no_name_is_more_than_text() -> None:
    """All names of the list under `make soak`, in more places; else some of the signs."""
    long = settings().max_examples > settings.get_profile("default").max_examples
    places = (as_tables, as_columns, as_values, as_comments) if long else (as_tables, as_comments)
    schemas = [place(part) for place in places for part in batches(NAMES if long else SIGNS[::8], 40)]
    texts = [write(schema) for schema in schemas]
    page = render_mermaid(texts)
    for drawn, schema, text in zip(page.diagrams, schemas, texts, strict=True):
        same(drawn, schema, text)
    assert page.fired == []


def test_markdown_is_text() -> None:
    remarks = ("1. a", "- a", "> a", "[a](https://example.org)", "![a](x)", "| a |", "---", "$$a$$", "**a**", "a\\")
    schemas = [Schema((table("t", column(r), column("e", enum(r, HOSTILE))),)) for r in remarks]
    page = render_mermaid([write(schema) for schema in schemas])
    for drawn, schema in zip(page.diagrams, schemas, strict=True):
        same(drawn, schema, write(schema))


def test_a_dialog_would_be_seen() -> None:
    """The page reports what fires in it: without this, an empty report would prove nothing."""
    page = render_mermaid(['erDiagram\n    t {\n        text c "<img src=x onerror=alert(1)>"\n    }\n'])
    drawn = page.diagrams[0]
    assert isinstance(drawn, MermaidDiagram)
    assert not drawn.elements <= ELEMENTS or page.fired
