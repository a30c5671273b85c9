from __future__ import annotations

import pytest

from ghost_architect.backends.base import Answer
from ghost_architect.backends.openai import OpenAIBackend
from ghost_architect.backends.openai import backend as module
from ghost_architect.backends.openai.servers import CHOICES
from ghost_architect.errors import BackendError, DeadlineError
from ghost_architect.schema.answering.grammar import gbnf

from .asking import KEY, SQL, ask, page
from .server import Script, Server, completion, hang, listing, raw, reply, serving

pytestmark = pytest.mark.usefixtures("no_waiting")

LLAMA, VLLM = listing(m="llamacpp"), listing(m="vllm")


def grammar_of(server: Server, number: int = -1) -> str:
    """The server that a question's grammar was meant for."""
    body = server.seen[number].body
    if "grammar" in body:
        assert body["grammar"] == gbnf()
        return "llama.cpp"
    if "structured_outputs" in body:
        assert body["structured_outputs"] == {"grammar": gbnf()}
        assert body["guided_grammar"] == gbnf()
        return "vllm"
    return "none"


@pytest.mark.parametrize(
    ("models", "grammar"),
    [
        (LLAMA, "llama.cpp"),
        (VLLM, "vllm"),
        (listing(m="library"), "none"),
        (listing(m="openai"), "none"),
        (listing(other="llamacpp"), "llama.cpp"),
        (listing(m="vllm", other="llamacpp"), "vllm"),
        (listing(m="openai", other="vllm"), "none"),
        (listing(a="vllm", b="llamacpp"), "none"),
        (reply({"data": [{"id": "m"}]}), "none"),
        (reply({"data": [{"id": ["m"], "owned_by": {}}]}), "none"),
        (reply({"data": {}}), "none"),
        (reply([]), "none"),
        (raw(b"[" * 100_000), "none"),
        (raw(b"<html>"), "none"),
        (raw(b"", 401), "none"),
        (raw(b"", 301, Location="http://127.0.0.1:9/"), "none"),
        (lambda handler, server: None, "none"),
    ],
)
def test_the_server_is_recognised_by_its_models(models: Script, grammar: str) -> None:
    with serving(completion(SQL), models=models) as server:
        assert ask(server).notes == ()
    assert grammar_of(server) == grammar
    (probe,) = server.probes
    assert probe.path == "/v1/models"
    assert probe.headers["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("grammar", CHOICES[1:])
def test_a_server_that_is_named_is_not_asked(grammar: str) -> None:
    with serving(completion(SQL), models=LLAMA) as server:
        ask(server, grammar=grammar)
    assert grammar_of(server) == grammar
    assert server.probes == []


def test_the_models_are_asked_for_once() -> None:
    with serving(completion(SQL), models=LLAMA) as server:
        backend = OpenAIBackend("m", base_url=server.url)
        for _ in range(3):
            backend.generate([page()], "p")
    assert (len(server.probes), len(server.seen)) == (1, 3)


def test_a_server_that_loads_its_model_is_waited_for() -> None:
    answers = iter([reply({"error": {"message": "Loading model"}}, 503), LLAMA])
    with serving(completion(SQL), models=lambda handler, server: next(answers)(handler, server)) as server:
        ask(server)
    assert grammar_of(server) == "llama.cpp"


def test_a_server_that_never_gets_ready_is_not_asked_more() -> None:
    loading = reply({"error": {"message": "Loading model"}}, 503)
    with serving(completion(SQL), models=loading) as server, pytest.raises(BackendError, match="Loading model$"):
        ask(server)
    assert (len(server.probes), len(server.seen)) == (module.ATTEMPTS, 0)


def test_a_list_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROBE_S", 0.3)
    with serving(completion(SQL), models=hang) as server:
        assert ask(server).text == SQL
        with pytest.raises(DeadlineError, match="did not answer within 0.2 s"):
            ask(server, seconds=0.2)
    assert len(server.seen) == 1


def test_an_empty_answer_under_a_grammar() -> None:
    with serving(completion(""), models=LLAMA) as server:
        assert ask(server) == Answer("", usage=ask(server).usage)


# --- fields that are refused ---


@pytest.mark.parametrize(
    "refusal",
    [
        reply({"error": {"message": f"Unrecognized request argument: grammar {KEY}", "param": "grammar"}}, 400),
        reply({"error": {"message": "Failed to initialize samplers: failed to parse grammar"}}, 400),
        reply({"detail": [{"loc": ["body", "structured_outputs"], "msg": "extra fields not permitted"}]}, 422),
        raw(b"", 400),
    ],
)
def test_a_grammar_that_is_refused_is_left_out_and_told(refusal: Script) -> None:
    with serving(refusal, completion(SQL), models=LLAMA) as server:
        backend = OpenAIBackend("m", base_url=server.url, api_key=KEY)
        answers = [backend.generate([page()], "p") for _ in range(2)]
    assert [grammar_of(server, number) for number in range(3)] == ["llama.cpp", "none", "none"]
    for answer in answers:
        assert answer.text == SQL
        (note,) = answer.notes
        assert note.startswith(f"{backend.host} does not take the grammar of answers (4")
        assert KEY not in note


@pytest.mark.parametrize(
    ("said", "gone", "there", "notes"),
    [
        ("Unknown parameter: 'stream_options'.", "stream_options", None, 0),
        ("'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
         "max_tokens", "max_completion_tokens", 0),
        ("'temperature' does not support 0 with this model.", "temperature", None, 1),
        ("'max_tokens' or 'max_completion_tokens' is too large: 8192. This model's maximum context length is 4096",
         "max_tokens", None, 0),
    ],
)  # fmt: skip
def test_other_fields_that_are_refused(said: str, gone: str, there: str | None, notes: int) -> None:
    with serving(reply({"error": {"message": said}}, 400), completion(SQL)) as server:
        answer = ask(server)
    assert (answer.text, len(answer.notes)) == (SQL, notes)
    first, second = (set(seen.body) for seen in server.seen)
    assert first - second == {gone}
    assert second - first == ({there} if there else set())


def test_each_field_in_turn() -> None:
    names = ("max_completion_tokens", "temperature", "stream_options", "grammar")
    refusals = [reply({"error": {"message": f"no {name}, please"}}, 400) for name in names]
    with serving(*refusals, completion(SQL), models=VLLM) as server:
        assert len(ask(server).notes) == 2
    assert sorted(server.seen[-1].body) == ["max_completion_tokens", "messages", "model", "stream"]


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("request (120016 tokens) exceeds the available context size (8192 tokens)", 1),
        ("this model does not take pictures", 1),
        ("failed to parse grammar", 2),
        ("This model's maximum context length is 4096 tokens. However, your messages resulted in 9000", 2),
    ],
)
def test_a_refusal_that_stays_is_an_error(said: str, asked: int) -> None:
    refusal = reply({"error": {"message": said}}, 400)
    with serving(refusal, models=LLAMA) as server, pytest.raises(BackendError, match=r"refuses the call \(400\): "):
        ask(server)
    assert len(server.seen) == asked


def test_an_unknown_model_names_those_that_there_are() -> None:
    models = listing(**{"gemma-3-12b": "vllm", "evil\x1b[31m\n": "vllm"})
    with (
        serving(reply({"error": "no such model"}, 404), models=models) as server,
        pytest.raises(BackendError) as caught,
    ):
        ask(server)
    assert caught.value.message.startswith(f"{server.url[7:-3]} has no model 'm', ")
    assert caught.value.message.endswith(": no such model")
    assert caught.value.hint == "--model takes one of its models: gemma-3-12b, evil [31m"
