"""A tokenizer of our own, and what transformers makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ghost_architect.data_processing import Chat
from ghost_architect.models.nano import tokenizer
from ghost_architect.pages.prompt import INSTRUCTIONS
from tests import tiny_gemma
from tests.data.rows import SQL
from tests.outside import python_package

from .making import SOFT


@pytest.fixture(scope="session")
def tokens() -> Any:
    python_package("tokenizers")
    return tokenizer.train([INSTRUCTIONS, SQL, *tiny_gemma.TEXTS], 900)


@pytest.fixture(scope="session")
def chat(tokens: Any) -> Chat:
    return Chat(tokens, SOFT)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, tokens: Any) -> Path:
    home = tmp_path_factory.mktemp("tokenizer")
    tokenizer.save(tokens, home, side=28, picture_tokens=SOFT)
    return home


@pytest.fixture(scope="session")
def processor(folder: Path) -> Any:
    for package in ("torch", "transformers"):
        python_package(package)
    from transformers import Gemma3Processor, GemmaTokenizer
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    return Gemma3Processor(
        image_processor=Gemma3ImageProcessorPil.from_pretrained(folder),
        tokenizer=GemmaTokenizer.from_pretrained(folder),
        chat_template=(folder / "chat_template.jinja").read_text(),
        image_seq_length=SOFT,
    )
