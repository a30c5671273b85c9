"""`train`: what is refused before anything is loaded, and what goes to which stream."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from tests.cli.conftest import Cli
from tests.outside import python_package
from tests.training.small import texts

from ghost_architect.training import models

ROOT = Path(__file__).parents[2]


@pytest.fixture
def no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_card", lambda: False)


def test_without_a_card_one_line_names_the_two_ways_on(cli: Cli, no_card: None) -> None:
    ran = cli("train")
    assert ran.code == 5
    assert ran.out == ""
    assert ran.err == (
        "error: there is no CUDA card here, and unsloth/gemma-3-12b-it-bnb-4bit needs one (two ways on: "
        "make train PROFILE=small, which trains a miniature on the CPU, or notebooks/main.ipynb, which takes a card on "
        "Colab)\n"
    )
    assert (ROOT / "notebooks" / "main.ipynb").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--profile", "smal"), "--profile: 'smal' is not known (did you mean small?)"),
        (("--profile", "small", "--config", "x.yaml"), "--config and --profile name two settings"),
        (("--config", "nothing.yaml"), "nothing.yaml: there is no such file or folder"),
        (("--profile", "small", "--data", "nothing.json"), "nothing.json"),
        (("--profile", "small", "--resume", "nothing"), "--resume: there is no run 'nothing'"),
    ],
)
def test_a_wrong_call_is_said_in_one_line(cli: Cli, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    python_package("torch")
    ran = cli("train", "-o", str(tmp_path / "out"), *words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert ran.err.count("\n") == 1


def test_help_needs_no_torch() -> None:
    code = (
        "import sys; from ghost_architect.cli.main import run; run(['train', '--help']); "
        "raise SystemExit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "--resume" in done.stdout


def test_the_small_profile_differs_only_where_it_says_so() -> None:
    from ghost_architect.config import TrainingConfig, load_training

    file = ROOT / "configs" / "profiles" / "small.yaml"
    said = yaml.safe_load(file.read_text())
    found = load_training(file)
    assert all(getattr(found, name) != getattr(TrainingConfig(), name) for name in said)
    assert found.model == "miniature"


def test_a_rank_that_makes_no_sense_is_refused_before_anything_is_built(cli: Cli, tmp_path: Path) -> None:
    python_package("torch")
    file, out = tmp_path / "training.yaml", tmp_path / "out"
    file.write_text(f"model: miniature\nrank: 100000\ndata: [{texts(tmp_path / 't.json')}]\noutput: {out}\n")
    ran = cli("train", "--config", file)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "error: rank is 100,000, and no matrix that learns in miniature has one above 64 (rank: 64, or less)\n"
    )
    assert not out.exists()


def test_outside_of_a_clone_the_hint_says_what_to_type(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python_package("torch")
    monkeypatch.chdir(tmp_path)
    ran = cli("train", "--profile", "small")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "data/dataset.json: there is no such file (--data FILE; to make some: ghost-architect synth " in ran.err


def test_the_small_profile_leaves_no_example_of_the_data_set_out(tmp_path: Path) -> None:
    """Each of them has to fit into a row as the miniature's own tokenizer counts."""
    python_package("tokenizers")
    from itertools import islice

    from ghost_architect.config import load_training
    from ghost_architect.data_processing import Chat, Eye, corpus
    from ghost_architect.models.nano import tokenizer
    from ghost_architect.multimodal_model.miniature import PICTURE_TOKENS, VOCABULARY
    from ghost_architect.training.data import Data, Sources

    config = load_training(ROOT / "configs" / "profiles" / "small.yaml")
    sources = Sources.of(replace(config, data=(str(ROOT / "data" / "dataset.json"),)))
    chat = Chat(tokenizer.train(islice(corpus(sources.learned), 2000), VOCABULARY), PICTURE_TOKENS)
    looked = Data(sources, chat, Eye(1), config, config.sequence).look()
    assert looked.whole
    assert looked.summary.dropped == {}
    assert looked.summary.examples == len(sources.learned) == 570
    learned = config.steps * config.batch * config.accumulation / looked.summary.rows
    assert 0.15 < learned < 0.25  # what the profile says of itself


def test_the_small_profile_trains(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As CI runs it, with fewer steps: only the adapter's folder goes to stdout."""
    python_package("torch")
    import torch

    torch.set_num_threads(1)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    said = yaml.safe_load((ROOT / "configs" / "profiles" / "small.yaml").read_text())
    file = tmp_path / "training.yaml"
    file.write_text(yaml.safe_dump(said | {"steps": 3, "sequence": 256}))
    data = texts(tmp_path / "t.json")
    ran = cli("train", "--config", str(file), "--data", str(data), "-o", str(tmp_path / "out"))
    assert ran.code == 0, ran.err
    (adapter,) = (tmp_path / "out" / "adapters").iterdir()
    assert ran.out == f"{adapter}\n"
    assert json.loads((adapter / "adapter_config.json").read_text())["use_dora"] is True
    for word in ("38 share one", "step 1/3  loss ", " tokens/s  ", " GiB  0:00:", "step 3/3  loss on held out: "):
        assert word in ran.err, word


def test_ctrl_c_is_130(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python_package("torch")
    from ghost_architect import train

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "train", interrupted)
    ran = cli("train", "--profile", "small", "-o", str(tmp_path))
    assert ran.code == 130
    assert ran.err.endswith("interrupted\n")
