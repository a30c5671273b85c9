"""What the tests of data processing share: rows, shards, and looking at what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ghost_architect.data_processing import Chat, Index, Row, Rows, Settings
from ghost_architect.data_processing.chat import UNLEARNED
from tests.data import rows as data_rows
from tests.data.rows import LABELS, instruction, pair

SOFT = 4
"""Soft tokens of a picture."""


def shard(path: Path, rows: Iterable[tuple[Mapping[str, Any], Mapping[str, bytes]]]) -> Path:
    """A shard of pairs and their pictures; one without bytes is missing."""
    rows = list(rows)
    return data_rows.shard(path, [row for row, _ in rows], {n: data for _, own in rows for n, data in own.items()})


def texts(count: int, longest: int = 40) -> list[dict[str, str]]:
    """Instructions of different lengths."""
    return [
        instruction(instruction=f"Design number {n}.", given="word " * (n * 7 % longest), output=f"Answer {n}.")
        for n in range(count)
    ]


def long_pair(count: int = 120) -> dict[str, Any]:
    """A pair with more lines than there is room for; the labels come first."""
    labels = (*LABELS, *(f"Some prose that stands on this screen and goes on for a while, {n}" for n in range(count)))
    row = pair("long", labels)
    for own in row["lines"]:
        for line in own:
            line["box"] = [10, 20 * line["n"], 200, 15]
    return row


def shown(chat: Chat, ids: Sequence[int] | Any, skip: bool = False) -> str:
    text: str = chat._tokenizer.decode([int(n) for n in ids], skip_special_tokens=skip)
    return text


def learned(chat: Chat, row: Row) -> str:
    return shown(chat, row.ids[row.labels != UNLEARNED])


def rows_of(index: Index, chat: Chat, **how: Any) -> list[Row]:
    return [row for row, _ in Rows(index, chat, Settings(**how))(epochs=1)]
