"""Sets of screens with the schema that is known to be behind them.

Three layouts are read, all folders:

    refs.json               a list of references, the images beside it
    refs/*.json             one reference a file, images named relative to the folder
    pairs.jsonl             the generator's pairs, the images beside it

A reference names its image (`image` or `image_file`), may name the app (`repo`, `app` or `site`) and
the `screen_kind`, and lists `tables` as GhostScore reads them: columns with `name`, `type`, `visible`,
`pk`, and what counts as right besides (`label`, `alternatives`, `type_alternatives`, `aliases`,
`visible_title`, `other_columns`, `foreign_keys`). No tables: the page holds no data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghost_architect.errors import InputError

from .shapes import Json
from .union import union

MIXED = "mixed"
"""The kind of several screens that are not of one kind."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is read in one call, and what is there to be read.

    Args:
        name: unique in its set.
        images: the screens, one or more of one app.
        app: whose screens these are; screens of one app are not independent of each other.
        kind: list, form, detail ...; empty where it is not known.
        tables: the reference, as in its file.
    """

    name: str
    images: tuple[Path, ...]
    app: str
    kind: str
    tables: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class EvalSet:
    """Cases under one name."""

    name: str
    cases: tuple[Case, ...]


def load_set(path: Path) -> EvalSet:
    """The set in a folder.

    Raises:
        InputError: there is no set, a file is not what the layout says, or an image is missing.
    """
    cases = tuple(_cases(path))
    if not cases:
        raise InputError(f"{path} holds no references", hint="a set has refs.json, refs/*.json or pairs.jsonl")
    names = [c.name for c in cases]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise InputError(f"{path}: two references are named {twice!r}")
    missing = next((i for c in cases for i in c.images if not i.is_file()), None)
    if missing is not None:
        raise InputError(f"{path}: the image {missing.relative_to(path)} is missing")
    return EvalSet(path.resolve().name, cases)


def by_app(eval_set: EvalSet) -> EvalSet:
    """The same set with all screens of an app as one case, against the union of their references."""
    apps: dict[str, list[Case]] = {}
    for case in eval_set.cases:
        apps.setdefault(case.app, []).append(case)
    return EvalSet(eval_set.name, tuple(_joined(app, cases) for app, cases in apps.items()))


def _joined(app: str, cases: list[Case]) -> Case:
    images = tuple(image for case in cases for image in case.images)
    return Case(app, images, app, _one_kind(c.kind for c in cases), union(c.tables for c in cases))


def _one_kind(kinds: Iterable[str]) -> str:
    found = set(kinds)
    return found.pop() if len(found) == 1 else MIXED


def general_kind(kind: str) -> str:
    """A screen kind without its details, so that slices hold more than one screen.

    >>> general_kind("detail with two child tables"), general_kind("form (modal)")
    ('detail', 'form')
    """
    return re.split(r"\s*\(|\s+with\s", kind.strip(), maxsplit=1)[0].lower()


def _cases(folder: Path) -> Iterator[Case]:
    if (folder / "pairs.jsonl").is_file():
        for where, text in _lines(folder / "pairs.jsonl"):
            yield _pair(folder, where, _object(_parsed(text, where), where))
    elif (folder / "refs.json").is_file():
        listed = _parsed(_text(folder / "refs.json"), str(folder / "refs.json"))
        for number, raw in enumerate(_list(listed, str(folder / "refs.json")), 1):
            where = f"{folder / 'refs.json'}, entry {number}"
            yield _case(folder, where, _object(raw, where))
    else:
        for file in sorted((folder / "refs").glob("*.json")):
            yield _case(folder, str(file), _object(_parsed(_text(file), str(file)), str(file)))


def _case(folder: Path, where: str, raw: Json) -> Case:
    image = raw.get("image_file") or raw.get("image")
    if not isinstance(image, str):
        raise InputError(f"{where}: neither image nor image_file says which image this is")
    name = str(raw.get("id") or Path(image).stem)
    # A repository is one app, however its screens are called.
    app = str(raw.get("repo") or raw.get("app") or raw.get("site") or name)
    kind = general_kind(str(raw.get("screen_kind") or ""))
    return Case(name, (folder / image,), app, kind, _tables(raw.get("tables"), where))


def _tables(raw: object, where: str) -> tuple[Json, ...]:
    tables = tuple(_object(t, where) for t in _list(raw, f"{where}: tables"))
    for table in tables:
        columns = [_object(c, where) for c in _list(table.get("columns"), f"{where}: columns")]
        if not all(isinstance(x.get("name"), str) for x in (table, *columns)):
            raise InputError(f"{where}: a table or column has no name")
    return tables


def _pair(folder: Path, where: str, raw: Json) -> Case:
    """A pair of the generator: its schema with `visibility` and `evidence` beside it."""
    images = [str(i) for i in _list(raw.get("images"), f"{where}: images")]
    kinds = [general_kind(str(k)) for k in _list(raw.get("screen_kinds") or [""], f"{where}: screen_kinds")]
    schema = _object(raw.get("schema"), f"{where}: schema")
    name = str(raw.get("id") or Path(images[0]).stem)
    shown = _Shown.of(raw, where)
    seen = [t for t in _tables(schema.get("tables"), where) if shown.any_of(t)]
    names = {t["name"] for t in seen}
    tables = tuple(shown.table(t, names) for t in seen)
    return Case(name, tuple(folder / i for i in images), name, _one_kind(kinds), tables)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the screens of a pair show of its schema."""

    visibility: Mapping[str, Any]
    evidence: Mapping[str, Any]
    text: Mapping[int, str]

    @classmethod
    def of(cls, raw: Json, where: str) -> _Shown:
        lines = [_object(line, where) for page in _list(raw.get("lines"), where) for line in _list(page, where)]
        return cls(
            _object(raw.get("visibility"), f"{where}: visibility"),
            _object(raw.get("evidence") or {}, f"{where}: evidence"),
            {line["n"]: str(line.get("text", "")) for line in lines if isinstance(line.get("n"), int)},
        )

    def any_of(self, table: Json) -> bool:
        """Whether anything of the table can be known from the screens."""
        return any(not self._hides(table, c["name"]) for c in table["columns"])

    def table(self, table: Json, seen: Collection[str]) -> Json:
        """The table as a reference.

        A foreign key to a table of which nothing can be known is left out: the column is asked for, its target is
        not. An answer that has a small table for an `_id` to point at is then as good as one that has none.
        The primary key is at least implied, since without it the table does not stand.

        Args:
            table: of the schema.
            seen: the names of all tables of which anything can be known.
        """
        name = table["name"]
        key = set(table.get("primary_key") or ())
        hidden = {c["name"] for c in table["columns"] if c["name"] not in key and self._hides(table, c["name"])}
        return {
            "name": name,
            "visible_title": table.get("title") or "",
            "columns": [
                {
                    "name": c["name"],
                    "type": c.get("type") or "",
                    "visible": self.visibility.get(f"{name}.{c['name']}") == "visible",
                    "pk": c["name"] in key,
                    "label": [self.text[n] for n in self.evidence.get(f"{name}.{c['name']}", ()) if n in self.text],
                }
                for c in table["columns"]
                if c["name"] not in hidden
            ],
            "other_columns": [c["name"] for c in table["columns"] if c["name"] in hidden],
            "foreign_keys": [
                {"columns": link["columns"], "ref_table": link["references"]["table"]}
                for link in table.get("foreign_keys") or ()
                if not hidden & set(link["columns"]) and link["references"]["table"] in seen
            ],
        }

    def _hides(self, table: Json, column: str) -> bool:
        return self.visibility.get(f"{table['name']}.{column}") == "hidden"


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise InputError(f"{file} cannot be read: {e}") from e


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(_text(file).split("\n"), 1):
        if text.strip():
            yield f"{file}, line {number}", text


def _parsed(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as e:
        raise InputError(f"{where} is not JSON: {e}") from e


def _list(raw: object, where: str) -> list[Any]:
    if not isinstance(raw, list):
        raise InputError(f"{where}: a list is expected")
    return raw


def _object(raw: object, where: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise InputError(f"{where}: an object is expected")
    return raw
