"""The diagram as a file: well-formed, self-contained, safe with hostile names, true to the schema."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from ghost_architect.schema.objects import ForeignKey, Schema, Table
from ghost_architect.writers.svg import draw, write
from ghost_architect.writers.text import clean, mono, sans
from ghost_architect.writers.theme import Theme
from tests.schema.strategies import schemas

from .samples import HOSTILE, SHOP, column, table, to

NS = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def texts(svg: str, kind: str) -> list[str]:
    found = parsed(svg).iter(f"{NS}text")
    return [t.text or "" for t in found if kind in (t.get("class") or "").split()]


def paths(svg: str, kind: str) -> list[str]:
    return [p.get("d", "") for p in parsed(svg).iter(f"{NS}path") if p.get("class") == kind]


def test_every_table_and_column_is_shown() -> None:
    svg = write(SHOP)
    assert texts(svg, "name") == ["customers", "orders", "invoices"]
    shown = set(texts(svg, "column")) | set(texts(svg, "guess"))
    assert {c.name for t in SHOP.tables for c in t.columns} <= shown
    assert "draft · paid" in texts(svg, "hint")
    assert texts(svg, "type")[:3] == ["bigint", "varchar(120)", "varchar(40)"]


def test_tags_and_dots_say_keys_and_null() -> None:
    svg = draw(Schema((SHOP.tables[-1],)))
    assert texts(svg, "tag")[:4] == ["PK", "FK", "UQ", "FK"]
    dots = [c.get("class") for c in parsed(svg).iter(f"{NS}circle")][:3]
    assert dots == ["must", "must", "none"]


def test_each_relation_has_a_wire_with_its_sentence_and_two_feet() -> None:
    svg = write(SHOP)
    hits = [p for p in parsed(svg).iter(f"{NS}path") if p.get("class") == "hit"]
    sentences = [title.text or "" for p in hits if (title := p.find(f"{NS}title")) is not None]
    assert len(sentences) == 3
    assert "orders (customer_id): exactly one of customers, which has any number of orders" in " ".join(sentences)
    assert "invoices (order_id): exactly one of orders, which has at most one of invoices" in " ".join(sentences)
    assert "invoices (paid_by): at most one of customers" in " ".join(sentences)
    legend_feet = 3
    assert len(paths(svg, "foot")) == 6 + legend_feet


def test_a_key_on_a_missing_table_is_marked_but_has_no_wire() -> None:
    svg = write(Schema((table("a", column("b_id"), keys=(to("b", "b_id"),)),)))
    assert "FK" in texts(svg, "tag")
    assert paths(svg, "hit") == []


def test_keys_over_several_columns_are_written_out() -> None:
    books = Table("books", (column("isbn"), column("edition")), ("isbn", "edition"))
    key = ForeignKey(("book_isbn", "book_edition"), "books", ("isbn", "edition"))
    loans = table("loans", column("book_isbn"), column("book_edition"), keys=(key,))
    assert "key (book_isbn, book_edition) to books (isbn, edition)" in texts(write(Schema((books, loans))), "hint")


def test_inferred_columns_are_marked_only_where_evidence_is_known() -> None:
    assert "phone" in texts(write(SHOP), "guess")
    assert "name" in texts(write(SHOP), "column")
    bare = Schema(tuple(replace(t, columns=tuple(replace(c, evidence=()) for c in t.columns)) for t in SHOP.tables))
    assert texts(write(bare), "guess") == []
    assert "inferred" not in write(bare)


def test_the_legend_explains_only_what_occurs() -> None:
    keys = texts(write(Schema((table("a", column("x")),))), "key")
    assert keys == ["1 table, 2 columns", "primary key", "not null"]


def test_hostile_names_stay_text() -> None:
    schema = Schema((table(HOSTILE, column(HOSTILE)), table("b", column("a" * 300), keys=(to(HOSTILE, "id"),))))
    svg = write(schema)
    root = parsed(svg)
    assert {e.tag for e in root.iter()} <= {
        f"{NS}{t}" for t in ("svg", "title", "desc", "style", "rect", "g", "path", "text", "circle")
    }
    assert clean(HOSTILE) in " ".join(root.itertext())
    assert "\u202e" not in svg
    assert "\x00" not in svg
    assert "a" * 300 not in texts(svg, "column")
    assert any(t.startswith("aaa") and t.endswith("…") for t in texts(svg, "column"))
    assert any("a" * 300 in (t.text or "") for t in root.iter(f"{NS}title"))


@pytest.mark.parametrize("theme", Theme)
def test_nothing_outside_is_needed(theme: Theme) -> None:
    svg = draw(SHOP, theme=theme)
    rest = svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|url\(|@import|@font-face|href|<script|<image|\bon\w+=", rest)


def test_themes() -> None:
    auto, light, dark = (draw(SHOP, theme=t) for t in (Theme.AUTO, Theme.LIGHT, Theme.DARK))
    assert "prefers-color-scheme:dark" in auto
    assert "prefers-color-scheme" not in light + dark
    strip = re.compile(r"<style>.*?</style>", re.DOTALL)
    assert strip.sub("", light) == strip.sub("", dark) == strip.sub("", auto)
    assert light != dark


def test_for_those_who_cannot_see_it() -> None:
    root = parsed(write(SHOP))
    title, desc = root.find(f"{NS}title"), root.find(f"{NS}desc")
    assert title is not None
    assert desc is not None
    assert root.get("role") == "img"
    assert (root.get("aria-labelledby") or "").split() == [title.get("id"), desc.get("id")]
    assert title.text == "3 tables, 10 columns, 3 relations"
    assert "customers (id, name, phone)" in (desc.text or "")


def test_no_tables() -> None:
    assert texts(write(Schema()), "key") == ["no tables"]


def test_texts_stay_inside_their_card() -> None:
    wide = table("W" * 60, column("M" * 60, nullable=True), column("名" * 40), column("x"))
    for group in parsed(write(Schema((wide,)))).iter(f"{NS}g"):
        if (group.get("class") or "").startswith("table"):
            width = max(float(r.get("width", 0)) for r in group.iter(f"{NS}rect"))
            for row in group.findall(f"{NS}g"):
                words = {t.get("class"): t for t in row.findall(f"{NS}text")}
                if "type" in words:
                    name = words["column"]
                    right = float(name.get("x", 0)) + sans(name.text or "") * 13
                    assert right < float(words["type"].get("x", 0)) - mono(words["type"].text or "") * 11.5
                    assert float(words["type"].get("x", 0)) < width


@settings(max_examples=settings().max_examples * 2 // 5)
@given(schemas())
def test_any_schema_gives_the_same_well_formed_file_twice(schema: Schema) -> None:
    svg = write(schema)
    assert len(texts(svg, "name")) == len(schema.tables)
    assert svg == write(schema)
    assert svg.endswith("</svg>\n")
