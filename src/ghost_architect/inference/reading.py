"""What comes out of the road: a schema, what is to be said of it, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..schema.ddl import Citations, ddl
from ..schema.execute import Execution
from ..schema.findings import Finding, Severity
from ..schema.jsonform import VERSION, finding_to_json, tables_to_json
from ..schema.objects import Schema


@dataclass(frozen=True, slots=True)
class Screen:
    """One picture that was read. `lines_left_out` did not fit into the prompt."""

    name: str
    width: int
    height: int
    lines: int
    lines_left_out: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from one call's screens.

    `schema` is what was meant, whatever the dialect; `sql()` writes what the dialect can hold of it.
    `timings` are seconds by step.
    """

    schema: Schema
    dialect: str
    findings: tuple[Finding, ...]
    executions: tuple[Execution, ...]
    backend: str
    model: str
    screens: tuple[Screen, ...]
    timings: Mapping[str, float] = field(default_factory=dict)

    def sql(self, cite: bool = False) -> str:
        """The script for the dialect; with `cite`, what each column was read from stands behind it."""
        return ddl(self.schema, self.dialect, Citations.TEXT if cite else Citations.NONE)

    @property
    def executed(self) -> dict[str, bool]:
        """For each engine that was asked: whether the script ran and made what was meant."""
        return {e.engine: e.ok for e in self.executions}

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong: no error among the findings, no engine that refused."""
        return all(self.executed.values()) and all(f.severity is not Severity.ERROR for f in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The body that `--format json` prints and the API returns."""
        return {
            "version": VERSION,
            "dialect": self.dialect,
            "sql": self.sql(),
            "tables": tables_to_json(self.schema),
            "findings": [finding_to_json(f) for f in self.findings],
            "executed": self.executed,
            "backend": self.backend,
            "model": self.model,
            "screens": [_screen_to_json(s) for s in self.screens],
            "timings": {k: round(v, 4) for k, v in self.timings.items()},
        }


def _screen_to_json(screen: Screen) -> dict[str, Any]:
    return {
        "name": screen.name,
        "width": screen.width,
        "height": screen.height,
        "lines": screen.lines,
        "lines_left_out": screen.lines_left_out,
    }
