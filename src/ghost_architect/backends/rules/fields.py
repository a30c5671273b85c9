"""What the detectors find: blocks of fields, each field with the lines that name it and the lines that fill it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ghost_architect.pages.page import Line
from ghost_architect.schema.objects import Box


class BlockKind(StrEnum):
    """How a block stands on the screen."""

    GRID = "grid"
    FORM = "form"
    DETAIL = "detail"
    CARDS = "cards"


@dataclass(frozen=True, slots=True)
class Field:
    """A label with its values. `widget` is a name of `pages/signals.yaml`."""

    label: str
    label_lines: tuple[Line, ...]
    values: tuple[str, ...] = ()
    value_lines: tuple[Line, ...] = ()
    widget: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Fields that belong to one thing. `title` is the heading over it.

    `lines` are the numbers of all lines it was made of. `grouped`: it is repeated, each time under the
    heading of a group, so that the heading over it does not say what it lists.
    """

    kind: BlockKind
    fields: tuple[Field, ...]
    box: Box
    title: Line | None = None
    lines: frozenset[int] = frozenset()
    grouped: bool = False

    @property
    def area(self) -> int:
        """In pixels."""
        return self.box[2] * self.box[3]
