"""What a server is sent: pictures as data: URIs, the prompt, and the fields that it takes.

Servers differ in the fields that they take. One is only known to be refused when the server says so
(400, with the name of the field in it); then the request is made again without it, or otherwise.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ghost_architect.pages.page import Page, Pixels

from .servers import GRAMMAR_FIELDS, GRAMMAR_WORDS


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields besides the model and what it is asked.

    Attributes:
        grammar: how the server is told the grammar, a key of `GRAMMAR_FIELDS`; "" for not at all.
        usage: whether it is asked to count tokens in a stream.
        temperature: None for the server's own.
        length: the name of the field that limits the answer; "" for the room that the model has left.
    """

    grammar: str = ""
    usage: bool = True
    temperature: float | None = 0.0
    length: str = "max_tokens"

    def written(self, max_tokens: int) -> dict[str, Any]:
        """The fields as they stand in a request."""
        written: dict[str, Any] = {"stream": True}
        if self.length:
            written[self.length] = max_tokens
        if self.temperature is not None:
            written["temperature"] = self.temperature
        if self.usage:
            written["stream_options"] = {"include_usage": True}
        if self.grammar:
            from ghost_architect.schema.answer import gbnf

            written |= GRAMMAR_FIELDS[self.grammar](gbnf())
        return written

    def otherwise(self, refusal: str) -> Fields:
        """What to try after the server said this about the request; the same where nothing else is left."""
        said = refusal.lower()
        if self.grammar and (not said.strip() or any(word in said for word in GRAMMAR_WORDS)):
            return replace(self, grammar="")
        if self.usage and ("stream_options" in said or "include_usage" in said):
            return replace(self, usage=False)
        # vLLM does not cut a limit down to the room that is left behind the prompt.
        if self.length and ("context length" in said or "too large" in said):
            return replace(self, length="")
        # OpenAI's thinking models: https://platform.openai.com/docs/guides/reasoning
        if self.length == "max_tokens" and "max_completion_tokens" in said:
            return replace(self, length="max_completion_tokens")
        if self.temperature is not None and "temperature" in said:
            return replace(self, temperature=None)
        return self


def message(pages: Sequence[Page], prompt: str, max_side: int) -> dict[str, Any]:
    """The question: the pictures in the order of the pages, then the prompt."""
    pictures = [page.pixels for page in pages if page.pixels is not None]
    content: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": data_uri(pixels, max_side)}} for pixels in pictures
    ]
    return {"role": "user", "content": [*content, {"type": "text", "text": prompt}]}


def data_uri(pixels: Pixels, max_side: int) -> str:
    """The picture as a PNG in a data: URI, its longer side at most `max_side` pixels.

    It is encoded anew from pixels, so nothing else that was in the file (places, names) leaves with it.
    """
    from PIL import Image

    image = Image.fromarray(pixels)
    longer = max(image.size)
    if longer > max_side:
        width, height = (max(1, round(side * max_side / longer)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
