"""Which statements may run on an engine: an allow-list over the parsed tree, and nothing that is merely not forbidden.

    text -> lex (caps, comments dropped) -> both tokenizers agree -> sqlglot tree -> every node allowed -> text to run

Three checks stand behind each other, so that no single reader has to be right:
the lexer refuses text that engines read differently; sqlglot has to cut the remaining text at
the same places; and every node of its tree, every argument of the statement and every word that
stands before a bracket has to be on a list. sqlglot turns what it does not know into `Command` and
`LISTEN x` into an alias, so a list of what is forbidden could never be complete.
"""

from __future__ import annotations

import logging
import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ..errors import SqlError
from .running.lexer import Kind, Statement, Token, lex

logging.getLogger("sqlglot").addHandler(logging.NullHandler())  # it warns on stderr of what is refused here anyway

FUNCTIONS = frozenset(
    "now current_timestamp current_date current_time localtimestamp localtime gen_random_uuid uuidv4 uuidv7 uuid "
    "lower upper length char_length character_length trim btrim ltrim rtrim coalesce nullif abs round mod "
    "date time datetime json_valid cast".split()
)
"""Functions that may stand in a default, a check or an index. None reads a file, sleeps or makes much of little."""

MAX_STATEMENTS = 2_000
"""A script with more is refused: sqlglot takes up to 1 ms for each, and no schema has so many."""

_TYPES = frozenset(
    "varchar varying char character nvarchar nchar numeric decimal dec float double real time timestamp timestamptz "
    "timetz interval datetime year bit varbit binary varbinary blob text enum set int integer tinyint smallint "
    "mediumint bigint".split()
)
_BEFORE_BRACKET = frozenset(
    "check key unique in and or not default identity between then when else like ilike is any by index".split()
)
_BEFORE_NAME = frozenset("TABLE EXISTS REFERENCES ON USING KEY INDEX UNIQUE ONLY COLUMN".split())
_QUALIFIERS = {"postgres": "public", "sqlite": "main", "mysql": ""}
_INDEX_METHODS = frozenset({"btree", "hash", "gin", "gist", "brin"})
_STORES = frozenset({"innodb", "myisam", "aria", "memory"})
"""MySQL's storage engines that keep rows where the server keeps all of them: CONNECT and CSV read files, FEDERATED,
SPIDER and S3 call other machines."""

_HEADS = re.compile(
    r"CREATE TABLE|CREATE (UNIQUE )?INDEX|CREATE TYPE|ALTER TABLE|COMMENT ON (TABLE|COLUMN)", re.IGNORECASE
)

_NODES: frozenset[type[exp.Expr]] = frozenset(
    {
        *(exp.Create, exp.Alter, exp.AddConstraint, exp.Comment, exp.Schema, exp.Table, exp.Identifier, exp.Column),
        *(exp.ColumnDef, exp.ColumnConstraint, exp.Constraint, exp.DataType, exp.DataTypeParam, exp.Var),
        *(exp.PrimaryKeyColumnConstraint, exp.NotNullColumnConstraint, exp.UniqueColumnConstraint),
        *(exp.CheckColumnConstraint, exp.DefaultColumnConstraint, exp.GeneratedAsIdentityColumnConstraint),
        *(exp.AutoIncrementColumnConstraint, exp.CommentColumnConstraint, exp.CollateColumnConstraint),
        *(exp.CharacterSetColumnConstraint, exp.OnUpdateColumnConstraint, exp.IndexColumnConstraint),
        *(exp.PrimaryKey, exp.ForeignKey, exp.Reference, exp.Index, exp.IndexParameters, exp.Ordered, exp.Where),
        *(exp.Properties, exp.EngineProperty, exp.CharacterSetProperty, exp.CollateProperty),
        *(exp.SchemaCommentProperty, exp.AutoIncrementProperty),
        *(exp.Literal, exp.Null, exp.Boolean, exp.Paren, exp.Tuple, exp.Array, exp.Any, exp.Cast, exp.Interval),
        *(exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between, exp.Like, exp.ILike, exp.RegexpLike),
        *(exp.RegexpILike, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Neg, exp.Add, exp.Sub, exp.Mul),
        *(exp.Div, exp.Mod, exp.DPipe, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Lower, exp.Upper),
        *(exp.Length, exp.Trim, exp.Abs, exp.Round, exp.Uuid, exp.CurrentTimestamp, exp.CurrentDate),
        *(exp.CurrentTime, exp.CurrentDatetime, exp.Localtimestamp, exp.Localtime, exp.AtTimeZone, exp.Date),
        *(exp.Time, exp.Datetime, exp.Anonymous),
    }
)
_CREATE_ARGS = frozenset({"this", "kind", "unique", "exists", "expression", "properties"})
_ALTER_ARGS = frozenset({"this", "kind", "exists", "actions", "only"})
_COMMENT_ARGS = frozenset({"this", "kind", "exists", "expression"})


def statements(sql: str, dialect: str) -> list[str]:
    """The statements of a script, each without comments and semicolon, each allowed to run.

    Raises:
        SqlError: a statement is not on the allow-list, or the text cannot be read safely.
    """
    found = lex(sql, dialect)
    if len(found) > MAX_STATEMENTS:
        raise SqlError(f"the SQL has {len(found)} statements; at most {MAX_STATEMENTS} are run", hint="split the file")
    for statement in found:
        _check_words(statement, dialect)
        _check_tree(statement, _parsed(statement, dialect), dialect)
    return [statement.text for statement in found]


def _check_words(statement: Statement, dialect: str) -> None:
    """The checks that do not need sqlglot: how the statement begins, and what stands before a bracket."""
    head = " ".join(t.text if t.kind is Kind.WORD else "?" for t in statement.tokens[:3])
    if not _HEADS.match(head):
        raise statement.refused("it is not on the list of allowed statements")
    tokens = statement.tokens
    for i, token in enumerate(tokens):
        if token.word == "SELECT":
            raise statement.refused("it holds a query")
        if token.word == "(" and i and tokens[i - 1].kind in (Kind.WORD, Kind.NAME):
            _check_call(statement, i - 1)
        if token.word == "." and tokens[i - 1].text.strip('"`[]').lower() != _QUALIFIERS[dialect]:
            _check_dot(statement, i)


def _check_call(statement: Statement, at: int) -> None:
    token = statement.tokens[at]
    known = FUNCTIONS | _TYPES | _BEFORE_BRACKET
    if token.kind is Kind.WORD and token.text.lower() in known and not _after_dot(statement.tokens, at):
        return
    if not _is_object_name(statement.tokens, at):
        raise statement.refused(f"{token.text} (...) is not on the list of allowed functions")


def _after_dot(tokens: tuple[Token, ...], at: int) -> bool:
    return at > 0 and tokens[at - 1].word == "."


def _is_object_name(tokens: tuple[Token, ...], at: int) -> bool:
    """Whether the name at `at` is that of a table, index or column, so the bracket opens a list and no call."""
    while at >= 2 and tokens[at - 1].word == ".":
        at -= 2
    return at > 0 and tokens[at - 1].word in _BEFORE_NAME


def _check_dot(statement: Statement, at: int) -> None:
    """A dot is fine behind the one schema that is there, and between table and column of COMMENT ON COLUMN."""
    if [t.word for t in statement.tokens[:3]] != ["COMMENT", "ON", "COLUMN"]:
        raise statement.refused(f"{statement.tokens[at - 1].text} names another schema or database")


def _parsed(statement: Statement, dialect: str) -> exp.Expr:
    """The tree of one statement, read by sqlglot, whose tokenizer has to agree with ours."""
    try:
        tokens = sqlglot.tokenize(statement.text, read=dialect)
        trees = sqlglot.parse(statement.text, read=dialect)
    except SqlglotError as error:
        raise statement.refused(f"it cannot be read ({_first_line(error)})") from None
    except RecursionError:
        raise statement.refused("it is nested too deeply") from None
    spans = [(t.start, t.end + 1, t.token_type.name == "STRING") for t in tokens]
    if not _same_cuts(statement.tokens, spans):
        raise statement.refused("two readers split it differently")
    if len(trees) != 1 or trees[0] is None:
        raise statement.refused("it is not one statement")
    return trees[0]


def _same_cuts(ours: tuple[Token, ...], theirs: list[tuple[int, int, bool]]) -> bool:
    """Whether sqlglot cut the text where we did. It may join several of our words into one keyword."""
    i = 0
    for start, end, is_string in theirs:
        if i >= len(ours) or ours[i].start != start:
            return False
        first = i
        while i < len(ours) and ours[i].end < end:
            i += 1
        if i >= len(ours) or ours[i].end != end:
            return False
        i += 1
        joined = {t.kind for t in ours[first:i]}
        if is_string != (joined == {Kind.STRING}):
            return False
        if joined & {Kind.STRING, Kind.NAME} and i - first > 1:
            return False
    return i == len(ours)


def _first_line(error: Exception) -> str:
    text = re.sub(r"\x1b\[\d+m", "", str(error))
    return re.split(r"\n| but got <| for <class", text, maxsplit=1)[0].strip().rstrip(".")[:120]


def _check_tree(statement: Statement, tree: exp.Expr, dialect: str) -> None:
    if isinstance(tree, exp.Create):
        _check_create(statement, tree)
    elif isinstance(tree, exp.Alter):
        _check_args(statement, tree, _ALTER_ARGS, ("TABLE",))
        if not all(isinstance(a, exp.ColumnDef | exp.AddConstraint) for a in tree.args["actions"]):
            raise statement.refused("ALTER TABLE may only add a column, a constraint or a key")
    elif isinstance(tree, exp.Comment):
        _check_args(statement, tree, _COMMENT_ARGS, ("TABLE", "COLUMN"))
    else:
        raise statement.refused("it is not on the list of allowed statements")
    for node in tree.walk():
        _check_node(statement, node, tree, dialect)


def _check_create(statement: Statement, tree: exp.Create) -> None:
    _check_args(statement, tree, _CREATE_ARGS, ("TABLE", "INDEX", "TYPE"))
    body, kind = tree.args.get("expression"), tree.kind
    if kind == "TYPE":
        if not (isinstance(body, exp.DataType) and body.this == exp.DataType.Type.ENUM):
            raise statement.refused("of types only enums may be made")
    elif body is not None:
        raise statement.refused("a table made from a query")
    if kind == "TABLE" and not isinstance(tree.this, exp.Schema):
        raise statement.refused("a table needs its own list of columns")


def _check_args(statement: Statement, tree: exp.Expr, allowed: frozenset[str], kinds: tuple[str, ...]) -> None:
    extra = [name for name, value in tree.args.items() if value and name not in allowed]
    if extra:
        raise statement.refused(f"{extra[0].replace('_', ' ').upper()} is not allowed here")
    if str(tree.args.get("kind")).upper() not in kinds:
        raise statement.refused(f"{tree.args.get('kind')} is not one of {', '.join(kinds)}")


def _check_node(statement: Statement, node: exp.Expr, root: exp.Expr, dialect: str) -> None:
    if type(node) not in _NODES or (isinstance(node, exp.Create | exp.Alter | exp.Comment) and node is not root):
        raise statement.refused(f"{_words(node)} is not allowed")
    if isinstance(node, exp.Anonymous) and node.name.lower() not in FUNCTIONS:
        raise statement.refused(f"the function {node.name} is not on the list of allowed functions")
    here = ("", _QUALIFIERS[dialect])
    if isinstance(node, exp.Table | exp.Column) and (node.catalog or str(node.db).lower() not in here):
        raise statement.refused(f"{node.db} names another schema or database")
    if isinstance(node, exp.EngineProperty) and node.name.lower() not in _STORES:
        raise statement.refused(f"the storage engine {node.name} is not one of {', '.join(sorted(_STORES))}")
    if isinstance(node, exp.In) and not node.expressions:
        raise statement.refused("IN needs a list in brackets")
    if isinstance(node, exp.IndexParameters):
        _check_index(statement, node)


def _check_index(statement: Statement, node: exp.IndexParameters) -> None:
    extra = {k for k, v in node.args.items() if v} - {"using", "columns", "where", "include"}
    if extra:
        raise statement.refused(f"{extra.pop().replace('_', ' ').upper()} of an index is not allowed")
    using = node.args.get("using")
    if using is not None and using.name.lower() not in _INDEX_METHODS:
        raise statement.refused(f"the index method {using.name} is not known")


def _words(node: exp.Expr) -> str:
    """The class of a node in words: LikeProperty -> LIKE PROPERTY."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).upper()
