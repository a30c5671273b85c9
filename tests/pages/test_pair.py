"""The pair's one form on disk, both ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghost_architect.errors import ImageError, InputError
from ghost_architect.pages.page import Line
from ghost_architect.pages.pair import Pair, Visibility, from_json, pages_of, read_pairs, to_json, write_pairs
from ghost_architect.schema.objects import IDENTITY, Column, Schema, Table
from ghost_architect.schema.types import BIGINT, varchar

from .drawing import Screen

ROW: dict[str, Any] = {
    "id": "a1",
    "images": ["a1-0.png", "a1-1.png"],
    "device": "desktop",
    "theme": "plain",
    "screen_kinds": ["list", "form"],
    "lines": [[{"n": 1, "box": [40, 20, 70, 14], "text": "Náme"}], [{"n": 2, "box": [40, 60, 90, 14], "text": "Save"}]],
    "visibility": {"customers.id": "implied", "customers.name": "visible"},
    "evidence": {"customers.name": [1]},
    "split": "train",
}


def pair() -> Pair:
    columns = (Column("id", BIGINT, nullable=False, default=IDENTITY), Column("name", varchar(80), nullable=False))
    return Pair(
        id="a1",
        images=("a1-0.png", "a1-1.png"),
        device="desktop",
        theme="plain",
        screen_kinds=("list", "form"),
        lines=((Line(1, (40, 20, 70, 14), "Náme"),), (Line(2, (40, 60, 90, 14), "Save"),)),
        schema=Schema((Table("customers", columns, primary_key=("id",)),)),
        visibility={"customers.id": Visibility.IMPLIED, "customers.name": Visibility.VISIBLE},
        evidence={"customers.name": (1,)},
        split="train",
    )


def test_the_exact_form() -> None:
    row = to_json(pair())
    schema = row.pop("schema")
    assert row == ROW
    assert list(schema) == ["tables"]
    assert [c["name"] for c in schema["tables"][0]["columns"]] == ["id", "name"]
    assert "evidence" not in schema["tables"][0]
    assert "evidence" not in schema["tables"][0]["columns"][0]


def test_both_ways(tmp_path: Path) -> None:
    assert from_json(json.loads(json.dumps(to_json(pair())))) == pair()
    path = tmp_path / "new" / "pairs.jsonl"
    assert write_pairs(path, [pair()]) == 1
    assert list(read_pairs(path)) == [pair()]
    assert path.read_text(encoding="utf-8").count("\n") == 1
    assert "Náme" in path.read_text(encoding="utf-8")
    assert [p.name for p in path.parent.iterdir()] == ["pairs.jsonl"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.pop("theme"), "exactly the fields"),
        (lambda r: r.update(more=1), "exactly the fields"),
        (lambda r: r.update(id=""), "may not be empty"),
        (lambda r: r.update(images="x"), "not a list"),
        (lambda r: r.update(images=["a.png"]), "one entry per image"),
        (lambda r: r.update(images=["a.png", "../b.png"]), "not a plain file name"),
        (lambda r: r.update(images=["a.png", "/b.png"]), "not a plain file name"),
        (lambda r: r.update(images=["a.png", ".."]), "not a plain file name"),
        (lambda r: r["lines"][1][0].update(n=7), "numbered from 1"),
        (lambda r: r["lines"][1][0].update(n=True), "not a whole number"),
        (lambda r: r["lines"][0][0].update(box=[1, 2, 3]), "wrong form|unpack"),
        (lambda r: r["lines"][0][0].update(box=[-1, 2, 3, 4]), "is not in a picture"),
        (lambda r: r["lines"][0][0].update(box=[1, 2, 0, 4]), "is not in a picture"),
        (lambda r: r["lines"][0][0].update(text=5), "not text"),
        (lambda r: r["visibility"].pop("customers.id"), "visibility and columns differ: customers.id"),
        (lambda r: r["visibility"].update({"customers.id": "maybe"}), "maybe"),
        (lambda r: r["evidence"].update({"customers.age": [1]}), "customers.age, which is no column"),
        (lambda r: r["evidence"].update({"customers.name": [3]}), "lines that are not there"),
        (lambda r: r["evidence"].update({"customers.name": []}), "lines that are not there"),
        (lambda r: r.update(schema={}), "wrong form"),
        (lambda r: r.update(schema=[]), "wrong form"),
    ],
)
def test_a_wrong_row_is_told_with_its_number(
    change: Callable[[dict[str, Any]], Any], message: str, tmp_path: Path
) -> None:
    wrong = json.loads(json.dumps(to_json(pair())))
    wrong["id"] = "b2"
    change(wrong)
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(to_json(pair())) + "\n" + json.dumps(wrong) + "\n")
    with pytest.raises(InputError, match=f"row 2: .*({message})"):
        list(read_pairs(path))


@pytest.mark.parametrize(("text", "message"), [("{", "row 1"), ("[1]", "row 1: a row is one JSON object")])
def test_a_row_that_is_no_object(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        list(read_pairs(path))


def test_an_id_is_used_once_and_a_file_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    write_pairs(path, [pair(), pair()])
    with pytest.raises(InputError, match="row 2: id 'a1' is that of row 1"):
        list(read_pairs(path))
    with pytest.raises(InputError, match="cannot be read"):
        list(read_pairs(tmp_path / "none.jsonl"))


def test_writing_is_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    write_pairs(path, [pair()])

    def breaks() -> Any:
        yield pair()
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        write_pairs(path, breaks())
    assert list(read_pairs(path)) == [pair()]
    assert [p.name for p in tmp_path.iterdir()] == ["pairs.jsonl"]


def test_a_pair_gives_the_pages_of_a_prompt(tmp_path: Path) -> None:
    for name in pair().images:
        (tmp_path / name).write_bytes(Screen(300, 200).png)
    first, second = pages_of(pair(), tmp_path)
    assert (first.name, first.width, first.height) == ("a1-0.png", 300, 200)
    assert first.pixels is not None
    assert second.lines == pair().lines[1]


def test_pages_need_their_pictures(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a1-0.png: cannot be opened"):
        pages_of(pair(), tmp_path)
    for name in pair().images:
        (tmp_path / name).write_bytes(Screen(100, 100).png)
    with pytest.raises(InputError, match="line 1 lies outside the picture of 100x100 pixels"):
        pages_of(pair(), tmp_path)
    (tmp_path / "a1-0.png").write_bytes(b"no")
    with pytest.raises(ImageError):
        pages_of(pair(), tmp_path)
