"""A report as text tables, for a terminal of any width and without need of colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .intervals import COVERAGE, Interval
from .metrics import METRICS
from .misses import Misses
from .report import Part, Report, Score
from .shapes import Field

WORST = 8
"""How many cases are listed with their misses; the JSON form has all."""
NAMES = 6
"""How many columns of one table are listed for one sort of miss."""
NAME_WIDTH = 34
"""Longer names of screens are broken, so that there is room for what is said about them."""


def render(report: Report, console: Console) -> None:
    """Print the report on this console."""
    console.print(Text(_heading(report), style="bold"))
    if report.score is not None:
        console.print(_figures(report.parts, report.score))
        console.print(Text(f"GhostScore = {report.score.rule}"))
    if report.silence is not None:
        s = report.silence
        console.print(Text(f"\nSilent on pages without data: {_number(s.share)} ({s.right} of {s.of})"))
    if report.slices:
        _titled(console, "F1 by screen kind", _slices(report))
    if report.unread:
        _titled(console, f"Unread ({len(report.unread)}), counted as empty answers", _unread(report))
    if report.worst:
        _titled(console, f"Worst misses ({min(WORST, len(report.worst))} of {len(report.worst)})", _worst(report))
    seconds = f"Seconds a call: {report.seconds.p50:.2f} median, {report.seconds.p95:.2f} at the 95th percentile"
    console.print(Text(f"\n{seconds}"))


def _titled(console: Console, title: str, table: Table) -> None:
    console.print(Text(f"\n{title}", style="bold"))
    console.print(table)


def _heading(report: Report) -> str:
    by = f", read by {report.backend}" if report.backend else ""
    screens, apps = _many(report.screens, "screen"), _many(report.apps, "app")
    return f"{report.name}{by}: {screens} of {apps}, one {report.unit} a call, {len(report.unread)} unread"


def _many(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _table(*columns: str, numbers_from: int = 1) -> Table:
    """A table whose first columns are text and whose columns from `numbers_from` are figures."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, header in enumerate(columns):
        table.add_column(header, justify="right" if i >= numbers_from else "left", overflow="fold")
    table.columns[0].max_width = NAME_WIDTH
    return table


def _figures(parts: Mapping[str, Part], score: Score) -> Table:
    table = _table("", "P", "R", "F1", f"{COVERAGE:.0%} interval", "right", "answered", "true")
    for metric in METRICS:
        part = parts[metric.name]
        table.add_row(metric.title, *_rates(part), _interval(part.interval), *map(str, part.count))
    table.add_section()
    table.add_row("GhostScore", "", "", _number(score.value), _interval(score.interval), style="bold")
    return table


def _slices(report: Report) -> Table:
    table = _table("kind", "screens", *(m.title for m in METRICS))
    for s in report.slices:
        table.add_row(Text(s.kind), str(s.screens), *(_number(s.parts[m.name].rates.f1) for m in METRICS))
    return table


def _unread(report: Report) -> Table:
    table = _table(report.unit, "why", numbers_from=2)
    for case in report.unread:
        table.add_row(_name(case.name), _name(case.error))
    return table


def _worst(report: Report) -> Table:
    table = _table(report.unit, "what", "names", numbers_from=3)
    for case in report.worst[:WORST]:
        for i, (what, names) in enumerate(_misses(case.misses)):
            table.add_row(_name(case.name) if i == 0 else "", what, _name(names))
    return table


def _misses(m: Misses) -> list[tuple[str, str]]:
    sorts = [
        ("tables not found", _listed(m.tables)),
        ("columns not found", _by_table(m.columns)),
        ("in another table", _by_table(m.misplaced)),
        ("other type", _by_table([(x.column[0], f"{x.column[1]} ({x.true}, not {x.answered})") for x in m.mistyped])),
        ("invented", _by_table(m.invented)),
    ]
    return [(what, names) for what, names in sorts if names]


def _by_table(columns: Sequence[Field]) -> str:
    """`orders: total, number; customers: name`: no name is said twice, so more of them fit."""
    tables: dict[str, list[str]] = {}
    for table, column in columns:
        tables.setdefault(table, []).append(column)
    return "; ".join(f"{table}: {_listed(names)}" for table, names in tables.items())


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMES
    return ", ".join(names[:NAMES]) + (f" and {more} more" if more > 0 else "")


def _name(text: str) -> Text:
    """Names come from models and files: no markup is read in them, and nothing that steers a terminal is left."""
    return Text("".join(c if c.isprintable() else "?" for c in text))


def _rates(part: Part) -> tuple[str, str, str]:
    r = part.rates
    return _number(r.precision), _number(r.recall), _number(r.f1)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(value: Interval | None) -> str:
    return "-" if value is None else f"{value[0]:.3f} to {value[1]:.3f}"
