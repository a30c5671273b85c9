"""Every Triton kernel compiles for a T4 (sm_75), on a machine without any GPU, from what its caller really hands it.

All but attention, the one with matrix products: Triton makes them without tensor cores before sm_80, so that a T4
takes attention in blocks, and the kernel is compiled for the cards that take it.

The callers run with tensors of Gemma 3 12B's widths; in the place of a launch, the kernel is compiled for the card
that is not there, with the arguments' types and with what Triton would know of their divisibility.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("triton")

import torch
import triton
from torch import Tensor
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from triton.runtime.jit import JITFunction

from ghost_architect.models import kernels
from ghost_architect.models.trinity import attention
from ghost_architect.models.trinity.attention import Spans, Way, way_of

from .layers import NF4, nf4_parts

SHARED = {75: 64, 80: 163, 86: 99, 89: 99, 90: 227}
"""KiB that a program may take. Source: CUDA C++ programming guide, compute capabilities, table of limits."""

TYPES = {
    torch.float16: "*fp16",
    torch.float32: "*fp32",
    torch.int32: "*i32",
    torch.int64: "*i64",
    torch.uint8: "*u8",
}

H = torch.float16
ROWS, WIDTH, INNER = 16, 3840, 15360


def half(*shape: int) -> Tensor:
    return torch.zeros(shape, dtype=H)


def full(*shape: int) -> Tensor:
    return torch.zeros(shape)


def norms(module: Any) -> None:
    for x, out in ((half(ROWS, WIDTH), full(ROWS, WIDTH)), (full(ROWS, WIDTH), half(ROWS, WIDTH))):
        for residual in (None, full(ROWS, WIDTH)):
            for factor in (None, full(ROWS)):
                module.forward(x, full(WIDTH), 1e-6, residual, factor, out)
                for unscale in (None, full(1)[0]):
                    module.backward(out, x, full(WIDTH), 1e-6, residual, factor, unscale, x)


def ropes(module: Any) -> None:
    for heads in (16, 8):  # queries and keys, both parts of something wider
        x, turn = half(ROWS, 32 * 256)[:, : heads * 256], full(ROWS, 128)
        module.forward(x, heads, full(256), turn, turn, 1e-6)
        into = full(ROWS, 32 * 256)[:, : heads * 256]
        module.backward(half(ROWS, heads, 256), x, heads, full(256), turn, turn, 1e-6, into)


def geglus(module: Any) -> None:
    for room, factor in ((None, None), (2.0**14, full(ROWS))):
        module.forward(half(ROWS, 2 * INNER), half(ROWS, INNER), room)
        module.backward(half(ROWS, INNER), half(ROWS, 2 * INNER), factor)
    module.forward(half(ROWS, 2 * 21_504), half(ROWS, 21_504), 2.0**14)  # of Gemma 3 27B


def dots(module: Any) -> None:
    module.column_dots(half(ROWS, 8192)[:, :4096], half(ROWS, 4096))
    module.row_dots(half(ROWS, 16, 256), half(ROWS, 16, 256))


def scales(module: Any) -> None:
    module.largest(half(ROWS, INNER))
    module.largest(full(ROWS, WIDTH))
    module.scaled(full(ROWS, WIDTH), full(1)[0], half(ROWS, WIDTH))


def packs(module: Any) -> None:
    module.unpacked(*module.packed(full(ROWS, WIDTH)))


def factors(module: Any) -> None:
    module.factor_of(full(64), full(64, 64), full(64, 64), full(64), 4.0, 2.0**-10)


def entropies(module: Any) -> None:
    module.entropy(half(ROWS, 262_208), torch.zeros(ROWS, dtype=torch.long))


def softmaxes(module: Any) -> None:
    keys, heads = 4096, 16
    p, sums, spans = half(8, heads // 8 * ROWS, keys), full(8, heads // 8 * ROWS), torch.zeros(ROWS, dtype=torch.int32)
    for start in (0, 4096):
        for known in (False, True):
            module.softmax(p, sums, spans, spans, start, known)
    module.softmax_backward(p, p, sums)


def weights(module: Any) -> None:
    parts: NF4 = nf4_parts(64, WIDTH)
    for scale in (None, full(64)):
        module.dense(*parts, scale, half(64, WIDTH))


def attentions(module: Any) -> None:
    tokens, heads, groups, size = 128, 16, 8, 256
    q, wide = half(tokens, heads, size), half(tokens, 2 * groups, size)
    k, v = wide[:, :groups], wide[:, groups:]
    spans = torch.zeros(tokens, dtype=torch.int32)
    out, lse = module.forward(q, k, v, spans, spans, 0.06)
    blocks = torch.zeros(-(-tokens // module.key_block(q.device)), dtype=torch.int32)
    module.backward(q, q, k, v, out, lse, spans, spans, (blocks, blocks), 0.06)


CALLERS: dict[str, Callable[[Any], None]] = {
    "norm": norms,
    "rope": ropes,
    "geglu": geglus,
    "dots": dots,
    "dora": factors,
    "pack": packs,
    "scale": scales,
    "entropy": entropies,
    "nf4": weights,
    "softmax": softmaxes,
    "attention": attentions,
}


class Compiled:
    """Stands where a kernel stands, and compiles it in the place of each launch."""

    def __init__(self, kernel: Any, architecture: int) -> None:
        self.kernel = kernel
        self.made: dict[str, Any] = {}
        self.target = GPUTarget("cuda", architecture, 32)

    def __getitem__(self, _grid: object) -> Callable[..., None]:
        def launch(*arguments: Any, **named: Any) -> None:
            names = self.kernel.arg_names
            options = {name: named.pop(name) for name in ("num_warps", "num_stages") if name in named}
            given = {**dict(zip(names, arguments, strict=False)), **named}
            assert given.keys() == set(names)
            signature, constants, known = {}, {}, {}
            for n, name in enumerate(names):
                value = given[name]
                if value is None or self.kernel.params[n].is_constexpr:
                    signature[name], constants[name] = "constexpr", value
                elif isinstance(value, Tensor):
                    signature[name] = TYPES[value.dtype]
                    known[n,] = [["tt.divisibility", 16]]
                else:
                    signature[name] = "i32" if isinstance(value, int) else "fp32"
                    if isinstance(value, int) and value % 16 == 0:
                        known[n,] = [["tt.divisibility", 16]]
            key = str((signature, constants, options, sorted(known)))
            if key not in self.made:
                source = ASTSource(self.kernel, signature, constants, known)
                self.made[key] = triton.compile(source, target=self.target, options=options)

        return launch


def test_every_kernel_is_called_here() -> None:
    assert {module.name for module in iter_modules(kernels.__path__)} == CALLERS.keys()


def compiled(name: str, architecture: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """All variants of a module's kernels that its callers launch."""
    monkeypatch.setattr(triton.knobs.cache, "dir", str(folder))  # or a compiler that broke would not be noticed
    monkeypatch.setattr(torch.cuda, "device", lambda _device: contextlib.nullcontext())
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _device=None: divmod(architecture, 10))
    module = import_module(f"{kernels.__name__}.{name}")
    caught = {}
    for kernel, value in vars(module).items():
        if isinstance(value, JITFunction) and not re.search(r"def \w+\(x\):", value.src):  # a function of kernels
            caught[kernel] = Compiled(value, architecture)
    for kernel, stand_in in caught.items():
        monkeypatch.setattr(module, kernel, stand_in)
    if name == "attention":  # another module's kernel
        monkeypatch.setattr(module, "row_dots", lambda a, _b: a[..., 0].float())
    CALLERS[name](module)
    for kernel, stand_in in caught.items():
        assert stand_in.made, f"{kernel} is never launched"
    made = [each for stand_in in caught.values() for each in stand_in.made.values()]
    for each in made:
        assert each.metadata.shared <= SHARED[architecture] * 1024
        assert each.asm["cubin"]  # NVIDIA's own assembler took it
        assert f".target sm_{architecture}" in each.asm["ptx"]
        assert "bf16" not in each.asm["ptx"]
    return made


@pytest.mark.parametrize("name", sorted(CALLERS.keys() - {"attention"}))
def test_kernels_compile_for_a_t4(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in compiled(name, 75, tmp_path, monkeypatch):
        assert "tt.dot" not in each.asm["ttir"]  # which would run without tensor cores


@pytest.mark.parametrize("architecture", [80, 86])
def test_attention_compiles_for_cards_with_tensor_cores_in_triton(
    architecture: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One with 163 KiB of shared memory, one with 99."""
    for each in compiled("attention", architecture, tmp_path, monkeypatch):
        assert "mma.sync" in each.asm["ptx"]


@pytest.mark.parametrize(("capability", "flash", "way"), [
    ((7, 5), True, Way.BLOCKS), ((7, 5), False, Way.BLOCKS), ((8, 0), False, Way.KERNEL), ((8, 9), True, Way.FLASH),
])  # fmt: skip
def test_a_t4_takes_attention_in_blocks(
    capability: tuple[int, int], flash: bool, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "fast", lambda _x: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _device=None: capability)
    assert way_of(half(4, 2, 256), Spans.of(4), flash) is way
