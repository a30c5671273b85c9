"""`plan`: data on stdout, cards by name, settings from a file or a folder, no torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Cli

SHIPPED = Path(__file__).parents[2] / "configs"


def test_text_says_every_term_and_the_verdict(cli: Cli) -> None:
    ran = cli("plan", "--gpu", "t4")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert "fits" in lines
    for term in ("weights in NF4", "embedding", "vision tower", "adapters", "gradients", "optimizer", "checkpoints",
                 "one layer's work", "loss", "DoRA factors"):  # fmt: skip
        assert any(line.startswith("card ") and f" {term} " in line for line in lines), term
    assert any(line.startswith("largest  weights in NF4") for line in lines)
    assert any(line.startswith("host ") for line in lines)
    assert any(line.startswith("disk ") for line in lines)
    assert "\x1b" not in ran.out


def test_json(cli: Cli) -> None:
    said = json.loads(cli("plan", "--gpu", "h200", "--format", "json").out)
    assert said["fits"] is True
    assert said["card"]["name"] == "NVIDIA H200"
    assert said["setting"]["precision"] == "bf16"
    assert [step["name"] for step in said["rungs"]][-1] == "targets q_proj and v_proj only"


def test_what_does_not_fit_says_what_is_missing(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("sequence: 65536\n")
    ran = cli("plan", "--gpu", "t4", "--config", file)
    assert ran.code == 0
    assert "does not fit: it needs " in ran.out
    assert "65,536 tokens" in ran.out
    assert "sequence 65536 to 32768" in ran.out


def test_config_is_a_file_or_a_folder(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "training_config.yaml").write_text("rank: 8\n")
    for named in (tmp_path, tmp_path / "training_config.yaml"):
        assert "rank 8," in cli("plan", "--gpu", "l4", "--config", named).out
    assert "rank 64," in cli("plan", "--gpu", "l4", "--config", SHIPPED).out


def test_another_model(cli: Cli) -> None:
    assert "34 layers" in cli("plan", "--gpu", "t4", "--model", "gemma-3-4b-it").out


def test_without_a_card_it_is_a_t4(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = cli("plan")
    assert "NVIDIA T4" in ran.out
    assert "no card here" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--gpu", "t5"), 2, "--gpu: 't5' is not known (did you mean t4?)"),
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
