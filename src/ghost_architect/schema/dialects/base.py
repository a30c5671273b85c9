"""What a dialect of SQL is: how names, texts and types are written and read, and what it can hold.

A dialect is one class with data in it. `ddl` asks it how to write, `parse` how to read a type, and
`fit` what has to change before a schema can live there. It never sees a whole script, and it does
not know sqlglot beyond the name under which sqlglot knows it.

To add one: a file beside this one, a subclass, one line in `DIALECTS`. The tests pick it up.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar

from ..naming import utf8
from ..objects import Check, Column, Default, DefaultKind, OnDelete, Table
from ..types import Kind, Type
from .reading import Spelling, TypeReading, read_common

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")

_CHARSETS = """
    armscii8 ascii big5 binary cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 cp932 dec8 eucjpms euckr gb18030 gb2312 gbk
    geostd8 greek hebrew hp8 keybcs2 koi8r koi8u latin1 latin2 latin5 latin7 macce macroman sjis swe7 tis620 ucs2 ujis
    utf16 utf16le utf32 utf8 utf8mb3 utf8mb4
    """.split()
_MISREAD = frozenset(
    """
    alter any array between charset connect_by_root cross current_user describe drop exclude fetch for function glob
    grant if ilike inner insert lateral like list map notnull nullable object only outer partitioned_by qualify range
    regexp revoke rlike rollback struct tablesample uncache unnest values with xor
    """.split()
) | {f"_{name}" for name in _CHARSETS}
"""Words that some engine takes as a bare name and sqlglot 30 does not: quoted everywhere, so that
`allow`, which runs nothing that it cannot read, can read what we write."""

MOMENT = {
    Kind.DATE: "CURRENT_DATE",
    Kind.TIME: "CURRENT_TIME",
    Kind.TIMESTAMP: "CURRENT_TIMESTAMP",
    Kind.TIMESTAMPTZ: "CURRENT_TIMESTAMP",
}
"""Standard SQL for "now", in the precision of each kind of moment."""


@lru_cache(1 << 14)
def _is_plain(name: str) -> bool:
    """Whether a name can stand bare, were it not for the words that a dialect reserves."""
    return _PLAIN_NAME.fullmatch(name) is not None and name not in _MISREAD


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a dialect takes. None means no limit worth knowing.

    `column_comment` and `table_comment` are characters; 0 means that it has no comments.
    `last_character` is the highest code point that a comment may hold.
    """

    column_comment: int | None = None
    table_comment: int | None = None
    last_character: int = sys.maxunicode
    columns: int | None = None


class Dialect:
    """One dialect. Attributes are facts about the engine; methods write and read its SQL.

    Attributes:
        name: as on the command line. `sqlglot`: as sqlglot calls it. `title`: as people call it.
        max_name_bytes: longest name in UTF-8 bytes, None for no limit.
        reserved: words, lower case, that are quoted when they are names.
        types: how each kind is written; `{length}`, `{precision}` and `{scale}` are filled in.
        quote_mark: what stands around a quoted name.
        folds: whether `A` and `"a"` are one name although one of them is quoted.
        inline_keys: whether `REFERENCES` behind a column is a foreign key and not a comment.
        late_keys: whether a foreign key can be added after its table was made (else it may point
            at a table that comes later).
        key_is_required: whether PRIMARY KEY implies NOT NULL.
        enum_types: whether an enum is a type with a name of its own.
        unique_indexes: whether a unique index and a unique constraint are two things.
        comments: "statement" (COMMENT ON), "inline" (COMMENT '...') or "" for none.
        set_null_anywhere: whether ON DELETE SET NULL may stand on a column that is NOT NULL.
        rowid_keys: whether INTEGER PRIMARY KEY numbers its rows by itself.
        no_action_restricts: whether NO ACTION and RESTRICT are one thing, of which engines report either.
        actions: what ON DELETE may do.
        limits: how much it takes.
        identity: what makes a column number its rows, behind the type.
        keyed_types: whether `write_type` writes some types otherwise where they are part of a key.
    """

    name: ClassVar[str]
    sqlglot: ClassVar[str]
    title: ClassVar[str]
    max_name_bytes: ClassVar[int | None] = None
    reserved: ClassVar[frozenset[str]]
    types: ClassVar[Mapping[Kind, str]]
    quote_mark: ClassVar[str] = '"'
    folds: ClassVar[bool] = True
    inline_keys: ClassVar[bool] = True
    late_keys: ClassVar[bool] = True
    key_is_required: ClassVar[bool] = True
    enum_types: ClassVar[bool] = False
    unique_indexes: ClassVar[bool] = True
    comments: ClassVar[str] = ""
    set_null_anywhere: ClassVar[bool] = True
    rowid_keys: ClassVar[bool] = False
    no_action_restricts: ClassVar[bool] = False
    actions: ClassVar[frozenset[OnDelete]] = frozenset(OnDelete)
    limits: ClassVar[Limits] = Limits()
    identity: ClassVar[str] = ""
    keyed_types: ClassVar[bool] = False

    # --- writing ---

    def quote(self, name: str) -> str:
        """The name as it stands in SQL: bare where that is safe, else in quotes."""
        return name if _is_plain(name) and name not in self.reserved else self.quoted(name)

    def quoted(self, name: str) -> str:
        """The name in quotes, whatever it is."""
        return self.quote_mark + name.replace(self.quote_mark, self.quote_mark * 2) + self.quote_mark

    def names(self, names: Sequence[str]) -> str:
        """A list of names in parentheses."""
        return f"({', '.join(map(self.quote, names))})"

    def string(self, text: str) -> str:
        """The text as a string literal."""
        return "'" + text.replace("'", "''") + "'"

    def value(self, value: str | Decimal | bool) -> str:
        """A literal."""
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        return format(value, "f") if isinstance(value, Decimal) else self.string(value)

    def write_type(self, type_: Type, *, keyed: bool = False) -> str:
        """The type in SQL; `keyed` where the column is part of a key or an index.

        An enum whose type has no name of its own is written as what holds its words; the CHECK
        that goes with it is written by `ddl`.
        """
        kind = type_.kind
        spelled = self.types[kind]
        if "{" not in spelled:
            return spelled
        if kind is Kind.NUMERIC and type_.precision is None:
            return spelled.partition("(")[0]
        length = type_.length or max(map(len, type_.values), default=0)
        return spelled.format(length=length or 1, precision=type_.precision, scale=type_.scale)

    def write_default(self, default: Default, type_: Type) -> str:
        """What stands behind DEFAULT (an identity is written by `identity`, not here)."""
        if default.kind is DefaultKind.LITERAL:
            assert default.value is not None
            return self.value(default.value)
        if default.kind is DefaultKind.TODAY:
            return MOMENT[Kind.DATE]
        return MOMENT.get(type_.kind, MOMENT[Kind.TIMESTAMP])

    def named_enum(self, type_: Type) -> bool:
        """Whether these values make a type with a name; else they stand in a CHECK or in the type itself."""
        return self.enum_types

    def checked_enum(self, type_: Type) -> bool:
        """Whether these values are kept by `CHECK (column IN (...))`."""
        return not self.named_enum(type_)

    def stored_type(self, type_: Type) -> Type:
        """The type under which an engine reports what `write_type` wrote."""
        return type_

    # --- reading ---

    def key(self, name: str, quoted: bool) -> str:
        """What two names have in common when the engine takes them for one."""
        return name.lower() if self.folds or not quoted else name

    def read_type(self, spelling: Spelling) -> TypeReading:
        """What a written type means here. Types of other engines are understood where they are plain."""
        return read_common(spelling)

    # --- fitting ---

    def hold_type(self, type_: Type, *, keyed: bool = False) -> Type:
        """The nearest type this engine has; applying it twice changes nothing."""
        return type_

    def hold_table(self, table: Table) -> Table:
        """What only a look at the whole table shows, as row size. Columns keep their names and order."""
        return table

    def why_no_name(self, name: str, *, column: bool) -> str:
        """Why a table, or a column, cannot be called so, as the rest of a sentence; empty if it can."""
        if not name or "\0" in name:
            return "is empty or holds a NUL, and cannot be written in SQL"
        if any("\ud800" <= c <= "\udfff" for c in name):
            return "holds half a character, and cannot be written at all"
        length, unit = self.name_length(name)
        if self.max_name_bytes and length > self.max_name_bytes:
            return f"is {length} {unit} long, and {self.title} keeps {self.max_name_bytes}"
        return ""

    def must_name_keys(self, table: str) -> bool:
        """Whether a foreign key of this table needs a name, because the one that the engine makes is too long."""
        return False

    def name_length(self, name: str) -> tuple[int, str]:
        """How long a name is, and in what that is counted here."""
        return len(utf8(name)), "bytes"

    def why_no_identity(self, table: Table, column: Column) -> str:
        """Why this column cannot number its rows; empty if it can. Types are already fitted."""
        return ""

    def why_no_default(self, default: Default, type_: Type) -> str:
        """Why this default cannot stand on this, the original, type; empty if it can."""
        return ""

    def why_no_check(self, table: Table, check: Check) -> str:
        """Why this check is refused, or would be another one; empty if neither. Types are already fitted."""
        return ""
