"""Columns as SQLAlchemy has them: types, defaults, and which names have to be imported for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ghost_architect.schema.dialects import Dialect
from ghost_architect.schema.objects import Column, Default, DefaultKind
from ghost_architect.schema.types import Kind

from ..python import Call, Expr, string
from .imports import Imports

MODULES = {
    "annotations": "__future__",
    **dict.fromkeys(("Any", "Literal", "get_args"), "typing"),
    "Decimal": "decimal",
    "UUID": "uuid",
    **dict.fromkeys(("IPv4Address", "IPv6Address"), "ipaddress"),
    **dict.fromkeys(("CHAR", "DOUBLE_PRECISION", "JSON", "REAL", "TIMESTAMP", "VARBINARY"), "sqlalchemy"),
    **dict.fromkeys(("BigInteger", "Boolean", "Date", "DateTime", "Double", "Enum", "Float", "Integer"), "sqlalchemy"),
    **dict.fromkeys(("Interval", "LargeBinary", "Numeric", "SmallInteger", "String", "Text", "Time"), "sqlalchemy"),
    **dict.fromkeys(("Uuid", "CheckConstraint", "Column", "ForeignKey", "ForeignKeyConstraint"), "sqlalchemy"),
    **dict.fromkeys(("Identity", "Index", "PrimaryKeyConstraint", "Table", "UniqueConstraint"), "sqlalchemy"),
    **dict.fromkeys(("false", "func", "literal_column", "true"), "sqlalchemy"),
    **dict.fromkeys(("INET", "JSONB"), "sqlalchemy.dialects.postgresql"),
    "LONGBLOB": "sqlalchemy.dialects.mysql",
    **dict.fromkeys(("DeclarativeBase", "Mapped", "mapped_column", "relationship"), "sqlalchemy.orm"),
    "UserDefinedType": "sqlalchemy.types",
}
"""Where every name comes from that a module may import; `datetime` is imported as `dt`."""

IMPORTABLE = frozenset({*MODULES, "dt", "Base", "INT"})
"""Names that nothing else in a module may have."""


@dataclass(frozen=True, slots=True)
class SaType:
    """A column's type.

    Attributes:
        python: what its values are in Python.
        sql: how SQLAlchemy calls it.
        implied: whether SQLAlchemy takes that type for these values by itself.
    """

    python: str
    sql: Expr
    implied: bool = False


_PLAIN: Mapping[Kind, tuple[str, str, bool]] = {
    Kind.SMALLINT: ("int", "SmallInteger", False),
    Kind.INTEGER: ("int", "Integer", True),
    Kind.BIGINT: ("int", "BigInteger", False),
    Kind.NUMERIC: ("Decimal", "Numeric", True),
    Kind.REAL: ("float", "REAL", False),
    Kind.DOUBLE: ("float", "Double", False),
    Kind.BOOLEAN: ("bool", "Boolean", True),
    Kind.TEXT: ("str", "Text", False),
    Kind.DATE: ("dt.date", "Date", True),
    Kind.TIME: ("dt.time", "Time", True),
    Kind.TIMESTAMP: ("dt.datetime", "DateTime", True),
    Kind.INTERVAL: ("dt.timedelta", "Interval", True),
    Kind.UUID: ("UUID", "Uuid", True),
    Kind.JSON: ("Any", "JSON", False),
    Kind.BINARY: ("bytes", "LargeBinary", True),
    Kind.ENUM: ("str", "Text", False),
}

_SPECIAL: Mapping[str, Mapping[Kind, str]] = {
    "postgres": {Kind.JSON: "JSONB"},
    # REAL is a DOUBLE in MySQL, and LargeBinary a BLOB, which ends at 64 kB.
    "mysql": {Kind.REAL: "Float", Kind.BINARY: "LONGBLOB"},
    # The declared words count: SQLAlchemy's own are DATETIME and DOUBLE.
    "sqlite": {Kind.TIMESTAMP: "TIMESTAMP", Kind.DOUBLE: "DOUBLE_PRECISION"},
}
"""Where a dialect's type is not what SQLAlchemy's general one becomes there."""

_KEYED_BYTES = 255


def type_of(column: Column, d: Dialect, use: Imports, *, keyed: bool) -> SaType:
    """The type of a column that is not an enum with a type of its own."""
    type_ = column.type
    if type_.kind is Kind.VARCHAR:
        return SaType("str", Call(use("String"), (str(type_.length),)))
    if type_.kind is Kind.ENUM:
        length = max(map(len, type_.values)) or 1
        return SaType("str", use("Text") if d.name != "mysql" else Call(use("String"), (str(length),)))
    if type_.kind is Kind.CHAR:
        return SaType("str", Call(use("CHAR"), (str(type_.length),)))
    if type_.kind is Kind.NUMERIC and type_.precision is not None:
        return SaType("Decimal", Call(use("Numeric"), (str(type_.precision), str(type_.scale))))
    if type_.kind is Kind.TIMESTAMPTZ:
        return SaType("dt.datetime", Call(use("DateTime"), ("timezone=True",)))
    if type_.kind is Kind.INET:
        return SaType("IPv4Address | IPv6Address", use("INET"))
    if type_.kind is Kind.BINARY and keyed and d.name == "mysql":
        return SaType("bytes", Call(use("VARBINARY"), (str(_KEYED_BYTES),)))
    python, plain, implied = _PLAIN[type_.kind]
    special = _SPECIAL[d.name].get(type_.kind)
    return SaType(python, special or plain, implied and special is None)


def annotation(type_: SaType, use: Imports) -> str:
    """The Python type as it stands beside a column; what it needs will be imported."""
    for name in re.findall(r"\w+", type_.python):
        if name in MODULES or name == "dt":
            use(name)
    return type_.python


def server_default(default: Default, column: Column, d: Dialect, use: Imports) -> Expr:
    """What `server_default` is given. SQLAlchemy writes a text as a literal, which every engine converts."""
    written = d.write_default(default, column.type)
    if default.kind is DefaultKind.LITERAL and not written.startswith("("):
        if isinstance(default.value, bool):
            return Call(use("true" if default.value else "false"), ())
        return string(default.value if isinstance(default.value, str) else written)
    if written in _FUNCTIONS:
        return Call(f"{use('func')}.{_FUNCTIONS[written]}", ())
    return Call(use("literal_column"), (string(written),))


_FUNCTIONS = {
    "CURRENT_TIMESTAMP": "now",
    "CURRENT_DATE": "current_date",
    "CURRENT_TIME": "current_time",
    "gen_random_uuid()": "gen_random_uuid",
}


_FORGOTTEN: Mapping[str, frozenset[str]] = {
    "postgres": frozenset("collation concurrently lateral system_user tablesample".split()),
    "mysql": frozenset(
        """cube cume_dist current_role delete_domain_id dense_rank do_domain_ids empty first_value function
        generated get grouping groups ignore_domain_ids io_after_gtids io_before_gtids json_table lag
        last_value lateral lead manual master_bind master_demote_to_replica master_demote_to_slave nth_value
        ntile of offset optimizer_costs page_checksum parallel parse_vcol_expr percent_rank portion qualify
        rank ref_system_id returning row stats_auto_recalc stats_persistent stats_sample_pages stored
        tablesample vector virtual""".split()
    ),
    "sqlite": frozenset({"nothing", "returning"}),
}


def forgotten(name: str, d: Dialect) -> bool:
    """Whether SQLAlchemy (2.0.40, 2.1) writes a name without quotes where the engine wants them.

    Reserved words that its lists do not have; and a line break at the end, which its pattern lets through.
    """
    return name in _FORGOTTEN[d.name] or name.endswith("\n")
