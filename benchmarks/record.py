"""A record of one measurement: the machine, then tables; printed as Markdown, kept as Markdown or JSON.

facts of the machine + tables -> Record -> stdout, and -o FILE.md | FILE.json
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import machine


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table. Cells are text; the first column names the row, figures stand to the right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def markdown(self) -> str:
        """The table with its columns lined up, so that it reads well without being rendered too."""
        rows = [self.columns, *self.rows]
        widths = [max(3, *(len(row[i]) for row in rows)) for i in range(len(self.columns))]
        figures = [i > 0 and all(_is_figure(row[i]) for row in self.rows) for i in range(len(self.columns))]
        lines = [self._row(row, widths, figures) for row in rows]
        rule = "|".join(f" {'-' * (w - 1)}{':' if f else '-'} " for w, f in zip(widths, figures, strict=True))
        table = [lines[0], f"|{rule}|", *lines[1:]] if self.rows else []
        return "\n".join(
            [f"## {self.title}", *(["", self.note] if self.note else []), *([""] if table else []), *table]
        )

    @staticmethod
    def _row(cells: Sequence[str], widths: Sequence[int], figures: Sequence[bool]) -> str:
        placed = (c.rjust(w) if f else c.ljust(w) for c, w, f in zip(cells, widths, figures, strict=True))
        return f"| {' | '.join(placed)} |"


def _is_figure(cell: str) -> bool:
    return cell in ("", "-") or cell[:1].isdigit() or (cell[:1] in "+-<" and cell[1:2].isdigit())


@dataclass(slots=True)
class Record:
    """What one script found out. The machine is looked at when the record is begun, before any work."""

    title: str
    question: str
    facts: dict[str, str] = field(default_factory=machine.facts)
    tables: list[Table] = field(default_factory=list)

    def add(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], note: str = "") -> None:
        """Add a table."""
        self.tables.append(Table(title, tuple(columns), tuple(map(tuple, rows)), note))

    def markdown(self) -> str:
        """All of it."""
        header = [f"- {name}: {f'`{value}`' if name == 'Command' else value}" for name, value in self.facts.items()]
        parts = [f"# {self.title}", self.question, "\n".join(header), *(t.markdown() for t in self.tables)]
        return "\n\n".join(parts) + "\n"

    def to_json(self) -> str:
        """All of it, for a program."""
        tables = [{"title": t.title, "note": t.note, "columns": t.columns, "rows": t.rows} for t in self.tables]
        body = {"title": self.title, "question": self.question, "machine": self.facts, "tables": tables}
        return json.dumps(body, ensure_ascii=False, indent=2) + "\n"

    def deliver(self, target: Path | None) -> None:
        """Print it, and write it to the file that `-o` names."""
        print(self.markdown(), end="")
        if target is not None:
            self.write(target)

    def write(self, target: Path) -> None:
        """Write it to FILE.md or FILE.json."""
        target.write_text(self.to_json() if target.suffix == ".json" else self.markdown(), encoding="utf-8")


def parser(doc: str | None) -> argparse.ArgumentParser:
    """The options of a script: its docstring as help, and `-o`."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("-o", "--output", type=_target, metavar="FILE", help="write the record to FILE.md or FILE.json")
    return made


def _target(text: str) -> Path:
    path = Path(text)
    if path.suffix not in (".md", ".json"):
        raise argparse.ArgumentTypeError(f"{text}: a record is written as .md or .json")
    if not path.resolve().parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text}: there is no such folder")
    return path
