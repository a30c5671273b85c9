from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import lark
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper
from llguidance.gbnf_to_lark import gbnf_to_lark

from ghost_architect.schema.answering.grammar import gbnf, grammar
from ghost_architect.schema.ddl import Citations, ddl
from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.objects import Schema

from .broken_answers import CANONICAL, broken, damaged
from .strategies import cited_schemas

Accepts = Callable[[str], bool]


class _Bytes:
    """A tokenizer whose tokens are the 256 bytes, so that every text has one spelling in tokens."""

    eos_token_id = 256
    bos_token_id = None
    tokens = [*(bytes([i]) for i in range(256)), b"<end>"]  # noqa: RUF012
    special_token_ids = [256]  # noqa: RUF012

    def __call__(self, text: bytes | str) -> list[int]:
        return list(text.encode() if isinstance(text, str) else text)


def _read_by_lark() -> Accepts:
    parser = lark.Lark(grammar(), parser="lalr")

    def accepts(text: str) -> bool:
        try:
            parser.parse(text)
        except lark.exceptions.UnexpectedInput:
            return False
        return True

    return accepts


def _read_by_llguidance(text_of_grammar: str) -> Accepts:
    tokenizer = LLTokenizer(TokenizerWrapper(_Bytes()), n_vocab=257)
    start = LLMatcher(tokenizer, LLMatcher.grammar_from_lark(text_of_grammar))
    assert start.get_error() == ""

    def accepts(text: str) -> bool:
        matcher, data = start.deep_copy(), list(text.encode())
        return bool(matcher.try_consume_tokens(data) == len(data) and matcher.is_accepting())

    return accepts


READERS: dict[str, Accepts] = {
    "lark": _read_by_lark(),
    "llguidance": _read_by_llguidance(grammar()),
    "gbnf": _read_by_llguidance(gbnf_to_lark(gbnf())),
}
each_reader = pytest.mark.parametrize("accepts", READERS.values(), ids=READERS)


@given(schema=cited_schemas(), citations=st.sampled_from((Citations.LINES, Citations.NONE)))
def test_accepts_what_ddl_writes(schema: Schema, citations: Citations) -> None:
    text = ddl(schema, "postgres", citations)
    assert [name for name, accepts in READERS.items() if not accepts(text)] == []


@each_reader
def test_accepts_the_good_answer_and_every_whole_beginning(accepts: Accepts) -> None:
    assert accepts("")
    assert accepts(CANONICAL)
    ends = [m.end() for m in re.finditer(r";$", CANONICAL, re.MULTILINE)]
    assert len(ends) == 10
    assert all(accepts(CANONICAL[:end]) for end in ends)


@each_reader
def test_refuses_every_other_beginning(accepts: Accepts) -> None:
    starts = range(1, len(CANONICAL), 7)
    whole = [k for k in starts if accepts(CANONICAL[:k])]
    assert [k for k in whole if CANONICAL[:k].rstrip()[-1] != ";"] == []


@each_reader
def test_refuses_broken_answers(accepts: Accepts) -> None:
    answers = broken()
    assert len(answers) >= 500
    assert [title for title, text in answers.items() if accepts(text)] == []


def test_every_kind_of_damage_is_there() -> None:
    kinds = [re.sub(r" \d+$", "", title) for title, _ in damaged()]
    assert {kind: kinds.count(kind) for kind in set(kinds) if kinds.count(kind) < 2} == {
        "reserved name without quotes": 1
    }
    assert all(text != CANONICAL for _, text in damaged())


@each_reader
@pytest.mark.parametrize(
    ("name", "good"),
    [
        *(("id", True), ("_x", True), ("orders2", True), ("a" * 63, True), ('"Order No."', True), ('"a""b"', True)),
        *(("2fa", False), ("Orders", False), ("größe", False), ("a-b", False), ('""', False), ('"a"b"', False)),
        *(("users", True), ("tables", True), ("in_stock", True), ("as_of", True), ("current_dat", True)),
        *(("user", False), ("table", False), ("in", False), ("as", False), ("current_date", False)),
    ],
)
def test_names(accepts: Accepts, name: str, good: bool) -> None:
    assert accepts(f"CREATE TABLE {name} (\n    {name} TEXT\n);\n") is good


@each_reader
@pytest.mark.parametrize(
    ("citation", "good"),
    [
        *(("-- 1", True), ("-- 3, 14, 999", True), ("", True)),
        *(("-- 0", False), ("-- 01", False), ("--1", False), ("-- 1,2", False), ("-- x", False), ("-- 1 --", False)),
    ],
)
def test_citations(accepts: Accepts, citation: str, good: bool) -> None:
    behind = f" {citation}" if citation else ""
    assert accepts(f"CREATE TABLE a ({behind}\n    b TEXT,{behind}\n    c TEXT{behind}\n);\n") is good


# --- the part of the grammar that is made ---

_LETTERS = "0123456789_abcdefghijklmnopqrstuvwxyz"


def _class(letters: Iterable[str]) -> str:
    """A character class: [abcx] -> [a-cx]."""
    marks = "".join(c if c in set(letters) else " " for c in map(chr, range(128)))
    return "[" + "".join(r if len(r) < 3 else f"{r[0]}-{r[-1]}" for r in marks.split()) + "]"


def _goes_on(words: list[str]) -> str:
    """How a name goes on that is none of these words, of which the letters so far are already gone."""
    may_end = "" if "" in words else "?"
    longer = sorted(word for word in words if word)
    firsts = sorted({word[0] for word in longer})
    if not longer:
        return "[0-9_a-z]+"
    if len(longer) == 1:  # written flat, since readers bound how deep brackets may stand in each other
        (word,) = longer
        other = [f"{word[:i]}{_class(set(_LETTERS) - {c})}[0-9_a-z]*" for i, c in enumerate(word)]
        parts = [*other, f"{word}[0-9_a-z]+", *(word[:i] for i in range(len(word) - 1, 0, -1))]
    else:
        inside = [first + _goes_on([word[1:] for word in longer if word[0] == first]) for first in firsts]
        parts = [_class(set(_LETTERS) - set(firsts)) + "[0-9_a-z]*", *inside]
    return f"({'|'.join(parts)}){may_end}"


def _plain_names(words: Iterable[str]) -> str:
    """The terminal of names that are none of these words, as answer.lark holds it."""
    firsts = sorted({word[0] for word in words})
    lines = [f"/{_class(set(_LETTERS[10:]) - set(firsts))}[0-9_a-z]*/"]
    lines += [f"/{first}{_goes_on([word[1:] for word in words if word[0] == first])}/" for first in firsts]
    return "PLAIN: " + "\n    | ".join(lines) + "\n"


def test_plain_names_leave_out_the_reserved_words() -> None:
    made = _plain_names(sorted(DIALECTS["postgres"].reserved))
    assert grammar().endswith(made), f"put this at the end of answer.lark:\n{made}"


def test_every_reserved_word_and_its_neighbours() -> None:
    reserved = DIALECTS["postgres"].reserved
    plain = re.compile("|".join(re.findall(r"/(.*)/", grammar()[grammar().index("\nPLAIN:") :])))
    beginnings = {word[:i] for word in reserved for i in range(1, len(word) + 1)}
    words = beginnings | {word + letter for word in beginnings for letter in "_0az"}
    assert {word for word in words if not plain.fullmatch(word)} == set(reserved)


# --- GBNF ---


def test_gbnf_is_written_as_llama_cpp_reads_it() -> None:
    rules = dict(line.split(" ::= ", 1) for line in gbnf().splitlines())
    assert next(iter(rules)) == "root"
    assert len(rules) == gbnf().count("\n")
    used: set[str] = set()
    for name, body in rules.items():
        assert re.fullmatch(r"[a-z-]+", name)  # its names have no underscore
        bare = re.sub(r'"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]', " ", body)
        assert re.fullmatch(r"[a-z\s()|?*+-]*", bare)
        used |= set(re.findall(r"[a-z-]+", bare))
    assert used == set(rules) - {"root"}


def test_gbnf_of_a_terminal_and_of_a_rule() -> None:
    lines = gbnf().splitlines()
    assert "citation ::= ( \" -- \" [1-9] [0-9]* ( \", \" [1-9] [0-9]* )* )" in lines  # fmt: skip
    assert "text ::= ( \"'\" ( [^'\\x00] | \"''\" )* \"'\" )" in lines  # fmt: skip
    assert 'next-part ::= "," citation? "\\n    "' in lines
