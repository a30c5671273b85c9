"""How fast and lean is Trinity on Gemma 3 12B's true shapes, beside its peers, on one card in one run?

    python benchmarks/trinity.py -o benchmarks/trinity_h200_DATE.md [--peers FOLDER_FOR_A_CHECKPOINT] [--only NAMES]
                                [--runs NUMBERS]

Needs a CUDA card. Weights are random: speed, memory and numbers' formats are real, what is said is not. Each
method has a process of its own; one optimizer step is four rows. `peers.py` runs the others.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import machine
import record

ROWS, STEPS = 4, 5
HERE = Path(__file__).parent
PEERS = ("unsloth:dora", "unsloth:lora", "peft:dora", "unsloth:dora:fp16", "unsloth:lora:fp16")
CAP = 14.6
"""GiB of a T4 that frameworks see."""

RUNS: tuple[dict[str, Any], ...] = (
    {"name": "Trinity", "precision": "bf16", "sequence": 4096},
    {"name": "Trinity, feed-forward in tiles of 2,048", "precision": "bf16", "sequence": 4096, "tile": 2048},
    {"name": "Trinity, float16 as on a T4", "precision": "fp16", "sequence": 4096, "attention": "blocks", "cap": CAP},
    {"name": "Trinity, float16, attention kernel", "precision": "fp16", "sequence": 4096, "attention": "kernel",
     "cap": CAP},
    {"name": "Trinity, float16 as on a T4", "precision": "fp16", "sequence": 12288, "attention": "blocks",
     "tile": 2048, "keep": False, "pictures": 4, "steps": 2, "cap": CAP},
    {"name": "Trinity, float16 as on a T4", "precision": "fp16", "sequence": 24576, "attention": "blocks",
     "tile": 1024, "keep": False, "pictures": 4, "steps": 2, "cap": CAP},
)  # fmt: skip
COLUMNS = ("method", "tokens", "tokens/s", "peak GiB", "reserved", "first row s", "adapters", "vision tower", "note")


def ours(run: dict[str, Any]) -> dict[str, Any]:
    """A run of ours, in this process."""
    begun = time.monotonic()
    import resource

    import shapes
    import torch
    from bitsandbytes.optim import AdamW8bit

    from ghost_architect.config import LINEARS
    from ghost_architect.models.trinity.decoder import Example
    from ghost_architect.models.trinity.store import Far
    from ghost_architect.training.rehearsal.setting import Setting
    from ghost_architect.training.shapes import SIZES

    if run.get("cap"):
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(run["cap"] * 2**30 / total)
    how = run.get("attention", "flash")
    sequence, pictures = run["sequence"], run.get("pictures", 0)
    setting = Setting(
        sequence, 64, LINEARS, True, run["precision"], how, offload=True, keep=run.get("keep", True),
        tile=run.get("tile"), tower="host",
    )  # fmt: skip
    model = SIZES["12b"]
    decoder, parameters = shapes.build(model, setting)
    optimizer = AdamW8bit([parameters.values], lr=2e-4)
    device = torch.device("cuda", 0)
    store = Far(device, model.layers)
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    built = time.monotonic() - begun
    rows, whole, losses = [], [], []
    spans = tuple((64 + 300 * i, 64 + 300 * i + 256) for i in range(pictures))
    with shapes.attending(setting):
        for _ in range(run.get("steps", STEPS)):
            started = time.monotonic()
            for _ in range(ROWS):
                ids = torch.randint(4, 250000, (sequence,), device=device)
                example = Example(ids, torch.arange(sequence, device=device), (0,), spans)
                torch.cuda.synchronize()
                row = time.monotonic()
                loss, _ = decoder.step(shapes.embedded(decoder, ids), example, 1 / (ROWS * sequence), store)
                torch.cuda.synchronize()
                rows.append(time.monotonic() - row)
                losses.append(float(loss) / sequence)
            optimizer.step()
            parameters.clear()
            torch.cuda.synchronize()
            whole.append(time.monotonic() - started)
    host = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    note = f"{pictures} pictures, " if pictures else ""
    return {
        "method": run["name"], "sequence": sequence,
        "tokens_s": round(ROWS * sequence / statistics.median(whole[1:])),
        "peak": round(torch.cuda.max_memory_allocated() / 2**30, 2),
        "reserved": round(torch.cuda.max_memory_reserved() / 2**30, 2),
        "first": round(rows[0], 1), "loss": round(losses[-1], 3),
        "adapters": [str(parameters.values.dtype).removeprefix("torch.")], "tower": "host",
        "note": f"{note}{how}, built in {built:.0f} s, host {host:.1f} GiB",
    }  # fmt: skip


def said(command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """The line of JSON that a run prints; an error where there is none."""
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if lines:
        found: dict[str, Any] = json.loads(lines[-1].removeprefix("RESULT "))
        return found
    return {"method": " ".join(command[2:4]), "error": (done.stderr.strip().splitlines() or ["no output"])[-1][:160]}


def cells(found: dict[str, Any]) -> tuple[str, ...]:
    """A line of the table."""
    if "error" in found:
        return (found["method"], str(found.get("sequence", "")), "", "", "", "", "", "", found["error"])
    return (
        found["method"], f"{found['sequence']:,}", f"{found['tokens_s']:,}", f"{found['peak']:.2f}",
        f"{found['reserved']:.2f}", f"{found['first']:.1f}", " ".join(found["adapters"]), found["tower"],
        found.get("note", ""),
    )  # fmt: skip


def main() -> None:
    """Run all, print and write the record."""
    parser = record.parser(__doc__)
    parser.add_argument("--peers", type=Path, help="a folder for the peers' checkpoint, which is made if it is empty")
    parser.add_argument("--site", default="", help="a folder with the peers' packages")
    parser.add_argument("--only", default=",".join(PEERS), help="of the peers these; default: %(default)s")
    parser.add_argument("--runs", default=",".join(map(str, range(len(RUNS)))), help="of ours these; %(default)s")
    parser.add_argument("--run", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run is not None:
        print("RESULT " + json.dumps(ours(RUNS[options.run])))
        return
    import torch

    machine.PACKAGES = ("torch", "triton", "transformers", "peft", "bitsandbytes", "unsloth", "liger-kernel")
    if options.site:
        sys.path.append(options.site)  # for the versions
    made = record.Record("Trinity on Gemma 3 12B's shapes", "How fast and lean is it, beside its peers?")
    made.facts["Card"] = f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}"
    found: list[dict[str, Any]] = []
    for one in all_of(options):
        found.append(one)
        print(one, file=sys.stderr, flush=True)
        made.tables = []
        made.add("One optimizer step of four rows", COLUMNS, [cells(one) for one in found])
        if options.output:  # each time: a machine may be taken away
            made.write(options.output)
    print(made.markdown(), end="")


def all_of(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """What each run found: ours, then the others'."""
    python = [sys.executable, str(HERE / "trinity.py"), "--run"]
    with tempfile.TemporaryDirectory() as fresh:  # Triton compiles anew in the first run
        environment = {"TRITON_CACHE_DIR": f"{fresh}/triton", "PYTORCH_ALLOC_CONF": "expandable_segments:True"}
        for number in options.runs.split(","):
            yield said([*python, number], environment)
    if options.peers:
        yield from peers(options.peers, options.site, options.only.split(","))


def peers(folder: Path, site: str, methods: list[str]) -> Iterator[dict[str, Any]]:
    """The other trainers, on this card."""
    path = os.pathsep.join(filter(None, (site, os.environ.get("PYTHONPATH", ""))))
    environment = {"PYTHONPATH": path}
    script = [sys.executable, str(HERE / "peers.py")]
    if not (folder / "config.json").is_file():
        subprocess.run([*script, "make", str(folder)], check=True, env={**os.environ, **environment})
    for method in methods:
        cap = ["--cap", str(CAP)] if method.endswith(":fp16") else []
        yield said([*script, method, str(folder), *cap], environment)


if __name__ == "__main__":
    main()
