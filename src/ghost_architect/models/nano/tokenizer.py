"""A tokenizer of our own with Gemma's special tokens, and the files beside it that make a folder of it.

    texts -> pairs of neighbours, joined from the most frequent on (BPE) -> tokenizer.json
    + tokenizer_config.json, chat_template.jinja          what transformers needs to use it
    + preprocessor_config.json, processor_config.json     for a model that sees

It is of Gemma's form: spaces are ▁, what is not in the vocabulary becomes its bytes (<0x00> to <0xFF>), every digit is
a token of its own. So GemmaTokenizer, PreTrainedTokenizerFast, Gemma3Processor and llguidance read it as they read
Gemma's. (GemmaTokenizer builds these steps itself: byte-level BPE as GPT-2 has it would be taken apart wrongly.)

The template is our own wording of the form; it writes the same text as Gemma's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

TEXT_MARKS = ("<pad>", "<eos>", "<bos>", "<unk>", "<mask>")
"""With Gemma's ids: 0 to 4."""
TURN_MARKS = ("<start_of_turn>", "<end_of_turn>")
PICTURE_MARKS = ("<start_of_image>", "<end_of_image>", "<image_soft_token>")
MARKS = (*TEXT_MARKS, *TURN_MARKS, *PICTURE_MARKS)

IDS: Mapping[str, int] = {mark: n for n, mark in enumerate(MARKS)}
"""The first ids, in order. Gemma 3 has the turns at 105 and 106, the pictures at 255999, 256000 and 262144."""

SIZE = 8192
"""Tokens of a vocabulary, unless said otherwise."""

BYTES = tuple(f"<0x{n:02X}>" for n in range(256))

SIDE = 896
"""Pixels of a picture's side, and the soft tokens it becomes: Gemma 3 Technical Report, 2025, section 2.1."""
PICTURE_TOKENS = 256

# What is joined at most: spaces of an indent, line ends, a word with the space or underscore before it, signs. Digits
# stand alone, and so does the space before one. Only for learning: pairs across these borders are never learned.
_PIECES = r"▁{2,}|\n+|[▁_]?\p{L}+|\d|▁?[^\p{L}\d\s▁]+|▁|\s"

_ALPHABET = 512
"""So many characters at most are tokens of their own; the others become bytes."""
_LEAST = 128
"""Room for ASCII, which always is."""

# One turn: the mark, the role, the contents with trimmed texts, the mark. What a system message says stands at the
# head of the first user's turn.
CHAT_TEMPLATE = """\
{{- bos_token -}}
{%- set ns = namespace(head='') -%}
{%- for message in messages -%}
{%- set texts = [message['content']] if message['content'] is string else [] -%}
{%- if message['role'] == 'system' -%}
{%- set ns.head = (texts[0] if texts else message['content'][0]['text']) + '\n\n' -%}
{%- else -%}
{{- '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\n' + ns.head -}}
{%- set ns.head = '' -%}
{%- for text in texts -%}{{- text | trim -}}{%- endfor -%}
{%- for part in (message['content'] if not texts else []) -%}
{{- '<start_of_image>' if part['type'] == 'image' else part['text'] | trim -}}
{%- endfor -%}
{{- '<end_of_turn>\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<start_of_turn>model\n' -}}{%- endif -%}
"""


def train(texts: Iterable[str], size: int = SIZE, ids: Mapping[str, int] = IDS) -> Any:
    """A tokenizer (of the package `tokenizers`) for texts like these; the same texts give the same one.

    Args:
        texts: to learn from: questions and answers.
        size: tokens in all.
        ids: of the special tokens; among them all of `MARKS` but those of pictures, which a model that only reads
            does without.

    Raises:
        ValueError: an id is taken twice or is not below `size`, a mark is missing, or there is no room for bytes.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    _check(size, ids)
    room = size - len(ids) - len(BYTES)
    learning = Tokenizer(models.BPE())
    learning.normalizer = normalizers.Replace(" ", "▁")
    learning.pre_tokenizer = pre_tokenizers.Split(Regex(_PIECES), "isolated")
    trainer = trainers.BpeTrainer(
        vocab_size=room,
        initial_alphabet=[*map(chr, range(0x21, 0x7F)), "▁", "\n"],
        limit_alphabet=min(_ALPHABET, room),
        show_progress=False,
    )
    learning.train_from_iterator(texts, trainer)
    learned = json.loads(learning.to_str())["model"]
    pieces = sorted(learned["vocab"], key=learned["vocab"].__getitem__)
    return gemma_form(_numbered(pieces, size, ids), [tuple(pair) for pair in learned["merges"]], list(ids))


def gemma_form(vocabulary: Mapping[str, int], merges: Sequence[tuple[str, str]], special: Sequence[str]) -> Any:
    """A tokenizer of Gemma's form.

    Args:
        vocabulary: token -> id, with those of the special tokens and bytes.
        merges: which neighbours become one, the first ones first.
        special: tokens that stand for themselves wherever a text has them.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    model = models.BPE(
        vocab=dict(vocabulary), merges=list(merges), unk_token="<unk>", fuse_unk=True, byte_fallback=True
    )
    made = Tokenizer(model)
    made.normalizer = normalizers.Replace(" ", "▁")
    made.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    made.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    made.post_processor = processors.TemplateProcessing(
        single="<bos>:0 $A:0",
        pair="<bos>:0 $A:0 <bos>:1 $B:1",
        special_tokens=[("<bos>", vocabulary["<bos>"])],
    )
    named = [token for token in vocabulary if token.startswith("<unused")]
    made.add_special_tokens([*special, *named])
    return made


def _check(size: int, ids: Mapping[str, int]) -> None:
    lacking = [mark for mark in (*TEXT_MARKS, *TURN_MARKS) if mark not in ids]
    if lacking:
        raise ValueError(f"{', '.join(lacking)} have no ids")
    if len(set(ids.values())) < len(ids) or not all(0 <= n < size for n in ids.values()):
        raise ValueError(f"the ids of special tokens have to be different ones from 0 to {size - 1}")
    least = len(ids) + len(BYTES) + _LEAST
    if size < least:
        raise ValueError(f"a vocabulary has at least {least} tokens, and not {size}")


def _numbered(pieces: Sequence[str], size: int, ids: Mapping[str, int]) -> dict[str, int]:
    """Every token with its id: special ones where they are wanted, then bytes and pieces in what is free.

    Texts that are too few for the whole vocabulary leave ids free; these are tokens that no text becomes.
    """
    taken = set(ids.values())
    free = [n for n in range(size) if n not in taken]
    others = [*BYTES, *pieces]
    others += [f"<unused{n}>" for n in range(len(free) - len(others))]
    numbered = {**ids, **dict(zip(others, free, strict=True))}
    return dict(sorted(numbered.items(), key=lambda entry: entry[1]))


# --- the folder ---


def save(tokenizer: Any, folder: Path, side: int = SIDE, picture_tokens: int = PICTURE_TOKENS) -> None:
    """Write the tokenizer and the files that say how it is used.

    Args:
        tokenizer: as `train` gives it.
        folder: made if it is missing.
        side: pixels of a picture's side.
        picture_tokens: what a picture becomes; 0 for a model that only reads text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # its own `save` raises an error without a class where the disk is full
    (folder / "tokenizer.json").write_text(tokenizer.to_str(pretty=True), encoding="utf-8")
    save_settings(folder, side, picture_tokens)


def save_settings(folder: Path, side: int = SIDE, picture_tokens: int = PICTURE_TOKENS) -> None:
    """Write what stands beside tokenizer.json, as in `save`."""
    _write(folder / "tokenizer_config.json", _tokenizer_config(picture_tokens > 0))
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE, encoding="utf-8")
    if picture_tokens:
        _write(folder / "preprocessor_config.json", _picture_config(side, picture_tokens))
        _write(
            folder / "processor_config.json",
            {"image_seq_length": picture_tokens, "processor_class": "Gemma3Processor"},
        )


def _tokenizer_config(pictures: bool) -> dict[str, Any]:
    names = dict(zip(("boi_token", "eoi_token", "image_token"), PICTURE_MARKS, strict=True))
    return {
        "tokenizer_class": "GemmaTokenizer",
        "add_bos_token": True,
        "add_eos_token": False,
        **{f"{mark[1:-1]}_token": mark for mark in TEXT_MARKS},
        **({"processor_class": "Gemma3Processor", "extra_special_tokens": names, **names} if pictures else {}),
        "clean_up_tokenization_spaces": False,
        "model_max_length": 1000000000000000019884624838656,  # as transformers writes "no limit"
    }


def _picture_config(side: int, tokens: int) -> dict[str, Any]:
    crops = {f"pan_and_scan_{what}": None for what in ("max_num_crops", "min_crop_size", "min_ratio_to_activate")}
    return {
        "image_processor_type": "Gemma3ImageProcessor",
        "processor_class": "Gemma3Processor",
        "do_convert_rgb": None,
        "do_resize": True,
        "size": {"height": side, "width": side},
        "resample": 2,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "image_seq_length": tokens,
        "do_pan_and_scan": None,
        **crops,
    }


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
