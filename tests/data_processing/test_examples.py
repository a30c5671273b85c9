"""Examples that are too long, and rows that are damaged."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ghost_architect.data.asked import answer, asked, cited
from ghost_architect.data_processing import Chat, Index, Rows, Settings, corpus
from ghost_architect.errors import InputError, UsageError
from ghost_architect.pages.pair import from_json
from ghost_architect.pages.prompt import INSTRUCTIONS
from tests.data.rows import LABELS, SQL, array, instruction, pair, png
from tests.data.rows import lines as json_lines

from .making import learned, long_pair, rows_of, shard, shown, texts

TALL = (320, 3000)


def test_long_texts_are_dropped_and_counted(tmp_path: Path, chat: Chat) -> None:
    array(tmp_path / "b.json", [*texts(2), instruction(output="word " * 2000)])
    rows = Rows(Index([tmp_path]), chat, Settings(sequence=1500))
    assert [row.names for row, _ in rows(epochs=1)]
    dropped = rows.summary.dropped
    assert set(dropped) == {f"{tmp_path / 'b.json'} row 3"}
    assert min(dropped.values()) > 1500
    said = list(rows.summary.lines(1500))
    assert said[0].startswith("2 examples in 1 rows (2 share one)")
    assert f"1 examples left out, longer than 1,500 tokens (up to {max(dropped.values()):,})" in said[1]


def test_a_prompt_is_cut_by_its_own_budget(tmp_path: Path, chat: Chat) -> None:
    data = shard(tmp_path / "a.tar", [(long_pair(), {"long.0.png": png(size=TALL)})])
    (whole,) = rows_of(Index([data]), chat, sequence=99999)
    sequence = len(whole) - 1000
    rows = Rows(Index([data]), chat, Settings(sequence=sequence))
    ((row, _),) = rows(epochs=1)
    assert sequence - 100 < len(row) <= sequence
    assert learned(chat, row) == answer(from_json(long_pair())).strip() + "<end_of_turn>"  # nothing of it is cut
    text = shown(chat, row.ids, skip=True)
    ((name, lost),) = rows.summary.cut.items()
    assert name == f"{data} row 1"
    assert f", {lost} more lines left out:" in text
    assert text.count("Some prose") == 120 - lost
    assert f"1 prompts cut to fit, by {lost} lines in all that no answer cites: {name}" in list(
        rows.summary.lines(sequence)
    )
    counts = rows.summary.json()
    assert (counts["cut"], counts["cut_lines"], counts["left_out"], counts["examples"]) == (1, lost, 0, 1)


def test_a_cut_leaves_what_the_answer_cites(tmp_path: Path, chat: Chat) -> None:
    """Here the last lines are cited, and one that is prose: what goes first by the rule of prompts."""
    row = long_pair()
    (own,) = row["lines"]
    own.append({"n": len(own) + 1, "box": [10, 20 * (len(own) + 1), 200, 15], "text": "Status"})
    own[1]["text"] = "A label that goes on and on and has more than the sixty letters of which prose has more"
    row["evidence"]["orders.status"] = [2, len(own)]
    data = shard(tmp_path / "a.tar", [(row, {"long.0.png": png(size=TALL)})])
    (whole,) = rows_of(Index([data]), chat, sequence=99999)
    for less in (20, 700, 1500):
        rows = Rows(Index([data]), chat, Settings(sequence=len(whole) - less))
        ((made, _),) = rows(epochs=1)
        said, text = learned(chat, made), shown(chat, made.ids, skip=True)
        assert said == learned(chat, whole)
        assert f"-- 2, {len(own)}" in said
        assert all(re.search(rf"^{n} \d+ \d+ ", text, re.MULTILINE) for n in cited(asked(from_json(row))))
        assert sum(rows.summary.cut.values()) > less / 60
        assert not rows.summary.columns


def test_what_prompts_have_no_room_for_is_not_asked_for(tmp_path: Path, chat: Chat) -> None:
    """A reading has no more room than `pages.prompt` gives it: there the answer has to do without, too."""
    row = long_pair(400)
    row["lines"][0][1]["text"] += " and more words than sixty letters have room for, so that it is prose" * 2
    data = shard(tmp_path / "a.tar", [(row, {"long.0.png": png(size=(320, 9000))})])
    rows = Rows(Index([data]), chat, Settings(sequence=99999))
    ((made, _),) = rows(epochs=1)
    said = learned(chat, made)
    assert "amount NUMERIC" in said
    assert "status" not in said
    assert sum(rows.summary.columns.values()) == 1
    assert "1 columns not asked for, since no line of theirs was left" in list(rows.summary.lines(99999))[-1]


def test_what_cannot_be_cut_enough_is_dropped(tmp_path: Path, chat: Chat) -> None:
    shard(tmp_path / "a.tar", [(long_pair(), {"long.0.png": png(size=TALL)})])
    rows = Rows(Index([tmp_path]), chat, Settings(sequence=300))
    with pytest.raises(InputError, match="none of the 1 examples has at most 300 tokens"):
        next(rows())
    assert len(rows.summary.dropped) == 1
    assert not rows.summary.cut


def test_screens_without_data_have_an_empty_answer(tmp_path: Path, chat: Chat) -> None:
    index = Index([shard(tmp_path / "a.tar", [(pair(labels=("Log in",)), {"shop-1.0.png": png()})])])
    (row,) = rows_of(index, chat)
    assert learned(chat, row) == "<end_of_turn>"


def test_a_tokenizer_learns_from_all_texts(tmp_path: Path) -> None:
    shard(tmp_path / "a.tar", [(pair(labels=LABELS), {"shop-1.0.png": png()})])
    array(tmp_path / "b.json", [instruction()])
    said = [INSTRUCTIONS, "\n".join(LABELS), answer(from_json(pair(labels=LABELS)))]
    assert list(corpus(Index([tmp_path]))) == [*said, "Design a schema for orders.\n\nCustomers place orders.", SQL]


def test_no_data_is_said(tmp_path: Path, chat: Chat) -> None:
    data = json_lines(tmp_path / "validation.jsonl", [instruction()])
    with pytest.raises(InputError, match="there is no example in the data"):
        next(Rows(Index([data], "train"), chat, Settings())())
    with pytest.raises(UsageError, match="there is no such file"):
        Index([tmp_path / "none.json"])


def damaged(**changed: Any) -> dict[str, Any]:
    return pair() | changed


@pytest.mark.parametrize(
    ("row", "picture", "said"),
    [
        (damaged(visibility={}), png(), "visibility and columns differ"),
        (damaged(images=["other.png"]), png(), "other.png is missing"),
        (damaged(schema={"tables": [{"name": 3}]}), png(), "."),
        (pair(), b"GIF89a" + bytes(40), "shop-1.0.png is a GIF file, and not PNG, JPEG or WebP"),
        (pair(), png()[:-20], "shop-1.0.png is cut off or damaged"),
        (pair(), png(size=(64, 64)), "line 1 lies outside of shop-1.0.png of 64x64 pixels"),
    ],
)
def test_a_broken_pair_is_one_line_with_its_row(
    tmp_path: Path, chat: Chat, row: dict[str, Any], picture: bytes, said: str
) -> None:
    data = shard(
        tmp_path / "a.tar", [(pair("good"), {"good.0.png": png()}), (row, {"shop-1.0.png": picture, "other.png": b""})]
    )
    with pytest.raises(InputError, match=said) as caught:
        rows_of(Index([data]), chat, seed=None)
    assert caught.value.message.startswith(f"{data} row 2: ")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"instruction": "a", "input": "b"}', "has no output"),
        ('{"instruction": "a", "input": "", "output": " "}', "output is empty"),
        ('{"instruction": "a", "input": "", "output": 3}', "output is no text"),
        ("[1]", "is no object"),
        ('{"instruction": ', "is no JSON"),
    ],
)
def test_a_broken_instruction_is_one_line_with_its_row(tmp_path: Path, chat: Chat, text: str, said: str) -> None:
    data = tmp_path / "a.jsonl"
    data.write_text(json.dumps(instruction()) + "\n" + text + "\n")
    with pytest.raises(InputError, match=said) as caught:
        rows_of(Index([data]), chat)
    assert caught.value.message.startswith(f"{data} row 2: ")


def test_a_broken_file_is_told_before_training(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"instruction": "a"}, {')
    with pytest.raises(InputError, match=r"a\.json row 2: ends in the middle"):
        Index([tmp_path / "a.json"])
