"""Does the memory plan hold?

    python benchmarks/plan.py -o plan.md

On a CUDA card: for each setting a decoder with the true shapes (random weights) is built, moved by one optimizer
step, and measured over two rows and another one. The plan of the same setting, made without torch, stands beside
it. Ends with 1 where a peak is more than 5% off.
"""

from __future__ import annotations

import dataclasses
import gc
import sys
import time

import machine
import record
import shapes
import torch
from bitsandbytes.optim import AdamW8bit

from ghost_architect.config import LINEARS
from ghost_architect.models.trinity.decoder import Example
from ghost_architect.models.trinity.store import Far, Near
from ghost_architect.training import static
from ghost_architect.training.hardware import GIB, Card, card, here
from ghost_architect.training.plan import plan
from ghost_architect.training.rehearsal.setting import Setting
from ghost_architect.training.shapes import SIZES, Model

MOST = 0.05
"""How far off a peak may be, as a share of what was measured."""

STEP = ("forward", "loss", "backward", "update")
"""The moments of a plan that are played here."""

BASE = Setting(4096, 64, LINEARS, True, "bf16", "flash", offload=True, keep=True, tower="host")
HALF = dataclasses.replace(BASE, precision="fp16", attention="blocks")
PARTLY = dataclasses.replace(SIZES["12b"], plain=frozenset((i, name) for i in (0, 20, 47) for name in LINEARS))


def change(setting: Setting, **values: object) -> Setting:
    """A setting with other values."""
    return dataclasses.replace(setting, **values)  # type: ignore[arg-type]


RUNS: tuple[tuple[str, Model, Setting], ...] = (
    ("the seed's profile", SIZES["12b"], BASE),
    ("as on a T4", SIZES["12b"], HALF),
    ("as on a T4, with our kernel for attention", SIZES["12b"], change(HALF, attention="kernel")),
    ("on the card", SIZES["12b"], change(BASE, offload=False)),
    ("on the card, inputs only", SIZES["12b"], change(BASE, offload=False, keep=False)),
    ("inputs only", SIZES["12b"], change(BASE, keep=False)),
    ("1,024 tokens", SIZES["12b"], change(BASE, sequence=1024)),
    ("2,048 tokens, rank 16", SIZES["12b"], change(BASE, sequence=2048, rank=16)),
    ("8,192 tokens, tiles of 2,048", SIZES["12b"], change(BASE, sequence=8192, tile=2048, keep=False)),
    ("8,192 tokens as on a T4, tiles of 1,024", SIZES["12b"], change(HALF, sequence=8192, tile=1024, keep=False)),
    ("no DoRA, rank 16", SIZES["12b"], change(BASE, dora=False, rank=16)),
    ("q and v only", SIZES["12b"], change(BASE, targets=("q_proj", "v_proj"))),
    ("q and v only, 2,048 tokens, loss over 128", SIZES["12b"],
     change(HALF, targets=("q_proj", "v_proj"), sequence=2048, loss_rows=128, tile=512)),
    ("vision tower on the card", SIZES["12b"], change(BASE, tower="card")),
    ("three layers in 16 bits", PARTLY, BASE),
    ("4B", SIZES["4b"], BASE),
    ("4B as on a T4, on the card, 8,192 tokens", SIZES["4b"], change(HALF, sequence=8192, offload=False, keep=False)),
    ("4B in float32, 2,048 tokens", SIZES["4b"],
     change(BASE, precision="fp32", attention="blocks", sequence=2048, offload=False)),
)  # fmt: skip


def measured(model: Model, setting: Setting) -> tuple[int, int]:
    """Bytes that were allocated, and reserved, at the most."""
    device = torch.device("cuda", 0)
    decoder, parameters = shapes.build(model, setting)
    tower = torch.empty(
        static.tower(model, setting) if setting.tower == "card" else 0, dtype=torch.uint8, device=device
    )
    optimizer = AdamW8bit([parameters.values], lr=1e-5)
    optimizer.step()  # with no gradient: the moments are there, and DoRA's factors are made anew
    store = Far(device, model.layers) if setting.offload else Near()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    for _ in range(2):
        ids = torch.randint(model.words, (setting.sequence,), device=device)
        example = Example(ids, torch.arange(setting.sequence, device=device))
        decoder.step(shapes.embedded(decoder, ids), example, 1 / (2 * setting.sequence), store)
    optimizer.step()
    torch.cuda.synchronize()
    del tower
    return torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved()


def planned(model: Model, setting: Setting, on: Card) -> tuple[int, int, str]:
    """The same as planned, and the moment of the peak."""
    made = plan(model, setting, on)
    moment = max((name for name in STEP if name in made.moments), key=lambda name: made.moments[name])
    total = made.moments[moment]
    return total, total + made.reserved - made.total, moment


def row(name: str, model: Model, setting: Setting, on: Card) -> tuple[tuple[str, ...], bool]:
    """A line of the table, and whether the plan holds."""
    begun = time.monotonic()
    peak, reserved, moment = planned(model, setting, on)
    try:
        with shapes.attending(setting):
            real, kept = measured(model, setting)
    except (RuntimeError, ValueError) as problem:  # out of memory as well: the other settings go on
        return (name, f"{peak / GIB:.2f}", "-", "-", moment, "", str(problem).splitlines()[0][:120]), False
    finally:
        gc.collect()
        torch.cuda.empty_cache()
    off = peak / real - 1
    cells = (f"{peak / GIB:.2f}", f"{real / GIB:.2f}", f"{100 * off:+.1f}", moment)
    more = (f"{reserved / GIB:.2f} / {kept / GIB:.2f}", f"{time.monotonic() - begun:.0f}")
    return (name, *cells, *more), abs(off) <= MOST


def main() -> None:
    """Measure, print, write where `-o` says, and end with 1 where the plan is off."""
    parser = record.parser(__doc__)
    parser.add_argument("--only", metavar="TEXT", default="", help="settings with this in their names")
    chosen = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("a CUDA card is needed")
    out = record.Record("The memory plan", "How far from the measured peak is the plan?")
    out.facts["Card"] = torch.cuda.get_device_name()
    out.facts["Packages"] = ", ".join(f"{n} {machine.version(n)}" for n in ("torch", "triton", "bitsandbytes"))
    on = here() or card("h200")
    rows, good = [], True
    for name, model, setting in RUNS:
        if chosen.only in name:
            cells, holds = row(name, model, setting, on)
            print(*cells, sep="  ", file=sys.stderr, flush=True)
            rows.append(cells)
            good = good and holds
    free, total = torch.cuda.mem_get_info()
    context = (total - free - torch.cuda.memory_reserved()) / GIB
    out.add(
        "Peaks",
        ("Setting", "planned GiB", "allocated GiB", "off by %", "moment", "reserved: planned / real", "s"),
        rows,
        f"Two rows and an optimizer step. CUDA's context takes {context:.2f} GiB besides.",
    )
    out.deliver(chosen.output)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
