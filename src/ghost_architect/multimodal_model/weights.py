"""The headers of safetensors files: what tensors they hold, and whether the files are whole.

    8 bytes: length of the header | header: JSON, name -> dtype, shape, data_offsets | data

Source: https://huggingface.co/docs/safetensors (format)
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from ghost_architect.errors import InputError

MAX_HEADER_BYTES = 100_000_000
"""What the format's own reader takes."""

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_LFS = b"version https://git-lfs"


class Shapes(Mapping[str, tuple[int, ...]]):
    """Name -> shape of every tensor of a model."""

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self._shapes = dict(shapes)

    def __getitem__(self, name: str) -> tuple[int, ...]:
        return self._shapes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)

    @property
    def parameters(self) -> int:
        """How many numbers the tensors hold together."""
        return sum(math.prod(shape) for shape in self._shapes.values())


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
    for name in files:
        shapes.update(_header(folder / name))
    return Shapes(shapes)


def _header(path: Path) -> dict[str, tuple[int, ...]]:
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
        shapes = {str(name): tuple(map(int, entry["shape"])) for name, entry in entries.items()}
        end = 8 + length + max((int(entry["data_offsets"][1]) for entry in entries.values()), default=0)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{path}: is no safetensors file") from error
    if end != size:
        raise InputError(f"{path}: has {size:,} bytes and not the {end:,} that it should have", "download it again")
    return shapes
