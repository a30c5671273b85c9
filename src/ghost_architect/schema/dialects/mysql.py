"""MySQL 8.0.16 and later, and MariaDB 10.5 and later.

The two differ little in DDL; what is written here runs on both. Three traps decided the form:
MySQL reads `REFERENCES` behind a column and forgets it (manual, "FOREIGN KEY Constraints"), so keys
are table lines; a default of a TEXT or a function other than CURRENT_TIMESTAMP needs parentheses; a
backslash in a string escapes (in the default sql_mode), so it is doubled.
Sizes: manual, "Limits on Table Column Count and Row Size" and "InnoDB Limits"; a character counts
as 4 bytes (utf8mb4).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import ClassVar

from .. import types as t
from ..objects import Check, Column, Default, DefaultKind, OnDelete, Table
from ..types import MOMENTS, Kind, Type, varchar
from .base import Dialect, Limits
from .reading import Spelling, TypeReading, read_common

# Reserved in MySQL 8.4 or in MariaDB 11 (manuals, "Keywords and Reserved Words").
_RESERVED = """
accessible add all alter analyze and as asc asensitive before between bigint binary blob both by call cascade case
change char character check collate column condition constraint continue convert create cross cube cume_dist
current_date current_role current_time current_timestamp current_user cursor database databases day_hour
day_microsecond day_minute day_second dec decimal declare default delayed delete delete_domain_id dense_rank desc
describe deterministic distinct distinctrow div do_domain_ids double drop dual each else elseif empty enclosed escaped
except exists exit explain false fetch first_value float float4 float8 for force foreign from fulltext function
general generated get grant group grouping groups having high_priority hour_microsecond hour_minute hour_second if
ignore ignore_domain_ids ignore_server_ids in index infile inner inout insensitive insert int int1 int2 int3 int4 int8
integer intersect interval into io_after_gtids io_before_gtids is iterate join json_table key keys kill lag last_value
lateral lead leading leave left like limit linear lines load localtime localtimestamp lock long longblob longtext loop
low_priority manual master_bind master_demote_to_replica master_demote_to_slave master_heartbeat_period
master_ssl_verify_server_cert match maxvalue mediumblob
mediumint mediumtext middleint minute_microsecond minute_second mod modifies natural not no_write_to_binlog nth_value
ntile null numeric of offset on optimize optimizer_costs option optionally or order out outer outfile over
page_checksum parallel parse_vcol_expr partition percent_rank portion precision primary procedure purge qualify range
rank read reads read_write real recursive references ref_system_id regexp release rename repeat replace require
resignal restrict return returning revoke right rlike row row_number rows schema schemas second_microsecond select
sensitive separator set show signal slow smallint spatial specific sql sqlexception sqlstate sqlwarning
sql_big_result sql_calc_found_rows sql_small_result ssl starting stats_auto_recalc stats_persistent stats_sample_pages
stored straight_join system table tablesample terminated then tinyblob tinyint tinytext to trailing trigger true undo
union unique unlock unsigned update usage use using utc_date utc_time utc_timestamp values varbinary varchar
varcharacter varying vector virtual when where while window with write xor year_month zerofill
"""

_MOST_CHARACTERS = 64
_BLANKS = frozenset(" \t\n\v\f\r")
_FILE_BYTES = 250
_SAME = str.maketrans("\u0130\u2000", "i\u3000")
"""Seen on MariaDB 10.11: a dotted I is an i, and two tables with keys may not differ in these two blanks alone."""
_DEVICES = frozenset("con prn nul aux clock$".split()) | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)}
_FILE_LETTERS = re.compile("[\u00c0-\u02af\u0370-\u058f\u1e00-\u1fff\uff21-\uff5a]")
_INNODB_COLUMNS = frozenset({"DB_ROW_ID", "DB_TRX_ID", "DB_ROLL_PTR", "FTS_DOC_ID"})
_ROW_BYTES = 65_000
_KEY_BYTES = 3072
_KEYED_LENGTH = 255
_LONGEST_VARCHAR = 16_383
_LONGEST_CHAR = 255
_IN_PARENTHESES = frozenset((Kind.TEXT, Kind.JSON, Kind.BINARY))
_DIGITS, _DECIMALS = 65, 30
_OTHER_MOMENT = "a moment is written as 2026-01-31 12:30:00, without a zone"
_PLAIN_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)?[ T]?(\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?")

_LAST_IN_THREE_BYTES = 0xFFFF
_ALIKE = str.maketrans("øđðłıħŧ", "oddliht") | {"æ": "ae", "œ": "oe", "þ": "th"}
_ALIKE |= {katakana: katakana - 0x60 for katakana in range(0x30A1, 0x30F7)}
"""Letters that some collation takes for others, and that Unicode does not take apart. (ß is `ss` without case.)"""

_HELD: Mapping[Kind, Type] = {
    Kind.TIMESTAMPTZ: t.TIMESTAMP,
    Kind.UUID: Type(Kind.CHAR, length=36),
    Kind.INET: varchar(45),
    Kind.INTERVAL: varchar(64),
}
_READ: Mapping[str, Type] = {"TIMESTAMP": t.TIMESTAMPTZ, "REAL": t.DOUBLE}


class MySql(Dialect):
    """Comments and enums stand inside the table; one numbered column a table, and it must lead a key."""

    name = "mysql"
    sqlglot = "mysql"
    title = "MySQL / MariaDB"
    max_name_bytes = _MOST_CHARACTERS
    quote_mark = "`"
    inline_keys = False
    set_null_anywhere = False
    unique_indexes = False
    no_action_restricts = True  # InnoDB checks at once (manual, "FOREIGN KEY Constraints")
    comments = "inline"
    identity = "AUTO_INCREMENT"
    keyed_types = True
    actions = frozenset(OnDelete) - {OnDelete.SET_DEFAULT}
    # The data dictionary holds names and comments in three bytes a character.
    limits = Limits(column_comment=1024, table_comment=2048, last_character=_LAST_IN_THREE_BYTES, columns=1017)
    reserved = frozenset(_RESERVED.split())
    types: ClassVar[Mapping[Kind, str]] = {
        Kind.SMALLINT: "SMALLINT",
        Kind.INTEGER: "INT",
        Kind.BIGINT: "BIGINT",
        Kind.NUMERIC: "DECIMAL({precision}, {scale})",
        Kind.REAL: "FLOAT",
        Kind.DOUBLE: "DOUBLE",
        Kind.BOOLEAN: "BOOLEAN",
        Kind.VARCHAR: "VARCHAR({length})",
        Kind.CHAR: "CHAR({length})",
        Kind.TEXT: "TEXT",
        Kind.DATE: "DATE",
        Kind.TIME: "TIME",
        Kind.TIMESTAMP: "DATETIME",
        Kind.JSON: "JSON",
        Kind.BINARY: "LONGBLOB",
        Kind.ENUM: "VARCHAR({length})",
    }

    def key(self, name: str, quoted: bool) -> str:
        """Case does not count, accents do."""
        return name.translate(_SAME).lower()

    def why_no_name(self, name: str, *, column: bool) -> str:
        """The manual, "Schema Object Names", and what InnoDB calls its own columns."""
        if any(ord(c) > _LAST_IN_THREE_BYTES for c in name):
            return "holds a character above U+FFFF, which MySQL keeps in texts but not in names"
        if name[-1:] in _BLANKS:
            return "ends in a blank, which MySQL takes in no name"
        if not column and _file_bytes(name) > _FILE_BYTES:
            return "makes the name of its file too long"
        if column and name.upper() in _INNODB_COLUMNS:
            return "is that of a column which InnoDB keeps for itself"
        if not column and name.lower() in _DEVICES:
            return "is that of a device, and no foreign key finds a table of that name"
        if not column and name.startswith("#mysql50#"):
            return "begins with #mysql50#, which MySQL keeps for itself"
        return super().why_no_name(name, column=column)

    def must_name_keys(self, table: str) -> bool:
        """InnoDB calls a foreign key `TABLE_ibfk_1`, and that has 64 characters too."""
        return len(table) > _MOST_CHARACTERS - len("_ibfk_99")

    def name_length(self, name: str) -> tuple[int, str]:
        """Names have 64 characters, whatever their bytes."""
        return len(name), "characters"

    def string(self, text: str) -> str:
        """A string literal; a backslash would escape what follows it."""
        return super().string(text.replace("\\", "\\\\"))

    def write_type(self, type_: Type, *, keyed: bool = False) -> str:
        """Bytes in a key need a length, and an enum carries its values."""
        if type_.kind is Kind.ENUM and not self.checked_enum(type_):
            return f"ENUM({', '.join(map(self.string, type_.values))})"
        if type_.kind is Kind.BINARY and keyed:
            return f"VARBINARY({_KEYED_LENGTH})"
        return super().write_type(type_, keyed=keyed)

    def write_default(self, default: Default, type_: Type) -> str:
        """In parentheses where MySQL takes a literal for an expression, or a function at all."""
        if default.kind is DefaultKind.UUID:
            return "(uuid())"
        text = super().write_default(default, type_)
        if type_.kind in _IN_PARENTHESES or text in ("CURRENT_DATE", "CURRENT_TIME"):
            return f"({text})"
        return text

    def checked_enum(self, type_: Type) -> bool:
        """ENUM drops blanks at the end of a value, and takes two that its collation takes for one for a mistake.

        MariaDB shows what is above U+FFFF as a question mark, and knows no two such characters apart.
        """
        values = type_.values
        odd = any(v != v.rstrip() or any(ord(c) > _LAST_IN_THREE_BYTES for c in v) for v in values)
        return odd or len(set(map(_folded, values))) < len(values)

    def stored_type(self, type_: Type) -> Type:
        """An enum that is kept by a CHECK is a VARCHAR to the engine."""
        if type_.kind is Kind.ENUM and self.checked_enum(type_):
            return varchar(max(1, *map(len, type_.values)))
        return type_

    def read_type(self, spelling: Spelling) -> TypeReading:
        """TINYINT(1) is how MySQL says BOOLEAN; TIMESTAMP is a moment in UTC."""
        words, args = spelling.words.removesuffix(" ZEROFILL").removesuffix(" UNSIGNED"), spelling.args
        if words == "TINYINT" and args == ("1",):
            return TypeReading(t.BOOLEAN)
        if words == "BIT" and args in ((), ("1",)):
            return TypeReading(t.BOOLEAN)
        if words in ("DECIMAL", "NUMERIC", "DEC", "FIXED") and not args:
            # The manual: DECIMAL is DECIMAL(10, 0).
            return read_common(replace(spelling, args=("10", "0")))
        if words == "FLOAT" and not args:
            return read_common(replace(spelling, words=spelling.words.replace("FLOAT", "FLOAT4")))
        if words == "VARBINARY" and args == (str(_KEYED_LENGTH),):
            return TypeReading(t.BINARY)
        return read_common(spelling, _READ)

    def hold_type(self, type_: Type, *, keyed: bool = False) -> Type:
        """No UUID, INET or INTERVAL, no zones; what is in a key has a length of at most 3072 bytes."""
        kind, length = type_.kind, type_.length or 0
        if kind is Kind.NUMERIC:
            return _held_decimal(type_)
        if keyed and (kind in (Kind.TEXT, Kind.JSON) or 4 * length > _KEY_BYTES):
            return varchar(_KEYED_LENGTH)
        if length > _LONGEST_VARCHAR:
            return t.TEXT
        if kind is Kind.CHAR and length > _LONGEST_CHAR:
            return varchar(length)
        return _HELD.get(kind, type_)

    def hold_table(self, table: Table) -> Table:
        """A key has 3072 bytes in all, a row 65,535. What ON DELETE SET NULL empties cannot be kept by a CHECK."""
        keys = [table.primary_key, *table.uniques, *(i.columns for i in table.indexes)]
        keys += [f.columns for f in table.foreign_keys]
        emptied = _emptied(table)
        types = {c.name: self.stored_type(c.type) if c.name in emptied else c.type for c in table.columns}
        for key in keys:
            _shorten(types, [n for n in key if n in types])
        _spill(types, {n for key in keys for n in key})
        return replace(table, columns=tuple(replace(c, type=types[c.name]) for c in table.columns))

    def why_no_identity(self, table: Table, column: Column) -> str:
        """AUTO_INCREMENT: an integer, the first column of a key, one a table."""
        # Plain indexes are made afterwards, which is too late.
        numbered = [c.name for c in table.columns if c.is_identity]
        leading = [n for n in numbered if any(k[0] == n for k in table.unique_keys)]
        if column.type.kind not in t.INTEGERS:
            return "only an integer numbers its rows"
        if column.name not in leading:
            return "a numbered column must be the first of a key"
        return "" if column.name == leading[0] else "a table has one numbered column at most"

    def why_no_default(self, default: Default, type_: Type) -> str:
        """Bytes, and constants that MySQL does not read or would round."""
        if default.value is None or isinstance(default.value, bool):
            return ""
        if type_.kind is Kind.BINARY:
            return "bytes are written in another way"
        return _why_no_constant(type_, default.value)

    def why_no_check(self, table: Table, check: Check) -> str:
        """The manual, "CHECK Constraints": no numbered column, none that a foreign key changes.

        A constant that MySQL cannot hold would be rounded, or make every row an error.
        """
        if any(c.is_identity for c in table.columns if c.name in check.columns):
            return "a numbered column cannot be checked"
        if _emptied(table).intersection(check.columns):
            return "a column that ON DELETE SET NULL empties cannot be checked"
        constants = [(table.column(t.left), t.value) for t in check.terms if t.value is not None]
        return next(filter(None, (_why_no_constant(c.type, v) for c, v in constants if c is not None)), "")


def _emptied(table: Table) -> set[str]:
    """The columns that a foreign key may set to NULL. (With a required one in it, it cannot: see `fit`.)"""
    required = {c.name for c in table.columns if not c.nullable}
    nulling = [f.columns for f in table.foreign_keys if f.on_delete is OnDelete.SET_NULL]
    return {name for columns in nulling if not required.intersection(columns) for name in columns}


def _why_no_constant(type_: Type, value: str | Decimal) -> str:
    if isinstance(value, Decimal):
        scale = max(0, -int(value.as_tuple().exponent))
        long = scale > _DECIMALS or max(0, value.adjusted() + 1) + scale > _DIGITS
        return f"a number has at most {_DIGITS} digits, {_DECIMALS} of them behind the point" * long
    return _OTHER_MOMENT * (type_.kind in MOMENTS and not _PLAIN_MOMENT.fullmatch(value))


def _folded(text: str) -> str:
    """What is left of a text where case, accents and what cannot be seen do not count.

    No collation is followed exactly: texts that any of them (general_ci, unicode_ci, uca1400_ai_ci,
    0900_ai_ci) takes for one shall be equal here, and few others.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if unicodedata.category(c)[0] not in "MC")
    return re.sub(r"(.)\1+", r"\1", plain.translate(_ALIKE))


def _file_bytes(name: str) -> int:
    """The manual, "Mapping of Identifiers to File Names": `@` and two signs for a letter, and four for what is none."""
    return sum(1 if re.match("[A-Za-z0-9_]", c) else 3 if _FILE_LETTERS.match(c) and c.isalpha() else 5 for c in name)


def _held_decimal(type_: Type) -> Type:
    """The manual, "DECIMAL Data Type Characteristics"; an unbounded one gets all digits."""
    if type_.precision is None:
        return t.numeric(_DIGITS, _DECIMALS)
    scale = min(type_.scale or 0, _DECIMALS)
    return t.numeric(max(min(type_.precision, _DIGITS), scale), scale)


def _bytes(type_: Type) -> int:
    """What a value takes in a row or key, at most."""
    if type_.kind in (Kind.VARCHAR, Kind.CHAR):
        return 4 * (type_.length or 0) + 2
    if type_.kind is Kind.ENUM:
        return 4 * max(map(len, type_.values)) + 2
    if type_.kind is Kind.BINARY:
        return _KEYED_LENGTH + 2
    return 32 if type_.kind is Kind.NUMERIC else 12


def _shorten(types: dict[str, Type], key: Sequence[str]) -> None:
    """Shorten the texts of a key until it fits."""
    texts = [n for n in key if types[n].kind in (Kind.VARCHAR, Kind.CHAR)]
    if len(key) < 2 or not texts or sum(_bytes(types[n]) for n in key) <= _KEY_BYTES:
        return
    rest = sum(_bytes(types[n]) for n in key if n not in texts)
    share = max(((_KEY_BYTES - rest) // len(texts) - 2) // 4, 1)
    for n in texts:
        types[n] = replace(types[n], length=min(types[n].length or 1, share))


def _spill(types: dict[str, Type], keyed: set[str]) -> None:
    """Turn the longest VARCHARs that are in no key into TEXT until the row fits."""
    while sum(map(_bytes, types.values())) > _ROW_BYTES:
        loose = [n for n, type_ in types.items() if type_.kind is Kind.VARCHAR and n not in keyed]
        if not loose:
            return
        types[max(loose, key=lambda n: types[n].length or 0)] = t.TEXT


DIALECT = MySql()
