"""Which types may point at and be compared with which: the rules say what a real PostgreSQL says."""

from __future__ import annotations

from itertools import product

import pytest

from ghost_architect.schema.ddl import statements
from ghost_architect.schema.engines import open_engine
from ghost_architect.schema.engines.base import Refused, Session
from ghost_architect.schema.execute import available
from ghost_architect.schema.objects import Check, Column, Comparison, ForeignKey, Op, Schema, Table
from ghost_architect.schema.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMPTZ, Kind, Type, enum, numeric
from ghost_architect.schema.verify import verify

TYPES = (
    *(INTEGER, numeric(8, 2), DOUBLE, TEXT, Type(Kind.CHAR, length=4), DATE, TIMESTAMPTZ, BOOLEAN),
    *(Type(Kind.TIME), Type(Kind.INTERVAL), enum("a", "b"), enum("a", "c")),
)


def key(own: Type, theirs: Type) -> Schema:
    target = Table("targets", (Column("k", theirs, False),), ("k",))
    return Schema(
        (target, Table("pointers", (Column("f", own),), foreign_keys=(ForeignKey(("f",), "targets", ("k",)),)))
    )


def comparison(own: Type, theirs: Type) -> Schema:
    check = Check((Comparison("f", Op.LT, column="g"),))
    return Schema((Table("pairs", (Column("f", own), Column("g", theirs)), checks=(check,)),))


def is_taken(session: Session, schema: Schema) -> bool:
    try:
        with session.undone():
            for statement in statements(schema, "postgres"):
                session.run(statement)
    except Refused:
        return False
    return True


@pytest.mark.skipif(not available()["postgres"], reason="the extra [postgres] is not installed")
def test_type_rules_are_those_of_postgres() -> None:
    wrong = []
    with open_engine("postgres").session(60) as session:
        for own, theirs in product(TYPES, TYPES):
            for code, schema in [("GA014", key(own, theirs)), ("GA022", comparison(own, theirs))]:
                refused_by_rule = any(f.code == code for f in verify(schema))
                if is_taken(session, schema) == refused_by_rule:
                    wrong.append((code, own, theirs))
    assert wrong == []
