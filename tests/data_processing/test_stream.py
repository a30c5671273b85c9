"""Going on where one stopped, from an index that is small; which part a row belongs to."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghost_architect.data.source import Row as Source
from ghost_architect.data_processing import Chat, Index, Position, Rows, Settings
from ghost_architect.data_processing.stream import BEGIN
from tests.data.rows import array, instruction, pair, png
from tests.data.rows import lines as json_lines

from .making import shard, texts


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("mixed")
    array(home / "a.json", texts(300))
    shard(home / "b.tar", [(pair(f"s{n}"), {f"s{n}.0.png": png(n)}) for n in range(12)])
    json_lines(home / "c.jsonl", texts(9, 900))
    return home


def stream(mixed: Path, chat: Chat, at: Position = BEGIN, **how: Any) -> Iterator[tuple[Any, Position]]:
    rows = Rows(Index([mixed]), chat, Settings(sequence=1000, **how))
    return (((row.names, row.ids.tolist()), place) for row, place in rows(at))


def test_the_stream_goes_on_where_it_was_left(mixed: Path, chat: Chat) -> None:
    whole = list(islice(stream(mixed, chat), 120))
    assert {place.epoch for _, place in whole} >= {0, 1}
    for n in (0, 1, 17, 18, 19, 40, 80, 110):
        rest = list(islice(stream(mixed, chat, whole[n][1]), 8))
        assert rest == whole[n + 1 : n + 9]


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.tuples(st.integers(1, 40), st.sampled_from((400, 150, 90, 60))), max_size=6))
def test_an_epoch_has_each_example_once_whatever_becomes_of_rows(
    mixed: Path, chat: Chat, cuts: list[tuple[int, int]]
) -> None:
    """Rows become shorter and longer on the way, as a run that is out of memory makes them; its place is in a file."""
    index = Index([mixed / "a.json", mixed / "c.jsonl"])
    seen, dropped, place = list[str](), set[str](), BEGIN
    for count, sequence in [*cuts, (1000, 400)]:
        rows = Rows(index, chat, Settings(sequence=sequence))
        for row, behind in islice(rows(place, epochs=1), count):
            seen.extend(row.names)
            place = Position.of(json.loads(json.dumps(asdict(behind))))
        dropped |= rows.summary.dropped.keys()
    assert len(seen) == len(set(seen))
    assert {f"{row.file} row {row.number}" for row in index} - set(seen) <= dropped


@pytest.mark.parametrize(
    "said",
    [
        {"epoch": 0, "window": 5, "done": []},
        {"epoch": 0, "window": 0, "done": [128]},
        {"epoch": -1, "window": 0, "done": []},
        {"epoch": 0, "index": 3},
        {"epoch": 0, "window": 0, "done": None},
    ],
)
def test_what_is_no_place_is_none(said: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Position.of(said)


def test_nothing_before_the_place_is_read(mixed: Path, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index([mixed])
    rows, read = Rows(index, chat, Settings(sequence=1000)), list[int]()
    get = Index.__getitem__

    def watched(self: Index, number: int) -> Source:
        read.append(number)
        return get(self, number)

    monkeypatch.setattr(Index, "__getitem__", watched)
    next(rows(Position(0, 256, (0, 5))))
    order = rows.order(0)
    assert read
    assert set(read) <= {*order[257:261], *order[262:]}


def test_epochs_have_orders_of_their_own(mixed: Path, chat: Chat) -> None:
    index = Index([mixed])
    rows = Rows(index, chat, Settings(seed=3))
    orders = [rows.order(epoch) for epoch in range(3)]
    assert all(sorted(order) == list(range(len(index))) for order in orders)
    assert len({tuple(order) for order in orders}) == 3
    assert orders == [Rows(index, chat, Settings(seed=3)).order(epoch) for epoch in range(3)]
    assert Rows(index, chat, Settings(seed=4)).order(0) != orders[0]
    assert Rows(index, chat, Settings(seed=None)).order(1) == list(range(len(index)))


def test_an_index_reads_rows_as_they_are(mixed: Path) -> None:
    index = Index([mixed])
    said = [json.loads(index[n].bytes()) for n in range(len(index))]
    assert said[:300] == texts(300)
    assert [row["id"] for row in said[300:312]] == [f"s{n}" for n in range(12)]
    assert said[312:] == texts(9, 900)
    pictures = index[302].pictures
    assert pictures is not None
    assert pictures["s2.0.png"].read() == png(2)
    assert index[2].pictures is None
    assert [row.number for row in index][298:302] == [299, 300, 1, 2]
    with pytest.raises(IndexError):
        index[len(index)]


@pytest.mark.parametrize("space", ["", " \n\t", "\n" * 9000])
def test_rows_of_an_array_are_found_whatever_is_between(tmp_path: Path, space: str) -> None:
    said = [instruction(given="ü€"), instruction(given="[, "), instruction()]
    between = f"{space},{space}"
    text = f"\ufeff[{space}{between.join(json.dumps(s, ensure_ascii=False) for s in said)}{space}]{space}"
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    index = Index([tmp_path / "a.json"])
    assert [json.loads(index[n].bytes()) for n in range(len(index))] == said


def test_an_index_is_small(tmp_path: Path) -> None:
    data = json_lines(tmp_path / "a.jsonl", [instruction(given="x" * 2000, output=str(n)) for n in range(3000)])
    tracemalloc.start()
    try:
        index = Index([data])
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(index) == 3000
    assert held < 100 * 3000  # the file has 7 MB
    assert most < 3 << 20


def test_a_fingerprint_knows_other_data(tmp_path: Path) -> None:
    prints = set()
    for n, said in enumerate((texts(3), texts(4), texts(3, 5))):
        (tmp_path / str(n)).mkdir()
        data = array(tmp_path / str(n) / "a.json", said)
        prints.add(Index([data]).fingerprint())
        assert Index([data]).fingerprint() in prints
    assert len(prints) == 3


def test_a_part_is_what_its_rows_say(tmp_path: Path) -> None:
    rows = [pair(f"s{n}", split="validation" if n % 3 == 0 else "train") for n in range(7)]
    rows[1]["lines"][0][0]["text"] = '"split":"validation"}'
    data = shard(tmp_path / "a.tar", [(row, {f"s{n}.0.png": png(n)}) for n, row in enumerate(rows)])
    others = json_lines(
        tmp_path / "b.jsonl", [{"split": "validation", **{k: v for k, v in rows[0].items() if k != "split"}}]
    )
    assert [index_id(Index([data, others], part), n) for part in ("train", "validation") for n in range(4)] == [
        *("s1", "s2", "s4", "s5"),
        *("s0", "s3", "s6", "s0"),
    ]


def index_id(index: Index, number: int) -> str:
    return str(json.loads(index[number].bytes())["id"])


def test_of_rows_that_say_nothing_some_are_held_back(tmp_path: Path) -> None:
    data = array(tmp_path / "a.json", texts(10))
    parts = [Index([data], part, hold=4) for part in ("train", "validation")]
    assert [[part[n].number for n in range(len(part))] for part in parts] == [[1, 2, 3, 5, 6, 7, 9, 10], [4, 8]]
    assert len(Index([data], "train")) == 10
    named = array(tmp_path / "validation.json", texts(2))
    assert len(Index([named], "train", hold=4)) == 0
