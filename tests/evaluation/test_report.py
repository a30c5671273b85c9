"""From outcomes to a report, its JSON and its text."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ghost_architect.evaluation import intervals
from ghost_architect.evaluation.metrics import METRICS, Count
from ghost_architect.evaluation.render import render
from ghost_architect.evaluation.report import Report, build
from ghost_architect.evaluation.run import Outcome, evaluate
from ghost_architect.evaluation.sets import Case, EvalSet


def table(name: str, *columns: str) -> dict[str, Any]:
    key = {"name": "id", "type": "integer", "pk": True, "visible": False}
    return {"name": name, "columns": [key, *({"name": c, "type": "text"} for c in columns)]}


def case(name: str, *tables: dict[str, Any], app: str = "", kind: str = "list") -> Case:
    return Case(name, (Path(f"{name}.png"),), app or name, kind, tables)


BOOKS, LOANS = table("books", "title", "author", "year"), table("loans", "reader", "due")
ANSWERS = {
    "right": Outcome("CREATE TABLE books (id INT PRIMARY KEY, title TEXT, author TEXT, year TEXT);", True, 1.0),
    "wrong": Outcome("CREATE TABLE books (id INT PRIMARY KEY, title DATE, colour TEXT, due TEXT);", True, 2.0),
    "broken": Outcome("CREATE TABLE books (id INT PRIMARY KEY, title TEXT);", False, 3.0),
    "failed": Outcome("", False, 4.0, error="the server \x1b[31mhung up [bold]"),
    "silent": Outcome("", False, 5.0),
    "chatty": Outcome("CREATE TABLE ads (id INT PRIMARY KEY, slogan TEXT);", True, 6.0),
}
SET = EvalSet(
    "library",
    (
        case("right", BOOKS, app="one"),
        case("wrong", BOOKS, LOANS, app="one", kind="form"),
        case("broken", BOOKS, app="two"),
        case("failed", LOANS),
        case("silent"),
        case("chatty"),
    ),
)


def read(images: Sequence[Path]) -> Outcome:
    return ANSWERS[images[0].stem]


def report(*names: str) -> Report:
    cases = tuple(c for c in SET.cases if not names or c.name in names)
    return build("library", list(evaluate(EvalSet("library", cases), read)), backend="rules")


def text(made: Report, width: int = 100) -> str:
    out = io.StringIO()
    render(made, Console(file=out, width=width, no_color=True))
    return out.getvalue()


def test_what_does_not_run_counts_as_unread() -> None:
    made = report()
    assert [c.name for c in made.unread] == ["broken", "failed"]
    assert [c.error for c in made.unread] == ["the SQL does not run", "the server \x1b[31mhung up [bold]"]
    broken = made.cases[2]
    assert broken.counts["column"] == (0, 0, 3)


def test_figures_are_those_of_all_cases() -> None:
    made = report()
    assert made.parts["table"].count == (2, 3, 5)  # books twice; ads is invented; loans twice, books once not found
    assert made.parts["column"].count == (4, 7, 13)
    assert made.parts["typed"].count == (3, 7, 13)
    assert made.parts["anywhere"].count == (5, 13, 13)
    assert (made.screens, made.apps) == (6, 5)


def test_misses() -> None:
    misses = next(c for c in report().cases if c.name == "wrong").misses
    assert misses.to_json() == {
        "tables": ["loans"],
        "columns": ["books.author", "books.year", "loans.reader"],
        "misplaced": ["loans.due"],
        "mistyped": ["books.title: text, not date"],
        "invented": ["books.colour", "books.due"],
    }
    assert misses.size == 8


def test_worst_first_and_what_was_not_read_is_listed_elsewhere() -> None:
    assert [c.name for c in report().worst] == ["wrong", "chatty"]


def test_silence() -> None:
    made = report("silent", "chatty")
    assert made.silence is not None
    assert (made.silence.right, made.silence.of, made.silence.share) == (1, 2, 0.5)
    assert made.score is None
    assert made.parts == {}
    assert "0.500 (1 of 2)" in text(made)


def test_a_reader_that_failed_was_not_silent() -> None:
    cases = (Case("failed", (Path("failed.png"),), "", "", ()),)
    made = build("empty", list(evaluate(EvalSet("empty", cases), read)))
    assert made.silence is not None
    assert made.silence.right == 0


def test_slices_are_by_kind() -> None:
    made = report()
    assert [(s.kind, s.screens) for s in made.slices] == [("list", 3), ("form", 1)]  # pages without data have no kind
    assert made.slices[1].parts["column"].count == (1, 3, 5)
    assert report("right", "broken").slices == ()


def test_the_score_says_how_it_is_made() -> None:
    score = report().score
    assert score is not None
    assert not score.with_relations
    assert score.rule == "(0.30 tables + 0.45 typed columns) / 0.75; no relations: the references have 0, fewer than 20"


def test_intervals_hold_the_figure_and_are_the_same_every_time() -> None:
    made = report()
    for part in made.parts.values():
        if part.rates.f1 is not None:
            assert part.interval is not None
            low, high = part.interval
            assert 0 <= low <= part.rates.f1 <= high <= 1
    assert report() == made
    assert report("right", "wrong").parts["table"].interval is None  # one app has no spread


def test_percentile() -> None:
    assert intervals.percentile([4, 1, 3, 2], 0.5) == 2.5
    assert intervals.percentile([4, 1, 3, 2], 1.0) == 4
    assert intervals.percentile([7], 0.95) == 7
    assert (report().seconds.p50, report().seconds.p95) == (3.5, 5.75)


def test_resampling_draws_whole_apps_as_many_as_there_are() -> None:
    small, large = ({m.name: Count(n, n, n) for m in METRICS} for n in (1, 100))
    sums = {row["table"].right for row in intervals.resample([small, large])}
    assert sums == {2, 101, 200}


def test_json_holds_all_and_is_json() -> None:
    made = json.loads(json.dumps(report().to_json(), allow_nan=False))
    assert made["version"] == 1
    assert (made["set"], made["backend"], made["by"]) == ("library", "rules", "screen")
    assert list(made["parts"]) == [m.name for m in METRICS]
    assert made["parts"]["table"]["counts"] == [2, 3, 5]
    assert made["ghostscore"]["with_relations"] is False
    assert made["silence"] == {"share": 0.5, "right": 1, "of": 2}
    assert [c["name"] for c in made["cases"]] == [c.name for c in SET.cases]
    assert made["cases"][1]["misses"]["tables"] == ["loans"]
    assert made["interval"] == {"coverage": 0.95, "resamples": 1000, "seed": 0, "over": "apps"}


def test_text_says_it_all_without_colour() -> None:
    said = text(report())
    for metric in METRICS:
        assert f" {metric.title} " in said
    assert "library, read by rules: 6 screens of 5 apps, one screen a call, 2 unread" in said
    assert "GhostScore = (0.30 tables + 0.45 typed columns) / 0.75" in said
    assert "books: title (text, not date)" in said
    assert "3.50 median, 5.75 at the 95th percentile" in said


def test_names_neither_steer_the_terminal_nor_are_read_as_markup() -> None:
    said = text(report())
    assert "\x1b" not in said
    assert "the server ?[31mhung up [bold]" in said


@pytest.mark.parametrize("width", [60, 100, 200])
def test_text_fits(width: int) -> None:
    assert max(len(line) for line in text(report(), width).splitlines()) <= width
