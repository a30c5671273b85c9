"""The program around the verbs, most of it as its own process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ghost_architect import __version__
from ghost_architect.cli import main

from .conftest import Cli

VERBS = ("design", "verify", "diff", "eval", "mock", "synth", "train", "dataset", "plan", "doctor")


def process(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "ghost_architect", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **env})


def test_version_and_help_are_data() -> None:
    assert process("--version").stdout == f"ghost-architect {__version__}\n"
    done = process("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"\n  {verb} " in done.stdout for verb in VERBS)


def test_no_verb_is_a_wrong_call_that_is_helped(cli: Cli) -> None:
    ran = cli()
    assert (ran.code, ran.out) == (2, "")
    assert "Usage: ghost-architect" in ran.err


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("width", ["80", "120"])
def test_help_fits_the_terminal(verb: str, width: str) -> None:
    done = process(verb, "--help", COLUMNS=width)
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= int(width)
    assert "[dim]" not in done.stdout


def test_a_verb_that_is_none(cli: Cli) -> None:
    ran = cli("desing")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "Did you mean 'design'?" in ran.err
    assert "(ghost-architect --help)" in ran.err


def test_a_reader_that_leaves_is_no_fault() -> None:
    code = f"{sys.executable} -m ghost_architect --help | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_leaves_in_the_middle_is_no_fault() -> None:
    code = (
        "import sys; from ghost_architect.cli import console, main\n"
        "main.app.command('flood')(lambda: console.data('x' * 10**7))\n"
        "sys.exit(main.run(['flood']))"
    )
    done = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -c "$0" | head -c 1; exit ${{PIPESTATUS[0]}}', code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "x", "")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ghost-architect design --format me", "mermaid"),
        ("ghost-architect design --dialect s", "sqlite"),
        ("ghost-architect design --backend r", "rules"),
        ("ghost-architect do", "doctor"),
    ],
)
def test_completion(words: str, found: str) -> None:
    env = {"_GHOST_ARCHITECT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run(
        [sys.executable, "-c", "from ghost_architect.__main__ import main; main()"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **env},
    )
    assert done.stdout.split() == [found], done.stderr


def test_every_verb_of_the_program_is_listed_here() -> None:
    names = {info.name or info.callback.__name__ for info in main.app.registered_commands if info.callback}
    assert names | {group.name for group in main.app.registered_groups} == set(VERBS)
