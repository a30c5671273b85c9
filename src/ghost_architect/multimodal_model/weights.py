"""The headers of safetensors files: what tensors they hold, and whether the files are whole.

    8 bytes: length of the header | header: JSON, name -> dtype, shape, data_offsets | data

Source: https://huggingface.co/docs/safetensors (format)
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from ghost_architect.errors import InputError

MAX_HEADER_BYTES = 100_000_000
"""What the format's own reader takes."""

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_LFS = b"version https://git-lfs"


class Shapes(Mapping[str, tuple[int, ...]]):
    """Name -> shape of every tensor of a model.

    Args:
        shapes: by the tensors' names.
        sizes: in bytes, by the same names.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], sizes: Mapping[str, int]) -> None:
        self._shapes, self._sizes = dict(shapes), dict(sizes)
        self._packed = quantised(self._shapes)

    def __getitem__(self, name: str) -> tuple[int, ...]:
        return self._shapes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)

    @property
    def parameters(self) -> int:
        """How many numbers the tensors hold together, but for what is quantised."""
        return sum(math.prod(shape) for name, shape in self._shapes.items() if not self._is_packed(name))

    @property
    def packed(self) -> int:
        """Bytes of the matrices that are quantised, with what makes them numbers again."""
        return sum(size for name, size in self._sizes.items() if self._is_packed(name))

    def _is_packed(self, name: str) -> bool:
        layer, weight, _ = name.rpartition(".weight")
        return bool(weight) and layer in self._packed


def quantised(names: Collection[str]) -> set[str]:
    """The layers whose matrices bitsandbytes quantised: beside LAYER.weight stands LAYER.weight.absmax, for one."""
    return {name.partition(".weight.")[0] for name in names if ".weight." in name}


def model_shapes(folder: Path) -> Shapes:
    """The tensors of a model's folder: of one file, or of those that its index names.

    Raises:
        InputError: there are none, they are pickles, or a file is missing, damaged or cut.
    """
    if (folder / "model.safetensors").is_file():
        return _read(folder, ["model.safetensors"])
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        raise _no_weights(folder)
    try:
        files = set(json.loads(index.read_bytes())["weight_map"].values())
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{index}: is no index of weights") from error
    if not all(isinstance(name, str) and Path(name).name == name for name in files):
        raise InputError(f"{index}: names files outside of its folder")
    return _read(folder, sorted(files))


def adapter_shapes(folder: Path) -> Shapes:
    """The tensors of an adapter's folder.

    Raises:
        InputError: as `model_shapes`.
    """
    if not (folder / "adapter_model.safetensors").is_file():
        raise _no_weights(folder)
    return _read(folder, ["adapter_model.safetensors"])


def _no_weights(folder: Path) -> InputError:
    pickle = next((file.name for file in sorted(folder.iterdir()) if file.suffix in PICKLES), "")
    if pickle:
        return InputError(
            f"{folder}: {pickle} is a pickle, which can run code, and is refused", "use safetensors files"
        )
    return InputError(f"{folder}: there are no weights (*.safetensors) in it", "the download may be incomplete")


def _read(folder: Path, files: list[str]) -> Shapes:
    shapes: dict[str, tuple[int, ...]] = {}
    sizes: dict[str, int] = {}
    for name in files:
        for tensor, (shape, size) in _header(folder / name).items():
            shapes[tensor], sizes[tensor] = shape, size
    return Shapes(shapes, sizes)


def _header(path: Path) -> dict[str, tuple[tuple[int, ...], int]]:
    """Shape and bytes of each tensor of a file."""
    found: dict[str, tuple[tuple[int, ...], int]] = {}
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
            length = int.from_bytes(start, "little")
            if start and _LFS.startswith(start):
                raise InputError(f"{path}: is a pointer of Git LFS and not the weights", "git lfs pull")
            if length > min(size, MAX_HEADER_BYTES):
                raise InputError(f"{path}: is no safetensors file, or is cut")
            entries = json.loads(file.read(length))
        entries.pop("__metadata__", None)
        end = 8 + length
        for name, entry in entries.items():
            first, last = map(int, entry["data_offsets"])
            found[str(name)] = tuple(map(int, entry["shape"])), last - first
            end = max(end, 8 + length + last)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{path}: is no safetensors file") from error
    if end != size:
        raise InputError(f"{path}: has {size:,} bytes and not the {end:,} that it should have", "download it again")
    return found
