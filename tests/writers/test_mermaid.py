"""Mermaid text: the literal form, and that no name can break out of it.

What is pinned here was parsed and drawn by Mermaid 10.9.3, 11.4.0 and 11.17.2.
"""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings

from ghost_architect.schema.objects import Schema
from ghost_architect.schema.types import DOUBLE, enum
from ghost_architect.writers.mermaid import write
from tests.schema.strategies import schemas

from .samples import HOSTILE, SHOP, column, table, to

# One line each of what `write` may emit: a subset of what every Mermaid takes.
_NAME = r'(?:[A-Za-z_]\w*|"[^"]+")'
_LINES = re.compile(
    rf"""erDiagram
    |[ ]{{4}}{_NAME}([ ]\{{)?
    |[ ]{{4}}\}}
    |[ ]{{8}}[a-z_]+(\(\d+\))?[ ][A-Za-z_]\w*([ ][PFU]K(,[ ][PFU]K)*)?
     ([ ]"(?!\#)(?:[^"%$;\\<>`{{}}*~\n]|%(?!%)|\$(?!\$))+")?
    |[ ]{{4}}{_NAME}[ ]\|[|o](--|\.\.)o[|{{][ ]{_NAME}[ ]:[ ]"[^"]+"
    """,
    re.VERBOSE | re.ASCII,
)


def assert_form(written: str) -> None:
    """Each line is one that may be; in quotation marks, remarks apart, stand letters, marks, digits and underscores."""
    for line in written.splitlines():
        assert _LINES.fullmatch(line), line
        for name in re.findall('"([^"]+)"', line) if not line.startswith(" " * 8) else ():
            assert all(c == "_" or c.isalnum() or unicodedata.category(c)[0] == "M" for c in name), name


def test_literal() -> None:
    assert (
        write(SHOP)
        == """erDiagram
    customers {
        bigint id PK
        varchar(120) name
        varchar(40) phone "NULL"
    }
    orders {
        bigint id PK
        numeric total "numeric(12,2)"
        enum status "draft | paid"
        bigint customer_id FK
    }
    invoices {
        bigint id PK
        bigint order_id FK, UK
        bigint paid_by FK "NULL"
    }
    customers ||..o{ orders : "customer_id"
    orders ||..o| invoices : "order_id"
    customers |o..o{ invoices : "paid_by"
"""
    )


def test_no_tables() -> None:
    assert write(Schema()) == "erDiagram\n"


@pytest.mark.parametrize(
    "name",
    [
        HOSTILE,
        "direction TB",
        "%%{init: {}}%%",
        "a;b#35;c",
        'x"] y',
        "1st",
        "end",
        "",
        "名前",
        "a b\nc",
        "x\\y`z",
        "pk",
    ],
)
def test_hostile_names_leave_the_form_as_it_is(name: str) -> None:
    schema = Schema(
        (
            table(name, column(name), column(name + "2", enum(name or "-", "b"))),
            table("child", column(name or "c"), column("d", DOUBLE), keys=(to(name, name or "c"),)),
        )
    )
    written = write(schema)
    assert_form(written)
    assert written.count(" {\n") == 2
    assert written.count("||..o{") == 1


def test_words_of_the_language_are_quoted_as_tables_and_changed_as_columns() -> None:
    written = write(Schema((table("class", column("pk"), column("double precision", DOUBLE)),)))
    assert '    "class" {' in written
    assert '        text _pk "pk"' in written
    assert '        double_precision double_precision "double precision"' in written


def test_tables_keep_their_letters_and_nothing_is_markdown() -> None:
    written = write(Schema((table("größe der 名前", column("größe"), column("__init__")), table("_a_"))))
    assert '    "größe_der_名前" {' in written
    assert '        text grosse "größe"' in written
    assert '        text __init "＿＿init＿＿"' in written
    assert "    _a {" in written


def test_names_that_become_equal_stay_apart() -> None:
    written = write(Schema((table("a b", column("x.y"), column("x y")), table("a-b"))))
    assert "    a_b {" in written
    assert "    a_b_2 {" in written
    assert '        text x_y "x.y"\n        text x_y_2 "x y"' in written


def test_long_lists_and_remarks_are_cut() -> None:
    written = write(Schema((table("t", column("e", enum(*(f"value {i:02}" for i in range(30))))),)))
    assert "value 07 and 22 more" in written
    assert "value 08" not in written


@settings(max_examples=settings().max_examples * 2 // 3)
@given(schemas())
def test_any_schema_keeps_the_form(schema: Schema) -> None:
    assert_form(write(schema))
