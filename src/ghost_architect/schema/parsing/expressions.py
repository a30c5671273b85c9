"""Tokens -> sqlglot's tree of one expression: a default, or the condition of a check."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache

from sqlglot import Dialect as SqlglotDialect
from sqlglot import Token, TokenType, exp

from ..dialects import Dialect
from .clauses import NotUnderstood
from .scan import LITERALS, WORD, Span


def expression(span: Span, d: Dialect, columns: Collection[str] = ()) -> exp.Expression:
    """The expression that these tokens are.

    Args:
        span: the tokens.
        d: whose SQL it is.
        columns: keys (`Dialect.key`) of names that are columns here. An engine takes `values < 3` for
            a comparison where `values` is no reserved word; sqlglot would take it for a keyword.

    Raises:
        NotUnderstood: they are none, or it is nested too deep.
    """
    if not span.tokens:
        raise NotUnderstood("nothing stands there")
    before, after = _frame(d.sqlglot)
    tokens = [*before, *_with_names(span, d, columns), *after]
    try:
        (select,) = SqlglotDialect.get_or_raise(d.sqlglot).parser().parse(tokens, span.source)
    except RecursionError:
        raise NotUnderstood("it is nested too deep to be read") from None
    except Exception as error:
        # Besides ParseError, sqlglot lets through whatever goes wrong inside it on odd input.
        raise NotUnderstood("it cannot be read as an expression") from error
    if not isinstance(select, exp.Select) or len(select.expressions) != 1:
        raise NotUnderstood("it cannot be read as an expression")
    node = select.expressions[0]
    assert isinstance(node, exp.Expression)
    return node


@cache
def _frame(dialect: str) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    tokenizer = SqlglotDialect.get_or_raise(dialect)
    return tuple(tokenizer.tokenize("SELECT (")), tuple(tokenizer.tokenize(")"))


def _with_names(span: Span, d: Dialect, columns: Collection[str]) -> Iterator[Token]:
    """The tokens, with words that are columns made quoted names, so that nothing else is seen in them."""
    for i, token in enumerate(span.tokens):
        word = span.word(i)
        key = d.key(token.text, quoted=False)
        # `date (x)`, `DATE '2026-01-31'`, `x::date` and `CAST(x AS date)` are no columns.
        other = (
            not WORD.match(word)
            or word.lower() in d.reserved
            or span.word(i + 1) == "("
            or (i + 1 < len(span) and span.tokens[i + 1].token_type in LITERALS)
            or span.word(i - 1) in ("::", "AS")
        )
        if other or key not in columns:
            yield token
        else:
            yield Token(TokenType.IDENTIFIER, key, token.line, token.col, token.start, token.end)
