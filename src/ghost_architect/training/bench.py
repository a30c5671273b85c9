"""A model set up to learn: loaded, adapted, with its decoder, as a setting says.

setting (nothing in it is `auto`) + folder -> model in NF4 -> adapters -> Learner
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch

from ..config import AUTO, TrainingConfig
from ..data_processing import Chat, Eye
from ..models.trinity.adopt import Recipe, adapt, decoder_of
from ..models.trinity.decoder import Decoder
from ..multimodal_model.folder import ModelFolder
from ..multimodal_model.learning import Trainable, load_to_train
from ..multimodal_model.machine import quiet
from .choose import check_dropout, choose
from .hardware import Card
from .learner import Learner
from .ranks import Ranks
from .rehearsal.setting import Setting
from .shapes import SEEN, Model

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


@dataclass(slots=True)
class Bench:
    """What learns.

    Attributes:
        setting: that it was set up for.
        recipe: of its adapters.
        learner: the model itself.
        chat: writes rows for it.
        eye: makes its pixel values.
    """

    setting: Setting
    recipe: Recipe
    learner: Learner
    chat: Chat
    eye: Eye


def setting_of(config: TrainingConfig, model: Model, card: Card | None) -> Setting:
    """What `auto` settings become: on a card as `choose` says; without one, what is simplest."""
    if card is not None:
        return choose(config, model, card).setting
    known = {
        name: value for name in ("keep", "offload", "tile", "loss_rows") if (value := getattr(config, name)) != AUTO
    }
    return Setting(
        sequence=config.sequence,
        rank=config.rank,
        targets=config.targets,
        dora=config.dora,
        precision="fp32" if config.precision == AUTO else config.precision,
        attention="blocks",
        vision=config.vision == "trained" and model.tower is not None,
        optimizer=config.optimizer,
        **known,
    )


def recipe_of(config: TrainingConfig, setting: Setting) -> Recipe:
    """The adapters of a setting; where the vision tower learns, the layers that do the same there."""
    seen = [SEEN[name] for name in setting.targets if name in SEEN] if setting.vision else []
    return Recipe(
        rank=setting.rank,
        alpha=config.alpha,
        rslora=config.rslora,
        dora=setting.dora,
        dropout=config.dropout,
        targets=tuple(dict.fromkeys((*setting.targets, *seen))),
        vision=setting.vision,
        seed=config.seed,
    )


def described(config: TrainingConfig, setting: Setting, processes: int) -> str:
    """How a run trains, in one line; a step has rows of all processes."""
    ways = [name for name, on in (("rsLoRA", config.rslora), ("DoRA", setting.dora)) if on]
    kinds = len(setting.targets)
    rank = f"rank {setting.rank} in {kinds} kinds of layers" + "".join(f", {way}" for way in ways or ["LoRA"])
    own = config.batch * config.accumulation
    rows = f"{own * processes} rows" + f" ({own} in each of {processes} processes)" * (processes > 1)
    return f"{rank}; {setting.precision}, {config.steps:,} steps of {rows} of up to {setting.sequence:,} tokens"


def set_up(folder: ModelFolder, config: TrainingConfig, setting: Setting, ranks: Ranks) -> Bench:
    """Load a model and give it adapters.

    Raises:
        InputError: the folder holds no model that can be trained.
        UsageError: the settings do not go together.
        BackendError, torch.OutOfMemoryError: the memory does not suffice.
    """
    check_dropout(config, setting.precision)
    dtype = DTYPES[setting.precision]
    with quiet():
        loaded = load_to_train(folder, ranks.device, dtype)
    recipe = recipe_of(config, setting)
    layers = adapt(loaded.model, recipe)
    decoder = _decoder(loaded.model, setting)
    learner = Learner(loaded.model, layers, decoder, config, ranks, setting.offload, setting.tower)
    return Bench(setting, recipe, learner, _chat(folder, loaded, config), _eye(folder, loaded))


def changed(bench: Bench, config: TrainingConfig, setting: Setting) -> bool:
    """Take another setting on with the model that is there; False where it has to be set up anew."""
    if recipe_of(config, setting) != bench.recipe:
        return False
    bench.setting = setting
    bench.learner.take(_decoder(bench.learner.model, setting), setting.offload)
    bench.learner.optimizer.state.clear()
    return True


def _decoder(model: Any, setting: Setting) -> Decoder:
    made = decoder_of(model, DTYPES[setting.precision], setting.tile, setting.attention != "blocks")
    return replace(made, loss_rows=setting.loss_rows, keep=setting.keep)


def _chat(folder: ModelFolder, loaded: Trainable, config: TrainingConfig) -> Chat:
    return Chat(loaded.tokenizer, folder.tokens_per_picture if folder.sees else 0, config.answers_only)


def _eye(folder: ModelFolder, loaded: Trainable) -> Eye:
    if not folder.sees:
        return Eye(1)
    config: Any = loaded.model.config
    return Eye(config.vision_config.image_size, loaded.processor.image_processor)
