"""Texts share rows: every token once, nothing cut, nothing seen of each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghost_architect.data_processing import Chat, Index, Rows, Settings
from ghost_architect.data_processing.packing import pack
from tests.data.rows import array, pair, png

from .making import SOFT, rows_of, shard, texts


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(50, 90))
def test_packing_keeps_every_example_whole(lengths: list[int], room: int) -> None:
    rows = pack(lengths, room)
    assert sorted(n for row in rows for n in row) == list(range(len(lengths)))
    assert all(sum(lengths[n] for n in row) <= room for row in rows)
    assert rows == sorted(map(sorted, rows))
    # Of two rows that could be one, the later one would not have been begun.
    sums = sorted(sum(lengths[n] for n in row) for row in rows)
    assert len(sums) < 2 or sums[0] + sums[1] > room


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(50, 90), st.data())
def test_what_is_left_is_packed_as_it_was(lengths: list[int], room: int, draw: st.DataObject) -> None:
    """A run that goes on packs what is left of a window, and finds the rows that were to come."""
    rows = pack(lengths, room)
    left = [row for row in rows if draw.draw(st.booleans())]
    numbers = sorted(n for row in left for n in row)
    again = pack([lengths[n] for n in numbers], room)
    assert [[numbers[i] for i in row] for row in again] == left


def test_packing_takes_no_example_that_is_too_long() -> None:
    with pytest.raises(ValueError, match="example 1 has 9 tokens, and a row 8"):
        pack([1, 9], 8)


@settings(max_examples=25, deadline=None)
@given(count=st.integers(1, 40), sequence=st.integers(120, 400), seed=st.integers(0, 3))
def test_every_token_is_in_one_row(
    tmp_path_factory: pytest.TempPathFactory, chat: Chat, count: int, sequence: int, seed: int
) -> None:
    data = array(tmp_path_factory.mktemp("data") / "a.json", texts(count))
    rows = Rows(Index([data]), chat, Settings(sequence=sequence, seed=seed))
    made = [row for row, _ in rows(epochs=1)]
    alone = {f"{data} row {n + 1}": chat.encode(*_asked(text)) for n, text in enumerate(texts(count))}
    seen = list[str]()
    for row in made:
        assert len(row) <= sequence
        ends = (*row.starts[1:], len(row))
        for name, first, end in zip(row.names, row.starts, ends, strict=True):
            assert row.ids[first:end].tolist() == alone[name].ids.tolist()
            assert row.labels[first:end].tolist() == alone[name].labels.tolist()
            assert row.positions[first:end].tolist() == list(range(end - first))
            seen.append(name)
    assert sorted([*seen, *rows.summary.dropped]) == sorted(alone)
    assert rows.summary.tokens == sum(map(len, made)) == sum(len(alone[name]) for name in seen)
    assert rows.summary.learned == sum(row.learned for row in made)


def _asked(row: dict[str, str]) -> tuple[str, str]:
    return "\n\n".join(text for text in (row["instruction"], row["input"]) if text.strip()), row["output"]


def test_pictures_are_alone_and_texts_are_not(tmp_path: Path, chat: Chat) -> None:
    array(tmp_path / "a.json", texts(20))
    shard(tmp_path / "b.tar", [(pair(f"s{n}"), {f"s{n}.0.png": png(n)}) for n in range(5)])
    rows = Rows(Index([tmp_path]), chat, Settings(sequence=1200))
    made = [row for row, _ in rows(epochs=1)]
    assert sorted(len(row.names) for row in made if row.images) == [1] * 5
    assert max(len(row.names) for row in made) > 5
    assert all(row.token_type_ids.sum() == SOFT * len(row.images) for row in made)
    assert (rows.summary.examples, rows.summary.pictures) == (25, 5)
    assert len(rows_of(Index([tmp_path]), chat, sequence=1200, packing=False)) == 25


def test_a_model_that_only_reads_packs_pairs_as_well(tmp_path: Path, tokens: Any) -> None:
    data = shard(tmp_path / "b.tar", [(pair(f"s{n}"), {f"s{n}.0.png": png(n)}) for n in range(3)])
    (row,) = rows_of(Index([data]), Chat(tokens, 0), sequence=4096)
    assert (len(row.names), row.images, row.pictures) == (3, (), ())
