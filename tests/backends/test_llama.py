"""The backend against llama.cpp itself, with models that the test makes (`gguf_maker`)."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ghost_architect.backends.base import Answer, StopReason
from ghost_architect.backends.openai import OpenAIBackend, reply
from ghost_architect.backends.openai.events import events
from ghost_architect.errors import BackendError, DeadlineError
from ghost_architect.inference import read_pages
from ghost_architect.pages.page import Line, Page
from ghost_architect.schema.answer import read_answer
from ghost_architect.schema.ddl import Citations, ddl
from ghost_architect.schema.findings import Severity
from ghost_architect.schema.objects import Evidence

from ..outside import program, python_package
from ..schema.broken_answers import CANONICAL, broken
from ..schema.strategies import cited_schemas
from . import gguf_maker

KEY = "a-key-that-nobody-may-read"
LINES = {n: Evidence(0, n, (0, 0, 9, 9), "Orders") for n in range(1, 1000)}


@dataclass
class Llama:
    """A running server."""

    url: str
    process: subprocess.Popen[bytes]

    def backend(self, **settings: object) -> OpenAIBackend:
        """A backend that asks it. Of the name of its only model, llama.cpp takes no notice."""
        return OpenAIBackend("any", base_url=self.url, api_key=KEY, **settings)  # type: ignore[arg-type]


Serve = Callable[..., AbstractContextManager[Llama]]


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Serve:
    """Runs llama-server for a model, on a port that it finds itself."""
    binary = program("llama-server")
    python_package("gguf")
    folder = tmp_path_factory.mktemp("llama")

    @contextmanager
    def serving(model: Path, *options: str) -> Iterator[Llama]:
        log = folder / f"{model.stem}.log"
        command = [binary, "-m", str(model), "--host", "127.0.0.1", "--port", "0", "--api-key", KEY, "--seed", "1"]
        command += ["--threads", "1", "--parallel", "1", *options]
        with log.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:
            try:
                yield Llama(f"{_address(process, log)}/v1", process)
            finally:
                process.kill()

    return serving


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(1200):
        text = log.read_text(encoding="utf-8", errors="replace")
        if match := re.search(r"listening on (http://\S+:\d+)", text):
            return match[1]
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"llama-server does not start:\n{text}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def seeing(serve: Serve, folder: Path) -> Iterator[Llama]:
    """A babbler that sees."""
    model, eyes = gguf_maker.babbler(folder / "babbler.gguf"), gguf_maker.projector(folder / "projector.gguf")
    with serve(model, "--mmproj", str(eyes)) as llama:
        yield llama


def page(kind: int = 1) -> Page:
    pixels = np.random.default_rng(kind).integers(0, 255, (60, 80, 3), np.uint8)
    return Page("a.png", 80, 60, (Line(1, (0, 0, 40, 9), "Orders"), Line(2, (0, 20, 40, 9), "Total")), pixels)


# --- the road ---


def test_pictures_reach_the_model(seeing: Llama) -> None:
    backend = seeing.backend(max_tokens=1, grammar="none")
    blind, one, two = (backend.generate(pages, "Read.").usage.prompt_tokens for pages in ([], [page()], [page()] * 2))
    assert one - blind == two - one >= 4  # 2 x 2 patches, and what is around a picture


def test_the_whole_road(seeing: Llama) -> None:
    reading = read_pages([page()], seeing.backend(max_tokens=300, temperature=1.0), engines=[])
    assert (reading.backend, reading.model) == ("openai", "any")
    assert "does not take" not in str(reading.findings)


def test_the_grammar_is_taken_without_being_asked_for(seeing: Llama) -> None:
    free, held = (seeing.backend(max_tokens=200, temperature=1.0, grammar=how) for how in ("none", "auto"))
    assert not free.generate([page()], "Read.").text.startswith(("CREATE", "ALTER", "COMMENT"))
    for kind in range(5):
        answer = held.generate([page(kind)], "Read.")
        assert answer.notes == ()
        assert errors(answer) == []


# --- what the grammar lets through, and what it accepts ---

# An example is a server with several texts, which takes as long as a dozen examples of other tests. None is made
# smaller, which would take minutes.
_profile = settings()
few = settings(max_examples=_profile.max_examples // 12, phases=set(_profile.phases) - {Phase.shrink, Phase.explain})
answers = st.builds(ddl, cited_schemas(), st.just("postgres"), st.sampled_from((Citations.LINES, Citations.NONE)))
several = st.lists(answers, min_size=8, max_size=8)


def sayable(texts: list[str]) -> list[str]:
    """Those that a parrot can say: its tokenizer writes a space as another sign."""
    return [text for text in texts if "▁" not in text]


def errors(answer: Answer) -> list[str]:
    """What the reader of answers finds wrong with the form of this one.

    In an answer that was cut inside of quotes, what stands in them is taken for statements.
    """
    read = read_answer(answer.text, LINES, truncated=answer.stop is StopReason.LENGTH)
    cut = ("ANSWER-CUT", "ANSWER-BROKEN") if answer.stop is StopReason.LENGTH else ()
    return [f"{f.code}: {f.message}" for f in read.findings if f.severity is Severity.ERROR and f.code not in cut]


@few
@given(texts=several)
def test_every_canonical_answer_can_be_said(serve: Serve, folder: Path, texts: list[str]) -> None:
    texts = sayable(["", CANONICAL, *texts])
    with serve(gguf_maker.parrot(folder / "canonical.gguf", texts)) as llama:
        backend = llama.backend()
        said = [backend.generate([], gguf_maker.cue(i), 60) for i in range(len(texts))]
    assert [answer.text for answer in said] == texts
    assert {answer.stop for answer in said} == {StopReason.END}


@few
@given(texts=several, temperature=st.floats(0.3, 1.5))
def test_whatever_a_straying_model_says_can_be_read(
    serve: Serve, folder: Path, texts: list[str], temperature: float
) -> None:
    texts = sayable([CANONICAL, *texts])
    with serve(gguf_maker.parrot(folder / "straying.gguf", texts, strays=True)) as llama:
        backend = llama.backend(temperature=temperature, max_tokens=1000)
        for i in range(min(3, len(texts))):
            answer = backend.generate([], gguf_maker.cue(i), 60)
            assert errors(answer) == [], answer.text


@pytest.mark.parametrize("number", range(3))
def test_whatever_a_random_model_says_can_be_read(serve: Serve, folder: Path, number: int) -> None:
    said = set()
    with serve(gguf_maker.babbler(folder / f"babbler-{number}.gguf", number)) as llama:
        for temperature in (0.0, 0.7, 1.0, 1.5, 3.0):
            for max_tokens in (40, 400, 1500):
                backend = llama.backend(temperature=temperature, max_tokens=max_tokens)
                answer = backend.generate([], f"Read {temperature} {max_tokens}.", 60)
                assert errors(answer) == [], answer.text
                said.add(answer.text)
    assert len(said) > 8


def test_no_broken_answer_can_be_said(serve: Serve, folder: Path) -> None:
    texts = list(broken().values())[::30]
    assert len(texts) > 15
    with serve(gguf_maker.parrot(folder / "broken.gguf", texts)) as llama:
        said: dict[str, list[str]] = {}
        for how in ("none", "auto"):
            backend = llama.backend(grammar=how, max_tokens=700)
            said[how] = [backend.generate([], gguf_maker.cue(i), 60).text for i in range(len(texts))]
    assert said["none"] == texts
    assert [text for text, held in zip(texts, said["auto"], strict=True) if text == held] == []


# --- what goes wrong ---


def test_a_wrong_key(seeing: Llama) -> None:
    with pytest.raises(BackendError, match=r"refuses access \(401\): Invalid API Key$") as caught:
        OpenAIBackend("any", base_url=seeing.url, api_key="wrong-key").generate([page()], "Read.")
    assert "wrong-key" not in caught.value.message + caught.value.hint


def test_a_prompt_that_is_too_long(seeing: Llama) -> None:
    with pytest.raises(BackendError, match=r"\(400\): request \(\d+ tokens\) exceeds the available context") as caught:
        seeing.backend().generate([page()], "word " * 20_000)
    assert caught.value.hint == "give it fewer screens at once, or the server a larger context"


def test_a_model_without_eyes(serve: Serve, folder: Path) -> None:
    with (
        serve(gguf_maker.babbler(folder / "blind.gguf")) as llama,
        pytest.raises(BackendError, match=r"refuses the call \(500\): image input is not supported"),
    ):
        llama.backend().generate([page()], "Read.")


def test_a_server_that_dies_while_it_answers(serve: Serve, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(gguf_maker.babbler(folder / "endless.gguf", ends=False)) as llama:

        def killing(chunks: Iterable[bytes]) -> Iterator[str]:
            for i, data in enumerate(events(chunks)):
                if i == 20:
                    llama.process.kill()
                yield data

        monkeypatch.setattr(reply, "events", killing)
        backend = llama.backend(max_tokens=8000, temperature=1.0, grammar="none")
        answer = backend.generate([], "Read.", 60)
        assert answer.stop is StopReason.LENGTH
        assert answer.notes == (f"{backend.host} broke off in the middle of its answer; what had arrived was kept",)
        llama.process.wait()
        with pytest.raises(BackendError, match="nothing answers at"):
            backend.generate([], "Read.", 60)


def test_a_server_that_stands_still(serve: Serve, folder: Path) -> None:
    with serve(gguf_maker.babbler(folder / "still.gguf")) as llama:
        llama.process.send_signal(signal.SIGSTOP)
        with pytest.raises(DeadlineError, match="did not answer within 1 s"):
            llama.backend().generate([], "Read.", 1)
