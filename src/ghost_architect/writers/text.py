"""Text in a picture whose fonts are not known: clean, estimated a little too wide, cut to fit.

Widths are in em (multiples of the font size) and upper bounds over the fonts a system's own
interface font is likely to be, so that what is estimated to fit does fit.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable

from ghost_architect.schema.naming import free_name

MONO = 0.615
"""A character of a monospace font. (DejaVu Sans Mono and Menlo: 0.602, Courier: 0.600, Consolas: 0.550.)"""

# Advance widths of DejaVu Sans, the widest of the usual interface fonts, where Liberation Sans
# (as wide as Arial and Helvetica) is wider its own; rounded up.
_CLASSES = {
    0.30: "'Iijl",
    0.36: " ,./:;\\|",
    0.42: "()-[]ft",
    0.50: '!r"*J`',
    0.56: "csz",
    0.61: "?L_kvxy",
    0.64: "$0123456789FTabdeghnopqu{}",
    0.70: "ABEKPSVXYZ",
    0.76: "CNRU",
    0.80: "&DGHOQ",
    0.85: "#+<=>^w~",
    0.90: "M",
    1.02: "%mW@",
}
_ADVANCE = {character: width for width, characters in _CLASSES.items() for character in characters}
_OTHER, _WIDE, _BOLD = 0.80, 1.20, 1.18

_CONTROLS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACK = re.compile(f"({_MARK}{{2}}){_MARK}+")


def clean(text: str) -> str:
    """One line without anything that cannot be seen.

    Control and format characters (which turn the writing direction, join or hide text, or are not
    allowed in XML) and characters that Unicode has not assigned become spaces; runs of white space
    become one; more than two marks on one letter are cut to two.
    """
    shown = "".join(" " if unicodedata.category(c) in _CONTROLS else c for c in text)
    return _STACK.sub(r"\1", " ".join(shown.split()))


def is_visible(character: str) -> bool:
    """Whether a character is one that `clean` keeps as it is; a blank is."""
    return character == " " or not (unicodedata.category(character) in _CONTROLS or character.isspace())


def escaped(text: str) -> str:
    """A text in quotation marks on one line, with what cannot be seen written as an escape."""
    shown = (c if is_visible(c) else json.dumps(c)[1:-1] for c in text.replace("\\", "\\\\").replace('"', '\\"'))
    return f'"{"".join(shown)}"'


def distinct(names: Iterable[str]) -> list[str]:
    """The names in order, each once: one that is there already gets a number behind it."""
    taken: dict[str, None] = {}
    for name in names:
        taken[free_name(name, taken, sys.maxsize)] = None
    return list(taken)


def lines_of(text: str) -> list[str]:
    """The lines of a text that hold something, each cleaned, so that none can leave the comment it stands in."""
    return [line for line in map(clean, text.splitlines()) if line]


def sans(text: str, bold: bool = False) -> float:
    """An upper bound of the width of `text` in an interface font, in em."""
    return sum(_advance(c) for c in text) * (_BOLD if bold else 1.0)


def mono(text: str) -> float:
    """An upper bound of the width of `text` in a monospace font, in em."""
    return sum(MONO if c.isascii() else max(MONO, _advance(c)) for c in text)


def _advance(character: str) -> float:
    known = _ADVANCE.get(character)
    if known is not None:
        return known
    if unicodedata.combining(character):
        return 0.0
    wide = unicodedata.east_asian_width(character) in "WF" or ord(character) > 0xFFFF
    return _WIDE if wide else _OTHER


def shortened(text: str, width: float, bold: bool = False, fixed: bool = False) -> str:
    """`text`, or as much of its start as `width` em hold with an ellipsis behind it.

    Args:
        text: cleaned text.
        width: room, in em.
        bold: in bold letters.
        fixed: in a monospace font.
    """

    def measure(part: str) -> float:
        return mono(part) if fixed else sans(part, bold)

    if measure(text) <= width:
        return text
    room, end = width - measure("…"), 0
    while end < len(text) and measure(text[: end + 1]) <= room:
        end += 1
    return text[:end].rstrip() + "…"
