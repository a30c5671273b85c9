"""Which servers take a grammar, how they are told it, and by what they are known.

    server      known by `owned_by` in /models    field of a request
    llama.cpp   llamacpp                          grammar, in GBNF
    vLLM        vllm                              structured_outputs.grammar; before 0.12 guided_grammar

vLLM reads GBNF as well as Lark, whichever engine holds the model to it (xgrammar, llguidance).
Ollama and OpenAI take a JSON schema with chat completions, which SQL has none of.

Sources: llama.cpp, tools/server/README.md; https://docs.vllm.ai/en/latest/features/structured_outputs/
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

AUTO, NONE = "auto", "none"

GRAMMAR_FIELDS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "llama.cpp": lambda gbnf: {"grammar": gbnf},
    # Each release reads the field that it knows and passes over the other.
    "vllm": lambda gbnf: {"structured_outputs": {"grammar": gbnf}, "guided_grammar": gbnf},
}
"""Server -> the fields that hold it to a grammar."""

GRAMMAR_WORDS = ("grammar", "structured", "guided")
"""One of these is in what a server says about a grammar that it does not take."""

CHOICES = (AUTO, NONE, *GRAMMAR_FIELDS)

_OWNERS = {"llamacpp": "llama.cpp", "vllm": "vllm"}


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of a server.

    Attributes:
        grammar: a key of `GRAMMAR_FIELDS`, or "".
        models: the models that it lists.
    """

    grammar: str = ""
    models: tuple[str, ...] = ()


def recognised(listing: bytes, model: str) -> Server:
    """The server that gave this list of models; nothing is known of it where it is none.

    Args:
        listing: the body of GET /models.
        model: the one that is going to be asked. A gateway lists models of several servers.
    """
    try:
        owners = {str(entry["id"]): str(entry.get("owned_by")) for entry in json.loads(listing)["data"]}
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return Server()
    # Where the model is not in the list, the server may take any name for its only model.
    candidates = {owners[model]} if model in owners else set(owners.values())
    owner = candidates.pop() if len(candidates) == 1 else ""
    return Server(_OWNERS.get(owner, ""), tuple(owners))
