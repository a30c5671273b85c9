"""Any server that speaks OpenAI's chat completions and can see: vLLM, llama.cpp, Ollama, OpenAI itself.

    pages ─ request ─► POST {base}/chat/completions ─► reply ◄─ events ─► Answer
               ▲                    │ 400: a field that it does not take is left out
            servers ◄───────────────┘
               ▲
    GET {base}/models: which server it is, and so how it is told the grammar

Only the standard library is used. The whole exchange (name lookup, connection, every byte of the
answer, retries) has one deadline (`backends.transport`). Redirects are not followed and proxies in
the environment are not used, so the pictures go to `host` and to nowhere else.

Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from .backend import OpenAIBackend

__all__ = ["OpenAIBackend"]
