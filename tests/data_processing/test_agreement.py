"""`dataset check` says of pairs what the trainer does with them, whatever the sequence is.

The check estimates tokens; so here the trainer has a tokenizer that makes as many tokens as the estimate.
"""

from __future__ import annotations

import json
import re
from collections import deque
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ghost_architect.data import source
from ghost_architect.data.problems import Kind
from ghost_architect.data.tokens import PICTURE, TURNS
from ghost_architect.data.worker import Worker
from ghost_architect.data_processing import Chat, Index, Rows, Settings
from ghost_architect.data_processing.examples import example, read
from ghost_architect.errors import InputError
from ghost_architect.pages import budget
from ghost_architect.pages.pair import FILE
from tests.data.rows import pair, png, two_screens

from .making import long_pair, shard

FOLDER = Path(__file__).parents[2] / "data" / "validation_set"

MARKS = {
    mark: n
    for n, mark in enumerate(
        ("<bos>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<end_of_image>", "<image_soft_token>")
    )
}
AROUND = 6
"""Tokens that the chat form takes as `Counting` cuts it: 12, less the ends of both texts and four empty lines."""
FRAME = 3
"""Around a picture."""


class Counting:
    """A tokenizer that makes as many tokens of a text as `pages.budget` estimates, and one of each mark and empty line.

    What `data.tokens` estimates for the chat form is more than that; the first mark makes up for it.
    """

    _marks = re.compile(f"({'|'.join(MARKS)})")

    def no_truncation(self) -> None: ...

    def no_padding(self) -> None: ...

    def get_vocab(self) -> dict[str, int]:
        return MARKS

    def get_added_tokens_decoder(self) -> dict[int, Any]:
        return {}

    def encode(self, text: str, add_special_tokens: bool) -> SimpleNamespace:
        assert not add_special_tokens
        ids: list[int] = []
        for part in self._marks.split(text):
            if part in MARKS:
                ids += [MARKS[part]] * (1 + TURNS - AROUND if part == "<bos>" else 1)
            else:
                ids += [len(MARKS)] * (budget.tokens(part) - 1 + len(re.findall(r"\n+", part)))
        return SimpleNamespace(ids=ids)


@pytest.fixture(scope="module")
def counting() -> Chat:
    return Chat(Counting(), PICTURE - FRAME)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pairs of the factory, of all lengths; one that no prompt has room for, one of two screens, two without data."""
    drawn = [json.loads(text) for text in (FOLDER / FILE).read_text("utf-8").splitlines()]
    drawn.sort(key=lambda row: len(str(row["lines"])))
    rows = [(row, {n: (FOLDER / n).read_bytes() for n in row["images"]}) for row in [*drawn[8::40], drawn[-1]]]
    long, two, none = long_pair(400), two_screens(), pair("none", tuple(f"Word {n}" for n in range(500)))
    long["lines"][0][1]["text"] += (
        " and more words than a label has, so that it goes, and its column is not asked for" * 2
    )
    for line in none["lines"][0]:
        line["box"] = [10, 10 + line["n"] % 200, 80, 15]
    made = [
        (long, {"long.0.png": png(size=(320, 9000))}),
        (two, {name: png(n) for n, name in enumerate(two["images"])}),
        (none, {"none.0.png": png(7)}),
        (pair("login", ("Log in",)), {"login.0.png": png(8)}),
    ]
    return shard(tmp_path_factory.mktemp("agreement") / "shard-0.tar", [*rows, *made])


Verdict = dict[str, set[int]]


def checked(worker: Worker, data: Path, sequence: int) -> Verdict:
    """Rows that are left out, and rows that lose lines, by the check."""
    worker.sequence = sequence
    said = [(kind, row.number) for row in worker.look(source.rows(data)) for kind, _ in row.problems]
    return {kind: {number for other, number in said if other is kind} for kind in (Kind.LONG, Kind.CUT)}


def trained(chat: Chat, data: Path, sequence: int) -> Verdict:
    """The same, by the trainer."""
    rows = Rows(Index([data]), chat, Settings(sequence, seed=None))
    with suppress(InputError):  # where none of them has a place
        deque(rows(epochs=1), 0)
    assert rows.summary.examples + len(rows.summary.dropped) == len(rows.index)
    numbers = {f"{row.file} row {row.number}": row.number for row in rows.index}
    return {
        Kind.LONG: {numbers[name] for name in rows.summary.dropped},
        Kind.CUT: {numbers[name] for name in rows.summary.cut},
    }


def turns(chat: Chat, data: Path) -> list[int]:
    """The shortest sequences in which a pair keeps all lines, and in which it is kept at all, found by halving."""
    found = set()
    for row in Index([data]):
        value = read(row)
        whole = len(example(row, value, chat, 10**6).encoded)
        low, high = 0, whole
        while high - low > 1:
            middle = (low + high) // 2
            kept = len(example(row, value, chat, middle).encoded) <= middle
            low, high = (low, middle) if kept else (middle, high)
        found |= {whole, high}
    return sorted(found)


def test_the_check_says_what_the_trainer_does(counting: Chat, data: Path) -> None:
    """Where something changes, one token before, and in between."""
    worker = Worker(0, scripts=False)
    places = turns(counting, data)
    between = [(low + high) // 2 for low, high in pairwise(places)]
    found = []
    for sequence in sorted({*places, *(n - 1 for n in places), *between}):
        said = checked(worker, data, sequence)
        assert said == trained(counting, data, sequence), sequence
        found.append((len(said[Kind.LONG]), len(said[Kind.CUT])))
    worker.runner.close()
    count = len(Index([data]))
    assert found[0] == (count, 0)
    assert found[-1] == (0, 0)
    assert max(cut for _, cut in found) > count / 3
