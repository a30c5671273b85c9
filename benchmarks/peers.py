"""One optimizer step of another trainer, on Gemma 3 12B's true shapes; `trinity.py` calls it, a process a method.

    python benchmarks/peers.py make FOLDER        a checkpoint in NF4 with random weights, as on the hub
    python benchmarks/peers.py METHOD FOLDER      load it, train, print one line of JSON

METHOD is peft:dora, peft:lora, unsloth:dora or unsloth:lora, with :fp16 behind it for their float16 path. Every
method gets what the seed's profile says: rank 64, alpha 32, rsLoRA, seven linear kinds, batch 1, 8-bit AdamW,
float32 adapters, one optimizer step for four rows.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

RANK, ALPHA, ROWS = 64, 32, 4
LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
TEXT = {
    "hidden_size": 3840, "intermediate_size": 15360, "num_hidden_layers": 48, "num_attention_heads": 16,
    "num_key_value_heads": 8, "head_dim": 256, "vocab_size": 262208, "sliding_window": 1024,
    "query_pre_attn_scalar": 256, "max_position_embeddings": 131072, "pad_token_id": 0, "eos_token_id": 1,
    "bos_token_id": 2,
}  # fmt: skip
"""config.json of google/gemma-3-12b-it."""

VISION = {
    "hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "num_attention_heads": 16,
    "image_size": 896, "patch_size": 14,
}  # fmt: skip
NAMED = {0: "<pad>", 1: "<eos>", 2: "<bos>", 3: "<unk>", 105: "<start_of_turn>", 106: "<end_of_turn>",
         255999: "<start_of_image>", 256000: "<end_of_image>", 262144: "<image_soft_token>"}  # fmt: skip


def make(folder: Path) -> None:
    """Write a checkpoint whose shapes and number formats are the real ones."""
    import bitsandbytes as bnb
    import torch
    from transformers import BitsAndBytesConfig, Gemma3Config, Gemma3ForConditionalGeneration
    from transformers.quantizers import AutoHfQuantizer

    config = Gemma3Config(
        text_config=TEXT, vision_config=VISION, mm_tokens_per_image=256,
        image_token_index=262144, boi_token_index=255999, eoi_token_index=256000,
    )  # fmt: skip
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        model = Gemma3ForConditionalGeneration(config)
    torch.set_default_dtype(torch.float32)
    for name, module in list(model.named_modules()):
        if isinstance(module, torch.nn.Linear) and "language_model" in name:
            parent, _, last = name.rpartition(".")
            setattr(model.get_submodule(parent), last, _quantised(module, bnb))
    wanted = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
        llm_int8_skip_modules=["lm_head", "multi_modal_projector", "vision_tower"],
    )  # fmt: skip
    model.config.quantization_config = wanted
    model.is_quantized = model.is_loaded_in_4bit = True
    model.quantization_method = "bitsandbytes"
    model.hf_quantizer = AutoHfQuantizer.from_config(wanted, pre_quantized=True)
    model.save_pretrained(folder)
    _write_tokenizer(folder)


def _quantised(module: Any, bnb: Any) -> Any:
    import torch

    made = bnb.nn.Linear4bit(
        module.in_features, module.out_features, bias=False, compute_dtype=torch.bfloat16,
        compress_statistics=True, quant_type="nf4", device="cpu",
    )  # fmt: skip
    made.weight = bnb.nn.Params4bit(
        module.weight.data, requires_grad=False, compress_statistics=True, quant_type="nf4"
    ).to("cuda")
    return made


def _write_tokenizer(folder: Path) -> None:
    """Words that mean nothing under Gemma's numbers: Unsloth wants to see a tokenizer and a processor."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import Gemma3ImageProcessor, Gemma3Processor, PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({NAMED.get(i, f"t{i}"): i for i in range(262208)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="<eos>", bos_token="<bos>", unk_token="<unk>",
        extra_special_tokens={
            "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>",
        },
    )  # fmt: skip
    tokenizer.chat_template = "{{ bos_token }}{% for m in messages %}{{ m['content'] }}{% endfor %}"
    tokenizer.save_pretrained(folder)
    Gemma3Processor(
        image_processor=Gemma3ImageProcessor(), tokenizer=tokenizer, chat_template=tokenizer.chat_template
    ).save_pretrained(folder)


def _peft(folder: Path, dora: bool, dtype: Any, _sequence: int) -> Any:
    from peft import LoraConfig, get_peft_model
    from transformers import Gemma3ForConditionalGeneration

    model = Gemma3ForConditionalGeneration.from_pretrained(
        folder, dtype=dtype, device_map={"": "cuda"}, attn_implementation="sdpa"
    )
    if os.environ.get("LIGER"):
        from liger_kernel.transformers import apply_liger_kernel_to_gemma3

        apply_liger_kernel_to_gemma3(cross_entropy=False, fused_linear_cross_entropy=True, model=model)
    model.requires_grad_(False)
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    model.enable_input_require_grads()
    targets = r".*language_model.*\.(" + "|".join(LINEARS) + ")"
    config = LoraConfig(
        r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=targets, use_rslora=True, use_dora=dora
    )
    return get_peft_model(model, config, autocast_adapter_dtype=True)


def _unsloth(folder: Path, dora: bool, dtype: Any, sequence: int) -> Any:
    from unsloth import FastModel

    model, _ = FastModel.from_pretrained(
        str(folder), max_seq_length=sequence, load_in_4bit=True, dtype=dtype, local_files_only=True
    )
    return FastModel.get_peft_model(
        model, finetune_vision_layers=False, finetune_language_layers=True, r=RANK, lora_alpha=ALPHA,
        lora_dropout=0, bias="none", use_rslora=True, use_dora=dora, use_gradient_checkpointing="unsloth",
        random_state=0,
    )  # fmt: skip


def train(method: str, folder: Path, sequence: int, cap: float, steps: int) -> dict[str, Any]:
    """Some optimizer steps of a method; the figures of a step are the median behind the first."""
    trainer, kind, *half = method.split(":")
    if trainer == "unsloth":
        os.environ.setdefault("UNSLOTH_DISABLE_STATISTICS", "1")
        os.environ["HF_HUB_OFFLINE"] = "1"
        __import__("unsloth")  # before torch, as it asks to be
    import torch
    from bitsandbytes.optim import AdamW8bit

    if cap:
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(cap * 2**30 / total)
    dtype = torch.float16 if half else torch.bfloat16
    model = {"peft": _peft, "unsloth": _unsloth}[trainer](folder, kind == "dora", dtype, sequence)
    model.train()
    learned = [p for p in model.parameters() if p.requires_grad]
    optimizer = AdamW8bit(learned, lr=2e-4)
    torch.manual_seed(1)
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    rows, whole, losses = [], [], []
    mixed = torch.autocast("cuda", dtype=dtype, enabled=trainer == "peft")  # float32 adapters meet 16-bit input
    for _ in range(steps):
        begun = time.monotonic()
        for _ in range(ROWS):
            ids = torch.randint(4, 250000, (1, sequence), device="cuda")
            torch.cuda.synchronize()
            started = time.monotonic()
            with mixed:
                loss = model(
                    input_ids=ids, labels=ids.clone(), attention_mask=torch.ones_like(ids),
                    token_type_ids=torch.zeros_like(ids),
                ).loss / ROWS  # fmt: skip
            loss.backward()
            torch.cuda.synchronize()
            rows.append(time.monotonic() - started)
            losses.append(float(loss) * ROWS)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        torch.cuda.synchronize()
        whole.append(time.monotonic() - begun)
    return {
        "method": method + (" + Liger" if os.environ.get("LIGER") and trainer == "peft" else ""),
        "sequence": sequence,
        "tokens_s": round(ROWS * sequence / statistics.median(whole[1:])),
        "peak": round(torch.cuda.max_memory_allocated() / 2**30, 2),
        "reserved": round(torch.cuda.max_memory_reserved() / 2**30, 2),
        "first": round(rows[0], 1),
        "loss": round(losses[-1], 3),
        "adapters": sorted({str(p.dtype).removeprefix("torch.") for p in learned}),
        "tower": "card",
    }


def main() -> None:
    """Make a checkpoint, or measure a method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("method")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sequence", type=int, default=4096)
    parser.add_argument("--cap", type=float, default=0, help="GiB of the card that may be used; 0: all")
    parser.add_argument("--steps", type=int, default=5)
    said = parser.parse_args()
    if said.method == "make":
        make(said.folder)
        return
    try:
        found = train(said.method, said.folder, said.sequence, said.cap, said.steps)
    except Exception as error:  # a method that does not run is a line of the table
        found = {"method": said.method, "sequence": said.sequence, "error": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write("RESULT " + json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
