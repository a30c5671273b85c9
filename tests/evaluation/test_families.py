"""Type families."""

from __future__ import annotations

import doctest

import pytest

from ghost_architect.evaluation import families
from ghost_architect.evaluation.families import family, is_fair


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("BOOLEAN", "bool"),
        ("tinyint(1)", "bool"),
        ("tinyint(4)", "int"),
        ("bit(1)", "bool"),
        ("bit(8)", "text"),
        ("jsonb", "json"),
        ("timestamptz", "timestamp"),
        ("timestamp(3) with time zone", "timestamp"),
        ("DateTime", "timestamp"),
        ("date", "date"),
        ("time", "time"),
        ("interval", "text"),
        ("numeric(12,2)", "num"),
        ("double precision", "num"),
        ("float8", "num"),
        ("mediumint unsigned", "int"),
        ("int4", "int"),
        ("bigserial", "int"),
        ("year", "int"),
        ("integers", "text"),
        ("bytea", "binary"),
        ("varbinary(16)", "binary"),
        ("varchar(255)", "text"),
        ("", "text"),
        ("(", "text"),
    ],
)
def test_family(type_: str, expected: str) -> None:
    assert family(type_) == expected


@pytest.mark.parametrize(("a", "b"), [("int", "decimal"), ("date", "timestamptz"), ("uuid", "varchar(36)")])
def test_fair_both_ways(a: str, b: str) -> None:
    assert is_fair(a, b)
    assert is_fair(b, a)


@pytest.mark.parametrize(("a", "b"), [("int", "boolean"), ("date", "time"), ("numeric", "text")])
def test_not_fair(a: str, b: str) -> None:
    assert not is_fair(a, b)


def test_examples_in_the_documentation() -> None:
    assert doctest.testmod(families).failed == 0
