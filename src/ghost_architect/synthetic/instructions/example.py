"""One example, and what of its answer can be run."""

from __future__ import annotations

from dataclasses import dataclass, field

from ghost_architect.schema.migration import Migration
from ghost_architect.schema.objects import Schema


@dataclass(frozen=True, slots=True)
class Example:
    """A question and its answer.

    Attributes:
        kind: which of the six.
        instruction: what is asked for.
        input: what it is asked about; may be empty.
        output: the answer.
        schema: what the answer's SQL makes; for an explanation, what it is about.
        migration: of a migration; it is rehearsed, and not only run.
    """

    kind: str
    instruction: str
    input: str
    output: str
    schema: Schema = field(repr=False)
    migration: Migration | None = field(default=None, repr=False)

    def row(self) -> dict[str, str]:
        """As the file holds it."""
        return {"instruction": self.instruction, "input": self.input, "output": self.output}


def fenced(sql: str) -> str:
    """SQL within prose."""
    return f"```sql\n{sql.rstrip()}\n```"
