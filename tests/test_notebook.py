"""The notebook is clean, names only what there is, and runs from first cell to last, without a card and with one."""

from __future__ import annotations

import json
import os
import random
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ghost_architect.cli.main import PROGRAM
from ghost_architect.config import TrainingConfig
from tests.data.rows import array, instruction
from tests.outside import program, python_package
from tests.test_docs import group

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "notebooks" / "main.ipynb"
CLEAN = runpy.run_path(str(ROOT / "scripts" / "notebook.py"))["clean"]
CELLS: list[dict[str, Any]] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]

RUNNER = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for source in json.loads(sys.argv[1]):
    shell.run_cell(source).raise_error()
"""
"""Each cell goes to IPython itself, which is what Jupyter's and Colab's kernels run it with; without the kernel."""

ANSWER = "CREATE TABLE notes (\n    id INTEGER\n);"
"""What the miniature is taught to say whatever it is shown: the one thing that it can learn in a minute."""


def source_of(kind: str) -> list[str]:
    """The cells of a kind: code or markdown."""
    return ["".join(cell["source"]) for cell in CELLS if cell["cell_type"] == kind]


# --- as it is committed ---


def test_it_is_clean() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert CLEAN(text) == text, "python scripts/notebook.py"


def test_what_running_it_leaves_is_taken_away() -> None:
    ran = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    ran["metadata"]["widgets"] = {}
    for number, cell in enumerate(ran["cells"]):
        cell |= {"id": f"{number:08x}", "metadata": {**cell["metadata"], "outputId": "1"}}
        if cell["cell_type"] == "code":
            cell |= {"execution_count": number, "outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}]}
    assert CLEAN(json.dumps(ran)) == NOTEBOOK.read_text(encoding="utf-8")


def typed() -> Iterator[list[str]]:
    """Every command line of ours, in a cell or in a sentence, word by word."""
    for cell in source_of("code"):
        yield from (line.split() for line in re.findall(rf"^ *!{PROGRAM} (.*)$", cell, re.MULTILINE))
    for cell in source_of("markdown"):
        yield from (line.split() for line in re.findall(rf"`{PROGRAM} (.*?)`", cell))


@pytest.mark.parametrize("words", list(typed()), ids=" ".join)
def test_every_command_exists(words: list[str]) -> None:
    command, rest = group(), list(words)
    while rest and (inner := getattr(command, "commands", {}).get(rest[0])):
        command, rest = inner, rest[1:]
    assert len(rest) < len(words), "there is no such verb"
    known = {name for option in command.params for name in option.opts}
    assert {word for word in rest if re.match(r"--?[a-z]", word)} <= known


def test_what_it_makes_is_a_target() -> None:
    program("make")
    targets = [name for cell in source_of("code") for name in re.findall(r"^ *!make (\S+)$", cell, re.MULTILINE)]
    assert targets
    for name in targets:
        subprocess.run(["make", "--dry-run", name], cwd=ROOT, capture_output=True, check=True)


def test_every_link_leads_somewhere() -> None:
    targets = [target for cell in source_of("markdown") for target in re.findall(r"\]\(([^)\s]+)\)", cell)]
    assert targets
    assert [target for target in targets if not (NOTEBOOK.parent / target).exists()] == []


def test_it_holds_no_settings_of_its_own() -> None:
    names: dict[str, Any] = {}
    exec(parameters(), names)
    assert names["CHANGES"] == {}
    assert names["DATA"] == [*TrainingConfig().data]
    assert names["OUTPUT"] == TrainingConfig().output


def test_it_claims_nothing_that_was_not_run() -> None:
    said = "\n".join(source_of("markdown"))
    assert (
        "Nobody here has a T4. How fast one trains is unmeasured, and this notebook has not been run on Colab" in said
    )
    units = r"tokens/s|[GM]i?B|s|seconds?|min|minutes?|hours?|times|%"
    assert re.findall(rf"(\d[\d.,]*) ?({units})(?![\w/])", said) == [("14.6", "GiB")]


# --- run ---


def parameters() -> str:
    """The cell that a user edits."""
    (cell,) = [cell for cell in CELLS if "parameters" in cell["metadata"].get("tags", ())]
    return "".join(cell["source"])


def execute(home: Path, edited: Mapping[str, object], **environment: str) -> str:
    """What the cells write, run in a folder beside configs, data and examples, the first ones edited."""
    for name in ("configs", "examples"):
        (home / name).symlink_to(ROOT / name)
    (home / "notebooks").mkdir()
    cells = [cell for cell in source_of("code") if cell != parameters()]
    values = "\n".join(f"{name} = {value!r}" for name, value in edited.items())
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, json.dumps([f"{parameters()}\n{values}", *cells])],
        cwd=home / "notebooks",
        env={**os.environ, "IPYTHONDIR": str(home / "ipython"), "OMP_NUM_THREADS": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def stub(folder: Path, name: str, script: str) -> None:
    """A program that does what a line or two of sh say."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def path(*folders: Path) -> str:
    """A PATH that begins with these."""
    return os.pathsep.join([*map(str, folders), os.environ["PATH"]])


def questions(file: Path) -> Path:
    """Rows that end like the prompt of a screen, of many lengths, with one answer."""
    draw = random.Random(0)
    words = (
        "orders customers name price total status date invoice amount store city phone paid open list 12 2024".split()
    )
    rows = [
        instruction(
            instruction=f"Read screen {number}.",
            given="\n".join(
                f"{line} [{draw.randrange(999)} {draw.randrange(999)}] {' '.join(draw.choices(words, k=3))}"
                for line in range(draw.randrange(1, 12))
            ),
            output=ANSWER,
        )
        for number in range(60)
    ]
    return array(file, rows)


def test_without_a_card_the_small_profile_trains_and_reads(tmp_path: Path) -> None:
    for package in ("IPython", "torch"):
        python_package(package)
    program("chromium-headless-shell", "chromium")
    stub(tmp_path / "bin", "nvidia-smi", "exit 9")  # what it does where there is a driver and no card
    changes = {"steps": 20, "sequence": 256, "accumulation": 1, "evaluate_every": 0, "checkpoint_every": 0}
    (tmp_path / "data").mkdir()
    edited = {"CHANGES": changes, "DATA": [str(questions(tmp_path / "data" / "rows.json"))], "PAIRS": 1}
    here = path(tmp_path / "bin", Path(sys.executable).parent)
    said = execute(tmp_path, edited, PATH=here, CUDA_VISIBLE_DEVICES="")

    assert "No CUDA card here: everything below takes the small profile" in said
    assert re.search("^card +NVIDIA T4: ", said, re.MULTILINE), said
    assert re.search(r"rows +60 instructions, 1 pairs?\b", said), said
    assert "step 20/20  loss " in said
    (adapter,) = [entry for entry in (tmp_path / "output" / "adapters").iterdir() if entry.is_dir()]
    assert json.loads((adapter / "adapter_config.json").read_text())["use_dora"] is True
    assert adapter.with_suffix(".zip").is_file()
    assert re.search(r"^   20  held out: \d\.\d{4}$", said, re.MULTILINE), said
    assert ANSWER.splitlines()[0] in said.partition("backend: transformers")[2], said
    assert not (tmp_path / ".venv").exists()


def test_with_a_card_it_installs_and_trains_the_shipped_settings(tmp_path: Path) -> None:
    """Programs that write down what they were asked for stand in for the card, make, hf and ours."""
    python_package("IPython")
    calls = tmp_path / "calls"
    noted = f'echo "$(basename "$0") $*" >> {calls}'
    here = tmp_path / "bin"
    stub(here, "nvidia-smi", "echo Tesla T4, 15360 MiB, 580.65")
    ours = f'{noted}; [ "$1" = train ] && mkdir -p output/adapters/RUN output/checkpoints/RUN'
    ours += " && touch output/checkpoints/RUN/metrics.jsonl && echo output/adapters/RUN; exit 0"
    stub(tmp_path / "made", PROGRAM, ours)
    stub(tmp_path / "made", "hf", noted)
    stub(here, "make", f'echo "$UV_TORCH_BACKEND make $*" >> {calls}; mkdir .venv; mv made .venv/bin')
    bare = os.pathsep.join([str(here), "/usr/bin", "/bin"])
    said = execute(tmp_path, {}, PATH=bare)

    assert said.startswith("Tesla T4")
    assert (tmp_path / "output" / "training.yaml").read_text() == (
        ROOT / "configs" / "training_config.yaml"
    ).read_text()
    assert calls.read_text().splitlines() == [
        "auto make .venv/.train",
        f"{PROGRAM} doctor",
        f"{PROGRAM} plan --config output/training.yaml",
        f"{PROGRAM} dataset check data/dataset.json",
        f"hf download {TrainingConfig().model}",
        f"{PROGRAM} train --config output/training.yaml --data data/dataset.json -o output",
        f"{PROGRAM} design --backend transformers --model output/adapters/RUN examples/shop-order.png",
    ]


def test_outside_a_clone_it_says_what_is_missing(tmp_path: Path) -> None:
    python_package("IPython")
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, json.dumps(source_of("code")[:3])],
        cwd=tmp_path,
        env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "say in REPOSITORY where to get one" in done.stdout + done.stderr
