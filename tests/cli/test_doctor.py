"""`doctor`: tells the truth about the machine, says what to type, writes nothing."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from ghost_architect.cli import doctor
from ghost_architect.schema import execute

from .conftest import Cli


def rows(out: str) -> dict[str, tuple[str, str]]:
    """Name -> (mark, text)."""
    return {line[8:25].strip(): (line[:8].strip(), line[25:]) for line in out.splitlines()}


def test_what_is_there(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = cli("doctor")
    said = rows(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert said["numpy"] == ("ok", metadata.version("numpy"))
    assert said["text models"][0] == "ok"
    assert said["backend rules"][0] == "ok"
    assert said["engine sqlite"][0] == "ok"
    assert said["settings"] == ("ok", "built-in")
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_and_what_to_type(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CORE", ("numpy", "no-such-package"))
    monkeypatch.setattr(execute, "available", lambda: {"sqlite": "3.40", "postgres": "", "mysql": ""})
    ran = cli("doctor")
    said = rows(ran.out)
    assert ran.code == 1
    assert said["no-such-package"] == ("missing", "not installed  ->  make install")
    assert said["engine postgres"] == ("-", "not installed  ->  make install EXTRAS=postgres")
    mark, text = said["engine mysql"]
    assert mark == "-"
    assert "not installed  ->  make install EXTRAS=mysql, and apt install mariadb-server-core" in text
    assert said["backend openai"] == ("-", "GHOST_BASE_URL is not set")


def test_settings_that_cannot_be_read(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "model_config.yaml").write_text("backand: rules\n")
    ran = cli("doctor", "--config", tmp_path)
    mark, text = rows(ran.out)["settings"]
    assert (ran.code, mark) == (1, "missing")
    assert "'backand' is not a setting  ->  did you mean backend?" in text


@pytest.mark.parametrize("answer", ["echo 'Tesla T4, 15360 MiB'", "exit 9"])
def test_gpu(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{answer}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    ran = cli("doctor")
    expected = ("ok", "Tesla T4, 15360 MiB") if "echo" in answer else ("-", "nvidia-smi does not answer")
    mark, text = rows(ran.out)["gpu"]
    assert (ran.code, mark) == (0, expected[0])
    assert text.startswith(expected[1])
