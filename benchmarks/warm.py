"""A miniature that has learned something, so that adapters have something to adapt: `ablation.py --warm STEPS`.

A random miniature + questions of the training rows -> all of its weights learn to go on with them -> a folder

Of no row it sees the answer, which is what adapters learn afterwards: as a model that has read much learns a new
form of answer, on a scale at which a CPU does it in minutes. The vision tower stays random.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np

from ghost_architect.data_processing import Chat, Index
from ghost_architect.data_processing.examples import is_pair, read
from ghost_architect.errors import UsageError
from ghost_architect.multimodal_model.machine import quiet
from ghost_architect.training.checkpoints import damage, place

ROWS, TOKENS = 8, 256
"""Of a step."""
RATE = 3e-3
"""The highest learning rate: up over the first tenth of the steps, then down to zero."""
WARMUP = 0.1


def warm(base: Path, data: tuple[str, ...], steps: int, seed: int) -> Path:
    """The folder of the warm model, beside that of the random one; made where it is missing.

    Args:
        base: the miniature's folder.
        data: the rows whose questions it learns: instructions.
        steps: of AdamW, of `ROWS` x `TOKENS` tokens each.
        seed: of the order.

    Raises:
        UsageError: there are too few questions.
        CheckpointError: the folder cannot be written.
    """
    index = Index(data)
    folder = base.with_name(f"{base.name}-warm-{steps}-{seed}-{index.fingerprint()[:12]}")
    if damage(folder):
        sizes = [path.stat().st_size for path in base.iterdir()]
        place(folder, lambda fresh: _write(fresh, base, index, steps, seed), sizes, "the warm model")
    return folder


def _write(fresh: Path, base: Path, index: Index, steps: int, seed: int) -> None:
    with quiet():
        _learned(base, _stream(base, index), steps, seed).save_pretrained(fresh)
    for path in base.iterdir():
        if not (fresh / path.name).exists():
            shutil.copy2(path, fresh)


def _stream(base: Path, index: Index) -> Any:
    """All questions behind each other, in the chat's form: [tokens]."""
    from tokenizers import Tokenizer

    chat = Chat(Tokenizer.from_file(str(base / "tokenizer.json")), 0)
    values = [read(row) for row in index]
    asked = [f"{v['instruction']}\n\n{v.get('input', '')}" for v in values if "instruction" in v]
    if any(is_pair(row, value) for row, value in zip(index, values, strict=True)) or not asked:
        raise UsageError("--warm learns from instructions", "leave it out, or --data data/dataset.json")
    stream = np.concatenate([chat.question(text) for text in asked])
    if len(stream) <= TOKENS:
        raise UsageError(f"--warm: {len(stream)} tokens of questions are too few", "more rows")
    return stream


def _learned(base: Path, stream: Any, steps: int, seed: int) -> Any:
    """The model with all of its text part trained on windows of the stream."""
    import torch
    from transformers import Gemma3ForConditionalGeneration

    model = Gemma3ForConditionalGeneration.from_pretrained(base, local_files_only=True)
    learned = [p for name, p in model.named_parameters() if "language_model" in name]
    optimizer = torch.optim.AdamW(learned, lr=RATE, weight_decay=0.01)
    rising = max(1, round(WARMUP * steps))
    draw = np.random.default_rng(seed)
    model.train()
    for step in range(steps):
        starts = draw.integers(0, len(stream) - TOKENS, ROWS)
        ids = torch.from_numpy(np.stack([stream[s : s + TOKENS] for s in starts]).astype(np.int64))
        for group in optimizer.param_groups:
            group["lr"] = RATE * min((step + 1) / rising, (steps - step) / max(1, steps - rising))
        loss = model(input_ids=ids, token_type_ids=torch.zeros_like(ids), labels=ids).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
    return model.eval()
