"""The schemas of pairs, each read, written and run once: the pairs of an application share one.

    text of a row -> its schema's text, cut out -> known already? -> the rest of the row is read, and the schema is not

Most of a row is its schema, and five of six rows have that of the row before.
"""

from __future__ import annotations

import hashlib
import json
import marshal
from collections import OrderedDict
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
_KEY = '"schema":'
_SMALL = 200
"""Characters of a schema that is read as fast as it is compared."""
_SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Known:
    """A schema.

    Attributes:
        name: its fingerprint.
        schema: itself.
        columns, prices: what its pairs are looked at by.
        said: what the engine says against it.
        script: for other engines; empty where it is not wanted.
    """

    name: bytes
    schema: Schema
    columns: Columns
    prices: Prices
    said: str
    script: str


class Schemas:
    """Those of the last rows.

    Args:
        runner: where they are run.
        scripts: whether scripts are handed back, since another engine is to run them; `every`: each of them.
    """

    def __init__(self, runner: Runner, scripts: bool, every: bool) -> None:
        self._runner, self._scripts, self._every = runner, scripts, every
        self._known: OrderedDict[bytes, Known] = OrderedDict()
        self._last: tuple[str, dict[str, Any], Known | None] = "", {}, None

    def row(self, text: str) -> Any:
        """The value of a row, as `json` reads it; a schema that says what the last one said is the last one.

        Raises:
            ValueError, RecursionError: it is no JSON.
        """
        at = text.find(_KEY)
        if at >= 0:
            try:
                return self._cut(text, at + len(_KEY))
            except (ValueError, KeyError, TypeError, IndexError):
                pass  # whatever is wrong, the whole text says it better
        return _json(text)

    def _cut(self, text: str, at: int) -> Any:
        """The value, the schema read by itself.

        In JSON, a quote inside of a text has a backslash before it, so that what was found is a key. That it is the
        row's own is seen when the rest is read: there it is null.
        """
        while text[at] in _SPACE:
            at += 1
        said, schema, _ = self._last
        if not said or not text.startswith(said, at):
            schema, end = _DECODER.raw_decode(text, at)
            if not isinstance(schema, dict):
                raise ValueError("no object")
            said = text[at:end]
            # An empty one, of a screen that shows no data, stands between those of an application.
            if len(said) > _SMALL:
                self._last = said, schema, None
        end = at + len(said)
        value = _json(f"{text[:at]}null{text[end:]}")
        if value["schema"] is not None or text.find(_KEY, end) >= 0:
            raise ValueError("another one of this name")
        value["schema"] = schema
        return value

    def known(self, schema: dict[str, Any]) -> Known:
        """The schema of a row, read and run once.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: it is none.
        """
        said, last, found = self._last
        if schema is last and found is not None:
            return found
        # marshal of version 2 writes equal values equally, and takes a twentieth of the time that JSON takes.
        name = hashlib.blake2b(marshal.dumps(schema, 2), digest_size=16).digest()
        if name not in self._known:
            self._known[name] = self._read(name, tables_from_json(schema["tables"]))
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        if schema is last:
            self._last = said, last, self._known[name]
        return self._known[name]

    def _read(self, name: bytes, schema: Schema) -> Known:
        made = [s for block in Script(schema, _POSTGRES).blocks() for s in block]  # which holds every schema as it is
        said = "" if self._runner.made(made) else self._runner.statements(statements(schema, "sqlite"))
        wanted = self._scripts and not said and (self._every or name[0] < _SPARSE)
        script = "".join(f"{statement};\n" for statement in made) if wanted else ""
        return Known(name, schema, Columns.of(schema), Prices(schema, made), said, script)


def _json(text: str) -> Any:
    return json.loads(text, parse_constant=_no_number)


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)
