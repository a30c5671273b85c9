"""What is wrong with a schema, and what is not good about it.

Every rule is a plain function `(schema, dialect) -> places`; `RULES` lists them all with their code,
severity and title. An error means that the SQL does not run, or that no row can live in what it makes.
A warning means that it runs, and that somebody will regret it.

To add a rule: a function in `rules/`, a line here, and `tests/fixtures/rules/<CODE>.sql` with an example
that breaks it and one that does not. Codes are never used again for something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .findings import Finding, Severity
from .rules import keys, meaning, normal, structure, style, values
from .rules.base import Rule

if TYPE_CHECKING:
    from .objects import Schema

ERROR, WARNING = Severity.ERROR, Severity.WARNING

RULES: tuple[Rule, ...] = (
    Rule("GA001", ERROR, "Two tables of one name", structure.same_table_twice),
    Rule("GA002", ERROR, "Two columns of one name", structure.same_column_twice),
    Rule("GA003", ERROR, "Table without columns", structure.no_columns),
    Rule("GA004", ERROR, "Key, index or check on a column that is not there", structure.missing_column),
    Rule("GA005", ERROR, "Key that names a column twice", structure.column_twice_in_a_key),
    Rule("GA006", ERROR, "Name that the engine cannot keep", structure.name_not_kept),
    Rule("GA010", ERROR, "Foreign key to a table that is not there", keys.missing_target),
    Rule("GA011", ERROR, "Foreign key with a column that is not there", keys.missing_key_column),
    Rule("GA012", ERROR, "Foreign key with more columns on one side", keys.uneven_key),
    Rule("GA013", ERROR, "Foreign key to columns that are not unique", keys.target_not_unique),
    Rule("GA014", ERROR, "Foreign key of a type that cannot point there", keys.key_type_refused),
    Rule("GA015", ERROR, "Circle of NOT NULL keys that can never take a row", keys.mandatory_circle),
    Rule("GA016", ERROR, "ON DELETE that can never be carried out", keys.delete_impossible),
    Rule("GA020", ERROR, "Default that is not of the column's type", values.default_of_another_type),
    Rule("GA021", ERROR, "Checks that no value can satisfy", values.check_never_true),
    Rule("GA022", ERROR, "Check that compares two types", values.check_of_two_types),
    Rule("GA101", WARNING, "Table without a primary key", structure.no_primary_key),
    Rule("GA102", WARNING, "Foreign key of another type than its target", keys.key_type_differs),
    Rule("GA103", WARNING, "Foreign key without an index", keys.key_without_index),
    Rule("GA104", WARNING, "NOT NULL key to the table itself", keys.mandatory_self),
    Rule("GA105", WARNING, "ON DELETE SET DEFAULT without a default", keys.delete_without_default),
    Rule("GA106", WARNING, "Index that another one contains", keys.double_index),
    Rule("GA107", WARNING, "Junction table without both keys as its key", keys.junction_without_key),
    Rule("GA108", WARNING, "Column named like a foreign key that is none", keys.undeclared_key),
    Rule("GA109", WARNING, "Table with nothing but a number", structure.nothing_but_a_number),
    Rule("GA110", WARNING, "Name that is not snake_case", style.not_snake_case),
    Rule("GA111", WARNING, "Table name that is not a plural", style.table_not_plural),
    Rule("GA112", WARNING, "Reserved word as a name", style.reserved_word),
    Rule("GA120", WARNING, "Money that is not NUMERIC", meaning.money_not_numeric),
    Rule("GA121", WARNING, "Phone, postcode or SKU as a number", meaning.code_as_number),
    Rule("GA122", WARNING, "Date or time as text", meaning.moment_as_text),
    Rule("GA123", WARNING, "Yes or no that is not BOOLEAN", meaning.yes_or_no_not_boolean),
    Rule("GA124", WARNING, "Default that the column's own check refuses", values.default_refused),
    Rule("GA125", WARNING, "Enum value twice but for case or spaces", values.enum_value_twice),
    Rule("GA130", WARNING, "Password or other secret as plain text", meaning.plain_password),
    Rule("GA131", WARNING, "Card number or security code stored", meaning.card_data),
    Rule("GA140", WARNING, "Figure that can be computed", normal.computed_figure),
    Rule("GA141", WARNING, "Numbered columns in place of a child table", normal.numbered_columns),
    Rule("GA142", WARNING, "List in a text column", normal.list_in_text),
    Rule("GA143", WARNING, "Copy of a column of the table pointed at", normal.copied_column),
)


def verify(schema: Schema, dialect: str = "postgres") -> tuple[Finding, ...]:
    """Everything the rules have to say about a schema in a dialect, in the order of `RULES`.

    Raises:
        UsageError: there is no dialect of this name.
    """
    # The dialects carry sqlglot behind them; who only lists the rules does not need it.
    from .dialects import dialect as dialect_named

    spoken = dialect_named(dialect)
    return tuple(finding for rule in RULES for finding in rule(schema, spoken))


def rules_table() -> list[tuple[str, Severity, str]]:
    """(code, severity, title) of every rule: the table in the documentation is made from it."""
    return [(rule.code, rule.severity, rule.title) for rule in RULES]
