"""Instruction examples: the file is what the script writes, every kind holds its promise, none is like another."""

from __future__ import annotations

import json
import re
import runpy
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from ghost_architect.data import likeness
from ghost_architect.data.answers import sql_of
from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.parse import parse
from ghost_architect.schema.verify import verify
from ghost_architect.synthetic.domains.catalogue import catalogue
from ghost_architect.synthetic.instructions.case import make_case
from ghost_architect.synthetic.instructions.example import Example
from ghost_architect.synthetic.instructions.make import KINDS, example, examples, order
from ghost_architect.synthetic.instructions.proof import faults
from ghost_architect.synthetic.instructions.rules import is_rich

ROOT = Path(__file__).parents[2]
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "instructions.py"))
DOMAINS = list(catalogue().domains)


@pytest.fixture(scope="module")
def made() -> list[Example]:
    """As many as the file has."""
    return list(examples(catalogue(), SCRIPT["COUNT"]))


def test_the_file_is_what_the_script_writes(made: list[Example]) -> None:
    assert SCRIPT["FILE"].read_text(encoding="utf-8") == SCRIPT["text"](made), "stale: python scripts/instructions.py"


def test_all_kinds_and_all_domains_are_there(made: list[Example]) -> None:
    counts = Counter(e.kind for e in made)
    assert set(counts) == set(KINDS)
    assert min(counts.values()) >= 50
    assert Counter(order(100)) == {kind: share for kind, (*_, share) in KINDS.items()}


def test_no_example_is_trivial_or_faulty(made: list[Example]) -> None:
    for number, e in enumerate(made, 1):
        assert is_rich(e.schema), number
        assert not verify(e.schema), number
        assert parse(ddl(e.schema)).schema == e.schema, number


def test_no_two_examples_read_alike(made: list[Example]) -> None:
    texts = ["\n".join(e.row().values()) for e in made]
    near = list(likeness.alike([likeness.signature(t) for t in texts]))
    assert not near
    assert len({e.output for e in made}) == len(made)


def test_what_is_answered_is_the_schema(made: list[Example]) -> None:
    for number, e in enumerate(made, 1):
        if e.kind in ("requirements", "repair", "normalise", "naming"):
            assert parse(sql_of(e.output)).schema == e.schema, number
        elif e.kind == "migrate":
            assert e.migration is not None
            assert parse(sql_of(e.input).partition("\n\nWanted")[0]).schema.tables, number
        else:
            assert not sql_of(e.output), number


def test_requirements_name_every_column(made: list[Example]) -> None:
    """What the answer has, a reader can find in the question."""
    for number, e in enumerate(made, 1):
        if e.kind != "requirements":
            continue
        said = re.sub(r"[\W_]+", " ", e.input.lower())
        for table in e.schema.tables:
            keyed = {c for f in table.foreign_keys for c in f.columns}
            for column in table.columns:
                words = re.sub(r"_(at|on|url|hash)$", "", column.name).split("_")
                if column.name in keyed or column.name == "id":
                    continue
                assert " ".join(words) in said, (number, table.name, column.name)


def test_faults_are_in_the_question_and_gone_in_the_answer(made: list[Example]) -> None:
    for number, e in enumerate(made, 1):
        if e.kind == "repair":
            asked = parse(e.input)
            assert asked.schema != e.schema or asked.unread, number


def test_a_seed_gives_the_same_example_whatever_else_is_drawn() -> None:
    one = example(catalogue(), "clinic", "repair", "x/1")
    example(catalogue(), "clinic", "explain", "x/2")
    assert example(catalogue(), "clinic", "repair", "x/1").row() == one.row()
    assert example(catalogue(), "clinic", "repair", "x/3").row() != one.row()


@pytest.mark.parametrize("kind", KINDS)
def test_answers_run(kind: str) -> None:
    """On SQLite; `scripts/instructions.py` asks PostgreSQL too, and rehearses the migrations."""
    for number in range(3):
        e = example(catalogue(), DOMAINS[number * 31 % len(DOMAINS)], kind, f"test/{number}")
        assert list(faults(e, ("sqlite",))) == []


def test_cases_are_connected() -> None:
    for number in range(60):
        domain = catalogue().domains[DOMAINS[number % len(DOMAINS)]]
        case = make_case(catalogue(), domain, Random(number), 2, 6)
        assert not verify(case.schema)
        names = {t.name for t in case.schema.tables}
        linked = {n for t in case.schema.tables for f in t.foreign_keys for n in (t.name, f.table)}
        assert len(names) == 1 or linked == names


def test_the_file_is_json_of_the_seed_s_form() -> None:
    loaded = json.loads(SCRIPT["FILE"].read_text(encoding="utf-8"))
    assert len(loaded) >= 500
    assert {tuple(row) for row in loaded} == {("instruction", "input", "output")}
