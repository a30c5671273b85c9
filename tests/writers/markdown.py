"""Markdown read back: by markdown-it-py (CommonMark with tables) and by marked (which looks for addresses)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.outside import NODE_MODULES, node_package, program

_MARKED = """
import { readFileSync } from "node:fs";
import { lexer, walkTokens } from "marked";
const read = (text) => {
  const kinds = new Set(), links = [];
  walkTokens(lexer(text), (token) => {
    kinds.add(token.type);
    if (token.type === "link" || token.type === "image") links.push(token.href);
  });
  return [[...kinds], links];
};
process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(read)));
"""

ALLOWED = frozenset("heading paragraph table list list_item text codespan strong space escape link".split())
"""What marked may find in a dictionary. Links go nowhere but to a heading; see `links`."""

_OPEN = frozenset("heading paragraph table thead tbody tr th td bullet_list list_item strong link".split())
_TOKENS = frozenset(f"{kind}_{end}" for kind in _OPEN for end in ("open", "close")) | {
    *("inline", "text", "text_special", "code_inline")
}


@dataclass(slots=True)
class Section:
    """What stands under one heading: tables of cells, paragraphs, and lists by the bold line before them."""

    title: str
    paragraphs: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    lists: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Document:
    """A dictionary as markdown-it-py reads it. `strange` are kinds of tokens that a dictionary never has."""

    sections: list[Section] = field(default_factory=list)
    strange: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)

    @property
    def tables(self) -> list[Section]:
        """The sections behind the first one, which is the list of tables."""
        return self.sections[1:]


def read(text: str) -> Document:
    """The structure of the text, by markdown-it-py."""
    out, row, bold = Document(), list[str](), ""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    above = ["", *(t.type for t in tokens)]
    for before, token in zip(above, tokens, strict=False):
        out.strange |= set(_kinds(token)) - _TOKENS
        out.links += [str(t.attrs["href"]) for t in token.children or () if t.type == "link_open"]
        if token.type == "tr_open":
            row = []
            out.sections[-1].rows.append(row)
        if token.type != "inline":
            continue
        words = "".join(t.content for t in token.children or ())
        if before == "heading_open":
            out.sections.append(Section(words))
        elif before in ("th_open", "td_open"):
            row.append(words)
        elif token.level > 1:
            out.sections[-1].lists.setdefault(bold, []).append(words)
        else:
            out.sections[-1].paragraphs.append(words)
            bold = words
    return out


def _kinds(token: Token) -> Iterator[str]:
    yield token.type
    yield from (t.type for t in token.children or ())


def read_with_marked(texts: Sequence[str]) -> list[tuple[set[str], list[str]]]:
    """For each text the kinds of tokens and the links that marked finds, which looks for bare addresses too."""
    node_package("marked")
    command = [program("node"), "--input-type=module", "-e", _MARKED]
    done = subprocess.run(
        command, input=json.dumps(texts).encode(), capture_output=True, check=True, cwd=NODE_MODULES.parent, timeout=60
    )
    return [(set(kinds), links) for kinds, links in json.loads(done.stdout)]
