"""What a module of classes uses of others, and how that is written at its top."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..python import WIDTH, Call, layout


@dataclass(slots=True)
class Imports:
    """The names that a module uses.

    Attributes:
        modules: where each name comes from. Only names in it are imported.
        framework: the module that stands in a group of its own, behind Python's.
        names: what has been used. `dt` is `datetime`, which too many columns are called.
    """

    modules: Mapping[str, str]
    framework: str
    names: set[str] = field(default_factory=set)

    def __call__(self, name: str) -> str:
        """This name, and it will be imported."""
        self.names.add(name)
        return name

    def lines(self) -> Iterator[str]:
        """The imports, in groups and sorted as `isort` does it."""
        used = sorted({self.modules[n] for n in self.names if n in self.modules})
        groups = [
            [m for m in used if m == "__future__"],
            [m for m in used if m != "__future__" and not m.startswith(self.framework)],
            [m for m in used if m.startswith(self.framework)],
        ]
        blocks = [[line for m in group for line in self._from(m)] for group in groups]
        if "dt" in self.names:
            blocks[1].insert(0, "import datetime as dt")
        filled = [b for b in blocks if b]
        for i, block in enumerate(filled):
            yield from ([""] * bool(i)) + block

    def _from(self, module: str) -> list[str]:
        names = sorted((n for n in self.names if self.modules.get(n) == module), key=_by_kind)
        line = f"from {module} import {', '.join(names)}"
        return [line] if len(line) <= WIDTH else layout(f"from {module} import ", Call("", names))


def _by_kind(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2), name
