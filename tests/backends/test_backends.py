from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ghost_architect.backends import BACKENDS, available_backends, open_backend
from ghost_architect.backends.base import Answer, StopReason
from ghost_architect.backends.fake import FakeBackend
from ghost_architect.errors import BackendError, UsageError
from ghost_architect.pages.page import Page

PAGES = (Page("a.png", 10, 10, ()), Page("b.png", 10, 10, ()))


def test_naming_the_backends_is_light() -> None:
    code = (
        "import sys; from ghost_architect.backends import BACKENDS; print([m for m in ('numpy', 'PIL') "
        "if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_unknown_backend_and_setting() -> None:
    with pytest.raises(UsageError, match="no backend 'opnai'") as caught:
        open_backend("opnai")
    assert caught.value.hint == "did you mean openai?"
    with pytest.raises(UsageError, match="no backend 'x'") as caught:
        open_backend("x")
    assert caught.value.hint == "one of rules, openai, transformers, fake"
    with pytest.raises(UsageError, match="'openai' has no setting 'max_token'") as caught:
        open_backend("openai", "m", max_token=1)
    assert caught.value.hint == "did you mean max_tokens?"


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "other", "no_such_package.module:Class")
    assert available_backends()["other"] == "the Python package 'no_such_package' is not installed"
    with pytest.raises(BackendError, match="'other' cannot run: the Python package 'no_such_package'"):
        open_backend("other")


def test_availability(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GHOST_BASE_URL", raising=False)
    found = available_backends()
    assert list(found) == list(BACKENDS)
    assert (found["openai"], found["fake"]) == ("GHOST_BASE_URL is not set", "")


def test_queue() -> None:
    cut = Answer("b", StopReason.LENGTH)
    backend = open_backend("fake", answers=["a", cut, BackendError("down")])
    assert isinstance(backend, FakeBackend)
    assert backend.generate(PAGES, "p") == Answer("a")
    assert backend.generate(PAGES[:1], "q") == cut
    with pytest.raises(BackendError, match="down"):
        backend.generate(PAGES, "r")
    with pytest.raises(BackendError, match="no answer left"):
        backend.generate(PAGES, "s")
    assert [(len(pages), prompt) for pages, prompt in backend.calls] == [(2, "p"), (1, "q"), (2, "r"), (2, "s")]


def test_function() -> None:
    backend = FakeBackend(answers=lambda pages, prompt: prompt + pages[0].name, pages_per_call=1)
    assert backend.generate(PAGES, "p ").text == "p a.png"
    assert backend.pages_per_call == 1


def test_answer_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "answer.sql"
    file.write_text("CREATE", encoding="utf-8")
    backend = open_backend("fake", str(file))
    assert [backend.generate(PAGES, "p").text for _ in range(2)] == ["CREATE", "CREATE"]
    with pytest.raises(UsageError, match="cannot read its answer"):
        open_backend("fake", str(tmp_path / "none"))
