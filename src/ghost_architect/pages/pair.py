"""A pair: screens and the schema that they were made from. One line of `pairs.jsonl`.

    {"id", "images": [names], "device", "theme", "screen_kinds": [...], "lines": [[{"n", "box", "text"}...] per image],
     "schema": {"tables": [table...]}, "visibility": {"table.column": "visible|implied|hidden"},
     "evidence": {"table.column": [n, ...]}, "split"}

The images lie beside the file. `n` is numbered as in a prompt: from 1 through all images of the
pair. Tables are written without evidence: the pair's own map is the only place for it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Any

from ghost_architect.errors import InputError, printable
from ghost_architect.schema.jsonform import tables_from_json, tables_to_json
from ghost_architect.schema.objects import Schema

from .decode import decode
from .page import Line, Page

FILE = "pairs.jsonl"


class Visibility(StrEnum):
    """How much of a column its screens show: itself, a reason for it, or nothing."""

    VISIBLE = "visible"
    IMPLIED = "implied"
    HIDDEN = "hidden"


_VISIBILITY = {str(v): v for v in Visibility}
"""Looking a member up takes a fifth of the time that calling the class takes, and a row has a hundred."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Screens and their truth.

    Attributes:
        id: unique in its file.
        images: file names beside `pairs.jsonl`.
        device, theme: what the screens were drawn for and in.
        screen_kinds: what each image is (a form, a list, ...).
        lines: the text lines of each image.
        schema: the truth, without evidence.
        visibility: for every column, under `table.column`.
        evidence: line numbers for the columns that can be read, under `table.column`.
        split: the part of the data set it belongs to.
    """

    id: str
    images: tuple[str, ...]
    device: str
    theme: str
    screen_kinds: tuple[str, ...]
    lines: tuple[tuple[Line, ...], ...]
    schema: Schema
    visibility: Mapping[str, Visibility]
    evidence: Mapping[str, tuple[int, ...]]
    split: str

    def __post_init__(self) -> None:
        problem = next(_problems(self), "")
        if problem:
            raise ValueError(problem)


def _problems(pair: Pair) -> Iterator[str]:
    if not pair.id or not pair.split:
        yield "id and split may not be empty"
    if not pair.images or not len(pair.images) == len(pair.lines) == len(pair.screen_kinds):
        yield "images, lines and screen_kinds must have one entry per image, and there must be one"
    yield from (f"image {image!r} is not a plain file name" for image in pair.images if not _is_file_name(image))
    count = 0
    for line in chain.from_iterable(pair.lines):
        count += 1
        x, y, w, h = line.box
        if line.n != count:
            yield "lines must be numbered from 1 through all images"
        if x < 0 or y < 0 or w < 1 or h < 1:
            yield f"line {line.n}: the box {list(line.box)} is not in a picture"
    yield from _column_problems(pair, range(1, count + 1))


def _is_file_name(name: str) -> bool:
    return name not in ("", ".", "..") and "/" not in name and "\\" not in name and name.isprintable()


def _column_problems(pair: Pair, numbers: range) -> Iterator[str]:
    columns = _columns(pair.schema)
    if pair.visibility.keys() != columns:
        yield f"visibility and columns differ: {', '.join(sorted(columns ^ set(pair.visibility)))}"
    for name, cited in pair.evidence.items():
        if name not in columns:
            yield f"evidence for {name}, which is no column"
        if not cited or not all(n in numbers for n in cited):
            yield f"evidence for {name} cites lines that are not there: {list(cited)}"


_last: tuple[Schema, frozenset[str]] = Schema(), frozenset()


def _columns(schema: Schema) -> frozenset[str]:
    """All columns of a schema, under `table.column`. The last one is kept: pairs of one schema stand together."""
    global _last
    if _last[0] is not schema:
        _last = (
            schema,
            frozenset([f"{table.name}.{column.name}" for table in schema.tables for column in table.columns]),
        )
    return _last[1]


def to_json(pair: Pair) -> dict[str, Any]:
    """The pair as the object that a row of `pairs.jsonl` holds."""
    return {
        "id": pair.id,
        "images": list(pair.images),
        "device": pair.device,
        "theme": pair.theme,
        "screen_kinds": list(pair.screen_kinds),
        "lines": [[{"n": x.n, "box": list(x.box), "text": x.text} for x in own] for own in pair.lines],
        "schema": {"tables": tables_to_json(pair.schema, evidence=False)},
        "visibility": {name: str(seen) for name, seen in pair.visibility.items()},
        "evidence": {name: list(cited) for name, cited in pair.evidence.items()},
        "split": pair.split,
    }


def from_json(row: Mapping[str, Any], schema: Schema | None = None) -> Pair:
    """The inverse of `to_json`.

    Args:
        row: the object.
        schema: what its `schema` says, for whoever read that already: reading it takes most of the time.

    Raises:
        ValueError: the object is not a pair; the message says why.
    """
    names = set(Pair.__dataclass_fields__)
    if set(row) != names:
        raise ValueError(f"a pair has exactly the fields {', '.join(sorted(names))}")
    try:
        return Pair(
            id=_text(row["id"]),
            images=_texts(row["images"]),
            device=_text(row["device"]),
            theme=_text(row["theme"]),
            screen_kinds=_texts(row["screen_kinds"]),
            lines=tuple(map(_lines, row["lines"])),
            schema=tables_from_json(row["schema"]["tables"]) if schema is None else schema,
            visibility=_visibility(row["visibility"]),
            evidence={_text(k): tuple(map(_whole, v)) for k, v in row["evidence"].items()},
            split=_text(row["split"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a field has the wrong form ({error})") from error


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a row is one JSON object")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(f"{values!r} is not a list")
    return tuple(map(_text, values))


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _visibility(said: Any) -> dict[str, Visibility]:
    # Texts that are known, as nearly always; else one by one, which says what is wrong.
    if type(said) is dict and set(map(type, said)) <= {str}:
        try:
            return {name: _VISIBILITY[seen] for name, seen in said.items()}
        except (KeyError, TypeError):
            pass
    return {_text(name): _VISIBILITY.get(seen) or Visibility(seen) for name, seen in said.items()}


def _lines(rows: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    out = []
    for row in rows:
        n, text = row["n"], row["text"]
        x, y, w, h = row["box"]
        # What JSON gives is of just these types; asked for all at once, since a data set has ten million lines.
        if not type(x) is type(y) is type(w) is type(h) is type(n) is int or type(text) is not str:
            n, x, y, w, h, text = *map(_whole, (n, x, y, w, h)), _text(text)
        out.append(Line(n, (x, y, w, h), text))
    return tuple(out)


def read_pairs(path: Path) -> Iterator[Pair]:
    """The pairs of a file, one after another.

    Raises:
        InputError: the file cannot be opened, or a row is not a pair; the message has the row's
            number, counted from 1.
    """
    seen: dict[str, int] = {}
    for number, line in _rows(path):
        try:
            pair = from_json(_object(json.loads(line)))
        except ValueError as error:
            raise InputError(f"{printable(str(path))} row {number}: {printable(str(error))}") from error
        if pair.id in seen:
            raise InputError(f"{printable(str(path))} row {number}: id {pair.id!r} is that of row {seen[pair.id]}")
        seen[pair.id] = number
        yield pair


def _rows(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from ((n, line) for n, line in enumerate(file, 1) if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{printable(str(path))}: cannot be read ({error})") from error


def write_pairs(path: Path, pairs: Iterable[Pair]) -> int:
    """Write a file of pairs and return how many: whole, or not at all.

    The rows go to a file beside it, which takes its place when everything is on the disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    count = 0
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            for pair in pairs:
                file.write(json.dumps(to_json(pair), ensure_ascii=False, separators=(",", ":")) + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return count


def pages_of(pair: Pair, folder: Path) -> tuple[Page, ...]:
    """The pair's screens with their true lines, as the pages that a prompt is built from.

    Raises:
        InputError: an image is missing, or a line lies outside it.
        ImageError: an image cannot be decoded.
    """
    return tuple(_page(folder / name, lines) for name, lines in zip(pair.images, pair.lines, strict=True))


def _page(path: Path, lines: tuple[Line, ...]) -> Page:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{printable(str(path))}: cannot be opened ({error.strerror})") from error
    picture = decode(data, path.name)
    height, width = picture.pixels.shape[:2]
    for line in lines:
        x, y, w, h = line.box
        if x + w > width or y + h > height:
            size = f"{width}x{height} pixels"
            raise InputError(f"{printable(path.name)}: line {line.n} lies outside the picture of {size}")
    return Page(path.name, width, height, lines, picture.pixels, picture.notes)
