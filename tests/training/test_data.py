"""Each example once an epoch: whatever the rows become, however many processes share them, wherever a run goes on."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from ghost_architect.data_processing import Chat, Eye, Position
from ghost_architect.errors import InputError, UsageError
from ghost_architect.models.nano import tokenizer
from ghost_architect.training.data import HELD_OUT, Data, Portion, Sources
from tests.data.rows import array, instruction
from tests.outside import python_package
from tests.training.small import settings, texts

LONG = 300


@pytest.fixture(scope="module")
def chat() -> Chat:
    python_package("tokenizers")
    return Chat(tokenizer.train(["Design table orders", "CREATE TABLE t (id INT);"], 600), 0)


def test_each_example_once_an_epoch(tmp_path: Path, chat: Chat) -> None:
    texts(tmp_path / "texts.json", LONG)
    config = settings(tmp_path, held_out=0)
    sources = Sources.of(config)
    seen: list[str] = []
    place = Position()
    ways = itertools.cycle(((1, 512), (2, 512), (2, 256), (3, 200), (1, 256)))
    while place.epoch == 0:
        world, sequence = next(ways)
        data = Data(sources, chat, Eye(1), config, sequence)
        each = [data.portions(place, own, world) for own in range(world)]
        for _ in range(2):
            portions = [next(portions) for portions in each]
            assert len({(p.tokens, p.learned, p.examples, p.position) for p in portions}) == 1
            seen += names(portions)
            place = portions[0].position
    assert sorted(seen[:LONG]) == sorted(f"{config.data[0]} row {n + 1}" for n in range(LONG))


def names(portions: list[Portion]) -> list[str]:
    """Of the examples, in the order in which they come: a row of each process, then the next of each."""
    rows = [row for some in zip(*(p.rows for p in portions), strict=True) for row, _ in some]
    return [name for row in rows for name in row.names]


def test_rows_of_another_part_are_said(tmp_path: Path) -> None:
    named = texts(tmp_path / "validation.json", 3)
    with pytest.raises(InputError, match="its 3 rows say that they are of another part than train") as caught:
        Sources.of(settings(tmp_path, data=(str(named),), held_out=0))  # which changes nothing about what they say
    assert f"validation: [{named}]" in caught.value.hint
    assert "held_out" not in caught.value.hint
    other = texts(tmp_path / "other.json", 5)
    found = Sources.of(settings(tmp_path, data=(str(other),), validation=(str(named),)))  # what the hint says to do
    assert (len(found.learned), len(found.held[str(named)])) == (5, 3)


def test_rows_that_are_all_held_out_are_said(tmp_path: Path) -> None:
    config = settings(tmp_path, data=(str(texts(tmp_path / "t.json", 3)),), held_out=0.9)
    with pytest.raises(InputError, match="held out") as caught:
        Sources.of(config)
    assert caught.value.hint.startswith("held_out: 0")


@pytest.mark.parametrize(("count", "held"), [(1, 0), (2, 1), (7, 1), (19, 1), (20, 1), (40, 2)])
def test_of_few_rows_one_is_held_out(tmp_path: Path, count: int, held: int) -> None:
    config = settings(tmp_path, data=(str(texts(tmp_path / "few.json", count)),), held_out=0.05)
    found = Sources.of(config)
    assert (len(found.learned), len(found.held[HELD_OUT])) == (count - held, held)
    if not held:
        assert found.unheld == "of the rows that name no part there is only one"


def test_why_nothing_is_held_out(tmp_path: Path) -> None:
    assert "held_out is 0" in Sources.of(settings(tmp_path, held_out=0)).unheld
    said = Sources.of(settings(tmp_path, data=(str(texts(tmp_path / "train.json", 40)),), held_out=0.05))
    assert len(said.learned) == 40
    assert said.unheld.startswith("all rows say that they are of the part train; validation: [FILE]")


def test_a_row_held_out_by_chance_may_be_too_long(tmp_path: Path, chat: Chat) -> None:
    long = instruction(instruction="Design a table.", given="orders " * 400, output="CREATE TABLE t (id INT);")
    short = instruction(instruction="Design a table.", given="orders", output="CREATE TABLE t (id INT);")
    data = str(array(tmp_path / "rows.json", [short, short, long]))
    config = settings(tmp_path, data=(data,))
    sources = Sources.of(config)
    assert Data(sources, chat, Eye(1), config, 128).held() == {}
    assert sources.unheld == "all rows that are held out are too long"
    named = settings(tmp_path, validation=(str(array(tmp_path / "v.json", [long])),))
    with pytest.raises(InputError, match="none of the 1 examples"):
        Data(Sources.of(named), chat, Eye(1), named, 128).held()


@pytest.mark.parametrize("named", ["data", "validation"])
def test_what_to_type_where_there_is_no_such_file(tmp_path: Path, named: str) -> None:
    with pytest.raises(UsageError, match="none.json: there is no such file") as caught:
        Sources.of(settings(tmp_path, **{named: (str(tmp_path / "none.json"),)}))
    assert (
        "--data FILE; to make some: ghost-architect synth" if named == "data" else "validation: ["
    ) in caught.value.hint
