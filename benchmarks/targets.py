"""What has to be reached, and what would be good: one table for all scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A figure with two marks. `unit` is written behind figures; shares are 0..1 and have none."""

    name: str
    must: float
    goal: float
    unit: str = ""

    @property
    def more_is_better(self) -> bool:
        """Scores are to be high. Times and sizes carry a unit, and are to be low."""
        return not self.unit

    def row(self, value: float | None) -> tuple[str, str, str, str, str]:
        """Name, value, must, goal, and what of them was reached."""
        shown = "-" if value is None else self._written(value)
        return self.name, shown, self._written(self.must), self._written(self.goal), self.verdict(value)

    def verdict(self, value: float | None) -> str:
        """`goal reached`, `must reached` or `not reached`."""
        if value is None:
            return "not measured"
        if self._reaches(value, self.goal):
            return "goal reached"
        return "must reached" if self._reaches(value, self.must) else "not reached"

    def _reaches(self, value: float, mark: float) -> bool:
        return value >= mark if self.more_is_better else value <= mark

    def _written(self, value: float) -> str:
        if self.unit == "MB":
            return f"{value:.0f} MB"
        return f"{value:.2f} {self.unit}" if self.unit else f"{value:.3f}"


HEADER = ("Figure", "Measured", "Must", "Goal", "Verdict")
"""Of a table made of `Target.row`."""

RUNS = {
    "postgres": Target("`--dialect postgres` runs on PostgreSQL, as printed", 1.0, 1.0),
    "sqlite": Target("`--dialect sqlite` runs on SQLite, as printed", 1.0, 1.0),
}
"""Share of the screens with an answer whose SQL the engine takes, by dialect and engine."""

SETS: dict[str, dict[tuple[str, str], Target]] = {
    "seedset": {
        ("column", "F1"): Target("columns, F1", 0.85, 0.95),
        ("typed", "F1"): Target("typed columns, F1", 0.70, 0.85),
    },
    "realset": {
        ("anywhere", "R"): Target("anywhere", 0.55, 0.75),
        ("column", "R"): Target("visible columns, recall", 0.30, 0.50),
        ("table", "F1"): Target("tables, F1", 0.30, 0.50),
    },
    "emptyset": {("silence", "share"): Target("silent on pages without data", 0.8, 1.0)},
}
"""What `rules` has to reach, screen by screen: name of the set -> (part of the report, figure) -> target."""

LATENCY = {
    0.50: Target("one 1280x800 screen, p50", 2.5, 1.2, "s"),
    0.95: Target("one 1280x800 screen, p95", 5.0, 2.5, "s"),
}
"""On two idle cores, reading the text included."""

INSTALL_SIZE = Target("site-packages of a core install, without pip", 450, 400, "MB")

FIRST_SCHEMA = Target("clone to first schema", 180, 60, "s")


def verdicts(pairs: Sequence[tuple[Target, float | None]]) -> list[tuple[str, str, str, str, str]]:
    """The rows of a table under `HEADER`."""
    return [target.row(value) for target, value in pairs]
