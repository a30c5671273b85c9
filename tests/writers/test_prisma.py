"""schema.prisma: the literal form, and that Prisma's own validator finds in it what the schema holds.

schema -> write -> @prisma/prisma-schema-wasm -> data model (DMMF) -> tables, keys, relations of fit(schema)
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ghost_architect.schema import types as t
from ghost_architect.schema.ddl import made_names
from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.dialects import dialect as find_dialect
from ghost_architect.schema.fit import fit
from ghost_architect.schema.objects import (
    IDENTITY,
    Column,
    DefaultKind,
    ForeignKey,
    Index,
    OnDelete,
    Schema,
    Table,
    literal,
)
from ghost_architect.schema.types import BIGINT, INTERVAL, TEXT, Kind, enum
from ghost_architect.writers.prisma import write

from .readers import PrismaSchema, Unreadable, validate_prisma
from .samples import HOSTILE, LIBRARY, SHOP, column, random_schemas, table, to

PROVIDERS = {"postgres": "postgresql", "mysql": "mysql", "sqlite": "sqlite"}
_NATIVE = {
    "SmallInt": "smallint",
    "Decimal": "numeric",
    "Real": "real",
    "Float": "real",
    "VarChar": "varchar",
    "Char": "char",
    "Text": "text",
    "Date": "date",
    "Time": "time",
    "Timestamp": "timestamp",
    "DateTime": "timestamp",
    "Timestamptz": "timestamptz",
    "Uuid": "uuid",
    "Inet": "inet",
    "VarBinary": "bytea",
}
"""What the native types are in PostgreSQL's words (of MySQL: DateTime, Float, Text, VarBinary)."""
_PLAIN = {
    "Int": "integer",
    "BigInt": "bigint",
    "Float": "double precision",
    "Boolean": "boolean",
    "String": "text",
    "Json": "jsonb",
    "Bytes": "bytea",
}
"""What Prisma makes without a native type (https://www.prisma.io/docs/orm/reference/prisma-schema-reference)."""
_FAMILIES = {
    **dict.fromkeys((Kind.DATE, Kind.TIME, Kind.TIMESTAMP), "DateTime"),
    **dict.fromkeys((Kind.REAL, Kind.DOUBLE), "Float"),
    **dict.fromkeys((Kind.VARCHAR, Kind.CHAR, Kind.TEXT), "String"),
    Kind.INTEGER: "Int",
    Kind.NUMERIC: "Decimal",
    Kind.BOOLEAN: "Boolean",
    Kind.BINARY: "Bytes",
}
"""All that Prisma knows of SQLite's types."""
_ACTIONS = {a: a.title().replace(" ", "") for a in OnDelete}


@cache
def read(dialect: str) -> list[tuple[Schema, str, PrismaSchema | Unreadable]]:
    """Schemas, their text, and what Prisma made of it."""
    meant = (SHOP, LIBRARY, Schema(), *random_schemas(60))
    texts = [write(schema, dialect) for schema in meant]
    return list(zip(meant, texts, validate_prisma(texts), strict=True))


def called(thing: dict[str, Any]) -> str:
    """The name in the database."""
    return str(thing["name"] if thing.get("dbName") is None else thing["dbName"])


def usable(one: Table) -> bool:
    fine = {c.name for c in one.columns if not c.nullable and c.type != INTERVAL}
    keys = (one.primary_key, *one.uniques, *(i.columns for i in one.indexes if i.unique))
    return any(fine.issuperset(key) for key in keys if key)


class Found:
    """The data model of one schema, by the names in the database."""

    def __init__(self, prisma: PrismaSchema) -> None:
        self.models = {called(m): m for m in prisma.models}
        self.tables = {m["name"]: called(m) for m in prisma.models}
        self.enums = {e["name"]: [called(v) for v in e["values"]] for e in prisma.enums}
        self.fields = {m["name"]: {f["name"]: called(f) for f in m["fields"]} for m in prisma.models}
        self.indexes = prisma.indexes

    def columns(self, model: str, names: list[str]) -> tuple[str, ...]:
        return tuple(self.fields[model][n] for n in names)

    def listed(self, model: str, kind: str) -> list[tuple[str, ...]]:
        of = [i for i in self.indexes if (i["model"], i["type"]) == (model, kind)]
        return sorted(self.columns(model, [f["name"] for f in i["fields"]]) for i in of)

    def relations(self) -> list[tuple[str, ForeignKey, str]]:
        """The keys, with the tables that have them."""
        out = []
        for name, model in self.models.items():
            for f in model["fields"]:
                if f.get("relationFromFields"):
                    mine = self.columns(model["name"], f["relationFromFields"])
                    theirs = self.columns(f["type"], f["relationToFields"])
                    out.append((name, ForeignKey(mine, self.tables[f["type"]], theirs), f["relationOnDelete"]))
                    assert f["relationOnUpdate"] == "NoAction"
        return out


def same_column(found: dict[str, Any], meant: Column, enums: dict[str, list[str]], dialect: str) -> None:
    assert found["isRequired"] == (not meant.nullable)
    if found["kind"] == "enum":
        assert enums[found["type"]] == list(meant.enum)
    elif meant.type.kind is Kind.ENUM:
        assert found["type"] == "String"
    elif dialect == "sqlite":
        assert found["type"] == _FAMILIES[meant.type.kind]
    else:
        name, arguments = found["nativeType"] or ("", [])
        length = f"({','.join(arguments)})" if name in ("VarChar", "Char", "Decimal") and arguments else ""
        assert (_NATIVE[name] if name else _PLAIN[found["type"]]) + length == t.spell(meant.type)
    same_default(found, meant, dialect)


def same_default(found: dict[str, Any], meant: Column, dialect: str) -> None:
    default = meant.default
    given: Any = found.get("default")
    assert found["hasDefaultValue"] == (default is not None)
    if default is None:
        return
    if default.kind is DefaultKind.IDENTITY:
        assert given["name"] == "autoincrement"
    elif isinstance(given, dict):
        sql = find_dialect(dialect).write_default(default, meant.type)
        assert (given["args"] or ["CURRENT_TIMESTAMP"]) == [sql]
    elif found["kind"] == "enum":
        assert given is not None
    elif isinstance(default.value, Decimal):
        assert float(given) == pytest.approx(float(default.value))
    else:
        assert given == default.value


def same(prisma: PrismaSchema | Unreadable, schema: Schema, dialect: str) -> None:
    """Whether what Prisma found is what this dialect holds of the schema."""
    assert isinstance(prisma, PrismaSchema), prisma
    meant, found = fit(schema, dialect).schema, Found(prisma)
    assert list(found.models) == [x.name for x in meant.tables if usable(x)]
    for one in meant.tables:
        if usable(one):
            same_table(found, one, dialect)
    same_keys(found, meant, dialect)


def same_table(found: Found, meant: Table, dialect: str) -> None:
    model = found.models[meant.name]
    fields = [f for f in model["fields"] if f["kind"] != "object"]
    columns = [c for c in meant.columns if c.type != INTERVAL]
    assert [called(f) for f in fields] == [c.name for c in columns]
    for one, other in zip(fields, columns, strict=True):
        same_column(one, other, found.enums, dialect)
    hidden = {c.name for c in meant.columns if c.type == INTERVAL}

    def shown(keys: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
        return sorted(k for k in keys if k and not hidden.intersection(k))

    name = model["name"]
    if not hidden:
        assert found.listed(name, "id") == shown([meant.primary_key])
        unique = [i.columns for i in meant.indexes if i.unique]
        assert found.listed(name, "unique") == shown([*meant.uniques, *unique])
        assert found.listed(name, "normal") == shown([i.columns for i in meant.indexes if not i.unique])
    assert model.get("documentation", "").count("CHECK (") >= len(meant.checks)


def same_keys(found: Found, meant: Schema, dialect: str) -> None:
    keys = Counter(
        (x.name, replace(f, on_delete=OnDelete.NO_ACTION), _ACTIONS[f.on_delete])
        for x in meant.tables
        for f in x.foreign_keys
    )
    keys.subtract(found.relations())
    for (name, key, action), left in keys.items():
        ends = (meant.table(name), meant.table(key.table))
        if left and all(end and usable(end) and all(c.type != INTERVAL for c in end.columns) for end in ends):
            # Prisma cannot say it, so it stands in the documentation.
            assert f"REFERENCES {find_dialect(dialect).quote(key.table)}"[:20] in found.models[name]["documentation"]
            assert left > 0 or action == "NoAction"
    names = Counter(f["relationName"] for m in found.models.values() for f in m["fields"] if f["kind"] == "object")
    assert set(names.values()) <= {2}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_prisma_finds_what_was_meant(dialect: str) -> None:
    for schema, _, found in read(dialect):
        same(found, schema, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_formatter_changes_nothing(dialect: str) -> None:
    for _, text, found in read(dialect):
        assert isinstance(found, PrismaSchema)
        assert found.formatted == text


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_blocks_say_what_prisma_7_wants(dialect: str) -> None:
    _, text, found = read(dialect)[0]
    assert isinstance(found, PrismaSchema)
    assert found.datasource["activeProvider"] == PROVIDERS[dialect]
    assert "url" not in text
    assert found.generator["provider"]["value"] == "prisma-client"
    assert found.generator["output"]["value"]


def test_literal() -> None:
    written = (Path(__file__).parents[1] / "fixtures" / "library.prisma").read_text(encoding="utf-8")
    assert write(LIBRARY) == written


def test_no_name_of_a_model_is_one_of_prisma_or_of_typescript() -> None:
    words = ["strings", "ints", "dates", "errors", "promises", "prisma_clients", "records", "constructors", "json"]
    schema = Schema(tuple(table(word) for word in words))
    assert re.findall(r"^model (\w+)", write(schema), re.MULTILINE) == [
        *("StringRecord", "IntRecord", "DateRecord", "ErrorRecord", "PromiseRecord", "PrismaClientRecord"),
        *("RecordRecord", "ConstructorRecord", "JsonRecord"),
    ]
    [found] = validate_prisma([write(schema)])
    same(found, schema, "postgres")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_names_that_end_what_they_stand_in(dialect: str) -> None:
    names = [HOSTILE, '"', "\\", "\\u0041", "a\nb", "//", "/*", "}", "@@map", "名前", "1st", "_", "a" * 300, "é" * 40]
    meant = []
    for name in names:
        child = table("child", column("c", BIGINT), keys=(to(name, "c"),), uniques=("c",))
        odd = replace(table(name, column(name), column("e", enum(name, "b"))), comment=name, uniques=((name,),))
        meant.append(Schema((replace(odd, indexes=(Index((name,)),)), child)))
    answers = validate_prisma([write(schema, dialect) for schema in meant])
    for found, schema in zip(answers, meant, strict=True):
        same(found, schema, dialect)


def test_names_that_become_equal_stay_apart() -> None:
    values = Column("e", enum("a b", "a-b", "A_B", "", " "), False, literal("a-b"))
    schema = Schema((table("a b", column("x y"), column("x_y"), values), table("a_b"), table("A b")))
    [found] = validate_prisma([write(schema)])
    same(found, schema, "postgres")


def test_a_table_that_prisma_cannot_use_is_ignored() -> None:
    keyless = Table("notes", (Column("body", TEXT), Column("by", BIGINT)), foreign_keys=(to("people", "by"),))
    schema = Schema((table("people"), keyless, Table("nothing", ())))
    text = write(schema)
    [found] = validate_prisma([text])
    assert isinstance(found, PrismaSchema)
    assert [m["name"] for m in found.models] == ["Person"]
    assert "  notes Note[] @ignore\n" in text
    assert text.endswith("// Left out: table 'nothing': it has no columns\n")


def test_constraints_that_prisma_would_call_alike_have_names() -> None:
    one = table("a", column("b_c"), uniques=("b_c",))
    two = table("a_b", column("c"), uniques=("c",))
    schema = Schema((one, two))
    assert '@unique(map: "a_b_c_key2")' in write(schema)
    [found] = validate_prisma([write(schema)])
    same(found, schema, "postgres")


def test_a_remark_cannot_leave_its_comment() -> None:
    evil = "x\nmodel Evil {\r id Int @id\u2028}\u0085y"
    schema = Schema((replace(table("t", replace(column("c"), comment=evil)), comment=evil, title=evil),))
    [found] = validate_prisma([write(schema)])
    assert isinstance(found, PrismaSchema)
    assert [m["name"] for m in found.models] == ["T"]
    assert found.models[0]["documentation"].startswith("x\nmodel Evil {\nid Int @id\n}\ny")


def test_indexes_and_enums_are_called_as_in_the_sql() -> None:
    [found] = validate_prisma([write(LIBRARY)])
    assert isinstance(found, PrismaSchema)
    made = made_names(LIBRARY)
    assert {called(e) for e in found.enums} == set(made.enums.values())
    tables = {m["name"]: m for m in found.models}
    names = set()
    for index in found.indexes:
        fields = {f["name"]: called(f) for f in tables[index["model"]]["fields"]}
        columns = [fields[f["name"]] for f in index["fields"]]
        ending = {"normal": "idx", "unique": "key", "id": "pkey"}[index["type"]]
        names.add(index.get("dbName") or "_".join([called(tables[index["model"]]), *columns, ending]))
    assert set(made.indexes.values()) <= names


def test_numbered_columns_that_are_no_key() -> None:
    schema = Schema((Table("t", (Column("id", BIGINT, False), Column("n", BIGINT, False, IDENTITY)), ("id",)),))
    for dialect in DIALECTS:
        [found] = validate_prisma([write(schema, dialect)])
        same(found, schema, dialect)
