"""The grammar of an answer, and the same grammar in llama.cpp's notation.

`answer.lark` is the only place where the grammar is written. `gbnf()` translates it:

    start: statement*          root ::= statement*
    COUNT: /[1-9][0-9]*/       count ::= [1-9] [0-9]*

Lark and llguidance work on terminals, GBNF on characters; since the grammar spells out all white
space and ignores nothing, both describe the same texts. The notation of GBNF:
https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parents[1] / "answer.lark"

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*") | (?P<regex>/(?:[^/\\]|\\.)+/) | (?P<name>[A-Za-z]\w*) | (?P<mark>[()|?*+:])
      | (?P<skip>[ \t]+|//[^\n]*|\n(?=[ \t]*\|)) | (?P<line>\n)""",
    re.VERBOSE,
)
# A run of characters is one string; the last of them is not, where it is repeated.
_REGEX_TOKEN = re.compile(
    r"""(?P<class>\[(?:[^\]\\]|\\.)+\]) | (?P<count>\{\d+(?:,\d*)?\}) | (?P<mark>[()|?*+])
      | (?P<text>(?:(?:\\\W|[^\\()|?*+{[])(?![?*+{]))+ | \\\W | [^\\])""",
    re.VERBOSE,
)


@cache
def grammar() -> str:
    """The grammar in Lark's notation, as Lark and llguidance read it."""
    return _FILE.read_text(encoding="utf-8")


@cache
def gbnf() -> str:
    """The grammar in GBNF, for llama.cpp and servers built on it."""
    return "".join(f"{_rule_name(name)} ::= {_spaced(body)}\n" for name, body in _rules(grammar()))


def _spaced(parts: list[str]) -> str:
    """The parts with a blank between, but for repetitions, which stand behind what they repeat."""
    return "".join(part if part[0] in "?*+{" else f" {part}" for part in parts).lstrip()


def _rules(text: str) -> Iterator[tuple[str, list[str]]]:
    """Name and body of each rule and terminal, the body in GBNF already."""
    for tokens in _lines(text):
        (_, name), (_, colon), *body = tokens
        assert colon == ":", f"{name!r} is no rule"
        yield name, [part for kind, token in body for part in _translate(kind, token)]


def _lines(text: str) -> Iterator[list[tuple[str, str]]]:
    """The tokens of each definition; a line that begins with `|` goes on with the one before it."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None, f"not in our part of Lark: {text[at : at + 20]!r}"
        at = match.end()
        if match.lastgroup == "line":
            yield from [tokens] if tokens else []
            tokens = []
        elif match.lastgroup != "skip":
            tokens.append((str(match.lastgroup), match[0]))
    yield from [tokens] if tokens else []


def _translate(kind: str, token: str) -> Iterator[str]:
    if kind == "name":
        yield _rule_name(token)
    elif kind == "regex":
        yield from ("(", *_from_regex(token[1:-1]), ")")
    else:
        yield token  # strings, brackets, alternatives and repetitions are written alike


def _from_regex(pattern: str) -> Iterator[str]:
    """A regular expression as GBNF: characters become strings, the rest is written alike."""
    for match in _REGEX_TOKEN.finditer(pattern):
        if match.lastgroup == "text":
            yield '"' + match[0].replace("\\", "").replace('"', '\\"') + '"'
        else:
            yield match[0]


def _rule_name(name: str) -> str:
    """GBNF starts at `root`, and its names have no underscore."""
    return "root" if name == "start" else name.lower().replace("_", "-")
