"""Hostile SQL without end: a danger in a carrier in a disguise, the same for the same seed.

    fixtures/hostile/DIALECT.sql            curated blocks, each hostile as it stands
    fixtures/hostile/grammar/DIALECT.txt    expressions, carriers and statements
    disguises (here)                        what must not make a danger look harmless

Everything that `grow` gives is hostile by construction, so the allow-list has to refuse all of it.
`garble` breaks text at random instead: what comes out may be harmless, so of it can only be said
that what the list lets through does no harm on an engine.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType

FIXTURES = Path(__file__).parents[1] / "fixtures" / "hostile"
DIALECTS = ("postgres", "sqlite", "mysql")

_FINE = (
    "CREATE TABLE fine (a INT)",
    "CREATE TABLE fine (a INT NOT NULL PRIMARY KEY, b VARCHAR(9) DEFAULT 'it''s')",
    "ALTER TABLE t ADD COLUMN fine INT",
)
_SHORT = (
    "CREATE TABLE a (id INT PRIMARY KEY, b VARCHAR(9) DEFAULT 'x' CHECK (b <> 'y'))",
    "CREATE TABLE a (id INT NOT NULL PRIMARY KEY); CREATE TABLE b (a INT REFERENCES a (id))",
    "CREATE TABLE a (b INT, c INT, UNIQUE (b, c)); CREATE INDEX i ON a (c)",
    "CREATE TABLE a (b NUMERIC(12, 2) DEFAULT 0, c DATE, d CHAR(3), PRIMARY KEY (c, d)); ALTER TABLE a ADD e INT",
    "CREATE TABLE a (b INT PRIMARY KEY, c INT REFERENCES a (b) ON DELETE CASCADE, d VARCHAR(99) DEFAULT 'a, (b) -- c')",
    "CREATE TABLE a (b INT, c INT, CHECK (b < c AND (b IS NULL OR NOT c = 1)), CHECK (b + c * 2 > abs(c) - 1))",
    "ALTER TABLE t ADD COLUMN c NUMERIC(9, 2) NOT NULL DEFAULT 1.5",
    "CREATE TABLE a (b TIMESTAMP DEFAULT CURRENT_TIMESTAMP, c INT CHECK (c BETWEEN 1 AND 9 OR c IN (11, 12)))",
    "CREATE TABLE a (b VARCHAR(20) NOT NULL, CONSTRAINT k CHECK (lower(b) LIKE 'x%' AND length(trim(b)) > 2))",
)
_STRING = re.compile(r"(?<!\w)'(?:[^'\\]|'')*'")


@cache
def curated(dialect: str) -> tuple[str, ...]:
    """Every block of the fixture file: what stands under a `-- name:` line."""
    text = (FIXTURES / f"{dialect}.sql").read_text(encoding="utf-8")
    blocks = re.split(r"^-- name: ", text, flags=re.MULTILINE)[1:]
    return tuple(block.partition("\n")[2].strip("\n") for block in blocks)


@cache
def grammar(dialect: str) -> Mapping[str, tuple[str, ...]]:
    """The parts of the grammar file by section. `\\n` in a part is a line break."""
    sections: dict[str, list[str]] = {}
    for line in (FIXTURES / "grammar" / f"{dialect}.txt").read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"\[(\w+)\]", line):
            sections[match[1]] = []
        elif sections and line:
            list(sections.values())[-1].append(line.replace("\\n", "\n"))
    return MappingProxyType({name: tuple(parts) for name, parts in sections.items()})


@cache
def good_scripts(dialect: str) -> tuple[str, ...]:
    """Scripts to be broken: a long one, its statements, and short ones that the list lets through."""
    long = (FIXTURES.parent / "sql" / f"{dialect}.sql").read_text(encoding="utf-8")
    statements = [part.strip() for part in long.split(";") if part.strip()]
    return (long, *statements, *_SHORT)


def plain(dialect: str) -> Iterator[str]:
    """Every part of the grammar once, undisguised: each statement, each expression, each carrier."""
    parts = grammar(dialect)
    yield from parts["statements"]
    carriers, expressions = parts["carriers"], parts["expressions"]
    for i in range(max(len(carriers), len(expressions))):
        yield carriers[i % len(carriers)].replace("<x>", expressions[i % len(expressions)])


def grow(dialect: str, count: int, seed: int) -> Iterator[str]:
    """`count` different hostile scripts: the curated ones, then every part once, then what chance makes of them."""
    seen: set[str] = set()
    chance = random.Random(f"{dialect} {seed}")
    for text in _endless(dialect, chance):
        if len(seen) == count:
            return
        if text not in seen:
            seen.add(text)
            yield text


def _endless(dialect: str, chance: random.Random) -> Iterator[str]:
    yield from curated(dialect)
    yield from plain(dialect)
    while True:
        yield disguised(_danger(dialect, chance), dialect, chance)


def _danger(dialect: str, chance: random.Random) -> str:
    parts = grammar(dialect)
    if chance.random() < 0.3:
        return chance.choice(parts["statements"])
    return chance.choice(parts["carriers"]).replace("<x>", _expression(parts["expressions"], chance))


def _expression(expressions: Sequence[str], chance: random.Random) -> str:
    text = chance.choice(expressions)
    for _ in range(chance.randrange(3)):
        text = chance.choice(_AROUND).replace("<x>", text)
    return text


_AROUND = (
    "(<x>)",
    "((((<x>))))",
    "lower(<x>)",
    "coalesce(NULL, <x>)",
    "nullif(<x>, 'y')",
    "abs(length(<x>))",
    "CAST(<x> AS CHAR(9))",
    "CASE WHEN (<x>) IS NULL THEN 1 ELSE 2 END",
    "'x' || (<x>)",
    "1 + (<x>)",
    "NOT (<x>)",
    "(<x>) IS NOT NULL",
    "(<x>) BETWEEN 1 AND 2",
    "(<x>) IN (1, 2)",
    "trim(upper(<x>))",
    "round(<x>, 2)",
)


def disguised(text: str, dialect: str, chance: random.Random) -> str:
    """The script in up to three disguises. None of them makes it harmless."""
    for _ in range(chance.randrange(4)):
        text = chance.choice(_DISGUISES)(text, dialect, chance)
    return text


def _cased(text: str, dialect: str, chance: random.Random) -> str:
    """Letters in any case, outside quotes and comments."""
    pieces = re.split(r"('[^']*'|\"[^\"]*\"|`[^`]*`|/\*.*?\*/)", text)
    flip = chance.choice((str.upper, str.lower, str.swapcase))
    return "".join(p if i % 2 or "<" in p else flip(p) for i, p in enumerate(pieces))


def _spaced(text: str, dialect: str, chance: random.Random) -> str:
    """Another kind of gap, in which engines and readers may see different things."""
    gap = chance.choice(
        (
            "\n",
            "\t",
            "\r\n",
            "  ",
            "/**/",
            "/* x */",
            "/*;*/",
            " -- x\n",
            "--x\n ",
            "\f",
            "\v",
            "\u00a0",
            "\u3000",
            "/*'*/",
        )
    )
    return gap.join(re.split(r" (?=(?:[^']*'[^']*')*[^']*$)", text))


def _stacked(text: str, dialect: str, chance: random.Random) -> str:
    """Behind, before or between good statements."""
    first, last = chance.choice(_FINE), chance.choice(_FINE)
    return chance.choice((f"{first};{text}", f"{first};\n{text};\n{last}", f"{text};{last}", f";;{text};;"))


def _commented(text: str, dialect: str, chance: random.Random) -> str:
    """Behind a comment that some reader ends elsewhere."""
    openings = (
        "-- x\n",
        "--x\n",
        "/* x */ ",
        "/* -- */ ",
        "-- /*\n",
        "-- x\r\n",
        "/* ' */ ",
        "-- '\n",
        '-- "\n',
        "/*/ */",
        "/***/",
        "# x\n" if dialect == "mysql" else "-- \\\n",
        "/* /* */ ",
        "/* /* */ */ ",
        "/*! */ ",
        "-- x\r",
    )
    return chance.choice(openings) + text + chance.choice(("", "", " -- x", " /* x */", " --", "/*", " #"))


def _quoted(text: str, dialect: str, chance: random.Random) -> str:
    """One string written in another way. Where there are comments, it is not certain what is a string."""
    found = list(_STRING.finditer(text))
    if not found or re.search("--|/[*]|#", text):
        return text
    match = chance.choice(found)
    inside = match[0][1:-1]
    ways = {
        "postgres": (f"E'{inside}'", f"$${inside}$$", f"$q${inside}$q$", f"U&'{inside}'", f"N'{inside}'"),
        "sqlite": (f'"{inside}"', f"x'{inside.encode().hex()}'", f"'{inside}' || ''"),
        "mysql": (
            f'"{inside}"',
            f"0x{inside.encode().hex()}",
            f"_utf8'{inside}'",
            f"_binary '{inside}'",
            f"N'{inside}'",
        ),
    }
    return text[: match.start()] + chance.choice(ways[dialect]) + text[match.end() :]


def _named(text: str, dialect: str, chance: random.Random) -> str:
    """A function's name in quotes, or with a schema before it."""
    found = list(re.finditer(r"\b([a-zA-Z_]\w+)(?= ?\()", text))
    if not found:
        return text
    match = chance.choice(found)
    name = match[1]
    ways = {
        "postgres": (f'"{name.lower()}"', f"pg_catalog.{name}", f'pg_catalog."{name.lower()}"', f'U&"{name.lower()}"'),
        "sqlite": (f'"{name}"', f"`{name}`", f"[{name}]", f"main.{name}"),
        "mysql": (f"`{name}`", f"mysql.{name}", f"`mysql`.`{name}`", f"{name}/**/"),
    }
    return text[: match.start()] + chance.choice(ways[dialect]) + text[match.end() :]


def _swollen(text: str, dialect: str, chance: random.Random) -> str:
    """Behind much that is harmless: columns, a long text, a long name, deep brackets."""
    many = ", ".join(f"c{i} INT" for i in range(chance.choice((100, 1500))))
    long = chance.choice(("x", "''", "é", "%", "\\")) * chance.choice((1000, 60_000, 300_000))
    deep = "(" * (n := chance.choice((8, 15, 40, 3000))) + "1" + ")" * n
    ways = (
        f"CREATE TABLE w ({many});\n{text}",
        f"CREATE TABLE w (a VARCHAR(9) DEFAULT '{long}');\n{text}",
        f"CREATE TABLE {'n' * chance.choice((64, 300, 5000))} (a INT);\n{text}",
        f"CREATE TABLE w (a INT CHECK (a > {deep}));\n{text}",
        f"CREATE TABLE w (a NUMERIC DEFAULT {'9' * chance.choice((400, 1200, 50_000))});\n{text}",
        f"{text};\nCREATE TABLE w ({many})",
    )
    return chance.choice(ways)


def _begun(text: str, dialect: str, chance: random.Random) -> str:
    """Characters before it that a reader may drop."""
    return chance.choice(("\ufeff", "\u200b", "\x00", "\x1a", "\x08", " \n\t", ";", "\u00ad", "\u202e", "(")) + text


_DISGUISES: tuple[Callable[[str, str, random.Random], str], ...] = (
    _cased,
    _spaced,
    _stacked,
    _commented,
    _quoted,
    _named,
    _swollen,
    _begun,
)

_SCRAPS = (
    *"();,.'\"`[]{}-/*#$\\@:!|=<>~ \n\t\0",
    *("--", "/*", "*/", "/*!", "$$", "E'", "U&'", "||", "::", "''", "\\'", "0x41", "1e999", "_utf8", "AS", "SELECT"),
    *("DEFAULT", "CHECK", "REFERENCES", "LIKE", "USING", "WITH", "AND", "NULL", "lower(", "t", "a", "\u00a0", "\ufeff"),
)


def garble(dialect: str, count: int, seed: int) -> Iterator[str]:
    """`count` scripts that were good or hostile before something was put in, taken out, doubled or moved."""
    chance = random.Random(f"garble {dialect} {seed}")
    parts = grammar(dialect)
    for _ in range(count):
        text = chance.choice(_SHORT) if chance.random() < 0.9 else chance.choice(parts["statements"])
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            text = _garbled(text, parts["expressions"], chance)
        yield text


def _garbled(text: str, expressions: Sequence[str], chance: random.Random) -> str:
    at, to = sorted((chance.randrange(len(text) + 1), chance.randrange(len(text) + 1)))
    to = min(to, at + chance.choice((1, 3, 20, 400)))
    match chance.randrange(6):
        case 0:
            return text[:at] + text[to:]
        case 1:
            return text[:at] + text[at:to] + text[at:]
        case 2:
            return text[:at] + chance.choice(expressions) + text[to:]
        case 3:
            elsewhere = chance.randrange(len(text) + 1)
            return text[:elsewhere] + text[at:to] + text[elsewhere:]
    scrap: str = chance.choice(_SCRAPS)
    return text[:at] + scrap + text[chance.choice((at, to)) :]
