"""The documentation says what the code says: generated pages are fresh, and nothing public goes without a word."""

from __future__ import annotations

import ast
import json
import re
import runpy
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pytest
import typer

from ghost_architect import errors
from ghost_architect.backends import BACKENDS
from ghost_architect.cli.main import INTERRUPTED, PROGRAM, app
from ghost_architect.cli.options import formats
from ghost_architect.config import ENVIRONMENT_VARIABLE, FILES
from ghost_architect.evaluation.metrics import METRICS
from ghost_architect.inference import Reading, Screen
from ghost_architect.pages.pair import Pair
from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.findings import Finding, Severity
from ghost_architect.schema.objects import Check, Column, Comparison, Evidence, ForeignKey, Index, Op, Schema, Table
from ghost_architect.schema.types import INTEGER
from ghost_architect.schema.types import Kind as TypeKind
from ghost_architect.schema.verify import rules_table

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "ghost_architect"
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
GENERATED = runpy.run_path(str(ROOT / "scripts" / "docs.py"))["PAGES"]
FORMATS = (REFERENCE / "formats.md").read_text(encoding="utf-8")
ARCHITECTURE = (DOCS / "architecture.md").read_text(encoding="utf-8")
WRITTEN = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page.name not in GENERATED)
"""What people wrote: a name that only the generated pages hold is explained nowhere."""


def group() -> Any:
    """The program with its verbs; typer's own types do not say that it has `commands`."""
    return typer.main.get_command(app)


@pytest.mark.parametrize("name", GENERATED)
def test_generated_pages_are_fresh(name: str) -> None:
    on_disk = (REFERENCE / name).read_text(encoding="utf-8")
    assert on_disk.rstrip("\n") == GENERATED[name]().rstrip("\n"), "stale: python scripts/docs.py"


@pytest.mark.parametrize("verb", group().commands)
def test_every_verb_is_shown(verb: str) -> None:
    assert f"{PROGRAM} {verb}" in WRITTEN


@pytest.mark.parametrize("name", formats())
def test_every_format_is_explained(name: str) -> None:
    assert f"`--format {name}`" in FORMATS


@pytest.mark.parametrize("name", [*DIALECTS, *BACKENDS, ENVIRONMENT_VARIABLE])
def test_every_dialect_and_backend_is_mentioned(name: str) -> None:
    assert re.search(rf"\b{name}\b", WRITTEN)


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_every_metric_is_explained(metric: Any) -> None:
    assert f"| {metric.title} |" in ARCHITECTURE
    assert not metric.weight or f"{metric.weight:.2f} {metric.title}" in ARCHITECTURE


@pytest.mark.parametrize("code", [code for code, _, _ in rules_table()])
def test_every_rule_is_listed(code: str) -> None:
    assert f"| `{code}` |" in (REFERENCE / "rules.md").read_text(encoding="utf-8")


def test_every_setting_is_listed_with_what_it_is() -> None:
    page = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    for file, kind in FILES.items():
        section = page.partition(f"### {file}")[2].partition("###")[0]
        for field in fields(kind):
            assert re.search(rf"^\| `{field.name}` \|.*\| \S.{{20,}} \|$", section, re.MULTILINE), field.name


def other_codes() -> set[str]:
    """The codes of findings that are not of a rule, wherever the source makes one."""
    pattern = re.compile(r"GX\d{3}|EXECUTED(-AS)?|REHEARSED|(FIT|PARSE|ANSWER|PROBE|MIGRATE)(-[A-Z]+)*")
    return {
        node.value
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and pattern.fullmatch(node.value)
    }


def test_every_other_code_is_explained_and_there_are_no_more() -> None:
    table = FORMATS.partition("## Findings")[2].partition("##")[0]
    listed = {code for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for code in re.findall("`(.*?)`", row)}
    assert listed == other_codes()


def test_every_exit_code_has_its_errors() -> None:
    kinds = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.GhostError)]
    rows = re.findall(r"^\| (\d+) \|.*\| (.*?) ?\|$", FORMATS, re.MULTILINE)
    said = {int(code): set(re.findall("`(.*?)`", names)) for code, names in rows}
    meant = {0: set[str](), INTERRUPTED: set[str]()}
    for kind in kinds:
        meant.setdefault(kind.exit_code, set()).add(kind.__name__)
    assert said == meant


def keys(value: object) -> Iterator[str]:
    """Every key of a JSON value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def test_every_key_of_a_reading_is_shown() -> None:
    line = Evidence(0, 1, (1, 2, 3, 4), "A")
    check = Check((Comparison("a", Op.GT, column="a"),))
    one = Column("a", INTEGER, evidence=(line,))
    key = ForeignKey(("a",), "things", ("a",))
    table = Table("things", (one,), ("a",), (("a",),), (check,), (key,), (Index(("a",)),), evidence=(line,))
    finding = Finding("GA001", Severity.ERROR, "things", "a", "message")
    screens = (Screen("a.png", 64, 64, 1, 0),)
    reading = Reading(Schema((table,)), "postgres", (finding,), (), "rules", "rules-0", screens)
    found = set(keys(reading.to_json()))
    assert {"version", "on_delete", "box", "lines_left_out", "hint"} <= found
    assert [name for name in sorted(found) if f'"{name}"' not in FORMATS] == []


def test_every_field_of_a_pair_is_shown() -> None:
    section = FORMATS.partition("## Pair")[2].partition("\n## ")[0]
    assert set(re.findall(r'^  "(\w+)"|, "(\w+)": ', section, re.MULTILINE))
    assert [f.name for f in fields(Pair) if f'"{f.name}"' not in section] == []


def test_every_type_is_listed() -> None:
    assert [str(kind) for kind in TypeKind if not re.search(rf"`{kind}\b", FORMATS)] == []


def test_every_room_is_on_the_map() -> None:
    rooms = {p.name for p in PACKAGE.iterdir() if (p / "__init__.py").is_file()}
    files = {p.name for p in PACKAGE.glob("*.py")} - {"__init__.py", "__main__.py"}
    assert [room for room in sorted(rooms) if f"`{room}/`" not in ARCHITECTURE] == []
    assert [file for file in sorted(files) if f"`{file}`" not in ARCHITECTURE] == []


def test_every_place_for_new_things_is_there() -> None:
    section = ARCHITECTURE.partition("## Where a newcomer adds things")[2].partition("##")[0]
    places = re.findall(r"`([A-Z]+)` in `(\S+\.py)`", section)
    assert len(places) >= 5
    for name, file in places:
        assert re.search(rf"^{name}\b", (PACKAGE / file).read_text(encoding="utf-8"), re.MULTILINE), (name, file)


def test_every_benchmark_is_listed() -> None:
    helpers = {"ablation_tables.py", "machine.py", "record.py", "shapes.py", "targets.py", "warm.py"}
    scripts = {p.name for p in (ROOT / "benchmarks").glob("*.py")} - helpers
    assert [script for script in sorted(scripts) if f"| `{script}" not in ARCHITECTURE] == []


def links() -> Iterator[tuple[Path, str]]:
    """The targets of all links and pictures that stay in the repository."""
    for page in PAGES:
        text = re.sub(r"```.*?```|`+[^`\n]+`+", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if not re.match(r"[a-z]+:", target):
                yield page, target


def test_every_link_leads_somewhere() -> None:
    broken = []
    for page, target in links():
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def anchors(page: Path) -> set[str]:
    """The anchors that a web view makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def typed_commands() -> Iterator[tuple[str, list[str]]]:
    """Every command line of ours in a code block, word by word."""
    for page in PAGES:
        if page.name in GENERATED:
            continue
        for block in re.findall(r"```\w*\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for line in re.findall(rf"^{PROGRAM} (.*)$", block, re.MULTILINE):
                yield page.name, line.split()


def test_every_command_that_is_shown_exists() -> None:
    commands = cast(dict[str, Any], group().commands)
    shown = list(typed_commands())
    assert shown
    for page, words in shown:
        assert words[0] in commands, (page, words)
        known = {name for option in commands[words[0]].params for name in option.opts}
        assert {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} <= known, (page, words)


def test_json_in_the_pages_is_json() -> None:
    """Where nothing in a block is left out, it can be read."""
    blocks = [b for b in re.findall(r"```\n(\{.*?)```", FORMATS, re.DOTALL) if "..." not in b]
    assert blocks
    for block in blocks:
        json.loads(block)
