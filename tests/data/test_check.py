"""Every kind of problem is found where it is, and nothing is said of good rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ghost_architect.data import answers, check, likeness, pictures, source
from ghost_architect.data.answers import Form
from ghost_architect.data.check import Wanted
from ghost_architect.data.problems import SHOWN, Kind, Report
from ghost_architect.data.runs import Runner
from ghost_architect.data.tokens import tokens
from ghost_architect.pages import budget

from . import rows

DATASET = Path(__file__).parents[2] / "data" / "dataset.json"


@pytest.fixture(autouse=True)
def _no_postgres(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting it takes longer than everything here; the command line is tested with it."""
    monkeypatch.setattr(check, "_has_postgres", lambda: False)


CARS = rows.instruction("CREATE TABLE cars (id BIGINT PRIMARY KEY, plate VARCHAR(16) NOT NULL);", "Cars, please.", "")


def checked(*files: Path, sequence: int = 4096) -> Report:
    return check.check(list(files), Wanted(sequence))


def found(report: Report) -> list[tuple[Kind, int]]:
    return [(p.kind, p.row) for p in report.shown]


# --- instructions ---


def test_good_rows_have_no_problem(tmp_path: Path) -> None:
    other = CARS
    for path in (
        rows.array(tmp_path / "a.json", [rows.instruction(), other]),
        rows.lines(tmp_path / "a.jsonl", [rows.instruction(), other]),
    ):
        report = checked(path)
        assert (found(report), report.ok, report.rows["instructions"], report.ran["sqlite"]) == ([], True, 2, 2)


@pytest.mark.parametrize(
    ("row", "kind", "said"),
    [
        (["no object"], Kind.FORM, "is no object"),
        ({"instruction": "a", "output": "b"}, Kind.FORM, "has no input"),
        (rows.instruction() | {"system": "x"}, Kind.FORM, "has system"),
        (rows.instruction() | {"input": None}, Kind.FORM, "input is no text"),
        (rows.instruction(output=" \n"), Kind.EMPTY, "output is empty"),
        (rows.instruction(instruction=""), Kind.EMPTY, "instruction is empty"),
        (rows.instruction(given="a\x00b"), Kind.CONTROL, "input holds U+0000"),
        (rows.instruction(given="a\u202eb"), Kind.CONTROL, "input holds U+202E"),
        (rows.instruction(output="I would use three tables."), Kind.PROSE, "holds no SQL"),
        (rows.instruction(output="CREATE TABLE a (id BIGINT, id BIGINT);"), Kind.SQL, "id"),
        (rows.instruction(output="CREATE TABLE a (id BIGINT PRIMARY KEY"), Kind.SQL, ""),
        (rows.instruction(output="CREATE TABLE a (b BIGINT REFERENCES c (id));"), Kind.SQL, "c"),
        (rows.instruction(output="CREATE TABLE a (b BIGINT, CHECK (c > 0));"), Kind.SQL, "c"),
        (rows.instruction(output="CREATE TABLE a (s status NOT NULL);"), Kind.SQL, "status"),
        (rows.instruction(output="CREATE INDEX i ON a (b);\nCREATE TABLE a (b BIGINT);"), Kind.SQL, ""),
        (
            rows.instruction(output=rows.SQL.replace("REFERENCES customers (id)", "REFERENCES customers (name)")),
            Kind.SQL,
            "",
        ),
    ],
)
def test_a_bad_row_is_told(tmp_path: Path, row: Any, kind: Kind, said: str) -> None:
    report = checked(rows.array(tmp_path / "a.json", [CARS, row]))
    assert found(report) == [(kind, 2)]
    assert said in report.shown[0].message
    assert report.ok == (kind is Kind.PROSE)


def test_what_never_ran_a_database_does_not_run_here(tmp_path: Path) -> None:
    outside = tmp_path / "outside.db"
    for sql in (
        f"ATTACH '{outside}' AS x;",
        "CREATE TABLE a (b TEXT DEFAULT (load_extension('x')));",
        "CREATE VIEW v AS SELECT 1;",
    ):
        runner = Runner()
        assert runner.script(f"CREATE TABLE c (id BIGINT PRIMARY KEY);\n{sql}")
        runner.close()
    assert not outside.exists()


def test_one_script_leaves_nothing_for_the_next() -> None:
    runner = Runner()
    assert [runner.script(f"CREATE TABLE a (id BIGINT PRIMARY KEY, b{i} TEXT);") for i in range(3)] == ["", "", ""]
    assert runner.ran == 3
    assert runner.script("CREATE TABLE a (id BIGINT PRIMARY KEY, b1 TEXT);") == ""
    assert runner.ran == 3
    runner.close()


def test_the_short_road_says_what_the_long_one_says() -> None:
    """Over every schema in the repository's own data: what it takes is good, and it takes all of it."""
    runner = Runner()
    scripts = [
        a.sql for row in json.loads(DATASET.read_text("utf-8"))[::12] if (a := answers.answer(row)).form is Form.SCRIPT
    ]
    assert len(scripts) > 20
    assert [runner._short(sql) for sql in scripts] == [True] * len(scripts)
    runner.close()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("ALTER TABLE orders ADD COLUMN note TEXT;", ""),
        ("BEGIN;\nALTER TABLE orders RENAME TO sales;\nALTER TABLE sales ADD COLUMN x TEXT;\nCOMMIT;", ""),
        ("BEGIN;\nALTER TABLE nothing ADD COLUMN note TEXT;\nCOMMIT;", "no such table"),
        ("BEGIN;\nALTER TABLE orders ADD COLUMN note VARCHAR(10;\nCOMMIT;", "bracket"),
        ("BEGIN;\nALTER TABLE orders ALTER COLUMN a SET DEFAULT 'x;\nCOMMIT;", "quote"),
        ("BEGIN;\nPlease run this.\nCOMMIT;", "no SQL"),
    ],
)
def test_a_migration_is_read(tmp_path: Path, sql: str, said: str) -> None:
    report = checked(rows.array(tmp_path / "a.json", [rows.instruction(sql, "Migrate.", rows.SQL)]))
    assert report.not_run == 1
    assert (report.shown[0].message if report.shown else "").find(said) >= 0
    assert bool(report.shown) == bool(said)


def test_long_rows_are_told(tmp_path: Path) -> None:
    path = rows.array(tmp_path / "a.json", [rows.instruction(given="word " * 300)])
    assert found(checked(path)) == []
    assert "answer would be cut" in checked(path, sequence=500).shown[0].message
    assert "the answer alone" in checked(path, sequence=64).shown[0].message


def test_duplicates_and_near_duplicates(tmp_path: Path) -> None:
    text = " ".join(f"word{i}" for i in range(200))
    near = text.replace("word7 ", "other ")
    far = " ".join(f"term{i}" for i in range(200))
    path = rows.array(tmp_path / "a.json", [rows.instruction(given=t) for t in (text, far, text.upper(), near)])
    report = checked(path)
    assert sorted(found(report)) == sorted([(Kind.DUPLICATE, 3), (Kind.NEAR, 4)])
    assert report.bad == 1


def test_of_each_kind_twenty_are_shown(tmp_path: Path) -> None:
    report = checked(rows.array(tmp_path / "a.json", [{"a": i} for i in range(50)]))
    assert len(report.shown) == 2 * SHOWN or report.counts[Kind.FORM] == 100
    assert report.bad == 50


def test_parts_must_share_nothing(tmp_path: Path) -> None:
    text = " ".join(f"word{i}" for i in range(200))
    train = rows.array(tmp_path / "train.json", [rows.instruction(given=text)])
    test = rows.array(tmp_path / "test.json", [rows.instruction(given=text), rows.instruction(given="Nothing alike.")])
    report = checked(train, test)
    assert (Kind.LEAK, 1) in found(report)
    assert all(p.file == str(test) for p in report.shown)


# --- pairs ---


def shard(tmp_path: Path, *made: dict[str, Any], **pictures: bytes) -> Path:
    return rows.shard(tmp_path / "shard-0.tar", made, {f"{name}.0.png": data for name, data in pictures.items()})


def test_good_pairs_have_no_problem(tmp_path: Path) -> None:
    path = shard(tmp_path, rows.pair("a"), rows.pair("b", ("Status", "Name")), rows.pair("c", (), sql=""))
    report = checked(path)
    assert (found(report), report.rows["pairs"], report.splits["train"], report.pictures) == ([], 3, 3, (3, 3))


def test_pairs_beside_their_pictures(tmp_path: Path) -> None:
    path = rows.lines(tmp_path / "pairs.jsonl", [rows.pair("a"), rows.pair("b", ("Name",))])
    (tmp_path / "a.0.png").write_bytes(rows.png(1))
    assert found(checked(path)) == [(Kind.PICTURE, 2)]


def changed(name: str, value: Any, labels: tuple[str, ...] = ("Name", "Status", "Amount")) -> dict[str, Any]:
    return rows.pair("a", labels, **{name: value})


@pytest.mark.parametrize(
    ("row", "kind", "said"),
    [
        (changed("split", ""), Kind.FORM, "split"),
        (changed("lines", "x"), Kind.FORM, ""),
        (changed("schema", {"tables": [{"name": "a"}]}), Kind.FORM, ""),
        (changed("schema", None), Kind.FORM, ""),
        (rows.pair("a") | {"more": 1}, Kind.FORM, "exactly the fields"),
        (rows.pair("a", ("Name", "Status", "Amount", " ")), Kind.EMPTY, "line 4 has no text"),
        (rows.pair("a", ("Name", "Status", "Amount", "x\x07")), Kind.CONTROL, "line 4 holds U+0007"),
        (
            changed("evidence", {"customers.name": [1], "orders.status": [2], "orders.amount": [9]}),
            Kind.FORM,
            "not there",
        ),
        (changed("evidence", {"customers.name": [1], "orders.status": [2]}), Kind.EVIDENCE, "orders.amount is visible"),
        (
            changed("evidence", {"customers.name": [1], "orders.status": [3], "orders.amount": [3]}),
            Kind.EVIDENCE,
            "reads like amount",
        ),
        (
            changed("evidence", {"customers.name": [1], "orders.status": [2], "orders.amount": [3], "orders.id": [1]}),
            Kind.EVIDENCE,
            "hidden",
        ),
    ],
)
def test_a_bad_pair_is_told(tmp_path: Path, row: dict[str, Any], kind: Kind, said: str) -> None:
    report = checked(shard(tmp_path, row))
    assert [p.kind for p in report.shown] == [kind]
    assert said in report.shown[0].message


def test_pictures_are_looked_at(tmp_path: Path) -> None:
    made = [rows.pair(f"p{i}", ("Name", f"Label {i}" * 9)) for i in range(7)]
    images = {
        "p0": b"",  # not there
        "p1": rows.png(1)[:-20],  # cut off
        "p2": b"GIF89a" + b"\0" * 100,
        "p3": rows.png(3, (40, 300)),  # too narrow
        "p4": rows.png(4, (100, 30 + 64)),  # lines lie outside
        "p6": rows.png(6)[:16] + bytes(4) + rows.png(6)[20:],  # no pixel wide
        "p5": rows.png(5)[:41] + b"\0" * 30 + rows.png(5)[71:],  # looks whole and is not
    }
    report = checked(shard(tmp_path, *made, **images))
    said = {p.row: p.message for p in report.shown if p.kind is Kind.PICTURE}
    words = {1: "is missing", 2: "cut off", 3: "GIF", 4: "outside the limits", 6: "p5.0.png", 7: "0x240"}
    assert {n: words[n] in said.get(n, "") for n in words} == dict.fromkeys(words, True)


def test_lines_outside_of_the_picture(tmp_path: Path) -> None:
    labels = tuple(f"Label {i}" for i in range(20))
    report = checked(shard(tmp_path, rows.pair("a", labels)))
    assert [p.message for p in report.shown] == ["line 12 lies outside of a.0.png, which has 320x240 pixels"]


def test_pairs_of_two_parts_must_share_nothing(tmp_path: Path) -> None:
    one, other = rows.pair("a"), rows.pair("b", ("Name", "Amount"), split="test")
    path = shard(tmp_path, one, other, a=rows.png(1), b=rows.png(1))
    path.with_suffix(".json").write_text(
        json.dumps({"pairs": [{"id": "a", "app": "shop"}, {"id": "b", "app": "shop"}]})
    )
    report = checked(path)
    said = [p.message for p in report.shown if p.kind is Kind.LEAK]
    assert [next(w for w in ("application", "schema", "picture") if w in text) for text in said] == [
        "application",
        "schema",
        "picture",
    ]
    assert [p.kind for p in report.shown if p.kind is not Kind.LEAK] == [Kind.DUPLICATE]  # the picture


# --- parts ---


def test_tokens_are_those_of_the_prompt() -> None:
    for text in (rows.SQL, "Größe 12,50 €  x\n\n  99", "", "abcd abcde " * 40):
        assert tokens(text) == budget.tokens(text)


def test_likeness_is_the_share_of_common_runs() -> None:
    words = [f"w{i}" for i in range(400)]
    one = " ".join(words)
    for cut in (0, 40, 120, 300):
        other = " ".join(words[cut:] + [f"v{i}" for i in range(cut)])
        a, b = set(likeness.shingles(one).tolist()), set(likeness.shingles(other).tolist())
        true = len(a & b) / len(a | b)
        guess = float((likeness.signature(one) == likeness.signature(other)).mean())
        assert abs(guess - true) < 0.17


def test_alike_finds_what_comparing_all_finds() -> None:
    texts = [" ".join(f"{i % 9}-{j if j > i * 3 else -j - i}" for j in range(200)) for i in range(40)]
    signatures = [likeness.signature(t) for t in texts]
    pairs = {
        b for a in range(40) for b in range(a + 1, 40) if (signatures[a] == signatures[b]).mean() >= likeness.ALIKE
    }
    assert {later for _, later, _ in likeness.alike(signatures)} == pairs


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WebP"])
def test_the_size_of_a_picture(form: str) -> None:
    import io

    from PIL import Image

    for options in ({}, {"lossless": True}) if form == "WebP" else ({},):
        out = io.BytesIO()
        Image.new("RGB", (321, 123), "red").save(out, form, **options)
        assert pictures.look(out.getvalue()) == ("", (321, 123))
        assert pictures.look(out.getvalue()[:-9])[0]


def test_worker_processes_say_the_same(tmp_path: Path) -> None:
    made = [rows.instruction(given=f"Text {i} " * 9, output=rows.SQL if i % 9 else "CREATE TABLE") for i in range(150)]
    path = rows.lines(tmp_path / "a.jsonl", made)
    one, two = checked(path), check.check([path], Wanted(4096, workers=2))
    assert [p.line() for p in one.shown] == [p.line() for p in two.shown]
    assert one.counts == two.counts


def test_a_schema_of_a_pair_is_run(tmp_path: Path) -> None:
    row = rows.pair("a", ())
    key = row["schema"]["tables"][1]["foreign_keys"][0]
    key["references"]["columns"] = ["name"]  # which is not unique
    report = checked(shard(tmp_path, row))
    assert [(p.kind, p.message) for p in report.shown] == [(Kind.SQL, report.shown[0].message)]
    assert "foreign key mismatch" in report.shown[0].message


def test_the_sample_is_drawn_the_same_way(tmp_path: Path) -> None:
    path = rows.lines(tmp_path / "a.jsonl", [rows.instruction(given=f"Text {i}") for i in range(40)])
    assert checked(path).json() | {"seconds": 0} == checked(path).json() | {"seconds": 0}
    assert list(source.rows(path))[3].number == 4
