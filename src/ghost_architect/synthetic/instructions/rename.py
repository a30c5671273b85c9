"""Naming: a schema whose names are a mixture of habits; what each should be called and by which rule, and the schema.

good schema -> habits (Hungarian prefixes, camelCase, singular tables, abbreviations, ...) -> bad names -> list of renames
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from ghost_architect.schema import naming
from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.objects import Column, Schema, Table
from ghost_architect.schema.types import TEXTS, Kind

from . import english as en
from .case import Case
from .example import Example, fenced
from .slips import restyled

_ASK = (
    "Give the tables and columns of this schema consistent names, and state the rule behind each change.",
    "The names in this schema are a mess. Rename what needs it and explain.",
    "Bring these names in line with common PostgreSQL style (snake_case, plural tables).",
    "Which names here break convention? List old and new name with the reason, then the renamed schema.",
    "Rename tables and columns of the {title} schema so that a new colleague understands them.",
    "Three people named these tables, each in their own way. Make it one way.",
    "Propose better names for everything that is badly named below. Types and keys stay as they are.",
    "Apply our naming rules: plural snake_case tables, no prefixes, no abbreviations, keys called after what they point at.",
    "{product} inherited this schema from a contractor. Tidy up its identifiers.",
    "Names only: what should be called otherwise, and why?",
)

_SHORT = {
    "account": "acct", "address": "addr", "amount": "amt", "application": "appl", "category": "cat", "code": "cd", "company": "co",
    "customer": "cust", "date": "dt", "department": "dept", "description": "descr", "document": "doc", "email": "eml",
    "employee": "emp", "identifier": "ident", "invoice": "inv", "item": "itm", "language": "lang", "location": "loc",
    "maximum": "max", "member": "mbr", "minimum": "min", "name": "nm", "note": "nt", "number": "nbr", "order": "ord", "percent": "pct",
    "phone": "ph", "position": "pos", "price": "prc", "product": "prod", "project": "proj", "quantity": "qty", "reference": "ref",
    "service": "svc", "status": "sts", "supplier": "supp", "title": "ttl", "type": "typ", "user": "usr", "vehicle": "veh", "weight": "wt",
}  # fmt: skip
"""How words get shortened by people in a hurry."""

_HUNGARIAN = {
    Kind.INTEGER: "int",
    Kind.BIGINT: "lng",
    Kind.SMALLINT: "int",
    Kind.BOOLEAN: "bln",
    Kind.DATE: "dt",
    Kind.TIMESTAMPTZ: "dt",
    Kind.NUMERIC: "dec",
    Kind.TIME: "tm",
}

Habit = Callable[[Table, Column, Random], str]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(en.capital, rest))


def _pascal(name: str) -> str:
    return "".join(map(en.capital, name.split("_")))


def _hungarian(table: Table, column: Column, rng: Random) -> str:
    kind = column.type.kind
    prefix = "str" if kind in TEXTS or kind is Kind.ENUM else _HUNGARIAN.get(kind, "")
    return prefix + _pascal(column.name) if prefix else ""


def _shortened(table: Table, column: Column, rng: Random) -> str:
    words = [_SHORT.get(w, w) for w in column.name.split("_")]
    return "_".join(words)


def _squeezed(table: Table, column: Column, rng: Random) -> str:
    """Without vowels, as old systems with eight letters had it."""
    words = [w if len(w) < 5 else w[0] + "".join(x for x in w[1:] if x not in "aeiou") for w in column.name.split("_")]
    return "_".join(words)


def _repeating(table: Table, column: Column, rng: Random) -> str:
    return f"{naming.entity_name(table.name)}_{column.name}"


def _spaced(table: Table, column: Column, rng: Random) -> str:
    return " ".join(map(en.capital, column.name.split("_"))) if "_" in column.name else ""


_HABITS: tuple[tuple[Habit, tuple[str, ...]], ...] = (
    (lambda _t, c, _r: _camel(c.name), ("camelCase: PostgreSQL folds unquoted names to lower case, so words are parted by underscores", "snake_case instead of camelCase, which has to be quoted")),
    (lambda _t, c, _r: _pascal(c.name), ("PascalCase has to be quoted everywhere; columns are snake_case", "snake_case, as capital letters are folded away")),
    (lambda _t, c, _r: c.name.upper() + "_FLD", ("capitals and the ending _FLD say nothing", "a column need not say that it is a field")),
    (_hungarian, ("the type belongs in the definition, not in the name", "no type prefixes; they lie after the first change of type")),
    (_shortened, ("no abbreviations: the full word is clear to everybody", "spelled out; a name is read more often than it is typed")),
    (_squeezed, ("vowels cost nothing", "a word without its vowels has to be guessed")),
    (_repeating, ("the table's name is not repeated in its columns", "the column is always read together with its table")),
    (_spaced, ("spaces force quotes in every query", "no spaces in names")),
)  # fmt: skip

_TABLE_HABITS: tuple[tuple[Callable[[str], str], tuple[str, ...]], ...] = (
    (lambda n: naming.entity_name(n), ("a table holds many rows: plural", "plural, like the other tables")),
    (lambda n: f"tbl_{n}", ("the prefix tbl_ carries no information", "everybody knows that it is a table")),
    (
        lambda n: f"tbl{_pascal(naming.entity_name(n))}",
        ("no prefix, plural, snake_case", "tbl and capitals go; a table is called after its rows, in the plural"),
    ),
    (
        lambda n: _pascal(naming.entity_name(n)),
        ("plural snake_case, so that it needs no quotes", "snake_case and plural"),
    ),
    (lambda n: f"{n}_table", ("no suffix for what is obvious", "the ending _table is noise")),
    (lambda n: f"{naming.entity_name(n)}_list", ("a list of rows is a plural", "plural instead of _list")),
    (lambda n: f"T_{n.upper()}", ("no prefix and no capitals", "lower case, without T_")),
    (
        lambda n: "".join(w[:3] for w in n.split("_")) if "_" in n else n[:4],
        ("a shortened name has to be looked up", "spelled out"),
    ),
)

_KEY_HABITS: tuple[tuple[Callable[[str], str], tuple[str, ...]], ...] = (
    (
        lambda n: f"fk_{n.removesuffix('_id')}",
        ("a key is called after what it points at, with _id", "the role first, then _id; fk_ is for constraints"),
    ),
    (
        lambda n: n.removesuffix("_id"),
        ("the _id says that it holds a key and not the thing", "with _id, since it is a reference"),
    ),
    (lambda n: f"{_camel(n.removesuffix('_id'))}ID", ("foreign keys end in _id", "snake_case, ending in _id")),
    (
        lambda n: f"id_{n.removesuffix('_id')}",
        ("_id stands at the end, as everywhere else", "one order for all keys: thing, then _id"),
    ),
)


def rename(case: Case, rng: Random) -> Example | None:
    """Bad names and good ones; None for a schema in which too little could be renamed."""
    tables: dict[str, str] = {}
    columns: dict[tuple[str, str], str] = {}
    rules: list[tuple[str, str, str]] = []
    taken = {t.name for t in case.schema.tables}
    habits = rng.sample(_HABITS, rng.choice([1, 2, 2, 3]))
    table_habits = rng.sample(_TABLE_HABITS, rng.choice([1, 2, 3]))
    key_habit = rng.choice(_KEY_HABITS)
    for table in case.schema.tables:
        habit, why = rng.choice(table_habits)
        name = habit(table.name)
        if name not in taken and rng.random() < 0.8:
            tables[table.name] = name
            taken.add(name)
            rules.append((name, table.name, rng.choice(why)))
        own = {c.name for c in table.columns}
        for column in table.columns:
            made = _bad(table, column, habits, key_habit, rng)
            if made is not None and made[0] not in own and rng.random() < 0.6:
                columns[table.name, column.name] = made[0]
                own.add(made[0])
                rules.append(
                    (f"{tables.get(table.name, table.name)}.{made[0]}", f"{table.name}.{column.name}", made[1])
                )
    if len(rules) < 4 or len(rules) > 24:
        return None
    bad = _renamed(case.schema, tables, columns)
    ask = rng.choice(_ASK).format(product=case.product, title=case.domain.title.lower())
    return Example("naming", ask, restyled(ddl(bad), rng), _answer(rules, ddl(case.schema), rng), case.schema)


def _bad(
    table: Table,
    column: Column,
    habits: list[tuple[Habit, tuple[str, ...]]],
    key_habit: tuple[Callable[[str], str], tuple[str, ...]],
    rng: Random,
) -> tuple[str, str] | None:
    """A bad name for a column, and the rule that it breaks."""
    if column.name == "id":
        return None
    if any(f.columns == (column.name,) for f in table.foreign_keys) and column.name.endswith("_id"):
        return key_habit[0](column.name), rng.choice(key_habit[1])
    habit, why = rng.choice(habits)
    name = habit(table, column, rng)
    return (name, rng.choice(why)) if name and name != column.name else None


def _renamed(schema: Schema, tables: dict[str, str], columns: dict[tuple[str, str], str]) -> Schema:
    def renamed(table: Table) -> Table:
        def names(texts: tuple[str, ...], of: str = table.name) -> tuple[str, ...]:
            return tuple(columns.get((of, text), text) for text in texts)

        return replace(
            table,
            name=tables.get(table.name, table.name),
            columns=tuple(replace(c, name=columns.get((table.name, c.name), c.name)) for c in table.columns),
            primary_key=names(table.primary_key),
            uniques=tuple(map(names, table.uniques)),
            indexes=tuple(replace(i, columns=names(i.columns)) for i in table.indexes),
            foreign_keys=tuple(
                replace(
                    f,
                    columns=names(f.columns),
                    table=tables.get(f.table, f.table),
                    references=names(f.references, f.table),
                )
                for f in table.foreign_keys
            ),
            checks=tuple(
                replace(
                    c,
                    terms=tuple(
                        replace(x, left=names((x.left,))[0], column=x.column and names((x.column,))[0]) for x in c.terms
                    ),
                )
                for c in table.checks
            ),
        )

    return Schema(tuple(map(renamed, schema.tables)))


def _answer(rules: list[tuple[str, str, str]], sql: str, rng: Random) -> str:
    style = rng.randrange(3)
    if style == 0:
        lines = [
            "| Old | New | Rule |",
            "| --- | --- | --- |",
            *(f"| {old} | {new} | {why} |" for old, new, why in rules),
        ]
    elif style == 1:
        by_rule: dict[str, list[str]] = {}
        for old, new, why in rules:
            by_rule.setdefault(why, []).append(f"{old} -> {new}")
        lines = [
            line for why, pairs in by_rule.items() for line in (f"{en.capital(why)}:", *(f"  {pair}" for pair in pairs))
        ]
    else:
        lines = [f"- {old} -> {new}: {why}." for old, new, why in rules]
    head = rng.choice(
        [
            "Renamed:",
            "The renames, with their rule:",
            f"{en.capital(en.number(len(rules)))} names change.",
            "Old and new names:",
        ]
    )
    rest = (
        ["Enum types and indexes are called after their columns and follow.", ""]
        if "CREATE TYPE" in sql and rng.random() < 0.7
        else []
    )
    return "\n".join([head, "", *lines, "", *rest, fenced(sql)])
