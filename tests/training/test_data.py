"""Each example once an epoch: whatever the rows become, however many processes share them, wherever a run goes on."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from ghost_architect.data_processing import Chat, Eye, Position
from ghost_architect.errors import InputError
from ghost_architect.models.nano import tokenizer
from ghost_architect.training.data import Data, Portion, Sources
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
    with pytest.raises(InputError, match="its 3 rows are held out, or say that they are of another part"):
        Sources.of(settings(tmp_path, data=(str(named),)))
