"""The key below a diagram: only the signs that occur in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ghost_architect.schema.objects import Schema

from .cards import dot
from .markup import foot, label, num
from .relations import Relation, unique_alone
from .text import sans

_PX, _LINE, _BETWEEN, _TOP = 12.0, 24.0, 22.0, 26.0


@dataclass(frozen=True, slots=True)
class Legend:
    """What the key has to explain.

    Attributes:
        title: what the diagram shows, in one line.
        signs: the signs to explain: (SVG at 0,0 on the middle line, its width, words).
    """

    title: str
    signs: tuple[tuple[str, float, str], ...]

    @classmethod
    def of(cls, schema: Schema, related: Sequence[Relation], known: bool) -> Legend:
        """The key of this schema's diagram; `known` as in `cards.measure`."""
        columns = [c for t in schema.tables for c in t.columns]
        counts = ((len(schema.tables), "table"), (len(columns), "column"), (len(related), "relation"))
        title = ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts if n) or "no tables"
        tags = (
            ("PK", "primary key", any(t.primary_key for t in schema.tables)),
            ("FK", "foreign key", any(t.foreign_keys for t in schema.tables)),
            ("UQ", "unique", any(unique_alone(t) for t in schema.tables)),
        )
        signs = [(_pill(tag), 22.0, words) for tag, words, holds in tags if holds]
        signs += [(dot(4, 0, False), 9.0, "not null")] if any(not c.nullable for c in columns) else []
        signs += [(dot(4, 0, True), 9.0, "may be empty")] if any(c.nullable for c in columns) else []
        if known and any(not c.evidence for c in columns):
            signs.append((_guess(), 27.0, "inferred, not on the screen"))
        ends = (
            (False, False, "exactly one", any(not r.optional for r in related)),
            (False, True, "one or none", any(r.optional or r.single for r in related)),
            (True, True, "any number", any(not r.single for r in related)),
        )
        signs += [(_end(many, optional), 32.0, words) for many, optional, words, holds in ends if holds]
        return cls(title, tuple(signs))

    def draw(self, width: float) -> tuple[str, float]:
        """The key from 0,0 in lines of at most `width` pixels.

        Returns:
            SVG, and how high it is.
        """
        items = [("", 0.0, self.title), *self.signs]
        parts, x, y = list[str](), 0.0, _TOP
        for sign, sign_width, words in items:
            gap = 7.0 if sign else 0.0
            whole = sign_width + gap + sans(words) * _PX
            if x and x + whole > width:
                x, y = 0.0, y + _LINE
            if sign:
                parts.append(f'<g transform="translate({num(x)} {num(y)})">{sign}</g>')
            parts.append(label(x + sign_width + gap, y + 4, "key", words))
            x += whole + _BETWEEN
        return "\n".join(parts), y + 4


def _pill(tag: str) -> str:
    kind = " pk" if tag == "PK" else ""
    return f'<rect class="pill{kind}" y="-7" width="22" height="14" rx="4"/>{label(11, 3.3, f"tag{kind}", tag)}'


def _guess() -> str:
    return f'{label(0, 4, "guess", "abc")}<path class="dots" d="M0 8.5h24"/>'


def _end(many: bool, optional: bool) -> str:
    rim = '<path class="edge" d="M30 -8V8"/>'
    return f'<path class="line" d="M0 0H30"/>{foot(30, 0, -1, many, optional)}{rim}'
