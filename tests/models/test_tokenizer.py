"""Our own tokenizer: Gemma's special tokens and form, read alike by everything that reads Gemma's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghost_architect.models.nano import tokenizer
from ghost_architect.models.nano.tokenizer import IDS, MARKS
from ghost_architect.pages.prompt import INSTRUCTIONS
from tests import tiny_gemma
from tests.data.rows import SQL
from tests.outside import python_package

TEXTS = (INSTRUCTIONS, SQL, *tiny_gemma.TEXTS)
GEMMA = {**IDS, "<start_of_turn>": 105, "<end_of_turn>": 106, "<start_of_image>": 700, "<image_soft_token>": 899}
"""Scattered, as Gemma's are."""


@pytest.fixture(scope="module")
def made() -> Any:
    python_package("tokenizers")
    return tokenizer.train(TEXTS, 900, GEMMA)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, made: Any) -> Path:
    home = tmp_path_factory.mktemp("tokenizer")
    tokenizer.save(made, home, side=28, picture_tokens=4)
    return home


def ids(made: Any, text: str) -> list[int]:
    found: list[int] = made.encode(text, add_special_tokens=False).ids
    return found


def test_special_tokens_have_the_ids_that_are_asked_for(made: Any) -> None:
    assert {mark: made.token_to_id(mark) for mark in MARKS} == GEMMA
    assert made.get_vocab_size() == 900
    assert sorted(made.get_vocab().values()) == list(range(900))
    assert ids(made, "".join(GEMMA)) == list(GEMMA.values())
    assert [tokenizer.train(TEXTS, 900).token_to_id(mark) for mark in MARKS] == list(range(10))


@pytest.mark.parametrize(
    ("size", "wanted", "said"),
    [
        (900, {**IDS, "<eos>": 0}, "different ones from 0 to 899"),
        (900, {**IDS, "<eos>": 900}, "different ones from 0 to 899"),
        (900, {"<pad>": 0}, "<eos>, <bos>, <unk>, <mask>, <start_of_turn>, <end_of_turn> have no ids"),
        (300, IDS, "at least 394 tokens, and not 300"),
    ],
)
def test_ids_that_cannot_be_are_refused(size: int, wanted: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        tokenizer.train(TEXTS, size, wanted)


def test_the_same_texts_give_the_same_tokenizer(made: Any) -> None:
    assert tokenizer.train(iter(TEXTS), 900, GEMMA).to_str() == made.to_str()


def test_few_texts_leave_tokens_that_no_text_becomes() -> None:
    python_package("tokenizers")
    small = tokenizer.train(["abc abc"], 500)
    assert small.get_vocab_size() == 500
    unused = {token for token in small.get_vocab() if token.startswith("<unused")}
    assert len(unused) > 100
    special = {token.content for token in small.get_added_tokens_decoder().values() if token.special}
    assert unused < special
    assert small.decode(ids(small, "abc ü"), skip_special_tokens=False) == "abc ü"


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="▁"), max_size=60))
def test_every_text_comes_back(made: Any, text: str) -> None:
    assert made.decode(ids(made, text), skip_special_tokens=False) == text


def test_sql_takes_few_tokens_and_digits_stand_alone(made: Any) -> None:
    assert len(ids(made, SQL)) < len(SQL) / 3
    assert [made.id_to_token(n) for n in ids(made, "x, 1234")] == ["x", ",", "▁", "1", "2", "3", "4"]
    assert not [t for t in made.get_vocab() if any(c.isdigit() for c in t) and len(t) > 1 and t[0] != "<"]


def test_transformers_reads_it_in_every_way(made: Any, folder: Path) -> None:
    for package in ("torch", "transformers"):
        python_package(package)
    from transformers import AutoTokenizer, GemmaTokenizer, PreTrainedTokenizerFast

    text = f"{INSTRUCTIONS}\n12 340 87 Näme ▁ 漢字 \t\n\n    <end_of_turn>\n{SQL}"
    readers = [kind.from_pretrained(folder) for kind in (GemmaTokenizer, PreTrainedTokenizerFast, AutoTokenizer)]
    for reader in readers:
        assert reader(text)["input_ids"] == [2, *ids(made, text)]
        assert reader(text, add_special_tokens=False)["input_ids"] == ids(made, text)
        assert (reader.pad_token_id, reader.eos_token_id, reader.bos_token_id, reader.unk_token_id) == (0, 1, 2, 3)
        assert (reader.boi_token_id, reader.eoi_token_id, reader.image_token_id) == (
            GEMMA["<start_of_image>"],
            GEMMA["<end_of_image>"],
            GEMMA["<image_soft_token>"],
        )
        chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": " Which tables?\n"}]
        assert reader.apply_chat_template(chat, add_generation_prompt=True, tokenize=False) == (
            "<bos><start_of_turn>user\nBe brief.\n\nWhich tables?<end_of_turn>\n<start_of_turn>model\n"
        )


def test_gemma3processor_reads_it(folder: Path) -> None:
    for package in ("torch", "transformers"):
        python_package(package)
    from PIL import Image
    from transformers import Gemma3Processor, GemmaTokenizer
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    processor = Gemma3Processor(
        image_processor=Gemma3ImageProcessorPil.from_pretrained(folder),
        tokenizer=GemmaTokenizer.from_pretrained(folder),
        image_seq_length=4,
    )
    out = processor(images=[Image.new("RGB", (50, 40))], text="See <start_of_image>!", return_tensors="np")
    assert out["pixel_values"].shape == (1, 3, 28, 28)
    soft, begin, end = GEMMA["<image_soft_token>"], GEMMA["<start_of_image>"], GEMMA["<end_of_image>"]
    found = out["input_ids"][0].tolist()
    at = found.index(begin)
    assert found[at : at + 6] == [begin, *[soft] * 4, end]


def test_a_model_that_only_reads_has_no_files_for_pictures(tmp_path: Path, made: Any) -> None:
    tokenizer.save(made, tmp_path, picture_tokens=0)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "chat_template.jinja",
        "tokenizer.json",
        "tokenizer_config.json",
    ]


def test_the_grammar_of_answers_runs_on_it(folder: Path) -> None:
    for package in ("torch", "transformers", "llguidance"):
        python_package(package)
    from llguidance import LLMatcher
    from llguidance.hf import from_tokenizer
    from transformers import GemmaTokenizer

    from ghost_architect.schema.answer import grammar

    reader = GemmaTokenizer.from_pretrained(folder)
    matcher = LLMatcher(
        from_tokenizer(reader, n_vocab=900, eos_token=GEMMA["<end_of_turn>"], slices=[]),
        LLMatcher.grammar_from_lark(grammar()),
        log_level=0,
    )
    assert matcher.consume_tokens(reader(SQL, add_special_tokens=False)["input_ids"])
    assert matcher.is_accepting()
