"""A Gemma 3 for the tests on a card: large enough that each rung of the ladder saves much more than the allocator's
grain, small enough that a run takes seconds. Its weights are random, and NF4 once they are loaded.

`REHEARSE_CUDA=1` has all of it done by the CPU with a smaller one; what the card's memory would say, the plan says.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import yaml

from ghost_architect.config import LINEARS, TrainingConfig
from ghost_architect.models.nano import tokenizer
from ghost_architect.multimodal_model import miniature
from ghost_architect.training.plan import Plan, plan
from ghost_architect.training.rehearsal.setting import Setting
from ghost_architect.training.shapes import Model, model_of
from tests.data.rows import array, instruction
from tests.training.small import screens, settings, texts

REHEARSED = os.environ.get("REHEARSE_CUDA") == "1"

DEVICE = "cpu" if REHEARSED else "cuda"

LONG, SHORT = (2200, 300) if REHEARSED else (4096, 2048)
"""Tokens of long rows: as many as the ladder's two sequences have. A rehearsal has no time, and only looks which rows
are too long."""

SIDE, PICTURE_TOKENS = 224, 16
WORDS = 2048
"""Of the tokenizer; the model has room for more, so that its logits are large."""

PROFILE = Setting(4096, 64, LINEARS, True, "bf16", "flash", offload=False, keep=True, tile=None, loss_rows=4096)
"""The top of the ladder: nothing is saved."""

MOMENTS = ("forward", "loss", "backward", "update", "pictures")
"""Those of a plan that a step has; adapters are built before."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a model, and of its vision tower.

    Attributes:
        text: of the decoder, as `Gemma3TextConfig` has them.
        vision: of the tower, as `SiglipVisionConfig` has them.
        words: of the vocabulary.
    """

    text: dict[str, Any]
    vision: dict[str, Any]
    words: int


def _shape(width: int, inner: int, heads: int, size: int, words: int, tower: tuple[int, int, int, int]) -> Shape:
    text = {
        **miniature.TEXT,
        "hidden_size": width,
        "intermediate_size": inner,
        "num_attention_heads": heads,
        "num_key_value_heads": heads // 2,
        "head_dim": size,
        "query_pre_attn_scalar": size,
        "sliding_window": 512,
        "vocab_size": words,
    }
    names = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    vision = {**miniature.VISION, "image_size": SIDE, **dict(zip(names, tower, strict=True))}
    return Shape(text, vision, words)


MEDIUM = _shape(512, 16384, 16, 256, 98304, (768, 3072, 6, 12))
"""Six layers, 189 million weights in NF4. The feed-forward part is wide, so that its tiles count; the vocabulary is
large, so that the loss does; heads are wide, so that attention still does when the tiles are small."""

SMALL = _shape(64, 1536, 2, 64, 8192, (32, 64, 2, 2))
"""The same for a rehearsal."""


def config_of(shape: Shape) -> dict[str, Any]:
    """What `Gemma3Config` is made from."""
    ids = tokenizer.IDS
    begin, end, soft = tokenizer.PICTURE_MARKS
    return {
        "text_config": {**shape.text, "eos_token_id": ids["<eos>"]},
        "vision_config": shape.vision,
        "mm_tokens_per_image": PICTURE_TOKENS,
        "boi_token_index": ids[begin],
        "eoi_token_index": ids[end],
        "image_token_index": ids[soft],
        "eos_token_id": [ids["<eos>"], ids["<end_of_turn>"]],
    }


def make(folder: Path, learned: list[str], shape: Shape, device: str) -> Path:
    """The model's folder, in bfloat16."""
    import torch
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    from ghost_architect.multimodal_model.machine import quiet

    tokenizer.save(tokenizer.train(learned, WORDS), folder, SIDE, PICTURE_TOKENS)
    spread = 0.64 * shape.text["hidden_size"] ** -0.5  # of what goes through a matrix, nearly all stays as large
    with quiet(), torch.no_grad():
        torch.manual_seed(0)
        with torch.device(device):
            model = Gemma3ForConditionalGeneration(Gemma3Config(**config_of(shape))).to(torch.bfloat16)
        for name, weights in model.named_parameters():
            if weights.dim() > 1:
                seen = "vision" in name or "multi_modal_projector" in name
                weights.normal_(0, 0.05 if seen else spread)
        model.save_pretrained(folder)
    return folder


# --- what is learned from ---


@dataclass(frozen=True, slots=True)
class Stand:
    """All that the tests train with.

    Attributes:
        home: where it lies.
        folder: of the model.
        texts: short instructions.
        screens: pairs.
        long: instructions that fill rows of `LONG` and of `SHORT` tokens.
    """

    home: Path
    folder: Path
    texts: Path
    screens: Path
    long: Path

    @property
    def model(self) -> Model:
        """Its sizes."""
        return model_of(str(self.folder))

    def config(self, home: str, **changed: Any) -> TrainingConfig:
        """A run over texts, in a folder of its own."""
        own = {
            "model": str(self.folder),
            "data": (str(self.texts),),
            "sequence": 1024,
            "rank": 16,
            "alpha": 32.0,
            "learning_rate": 2e-3,
            "steps": 6,
            "held_out": 0.0,
            "checkpoint_every": 0,
            "keep_checkpoints": 1,
            "precision": "bf16",
        }
        (self.home / home).mkdir(exist_ok=True)
        return settings(self.home / home, **own | changed)

    def forced(self, home: str, setting: Setting, **changed: Any) -> TrainingConfig:
        """A run in exactly this setting, over long rows all of whose tokens count; the largest one comes in it."""
        own = {k: v for k, v in asdict(setting).items() if k not in ("attention", "vision")}
        own |= {"targets": setting.targets, "data": (str(self.long),), "packing": False, "answers_only": False}
        return self.config(home, **own | {"accumulation": 1, "steps": 2} | changed)


def stand(home: Path) -> Stand:
    """Make it."""
    from tokenizers import Tokenizer

    from ghost_architect.data_processing import Chat, Index, corpus

    short, pairs = texts(home / "texts.json"), screens(home / "screens.tar")
    learned = list(corpus(Index([short, pairs])))
    folder = make(home / "medium", learned, SMALL if REHEARSED else MEDIUM, DEVICE)
    chat = Chat(Tokenizer.from_file(str(folder / "tokenizer.json")), PICTURE_TOKENS, answers_only=False)
    rows = [filling(chat, tokens, n) for tokens in (LONG, SHORT) for n in range(3)]
    return Stand(home, folder, short, pairs, array(home / "long.json", rows))


def filling(chat: Any, tokens: int, number: int) -> dict[str, str]:
    """An instruction of so many tokens, up to a line of its answer; nearly all of them are the answer's."""

    def row(lines: int) -> dict[str, str]:
        return instruction("CREATE TABLE orders (id INT);\n" * lines, f"Design number {number}.", "orders")

    def length(lines: int) -> int:
        said = row(lines)
        return len(chat.encode(f"{said['instruction']}\n\n{said['input']}", said["output"]))

    short, long = length(10), length(20)
    made = row(20 + (tokens - long) * 10 // (long - short))
    found = length(made["output"].count("\n"))
    assert tokens - (long - short) / 5 < found <= tokens, found
    return made


def written(config: TrainingConfig) -> Path:
    """The settings as a file that `--config` takes."""
    path = Path(config.output).parent / "training.yaml"
    path.write_text(yaml.safe_dump(json.loads(json.dumps(asdict(config)))), encoding="utf-8")
    return path


# --- memory ---


def of_step(made: Plan) -> int:
    """The most that a step takes of the card, as it was planned."""
    return max(made.moments[name] for name in MOMENTS if name in made.moments)


class Card:
    """The card's memory, of which this process can be left a part."""

    def hold(self, to: int | None) -> None:
        """Leave this process so many bytes; None gives it all of them."""
        import torch

        torch.cuda.empty_cache()
        share = 1.0 if to is None else to / torch.cuda.mem_get_info()[1]
        torch.cuda.set_per_process_memory_fraction(share)

    def forget(self) -> None:
        """Count anew."""
        import torch

        torch.cuda.reset_peak_memory_stats()

    def most(self) -> tuple[int, int]:
        """Bytes that were allocated, and reserved, at the most."""
        import torch

        return torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved()

    def learns(self, setting: Setting) -> None:
        """Say in which setting the steps are that come."""


class Rehearsal(Card):
    """A card that is not there: a step of more than is left fails, and takes what the plan says."""

    def __init__(self, model: Model) -> None:
        from ghost_architect.training.hardware import card
        from ghost_architect.training.learner import Learner

        self._on, self._model, self._left, self._step = card("h200"), model, None, 0
        real = Learner.learn

        def learn(learner: Any, *arguments: Any) -> None:
            if self._left is not None and self._step > self._left:
                import torch

                raise torch.OutOfMemoryError("CUDA out of memory. It is a rehearsal")
            real(learner, *arguments)

        owner: Any = Learner
        owner.learn = learn

    _left: int | None
    _step: int

    def hold(self, to: int | None) -> None:
        """See `Card`."""
        self._left = to

    def forget(self) -> None:
        """See `Card`."""

    def most(self) -> tuple[int, int]:
        """See `Card`."""
        return self._step, self._step

    def learns(self, setting: Setting) -> None:
        """See `Card`."""
        self._step = of_step(plan(self._model, setting, self._on))


# --- processes ---


def spawned(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """A process that begins with nothing: one that is forked cannot use a card that its parent used."""
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    process.start()
    return process


@contextmanager
def exactly() -> Iterator[None]:
    """Inside, torch takes only kernels that give the same bits each time."""
    import torch

    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)
