"""A small Gemma 3 with random weights, vision included: to try a training run on, where there is no card.

texts -> tokenizer -> weights drawn from a seed -> FOLDER, as those of Gemma 3 are laid out

Nothing is downloaded. The same texts, seed and versions give the same folder. What it answers means nothing.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ghost_architect.models.nano import tokenizer

NAME = "miniature"
"""What a configuration calls it: `model: miniature`."""

VOCABULARY = 2048
SIDE, PATCH, PICTURE_TOKENS = 112, 14, 16
"""8 x 8 patches, pooled to 4 x 4 soft tokens; Gemma 3 has 896 pixels, 64 x 64 patches and 16 x 16 tokens."""

TEXT: Mapping[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 6,  # five local ones to one that sees everything
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "query_pre_attn_scalar": 16,
    "sliding_window": 64,
    "rope_scaling": {"rope_type": "linear", "factor": 8.0},  # of the layers that see everything
    "max_position_embeddings": 8192,
}
VISION: Mapping[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": SIDE,
    "patch_size": PATCH,
    "vision_use_head": False,
}

_SPREAD, _SEEN = 0.08, 0.3
"""Of the weights, and of the projector's: what a picture becomes is about as large as what a word does."""


def make(home: Path, texts: Iterable[str], seed: int = 0) -> Path:
    """The model's folder, in `home`, under a name that says what it was made from; made where it is missing.

    Args:
        home: made if it is missing.
        texts: that the tokenizer learns from.
        seed: of the weights.

    Raises:
        OSError, SafetensorError: the folder cannot be written.
    """
    learned = list(texts)
    shape = (VOCABULARY, SIDE, PICTURE_TOKENS, _SPREAD, _SEEN, sorted(TEXT.items()), sorted(VISION.items()))
    digest = hashlib.sha256(f"{seed} {shape} {tokenizer.CHAT_TEMPLATE}".encode())
    for text in learned:
        digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
    folder = home / f"{NAME}-{digest.hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    fresh: Path | None = None
    try:
        home.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{NAME}-", dir=home))
        fresh.chmod(0o755)
        _write(fresh, learned, seed)
        fresh.rename(folder)
    except OSError:
        if not folder.is_dir():  # another process was faster
            raise
    finally:
        if fresh is not None:
            shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _write(folder: Path, texts: list[str], seed: int) -> None:
    import torch
    from transformers import Gemma3ForConditionalGeneration

    made = tokenizer.train(texts, VOCABULARY)
    tokenizer.save(made, folder, SIDE, PICTURE_TOKENS)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        model = Gemma3ForConditionalGeneration(_config(made.get_vocab()))
        with torch.no_grad():
            for name, weights in model.named_parameters():
                if weights.dim() > 1:  # norms and biases stay as they begin
                    weights.normal_(0, _SEEN if "multi_modal_projector" in name else _SPREAD)
    model.eval().save_pretrained(folder)


def _config(ids: Mapping[str, int]) -> Any:
    from transformers import Gemma3Config

    begin, end, soft = tokenizer.PICTURE_MARKS
    return Gemma3Config(
        text_config={**TEXT, "vocab_size": VOCABULARY + 64, "eos_token_id": ids["<eos>"]},
        vision_config=dict(VISION),
        mm_tokens_per_image=PICTURE_TOKENS,
        boi_token_index=ids[begin],
        eoi_token_index=ids[end],
        image_token_index=ids[soft],
        eos_token_id=[ids["<eos>"], ids["<end_of_turn>"]],
    )
