"""Source of Python made from data that anybody may have written: names, literals, layout.

    label  -> identifier      letters, digits, underscores; normalised as Python itself does it
    text   -> string literal  by `repr`, so that nothing in it is read as source
    Call   -> source          laid out as `ruff format` does it, so that users' formatters change nothing

Text reaches the source in no other form than these, and as a remark (`remark`), which is one line.
"""

from __future__ import annotations

import builtins
import keyword
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ghost_architect.schema.naming import identifier

from .text import clean

WIDTH = 88
"""Characters a line, as `black` and `ruff format` have it when nobody says otherwise."""

INDENT = "    "
_LONGEST_NAME = 63

BUILTINS = frozenset(n for n in vars(builtins) if not n.startswith("_"))


def string(text: str) -> str:
    """The text as a literal, with double quotes unless that takes more backslashes."""
    text = str(text)  # a StrEnum has a repr of its own
    mark = "'" if text.count('"') > text.count("'") else '"'
    # `repr` takes the other quotes for what has none of these, so nothing else is escaped.
    return mark + f"\\{mark}".join(repr(part)[1:-1] for part in text.split(mark)) + mark


def octets(data: bytes) -> str:
    """The bytes as a literal, with the quotes that `string` would take."""
    mark = b"'" if data.count(b'"') > data.count(b"'") else b'"'
    sign = mark.decode()
    return f"b{sign}" + f"\\{sign}".join(repr(part)[2:-1] for part in data.split(mark)) + sign


def remark(text: str, width: int = WIDTH) -> list[str]:
    """The text as a comment: cleaned of everything that ends a line, and wrapped.

    A comment that a tool takes for an order (`# noqa`, `# type:`) has it right behind a `#`.
    """
    words, lines = clean(text).replace("#", "\uff03").split(" "), list[str]()
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(f"# {word}" if not lines else f"#   {word}")
    return lines


def variable(label: str, fallback: str) -> str:
    """A name in snake_case that Python takes as it is (`keyword`s are the business of `Names`)."""
    return _valid(identifier(label, fallback)) or fallback


def class_name(label: str, fallback: str) -> str:
    """A name in CamelCase. One in a script without capitals gets the fallback before it, so that no
    variable is called the same."""
    camel = _valid("".join(part[:1].upper() + part[1:] for part in variable(label, fallback).split("_")))
    return camel if camel[:1].isupper() else fallback.capitalize() + camel


def _valid(name: str) -> str:
    """What of a name may stand in an identifier, in the form that Python compares (NFKC, as PEP 3131 says)."""
    kept = "".join(c for c in unicodedata.normalize("NFKC", name) if f"a{c}".isidentifier())
    kept = unicodedata.normalize("NFKC", kept).strip("_")
    return kept if not kept or kept.isidentifier() else f"n_{kept}"


@dataclass(slots=True)
class Names:
    """Hands out names of one scope, each once; case does not tell two apart.

    Attributes:
        reserved: names that nothing here may have; they get `tail` behind them.
        tail: "_" as PEP 8 has it, or a word where a framework refuses that.
        taken: what has been handed out, folded.
        joint: what stands before a number.
    """

    reserved: frozenset[str]
    tail: str = "_"
    taken: set[str] = field(default_factory=set)
    joint: str = "_"

    def take(self, *wanted: str, pair: str = "") -> str:
        """The first of these that is free, else the last with a number behind it.

        Where there is a `pair`, the name with it behind is taken too.
        """
        names = [f"{name}{self.tail}" if self._is_reserved(name) else name for name in wanted]
        name = next((n for n in names if self._is_free(n, pair)), names[-1])
        number = 1
        while not self._is_free(name, pair):
            number += 1
            name = f"{names[-1].rstrip('_')}{self.joint}{number}"
        self.taken |= {name.casefold(), f"{name}{pair}".casefold()}
        return name

    def _is_reserved(self, name: str) -> bool:
        return name in self.reserved or keyword.iskeyword(name)

    def _is_free(self, name: str, pair: str) -> bool:
        return not {name.casefold(), f"{name}{pair}".casefold()} & self.taken and not self._is_reserved(name)


@dataclass(frozen=True, slots=True)
class Call:
    """Something with brackets around a list: `head(...)`, `head[...]`, `(...)`."""

    head: str
    items: Sequence[Expr]
    brackets: str = "()"

    def flat(self) -> str:
        """On one line."""
        inside = ", ".join(map(flat, self.items))
        # A tuple of one needs its comma.
        inside += "," * (not self.head and self.brackets == "()" and len(self.items) == 1)
        return f"{self.head}{self.brackets[0]}{inside}{self.brackets[1]}"


@dataclass(frozen=True, slots=True)
class Named:
    """`name=value` in a call, `key: value` in a dict."""

    name: str
    value: Expr
    sign: str = "="


@dataclass(frozen=True, slots=True)
class All:
    """Conditions that hold together: `one & other`."""

    parts: Sequence[Expr]


Expr = str | Call | Named | All


def flat(expr: Expr) -> str:
    """The expression on one line."""
    if isinstance(expr, Call):
        return expr.flat()
    if isinstance(expr, Named):
        return f"{expr.name}{expr.sign}{flat(expr.value)}"
    if isinstance(expr, All):
        return " & ".join(map(flat, expr.parts))
    return expr


def layout(before: str, expr: Expr, after: str = "", depth: int = 0) -> list[str]:
    """The lines of `before expr after`, `depth` levels deep: one if it fits, else the brackets are opened.

    Opened brackets hold everything on one line, or else each item on its own with a comma behind it.
    Where not even what stands before them fits on a line, the whole value gets brackets around it.
    """
    pad = INDENT * depth
    if isinstance(expr, Named):
        return layout(f"{before}{expr.name}{expr.sign}", expr.value, after, depth)
    line = f"{pad}{before}{flat(expr)}{after}"
    if shown_width(line) <= WIDTH:
        return [line]
    if isinstance(expr, str):
        # A value alone on its line, where that is enough; what is too long even there stays where it is.
        alone = f"{pad}{INDENT}{expr}"
        opened = before.endswith(" = ") and shown_width(alone) <= WIDTH
        return [f"{pad}{before}(", alone, f"{pad}){after}"] if opened else [line]
    if isinstance(expr, All):
        rest = [line for part in expr.parts[1:] for line in layout("& ", part, "", depth)]
        return [*layout(before, expr.parts[0], "", depth), *rest[:-1], f"{rest[-1]}{after}"]
    if not expr.items:
        return [line]
    first, last = f"{pad}{before}{expr.head}{expr.brackets[0]}", f"{pad}{expr.brackets[1]}{after}"
    if shown_width(first) > WIDTH and before.endswith(" = ") and expr.head:
        return [f"{pad}{before}(", *layout("", expr, "", depth + 1), f"{pad}){after}"]
    together = f"{pad}{INDENT}{', '.join(map(flat, expr.items))}"
    is_list = not expr.head  # a tuple, list or dict: one item a line
    if shown_width(together) <= WIDTH and not is_list:
        return [first, together, last]
    return [first, *(line for item in expr.items for line in layout("", item, ",", depth + 1)), last]


def shown_width(line: str) -> int:
    """Columns on a screen, as formatters count them: two for a wide letter, none for a mark upon one."""
    if line.isascii():
        return len(line)
    marks = sum(unicodedata.category(c) in ("Mn", "Me") for c in line)
    return len(line) - marks + sum(unicodedata.east_asian_width(c) in ("W", "F") for c in line)


def call(head: str, items: Iterable[Expr | None]) -> Call:
    """A call with those items that are there."""
    return Call(head, tuple(i for i in items if i is not None))


def keywords(**values: Expr | None) -> list[Expr]:
    """Keyword arguments, without those that are None."""
    return [Named(name, value) for name, value in values.items() if value is not None]
