"""Write the parts of docs/reference that say what the code says: commands, settings, rules, signals.

    python scripts/docs.py

Each page is a function here and is made from the one place that owns the facts. A test fails when a
page is not what this would write.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import typer
import yaml

from ghost_architect import config
from ghost_architect.cli.main import PROGRAM, app
from ghost_architect.schema.verify import rules_table

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
WIDTH = 100
"""Of the help texts, in characters; a terminal would give its own."""


def head(title: str, source: str) -> list[str]:
    """The first lines of a page: its title, and where it comes from."""
    return [f"# {title}", "", f"Made from `{source}` by `python scripts/docs.py`; change it there.", ""]


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table, and an empty line."""
    lines = [columns, ["---"] * len(columns), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def code(text: object) -> str:
    """Text as code; nothing for nothing."""
    return f"`{text}`" if text not in (None, "") else ""


def listed(words: Iterable[object]) -> str:
    """Words as code, with commas."""
    return ", ".join(map(code, words))


# --- commands and settings ---


def commands() -> str:
    """The help of the program and of every verb, and the settings."""
    group: Any = typer.main.get_command(app)  # what typer makes of a program with verbs has `commands`
    program = typer.Context(group, info_name=PROGRAM, terminal_width=WIDTH, **group.context_settings)
    out = [*head("Commands and settings", "src/ghost_architect/cli"), "```", group.get_help(program), "```", ""]
    for name, command in group.commands.items():
        context = typer.Context(command, info_name=name, parent=program, terminal_width=WIDTH)
        out += [f"## {PROGRAM} {name}", "", "```", command.get_help(context), "```", ""]
    return "\n".join([*out, *settings()])


def settings() -> list[str]:
    """A table for each settings file."""
    variable = config.ENVIRONMENT_VARIABLE
    where = f"`--config DIR`, then `${variable}`, then `{config.DEFAULT_FOLDER}/` in the working directory"
    out = ["## Settings", ""]
    out += [
        f"Three files in one folder: {where}. A file may be missing, and so may any key; an unknown key is an error.",
        "`train` and `plan` take a folder or a training file of any name.",
        "",
    ]
    for file, kind in config.FILES.items():
        said = sentences(kind)
        rows = [(code(f.name), type_of(f.type), code(yaml_of(f.default)), said[f.name]) for f in fields(kind)]
        out += [f"### {file}", "", *table(("Key", "Value", "Default", "What it is"), rows)]
    return out


def sentences(kind: type) -> dict[str, str]:
    """The docstring below each field of a class, which Python itself throws away."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    found: dict[str, str] = {}
    name = ""
    for node in ast.iter_child_nodes(body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
            found[name], name = " ".join(str(node.value.value).split()), ""
    return found


def type_of(annotation: object) -> str:
    """A field's type in words."""
    words = {
        "str": "text",
        "bool": "`true` or `false`",
        "float": "number",
        "int": "whole number",
        "None": "`null`",
        "tuple[str, ...]": "list of texts",
    }
    return " or ".join(words[part] for part in str(annotation).split(" | "))


def yaml_of(value: object) -> str:
    """A value as it would stand in a settings file."""
    return yaml.safe_dump(value, default_flow_style=True).removesuffix("...\n").strip()


# --- rules ---


def rules() -> str:
    """Every rule with its code, and the file that shows it."""
    rows = [(code(c), str(severity), title, example(c)) for c, severity, title in rules_table()]
    out = head("Rules", "src/ghost_architect/schema/verify.py")
    out += [
        "An **error** does not run, or makes tables that no row can live in; `design` and `verify` then end with 4."
    ]
    out += ["A **warning** runs, and somebody will regret it. Codes are never used again for something else."]
    out += ["The example of a rule holds what it finds and what it leaves alone. Other codes, which are not of rules,"]
    out += ["are in [formats](formats.md#findings).", ""]
    return "\n".join([*out, *table(("Code", "Severity", "What it finds", "Example"), rows)])


def example(code_: str) -> str:
    """A link to the fixture of a rule."""
    return f"[{code_}.sql](../../tests/fixtures/rules/{code_}.sql)"


# --- signals ---

SIGNALS = "src/ghost_architect/pages/signals.yaml"
_NO_COLUMN = "no column"
_KINDS = {"absent": _NO_COLUMN, "reference": "foreign key", "secret": "`varchar(255)`, never the secret itself"}


def signals() -> str:
    """What a label, its values and its widget say about a column."""
    raw = yaml.safe_load(files("ghost_architect.pages").joinpath("signals.yaml").read_text(encoding="utf-8"))
    out = head("Signals", SIGNALS)
    out += ["What a widget, its label and its values say about a schema. In a phrase `^` is the start of a label and"]
    out += [
        "`$` its end: `date` matches anywhere, `^date` in front, `date$` at the end, `^date$` alone. The phrase that"
    ]
    out += ["ends last wins, since English labels carry their head at the end.", ""]
    out += [
        "## Columns",
        "",
        *table(("Signal", "Becomes", "A label says", "Not if", "Shown as"), map(column, raw["columns"])),
    ]
    out += [
        "## Values",
        "",
        "What a value looks like as a whole, case ignored, and what it proves: `values` decide whatever",
    ]
    out += ["the label says, `both` decide where no label says better, `words` only confirm the label.", ""]
    out += table(
        ("Signal", "Proves", "A value looks like"), map(value, (row for row in raw["columns"] if "values" in row))
    )
    out += [
        "## Other tables",
        "",
        "Words for things that are rows of another table, so that the column is a foreign key:",
        "",
    ]
    out += [
        pairs(raw["references"]),
        "",
        "Only where a widget lets the user pick from rows:",
        "",
        pairs(raw["lookups"]),
        "",
    ]
    out += ["## Never a column", ""]
    out += [f"- {name}: {listed(words)}" for name, words in raw["captions"].items()]
    out += [f"- a cell that holds nothing: {listed(raw['empty'])}", ""]
    return "\n".join(out)


def column(row: Mapping[str, Any]) -> Sequence[str]:
    """One signal."""
    said = listed(row.get("words", ())), listed(row.get("unless", ()))
    return code(row["name"]), "; ".join(becomes(row)), *said, ", ".join(row.get("widgets", ()))


def becomes(row: Mapping[str, Any]) -> Iterator[str]:
    """What a column with this signal is."""
    kind = row["type"]
    yield _KINDS.get(kind, code(kind))
    if "nullable" in row:
        yield "may be empty" if row["nullable"] else "NOT NULL"
    if row.get("unique"):
        yield "unique"
    if "unique_in" in row:
        yield f"unique in {', '.join(row['unique_in'])}"
    if "default" in row:
        yield f"default {code(str(row['default']).lower())}"
    if "min" in row or "max" in row:
        yield f"from {row['min']}" + (f" to {row['max']}" if "max" in row else "")
    if "rename" in row:
        yield f"called {code(row['rename'])}"
    if "suffix" in row:
        yield f"called {code('…_' + row['suffix'])}"


def value(row: Mapping[str, Any]) -> Sequence[str]:
    """What values of one signal look like."""
    return code(row["name"]), row.get("proof", "words"), f"`` {row['values']} ``"


def pairs(words: Mapping[str, str]) -> str:
    """`customer` → customers, in one paragraph."""
    return ", ".join(f"{code(word)} → {target}" for word, target in words.items())


PAGES: Mapping[str, Callable[[], str]] = {"cli.md": commands, "rules.md": rules, "signals.md": signals}
"""File in docs/reference -> what makes it."""


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page().rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
