"""The schemas of pairs, each read, written and run once: the pairs of an application share one.

    bytes of a row -> its schema's, cut out -> known already? -> the rest of the row is read, and the schema is not
    new schemas of many rows -> their statements -> SQLite

Most of a row is its schema, and five of six rows have that of the row before.
"""

from __future__ import annotations

import hashlib
import json
import marshal
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ghost_architect.schema.ddl import Script, statements
from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.jsonform import tables_from_json
from ghost_architect.schema.objects import Schema

from .length import Prices
from .pairs import Columns
from .runs import Runner

_KEPT = 64
"""Schemas that are kept: pairs of one application stand together."""

_SPARSE = 32
"""Of 256 schemas so many hand their script back for the sample: the way to the first process costs, too."""

_POSTGRES = DIALECTS["postgres"]
_KEY = b'"schema":'
_SMALL = 200
"""Bytes of a schema that is read as fast as it is compared."""
_SPACE = b" \t\r\n"


UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""What reading and writing a schema raises where it says what no schema says."""

_NO_COLUMNS, _NO_PRICES = Columns({}), Prices(Schema(), ())


@dataclass(slots=True)
class Known:
    """A schema. All but its name and itself is there after `Schemas.run`.

    Attributes:
        name: its fingerprint.
        schema: itself.
        wrong: why no statements can be written for it; then the rest is empty.
        columns, prices: what its pairs are looked at by.
        said: what the engine says against it.
        script: for other engines; empty where it is not wanted.
    """

    name: bytes
    schema: Schema
    wrong: str = ""
    columns: Columns = _NO_COLUMNS
    prices: Prices = _NO_PRICES
    said: str = ""
    script: str = ""


class Schemas:
    """Those of the last rows.

    Args:
        runner: where they are run.
        scripts: whether scripts are handed back, since another engine is to run them; `every`: each of them.
    """

    def __init__(self, runner: Runner, scripts: bool, every: bool) -> None:
        self._runner, self._scripts, self._every = runner, scripts, every
        self._known: OrderedDict[bytes, Known] = OrderedDict()
        self._new: list[Known] = []
        self._last: tuple[bytes, dict[str, Any], Known | None] = b"", {}, None

    def row(self, data: bytes) -> Any:
        """The value of a row, as `json` reads it; a schema that says what the last one said is the last one.

        Raises:
            UnicodeDecodeError, ValueError, RecursionError: it is no JSON.
        """
        at = data.find(_KEY)
        if at >= 0:
            try:
                return self._cut(data, at + len(_KEY))
            except (ValueError, KeyError, TypeError, IndexError):
                pass  # whatever is wrong, the whole text says it better
        return _json(data)

    def _cut(self, data: bytes, at: int) -> Any:
        """The value, the schema read by itself.

        In JSON, a quote inside of a text has a backslash before it, so that what was found is a key. That it is the
        row's own is seen when the rest is read: there it is null.
        """
        while data[at] in _SPACE:
            at += 1
        said, schema, _ = self._last
        if not said or not data.startswith(said, at):
            text = data[at:].decode("utf-8")
            schema, end = _DECODER.raw_decode(text)
            if not isinstance(schema, dict):
                raise ValueError("no object")
            said = text[:end].encode("utf-8")
            # An empty one, of a screen that shows no data, stands between those of an application.
            if len(said) > _SMALL:
                self._last = said, schema, None
        end = at + len(said)
        value = _json(b"%bnull%b" % (data[:at], data[end:]))
        if value["schema"] is not None or data.find(_KEY, end) >= 0:
            raise ValueError("another one of this name")
        value["schema"] = schema
        return value

    def known(self, schema: dict[str, Any]) -> Known:
        """The schema of a row, read once, and run by `run`.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: it is none.
        """
        said, last, found = self._last
        if schema is last and found is not None:
            return found
        # marshal of version 2 writes equal values equally, and takes a twentieth of the time that JSON takes.
        name = hashlib.blake2b(marshal.dumps(schema, 2), digest_size=16).digest()
        if name not in self._known:
            self._known[name] = Known(name, tables_from_json(schema["tables"]))
            self._new.append(self._known[name])
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        if schema is last:
            self._last = said, last, self._known[name]
        return self._known[name]

    def run(self) -> None:
        """Write and run what is new: first all of it is written, then all of it is run, which `Worker` explains."""
        written = [(known, made) for known in self._new for made in _written(known)]
        self._new.clear()
        for known, made in written:
            try:
                self._run(known, made)
            except UNREADABLE as problem:
                known.wrong = str(problem)

    def _run(self, known: Known, made: Sequence[str]) -> None:
        schema = known.schema
        known.said = "" if self._runner.made(made) else self._runner.statements(statements(schema, "sqlite"))
        known.columns, known.prices = Columns.of(schema), Prices(schema, made)
        if self._scripts and not known.said and (self._every or known.name[0] < _SPARSE):
            known.script = "".join(f"{statement};\n" for statement in made)


def _written(known: Known) -> Iterator[list[str]]:
    """Its statements in PostgreSQL's words, which hold every schema as it is."""
    try:
        yield [s for block in Script(known.schema, _POSTGRES).blocks() for s in block]
    except UNREADABLE as problem:
        known.wrong = str(problem)


def _json(data: bytes) -> Any:
    return json.loads(data.decode("utf-8"), parse_constant=_no_number)


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)
