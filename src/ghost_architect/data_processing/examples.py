"""A row of a file -> an example: what is asked, what shall be answered, in tokens, with its pictures.

{"instruction", "input", "output"}    instruction, empty line, input -> output
a pair                                `pages.prompt` of its lines    -> `data.asked`

The prompt of a pair that is longer than a row loses lines, in the order of `pages.budget`, but none that the answer
cites: the answer stays the same to the letter. A pair whose prompt is too long with nothing but these lines is dropped;
`data.shortening` counts the same ahead of training.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ghost_architect.data.answers import form_problems
from ghost_architect.data.asked import answer, asked, cited, left_out, written
from ghost_architect.data.source import Place
from ghost_architect.data.source import Row as Source
from ghost_architect.errors import InputError, printable
from ghost_architect.pages.budget import BUDGET
from ghost_architect.pages.budget import tokens as estimated
from ghost_architect.pages.decode_worker import MAX_BYTES
from ghost_architect.pages.page import Page
from ghost_architect.pages.pair import Pair, from_json
from ghost_architect.pages.prompt import INSTRUCTIONS, Prompt, build

from .chat import Chat, Encoded
from .pictures import Image

_LINE = re.compile(r"\d+ \d+ \d+ ")
"""How a line of a screen begins in a prompt; a screen's header begins with a word."""

_STEPS = 8
"""So often a prompt that is too long is built anew, each time halving what is not known: to 6000 / 2^8 tokens."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One example.

    Attributes:
        name: file and row, as in messages.
        encoded: its tokens.
        images: its pictures.
        cut: lines that its prompt lost beyond what `pages.prompt` leaves out by itself.
        columns: that are not asked for since all of their lines were left out.
    """

    name: str
    encoded: Encoded
    images: tuple[Image, ...] = ()
    cut: int = 0
    columns: int = 0


def name_of(source: Source) -> str:
    """How a row is called in messages."""
    return f"{source.file} row {source.number}"


def read(source: Source) -> Mapping[str, Any]:
    """What a row says.

    Raises:
        InputError: it cannot be read, or is no object.
    """
    try:
        value = json.loads(source.bytes())
    except OSError as error:
        raise InputError(f"{name_of(source)}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise _wrong(source, f"is no JSON ({printable(str(error))[:80]})") from error
    if not isinstance(value, dict):
        raise _wrong(source, "is no object")
    return value


def is_pair(source: Source, value: Mapping[str, Any]) -> bool:
    """Whether it is a pair, and not an instruction."""
    return source.pictures is not None or ("lines" in value and "images" in value)


def example(source: Source, value: Mapping[str, Any], chat: Chat, sequence: int) -> Example:
    """The example of a row; where it is longer than `sequence`, it cannot be cut, and is to be dropped.

    Raises:
        InputError: the row or a picture of it is damaged; the message names the row.
    """
    if not is_pair(source, value):
        return _instruction(source, value, chat)
    pair = _pair_of(source, value)
    images = tuple(Image.of(name_of(source), name, _place(source, name)) for name in pair.images)
    pages = pages_of(pair, images)
    whole = build(pages)
    shown = set(whole.shown)
    schema = asked(pair, shown)
    said = written(schema)
    found = Example(
        name_of(source),
        chat.encode(whole.text, said, len(images)),
        images if chat.sees else (),
        columns=left_out(pair, shown) if any(whole.left_out) else 0,
    )
    if len(found.encoded) <= sequence:
        return found
    return _shortened(found, pages, whole, said, cited(schema), chat, sequence)


def corpus(sources: Iterable[Source]) -> Iterator[str]:
    """All texts of these rows, for a tokenizer to learn from: questions and answers, lines of screens.

    Raises:
        InputError: a row is damaged; the message names it.
    """
    yield INSTRUCTIONS
    for source in sources:
        value = read(source)
        if is_pair(source, value):
            pair = _pair_of(source, value)
            yield "\n".join(line.text for own in pair.lines for line in own)
            yield answer(pair)
        else:
            yield from _asked_and_said(source, value)


# --- instructions ---


def _instruction(source: Source, value: Mapping[str, Any], chat: Chat) -> Example:
    return Example(name_of(source), chat.encode(*_asked_and_said(source, value)))


def _asked_and_said(source: Source, value: Mapping[str, Any]) -> tuple[str, str]:
    problem = next(form_problems(value), None)
    if problem is not None:
        raise _wrong(source, problem[1])
    return "\n\n".join(text for text in (value["instruction"], value["input"]) if text.strip()), value["output"]


# --- pairs ---


def _pair_of(source: Source, value: Mapping[str, Any]) -> Pair:
    try:
        return from_json(value)
    except ValueError as error:
        raise _wrong(source, printable(str(error))[:300]) from error


def pages_of(pair: Pair, images: tuple[Image, ...]) -> tuple[Page, ...]:
    """The screens without their pixels, which a prompt does not need.

    Raises:
        InputError: a line lies outside of its picture.
    """
    pages = []
    for image, lines in zip(images, pair.lines, strict=True):
        width, height = image.size
        for line in lines:
            x, y, w, h = line.box
            if x + w > width or y + h > height:
                where = f"{printable(image.name)} of {width}x{height} pixels"
                raise InputError(f"{image.row}: line {line.n} lies outside of {where}")
        pages.append(Page(image.name, width, height, lines))
    return tuple(pages)


def _shortened(
    found: Example, pages: tuple[Page, ...], whole: Prompt, said: str, stay: set[int], chat: Chat, sequence: int
) -> Example:
    """The same with as many lines as fit, among them all that the answer cites; as it was where these do not fit."""

    def within(budget: int) -> Example:
        prompt = build(pages, budget, stay)
        encoded = chat.encode(prompt.text, said, len(pages))
        return replace(found, encoded=encoded, cut=sum(prompt.left_out) - sum(whole.left_out))

    best = within(0)
    if len(best.encoded) > sequence:
        return found
    lines = whole.text[len(INSTRUCTIONS) :].splitlines()
    fits, too_much = 0, min(BUDGET, sum(estimated(line) for line in lines if _LINE.match(line)))
    for _ in range(_STEPS):
        budget = (fits + too_much) // 2
        made = within(budget)
        if len(made.encoded) <= sequence:
            fits, best = budget, made
        else:
            too_much = budget
    return best


def _place(source: Source, name: str) -> Place:
    if source.pictures is not None:
        place = source.pictures.get(name)
    else:
        path = Path(source.content.path if isinstance(source.content, Place) else source.file).parent / name
        place = Place(str(path), 0, MAX_BYTES + 1) if path.is_file() else None
    if place is None:
        raise _wrong(source, f"{printable(name)} is missing")
    return place


def _wrong(source: Source, what: str) -> InputError:
    return InputError(f"{name_of(source)}: {what}", "ghost-architect dataset check FILE")
