"""What an answer got wrong, by name: the part of a report that says what to work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .metrics import has_fair_type
from .pairing import Pairing
from .shapes import Field, Shape


class Mistyped(NamedTuple):
    """A column of the truth that was found with a type of another family."""

    column: Field
    true: str
    answered: str


@dataclass(frozen=True, slots=True)
class Misses:
    """Names are those of the truth, but for `invented`.

    Args:
        tables: not found.
        columns: on the screen, and in no table of the answer under any matching name.
        misplaced: read, but not where it belongs: a column of another table has the name.
        mistyped: found, with another type.
        invented: the answer's columns that the truth does not have.
    """

    tables: tuple[str, ...] = ()
    columns: tuple[Field, ...] = ()
    misplaced: tuple[Field, ...] = ()
    mistyped: tuple[Mistyped, ...] = ()
    invented: tuple[Field, ...] = ()

    @property
    def size(self) -> int:
        """How many columns and tables are wrong in all."""
        return sum(map(len, (self.tables, self.columns, self.misplaced, self.mistyped, self.invented)))

    def to_json(self) -> dict[str, list[str]]:
        """By sort of miss; columns written table.column."""
        return {
            "tables": list(self.tables),
            "columns": list(map(".".join, self.columns)),
            "misplaced": list(map(".".join, self.misplaced)),
            "mistyped": [f"{'.'.join(m.column)}: {m.true}, not {m.answered}" for m in self.mistyped],
            "invented": list(map(".".join, self.invented)),
        }


def misses(pairing: Pairing) -> Misses:
    """What is wrong in the answer of a pairing."""
    paired = set(pairing.tables.values())
    lost = [f for f in pairing.visible if f not in pairing.found]
    return Misses(
        tables=tuple(t for t in pairing.truth if t not in paired),
        columns=tuple(f for f in lost if f not in pairing.read),
        misplaced=tuple(f for f in lost if f in pairing.read),
        mistyped=tuple(
            Mistyped(true, _type(pairing.truth, true) or "text", _type(pairing.answer, answered))
            for true, answered in pairing.found.items()
            if not has_fair_type(pairing, true, answered)
        ),
        invented=tuple(f for f in pairing.judged if f not in pairing.columns),
    )


def _type(shapes: Mapping[str, Shape], field: Field) -> str:
    return shapes[field[0]].types[field[1]]
