from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghost_architect.schema.answer import AnswerRead, read_answer
from ghost_architect.schema.ddl import Citations, ddl
from ghost_architect.schema.findings import Severity
from ghost_architect.schema.objects import Evidence, Schema

from .broken_answers import ANSWERS, CANONICAL, broken, damaged, nonsense
from .strategies import cited_schemas

LINES = {n: Evidence(0, n, (10 * n, 0, 9, 9), f"Label {n}") for n in range(1, 21)}
SAME = sorted((ANSWERS / "same").glob("*.txt"))


def cited(read: AnswerRead) -> dict[str, list[int]]:
    """Cited lines of tables ("orders") and columns ("orders.id"), where there are any."""
    found = {t.name: [e.line for e in t.evidence] for t in read.schema.tables}
    found |= {f"{t.name}.{c.name}": [e.line for e in c.evidence] for t in read.schema.tables for c in t.columns}
    return {name: numbers for name, numbers in found.items() if numbers}


def codes(read: AnswerRead) -> list[str]:
    return [finding.code for finding in read.findings]


@pytest.mark.parametrize("path", SAME, ids=lambda path: path.stem)
def test_one_answer_in_many_wrappings(path: object) -> None:
    read = read_answer(path.read_bytes().decode(), LINES)  # type: ignore[attr-defined]
    plain = read_answer((ANSWERS / "same" / "plain.txt").read_text(encoding="utf-8"), LINES)
    assert read.schema == plain.schema
    assert cited(read) == cited(plain)
    assert set(codes(read)) <= {"ANSWER-PROSE"}
    assert not read.cut


def test_the_plain_answer_itself() -> None:
    read = read_answer((ANSWERS / "same" / "plain.txt").read_text(encoding="utf-8"), LINES)
    assert read.findings == ()
    tables = {"customers": [1], "orders": [4]}
    columns = {"customers.name": [2, 3], "orders.customer_id": [5], "orders.status": [6], "orders.total": [7]}
    assert cited(read) == tables | columns
    orders = read.schema.table("orders")
    assert orders is not None
    assert orders.title == "Label 4"
    assert orders.columns[1].evidence == (LINES[5],)
    status = orders.columns[2].default
    assert status is not None
    assert status.value == "Terms &amp; conditions"  # what the screen says is left alone


def test_canonical_answer_comes_back_as_it_was() -> None:
    read = read_answer(CANONICAL, LINES)
    assert read.findings == ()
    assert ddl(read.schema, "postgres", Citations.LINES) == CANONICAL


@given(schema=cited_schemas())
def test_reads_everything_that_ddl_writes(schema: Schema) -> None:
    pieces = [e for t in schema.tables for e in (*t.evidence, *(e for c in t.columns for e in c.evidence))]
    lines = {e.line: e for e in pieces}
    read = read_answer(ddl(schema, "postgres", Citations.LINES), lines)
    assert read.findings == ()
    assert read.schema == schema
    for table, known in zip(read.schema.tables, schema.tables, strict=True):
        assert table.evidence == numbered(known.evidence, lines)
        for column, wanted in zip(table.columns, known.columns, strict=True):
            assert column.evidence == numbered(wanted.evidence, lines)


def numbered(evidence: tuple[Evidence, ...], lines: dict[int, Evidence]) -> tuple[Evidence, ...]:
    """The lines of these numbers, each once."""
    return tuple(lines[n] for n in dict.fromkeys(e.line for e in evidence))


# --- citations ---


def test_citation_of_a_line_that_is_not_there() -> None:
    read = read_answer("CREATE TABLE a ( -- 77\n    b INT, -- 3, 99, 100\n    c INT -- 0\n);", LINES)
    assert cited(read) == {"a.b": [3]}
    assert [(f.code, f.table, f.column, f.message) for f in read.findings] == [
        ("ANSWER-CITATION", "a", "", "the answer cites line 77, which is not on the screens"),
        ("ANSWER-CITATION", "a", "b", "the answer cites line 99, 100, which is not on the screens"),
        ("ANSWER-CITATION", "a", "c", "the answer cites line 0, which is not on the screens"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CREATE TABLE a (b INT, c INT, -- 3\n d INT);", {"a.c": [3]}),
        ("CREATE TABLE a (b INT,\n-- 3\n c INT);", {}),
        ("CREATE TABLE a (\n b INT, -- 3 words\n c INT -- v4\n);", {}),
        ("CREATE TABLE a (\n b NUMERIC(10, 2), -- 3, 3, 4\n UNIQUE (b) -- 5\n);", {"a.b": [3, 4]}),
        ("CREATE TABLE a (\n b NUMERIC(10, -- 3\n 2)\n);", {"a.b": [3]}),
        ("CREATE TABLE a (\n b TEXT DEFAULT '-- 3', -- 4\n c INT /* 5 */\n);", {"a.b": [4]}),
        ('CREATE TABLE "A ( b" (\n "x, ""y" TEXT, -- 3\n "--" INT -- 4\n);', {'A ( b.x, "y': [3], "A ( b.--": [4]}),
        ("CREATE TABLE Orders (\n Id INT -- 3\n);", {"Orders.Id": [3]}),
        ("CREATE TABLE a (\n b INT -- 12345678901234567890\n);", {}),
    ],
)
def test_where_a_citation_belongs(text: str, found: dict[str, list[int]]) -> None:
    assert cited(read_answer(text, LINES)) == found


# --- nothing, and no SQL ---


@pytest.mark.parametrize(
    "text", ["", " \n", "```sql\n```", "```\n\n```\n", "-- no data\n", ";", "No tables.\n```sql\n```"]
)
def test_no_data(text: str) -> None:
    assert read_answer(text, LINES) == AnswerRead(Schema(), "", (), False)


@pytest.mark.parametrize("text", ["I'm sorry, I can't.", "{}", "```\nnothing\n```", "<think>CREATE TABLE a (b INT);"])
def test_no_sql(text: str) -> None:
    read = read_answer(text, LINES)
    assert (read.schema, read.sql, read.cut) == (Schema(), "", False)
    assert [f.severity for f in read.findings] == [Severity.ERROR]


def test_no_sql_is_quoted_on_one_short_line() -> None:
    (finding,) = read_answer("I see\na cat. " * 100, LINES).findings
    assert finding.code == "ANSWER-NO-SQL"
    assert finding.message.startswith("there is no SQL in the answer: I see a cat. I see a cat.")
    assert len(finding.message) < 130


@pytest.mark.parametrize("text", ["", "<think>Let me", "Here is"])
def test_cut_before_it_began_is_not_an_empty_page(text: str) -> None:
    read = read_answer(text, LINES, truncated=True)
    assert read.cut
    assert [(f.code, f.severity) for f in read.findings] == [("ANSWER-CUT", Severity.ERROR)]


# --- a cut tail ---


def test_cut_inside_of_a_table_keeps_its_finished_columns() -> None:
    read = read_answer(CANONICAL[: CANONICAL.index(" CASCADE")], LINES, truncated=True)
    assert [(t.name, len(t.columns)) for t in read.schema.tables] == [("customers", 10), ("orders", 1)]
    (finding,) = read.findings
    assert (finding.code, finding.table) == ("ANSWER-CUT", "orders")
    assert finding.message == "the answer stops inside of CREATE TABLE orders: what stands before the break was kept"


def test_cut_that_the_backend_did_not_notice() -> None:
    read = read_answer("CREATE TABLE a (\n    b INT,\n    c VARCH", LINES)
    assert (read.cut, codes(read)) == (True, ["ANSWER-CUT"])
    assert read.sql == "CREATE TABLE a (\n    b INT\n);\n"


def test_cut_without_a_finished_column() -> None:
    read = read_answer("CREATE TABLE a (\n    b INT\n);\nCREATE TABLE c (\n    d NUMERIC(10, 2", LINES, truncated=True)
    assert [t.name for t in read.schema.tables] == ["a"]
    assert [f.message for f in read.findings] == ["the answer stops inside of CREATE TABLE c: it was left out"]


def test_cut_inside_of_other_statements_drops_them() -> None:
    for half in (
        "CREATE INDEX i ON a (b",
        "ALTER TABLE a ADD UNIQUE (b)",
        "COMMENT ON TABLE a IS 'x",
        "CREA",
        "CREATE TABLE",
    ):
        read = read_answer(f"CREATE TABLE a (\n    b INT\n);\n{half}", LINES, truncated=True)
        assert read.sql == "CREATE TABLE a (\n    b INT\n);\n", half
        assert codes(read)[0] == "ANSWER-CUT"


def test_cut_between_statements() -> None:
    read = read_answer("CREATE TABLE a (\n    b INT\n);\n", LINES, truncated=True)
    assert (read.cut, codes(read)) == (True, ["ANSWER-CUT"])


def test_whatever_is_kept_of_a_cut_answer_is_as_in_the_whole_one() -> None:
    whole = read_answer(CANONICAL, LINES).schema
    for end in range(1, len(CANONICAL), 11):
        read = read_answer(CANONICAL[:end], LINES, truncated=True)
        assert read.cut
        assert "ANSWER-CUT" in codes(read)
        for table in read.schema.tables:
            known = whole.table(table.name)
            assert known is not None
            for i, column in enumerate(table.columns):
                wanted = known.columns[i]
                # What is said behind the table, or at its end, may be lost with the tail.
                assert replace(column, nullable=wanted.nullable, comment=wanted.comment) == wanted
                assert column.evidence in (wanted.evidence, ())


# --- broken answers ---

_READ_ALL_THE_SAME = (
    *("comma", "semicolon missing", "name reserved", "table name reserved", "reserved name"),
    *(
        "AUTO_INCREMENT",
        "AUTOINCREMENT",
        "inline enum",
        "NVARCHAR",
        "VARCHAR2",
        "VARCHAR of nothing",
        "only a semicolon",
    ),
    "enum of words without quotes",
)
"""It is clear what these mean; that PostgreSQL takes none of them is for the grammar and `verify` to say."""


def test_broken_answers_give_findings_and_never_raise() -> None:
    answers = {**dict(list(damaged())[::3]), **nonsense()}
    silent = [title for title, text in answers.items() if not read_answer(text, LINES).findings]
    assert [title for title in silent if not title.startswith(_READ_ALL_THE_SAME)] == []


def test_one_broken_statement_costs_only_itself() -> None:
    good = "CREATE TABLE a (\n    b INT\n);\n"
    bads = (
        "CREATE TABLE c (d INT;",
        "CREATE TABLE c (d TEXT DEFAULT 'x);",
        "CREATE TABLE c (d INT));",
        "DROP TABLE c;",
    )
    for bad in bads:
        read = read_answer(f"{good}{bad}\n{good.replace(' a ', ' e ')}", LINES)
        assert [t.name for t in read.schema.tables] == ["a", "e"], bad
        assert len(read.findings) == 1, bad


def test_broken_table_keeps_what_stands_before_the_break() -> None:
    read = read_answer(
        "CREATE TABLE a (\n    b INT, -- 3\n    c NUMERIC(10, 2,\n    d INT\n);\n\nCREATE TABLE e (f INT);", LINES
    )
    assert [(t.name, [c.name for c in t.columns]) for t in read.schema.tables] == [("a", ["b"]), ("e", ["f"])]
    assert cited(read) == {"a.b": [3]}
    assert [(f.code, f.severity) for f in read.findings] == [("ANSWER-BROKEN", Severity.ERROR)]
    assert not read.cut


def test_a_loop_is_read_once() -> None:
    read = read_answer("CREATE TABLE a (\n    b INT\n);\n" * 3000 + "CREATE TABLE a (\n    b", LINES, truncated=True)
    assert [t.name for t in read.schema.tables] == ["a"]
    assert codes(read) == ["ANSWER-REPEATS", "ANSWER-CUT"]
    assert "of 3001 statements, 999 that repeat" in read.findings[0].message


def test_text_over_the_size_cap() -> None:
    read = read_answer("CREATE TABLE a (\n    b TEXT DEFAULT '" + "x" * 300_000 + "'\n);", LINES)
    assert read.schema == Schema()
    assert codes(read) == ["ANSWER-NOT-READ"]


PARTS = (
    *("'", '"', "`", "(", ")", "[", ",", ";", "--", "/*", "*/", "\n", "\n\n", "\r", "$$", "\\", "x", "é", "²", "٣"),
    *(
        "```",
        "~~~",
        "<think>",
        "</think>",
        "&lt;",
        "\x00",
        "\ud800",
        "-- 1",
        "NULL",
        " INT",
        " AS ENUM ",
        "CREATE TABLE ",
    ),
)


@given(parts=st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=5)), max_size=40), cut=st.booleans())
def test_no_text_raises(parts: list[str], cut: bool) -> None:
    read_answer("".join(parts), LINES, cut)


DAMAGE = st.tuples(st.integers(0, len(CANONICAL)), st.integers(0, 11), st.sampled_from(PARTS))
"""Where, how many characters go, and what comes in their place."""


@settings(max_examples=settings().max_examples * 3)
@given(damage=st.lists(DAMAGE, min_size=1, max_size=8), cut=st.booleans())
def test_no_damage_raises(damage: list[tuple[int, int, str]], cut: bool) -> None:
    text = CANONICAL
    for at, gone, new in damage:
        text = text[:at] + new + text[at + gone :]
    read_answer(text, LINES, cut)


def test_there_are_enough_broken_answers() -> None:
    assert len(broken()) >= 200
