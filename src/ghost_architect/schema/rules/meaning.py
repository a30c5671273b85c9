"""Columns whose type or whose very existence contradicts what their name says they hold.

A name is judged by its words, and mostly by the last one, which says what the thing is: `unit_price`
is a price, `price_list` is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..naming import tokens, word_set
from ..types import INTEGERS, NUMBERS, TEXTS, Kind, spell
from .base import Spot

if TYPE_CHECKING:
    from ..dialects.base import Dialect
    from ..objects import Column, Schema, Table

MONEY = word_set("price cost salary wage fee budget revenue subtotal payout deposit amount balance")
_MONEY_TAILS = word_set("usd eur gbp chf jpy net gross due paid")
_ALSO_NOT_MONEY = word_set("amount balance")
"""In text columns these may be "2 cups" or a state of mind."""


def _head(column: Column) -> str:
    """The word of a column name that says what it is, without the currency or the like behind it."""
    words = tokens(column.name)
    while len(words) > 1 and words[-1] in _MONEY_TAILS:
        words = words[:-1]
    return words[-1] if words else ""


def money_not_numeric(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA120"""
    for table, column in _columns(schema):
        head, kind = _head(column), column.type.kind
        as_float = head in MONEY and kind in (Kind.REAL, Kind.DOUBLE)
        if as_float or (head in MONEY - _ALSO_NOT_MONEY and kind in TEXTS):
            why = "which rounds cents away" if as_float else "which cannot be added up"
            message = f"{table.name}.{column.name} is money kept as {spell(column.type)}, {why}"
            yield Spot(table.name, column.name, message, "use NUMERIC(12, 2)")


def _columns(schema: Schema) -> Iterator[tuple[Table, Column]]:
    return ((table, column) for table in schema.tables for column in table.columns)


_CODES = word_set("phone telephone tel mobile fax zip postcode zipcode sku iban isbn ean upc gtin vin bic ssn passport")
_NUMBERED_CODES = word_set("phone telephone mobile fax iban passport vat ssn routing tracking")


def code_as_number(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA121"""
    for table, column in _columns(schema):
        is_key = column.name in table.pointing_columns
        if column.type.kind in NUMBERS and not is_key and _is_code(tokens(column.name)):
            message = f"{table.name}.{column.name} is a code kept as a number: leading zeros, + and letters are lost"
            yield Spot(table.name, column.name, message, "use VARCHAR(32)")


def _is_code(words: tuple[str, ...]) -> bool:
    if words[-1:] and words[-1] in _CODES:
        return True
    pair = words[-2:]
    return len(pair) == 2 and (
        (pair[1] in ("number", "no", "num") and pair[0] in _NUMBERED_CODES)
        or (pair[1] == "code" and pair[0] in ("zip", "postal", "post"))
    )


_DONE = word_set("created updated modified deleted published posted started ended expires due paid sent joined")
_DAYS = word_set("date timestamp datetime birthday birthdate dob")


def moment_as_text(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA122"""
    for table, column in _columns(schema):
        words = tokens(column.name)
        # "12/29" on a card is a month and a year, and no date.
        is_expiry = {"exp", "expiry", "expiration"} & set(words)
        if column.type.kind in TEXTS and not is_expiry and _is_moment(words):
            type_ = "DATE" if words[-1] in _DAYS - {"timestamp", "datetime"} else "TIMESTAMPTZ"
            message = (
                f"{table.name}.{column.name} is a moment kept as {spell(column.type)}: it sorts and compares as letters"
            )
            yield Spot(table.name, column.name, message, f"use {type_}")


def _is_moment(words: tuple[str, ...]) -> bool:
    if len(words) > 1 and (words[-1] == "at" or (words[-1] == "on" and words[-2] in _DONE)):
        return True
    return bool(words) and words[-1] in _DAYS


def yes_or_no_not_boolean(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA123"""
    for table, column in _columns(schema):
        words, kind = tokens(column.name), column.type.kind
        asks = len(words) > 1 and words[0] in ("is", "has", "can")
        if asks and (kind in TEXTS | INTEGERS or kind is Kind.ENUM):
            shown = "an enum" if kind is Kind.ENUM else spell(column.type)
            message = f"{table.name}.{column.name} asks for yes or no and is {shown}, which can hold anything else"
            yield Spot(table.name, column.name, message, "use BOOLEAN NOT NULL DEFAULT false")


_PASSWORD = word_set("password passwd pwd passphrase passcode")
_ABOUT_PASSWORDS = word_set(
    """hash hashed digest encrypted salt reset changed updated expires expiry policy hint required token strength id url
    at algorithm protected version count attempts history length"""
)


def plain_password(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA130"""
    for table, column in _columns(schema):
        words = set(tokens(column.name))
        is_answer = {"answer"} <= words and bool(words & {"security", "secret"})
        if column.type.kind in TEXTS and (words & _PASSWORD or is_answer) and not words & _ABOUT_PASSWORDS:
            again = words & {"confirm", "confirmation", "repeat", "again"}
            message = f"{table.name}.{column.name} keeps a secret as plain text: whoever reads the table can use it"
            hint = "drop it: a confirmation is compared and not stored" if again else "keep a slow hash of it"
            better = "" if again or is_answer else ", in a column password_hash VARCHAR(255)"
            yield Spot(table.name, column.name, message, hint + better)


_CVV = word_set("cvv cvc cvv2 cvc2")
_PAYMENT = word_set("payment payments credit debit billing checkout transaction transactions")


def card_data(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA131 (PCI DSS 3.2 and 3.3: the code is never stored, the number only unreadable)"""
    for table, column in _columns(schema):
        if column.type.kind in TEXTS | NUMBERS and (_is_security_code(column) or _is_card_number(table, column)):
            message = f"{table.name}.{column.name} keeps card data, which the card schemes forbid to store like this"
            hint = "keep the payment provider's token, brand, last4, exp_month and exp_year"
            yield Spot(table.name, column.name, message, hint)


def _is_security_code(column: Column) -> bool:
    words = tokens(column.name)
    return bool(_CVV & set(words)) or words[-3:] == ("card", "security", "code")


def _is_card_number(table: Table, column: Column) -> bool:
    """A gift card and a library card have numbers too: without a word before it, the table has to say payment."""
    words = tokens(column.name)
    if words[-1:] not in (("number",), ("no",), ("num",)) or words[-2:-1] not in (("card",), ("cc",)):
        return False
    if len(words) > 2 or words[0] == "cc":
        return words[-2] == "cc" or words[-3] in ("credit", "debit", "bank", "payment")
    return bool(_PAYMENT & set(tokens(table.name))) or any(_is_security_code(c) for c in table.columns)
