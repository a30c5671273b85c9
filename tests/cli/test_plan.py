"""`plan`: data on stdout, cards by name, settings from a file or a folder, no torch."""

from __future__ import annotations

import doctest
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ghost_architect.cli import plan_text
from ghost_architect.cli.plan_text import lines
from ghost_architect.config import TrainingConfig
from ghost_architect.training.choose import choose
from ghost_architect.training.hardware import card
from ghost_architect.training.rungs import rungs
from ghost_architect.training.shapes import model_of

from .conftest import Cli

SHIPPED = Path(__file__).parents[2] / "configs"


def sections(out: str) -> dict[str, dict[str, str]]:
    """The parts of a plan by their first words, and in each its lines by theirs."""
    found = {}
    for part in out.split("\n\n"):
        title, *lines = [re.split(r"\s{2,}", line, maxsplit=1) for line in part.splitlines()]
        found[title[0]] = {line[0]: line[-1] for line in lines}
    return found


def test_text_says_every_term_and_the_verdict_last(cli: Cli) -> None:
    ran = cli("plan", "--gpu", "t4")
    assert (ran.code, ran.err) == (0, "")
    said = sections(ran.out)
    card = said["on the card, GiB"]
    for term in ("weights in NF4", "embedding", "vision tower", "adapters", "gradients", "optimizer",
                 "activation checkpoints", "one layer's work", "loss", "DoRA norms", "DoRA factors", "all tensors",
                 "allocator", "CUDA", "margin", "together"):  # fmt: skip
        assert term in card, term
    assert {"activation checkpoints", "program", "together"} <= set(said["in the host's memory"])
    assert {"model", "saved checkpoints", "adapter", "together"} <= set(said["on the disk"])
    largest, fits, typed = ran.out.splitlines()[-3:]
    assert largest.startswith("largest     weights in NF4 ")
    assert re.fullmatch(r"fits +[\d.]+ GiB of the card and [\d.]+ GiB of the host's memory left", fits)
    assert typed == "type        ghost-architect train"
    assert "\x1b" not in ran.out


def test_text_and_json_say_the_same(cli: Cli) -> None:
    card = sections(cli("plan", "--gpu", "l4").out)["on the card, GiB"]
    said = json.loads(cli("plan", "--gpu", "l4", "--format", "json").out)
    for term in (t for t in (*said["terms"], *said["beyond"]) if t["where"] == "card" and t["bytes"] > 2**24):
        assert card[term["name"]].startswith(f"{term['bytes'] / 2**30:.2f} "), term
    assert card["all tensors"].startswith(f"{said['total'] / 2**30:.2f} ")
    assert card["together"].startswith(f"{said['needed'] / 2**30:.2f} ")
    assert said["total"] + sum(t["bytes"] for t in said["beyond"]) == said["needed"]
    assert said["left"]["card"] == said["card"]["bytes"] - said["needed"]


@pytest.mark.parametrize("width", [20, 60, 80])
def test_a_terminal_of_few_columns(width: int) -> None:
    config = TrainingConfig(offload=False)
    made = choose(config, model_of(config.model), card("t4"))
    every = list(lines(made, rungs(made), config, None, other=False))
    shown = [line.broken(width) for line in every]
    assert any(len(broken) > 1 for broken in shown)
    if width >= 60:
        assert max(len(text) for broken in shown for text in broken) <= width
    for line, broken in zip(every, shown, strict=True):  # nothing is lost
        assert "".join(broken).replace(" ", "") == (line.front + line.text).replace(" ", "")
        assert line.broken(None) == [(line.front + line.text).rstrip()]


def test_json(cli: Cli) -> None:
    said = json.loads(cli("plan", "--gpu", "h200", "--format", "json").out)
    assert said["fits"] is True
    assert said["card"]["name"] == "NVIDIA H200"
    assert said["setting"]["precision"] == "bf16"
    assert [step["name"] for step in said["rungs"]][-1] == "targets q_proj and v_proj only"


def test_what_does_not_fit_says_what_is_missing_and_what_to_write(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    others = "keep: false\ntile: 1024\nloss_rows: 128\ntower: host\n"
    file.write_text(f"{others}sequence: 65536\n")
    ran = cli("plan", "--gpu", "t4", "--config", file)
    assert ran.code == 0
    assert "65,536 tokens" in ran.out
    assert any(title.startswith("what would help, each step on top of those above (") for title in sections(ran.out))
    *steps, _, largest, verdict, wanted = ran.out.splitlines()
    assert "no: both" in steps[-2]  # the host has no room for what layers keep of 32,768 tokens
    assert re.search(r" yes +less +sequence 32768 to 16384$", steps[-1])
    assert largest.startswith("largest     activation checkpoints ")
    assert re.fullmatch(r"does not fit: [\d.]+ GiB of the card missing", verdict)
    front = f"do          write into {file}: "
    assert wanted.startswith(front)
    assert "by itself" not in wanted  # a host without room ends a run, which then takes no step
    settings = wanted.removeprefix(front).split(", ")
    file.write_text(others + "\n".join(settings))
    again = cli("plan", "--gpu", "t4", "--config", file).out
    assert "\nfits  " in again, (settings, again)
    assert again.endswith(f"type        ghost-architect train --config {file}\n")


@pytest.mark.parametrize(
    ("recover", "more"), [("true", "; or nothing: a run takes these steps by itself"), ("false", "")]
)
def test_a_run_that_recovers_takes_the_steps_by_itself(cli: Cli, tmp_path: Path, recover: str, more: str) -> None:
    (tmp_path / "training_config.yaml").write_text(f"offload: false\nrecover: {recover}\n")
    out = cli("plan", "--gpu", "t4", "--config", tmp_path).out
    wanted = f"write into {tmp_path / 'training_config.yaml'}: offload: true"
    assert out.splitlines()[-1] == f"do          {wanted}{more}"
    assert "set         offload: false\n" in out


def test_the_file_to_write_into_is_the_one_that_is_read(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "training_config.yaml").write_text("offload: false\n")
    monkeypatch.setenv("GHOST_CONFIG", str(tmp_path))
    assert f"do          write into {tmp_path / 'training_config.yaml'}: " in cli("plan", "--gpu", "t4").out


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(plan_text).failed == 0


def test_what_nothing_helps(cli: Cli) -> None:
    out = cli("plan", "--gpu", "t4", "--model", "gemma-3-27b-it").out
    assert "does not fit: " in out
    assert out.splitlines()[-1].startswith("do          take a card with more memory (--gpu) or a smaller model")


def test_dropout(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "training_config.yaml").write_text("dropout: 0.1\n")
    ran = cli("plan", "--gpu", "t4", "--config", tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "dropout needs a range that float16 does not have" in ran.err
    ran = cli("plan", "--gpu", "l4", "--config", tmp_path)
    assert ran.code == 0
    assert "take more than is planned here" in ran.err


def test_config_is_a_file_or_a_folder(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "training_config.yaml").write_text("rank: 8\n")
    for named in (tmp_path, tmp_path / "training_config.yaml"):
        assert "rank 8," in cli("plan", "--gpu", "l4", "--config", named).out
    assert "rank 64," in cli("plan", "--gpu", "l4", "--config", SHIPPED).out


def test_another_model(cli: Cli) -> None:
    out = cli("plan", "--gpu", "t4", "--model", "gemma-3-4b-it").out
    assert "34 layers" in out
    assert out.endswith("train, with model: gemma-3-4b-it in configs/training_config.yaml\n")


def test_an_adapter_is_planned_for_by_its_base(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def adapter(name: str, said: str) -> Path:
        (tmp_path / name).mkdir()
        (tmp_path / name / "adapter_config.json").write_text(said)
        return tmp_path / name

    run = adapter("run", '{"base_model_name_or_path": "unsloth/gemma-3-4b-it-bnb-4bit"}')
    ran = cli("plan", "--gpu", "t4", "--model", run)
    assert (ran.code, ran.err) == (0, f"{run} is an adapter: planned for its model, unsloth/gemma-3-4b-it-bnb-4bit\n")
    assert "unsloth/gemma-3-4b-it-bnb-4bit: 34 layers" in ran.out
    here = tmp_path / "base"
    here.mkdir()
    text = '{"num_hidden_layers": 7, "hidden_size": 2560, "head_dim": 256, "num_key_value_heads": 4}'
    (here / "config.json").write_text(f'{{"model_type": "gemma3_text", {text[1:]}')
    out = cli("plan", "--gpu", "t4", "--model", adapter("other", f'{{"base_model_name_or_path": "{here}"}}')).out
    assert f"{here}: 7 layers of 2,560" in out
    assert re.search(r"\nmodel +- +[\d.]+ .*lies there already\n", out)
    for name, said in (("none", "{}"), ("broken", "["), ("two", f'{{"base_model_name_or_path": "{run}"}}')):
        ran = cli("plan", "--gpu", "t4", "--model", adapter(name, said))
        assert (ran.code, ran.out, ran.err.count("\n")) == (3, "", 1)
    monkeypatch.setenv("GHOST_BASE_MODEL", "gemma-3-1b-it")
    assert "gemma-3-1b-it: 26 layers" in cli("plan", "--gpu", "t4", "--model", run).out


def test_without_a_card_it_is_a_t4(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = cli("plan")
    assert "NVIDIA T4" in ran.out
    assert "no card here" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--gpu", "t5"), 2, "--gpu: 't5' is not known (did you mean t4?; another card is a file configs/hardware/"),
        (("--config", "nowhere.yaml"), 2, "nowhere.yaml: there is no such file or folder"),
        (("--gpu", "t4", "--model", "elsewhere"), 2, "elsewhere: the sizes of this model are not known"),
        (("--format", "xml"), 2, "--format: 'xml' is not known"),
    ],
)
def test_wrong_calls(cli: Cli, words: tuple[str, ...], code: int, message: str) -> None:
    ran = cli("plan", *words)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err


def test_plan_loads_neither_torch_nor_numpy() -> None:
    code = """
import sys
from ghost_architect.cli import main
assert main.run(["plan", "--gpu", "t4"]) == 0
assert not {"torch", "numpy", "transformers", "bitsandbytes"} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
