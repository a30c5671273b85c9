"""Fetching design systems and fonts: what `synth setup` does.

    packages.yaml -> npm pack NAME@VERSION -> SHA-512 as pinned? -> the few files that we need -> FOLDER/NAME/...
                                                                                              -> FOLDER/manifest.json

npm is asked as the machine has it set up, whatever registry that is: what it brings is held to the hash,
not to where it came from. No script of a package runs, and nothing is written but the files that
`packages.yaml` names. What is there already is not fetched again; a folder is whole or not there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from ghost_architect.errors import BackendError, printable

LICENCES = frozenset({"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "OFL-1.1"})
"""What a package may be licensed under."""

_MANIFEST = "manifest.json"

_SECONDS = 300
"""How long npm may take for one package."""


class SetupError(BackendError):
    """A package cannot be fetched, or is not the one that was pinned."""


@dataclass(frozen=True, slots=True)
class Package:
    """One package of npm.

    Attributes:
        name, version: npm's.
        licence: SPDX identifier, one of LICENCES.
        integrity: `sha512-` and the base64 of its archive's SHA-512, as npm writes it.
        files: what we need of it, paths inside it.
        family: what a font is called; empty for a design system.
        kind: of a font: sans, serif or mono.
    """

    name: str
    version: str
    licence: str
    integrity: str
    files: tuple[str, ...]
    family: str = ""
    kind: str = ""


@cache
def packages() -> tuple[Package, ...]:
    """Everything that `packages.yaml` pins."""
    raw = yaml.safe_load((files(__package__) / "packages.yaml").read_text(encoding="utf-8"))
    return tuple(_package(p) for p in (*raw["systems"], *raw["fonts"]))


def _package(raw: Mapping[str, Any]) -> Package:
    return Package(**{**raw, "version": str(raw["version"]), "files": tuple(raw["files"])})


def default_folder() -> Path:
    """Where fetched looks lie: `GHOST_LOOKS`, else the user's cache."""
    told = os.environ.get("GHOST_LOOKS")
    if told:
        return Path(told).absolute()
    cache_home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache_home, "ghost-architect", "looks").absolute()


def is_there(package: Package, folder: Path) -> bool:
    """Whether all that we need of a package lies in the folder."""
    return all((folder / package.name / f).is_file() for f in package.files)


def setup(
    folder: Path, wanted: Iterable[Package] | None = None, say: Callable[[str], object] = str
) -> Sequence[Package]:
    """Fetch what is missing; returns what was fetched.

    Args:
        folder: where to; it is made.
        wanted: all of `packages.yaml` unless told.
        say: told a line for each package.

    Raises:
        SetupError: there is no npm, a package cannot be fetched, is not the pinned one, or cannot be written.
    """
    manifest = _manifest(folder)
    asked = list(packages() if wanted is None else wanted)
    missing = [p for p in asked if manifest.get(p.name) != _entry(p) or not is_there(p, folder)]
    if not missing:
        return ()
    npm = shutil.which("npm")
    if npm is None:
        raise SetupError("there is no npm to fetch looks with", "apt install npm; without it synth draws our own looks")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as scratch:
            _fetch_all(npm, missing, folder, Path(scratch), manifest, say)
    except OSError as problem:
        raise SetupError(
            f"{printable(folder)}: cannot be written ({problem.strerror})", "GHOST_LOOKS=FOLDER"
        ) from problem
    return missing


def _fetch_all(
    npm: str,
    missing: Sequence[Package],
    folder: Path,
    scratch: Path,
    manifest: dict[str, Any],
    say: Callable[[str], object],
) -> None:
    """Download some at a time; unpack and note down one after another, so that a later run goes on from here."""
    with ThreadPoolExecutor(4) as pool:
        coming = [pool.submit(_download, npm, p, scratch / str(i)) for i, p in enumerate(missing)]
        try:
            for i, (package, archive) in enumerate(zip(missing, coming, strict=True)):
                whole = scratch / f"{i}-whole"
                _unpack(package, archive.result(), whole)
                _replace(folder / package.name, whole, scratch / f"{i}-old")
                manifest[package.name] = _entry(package)
                _write_manifest(folder, manifest)
                say(f"{package.name} {package.version} ({package.licence})")
        finally:
            for waiting in coming:
                waiting.cancel()


def _download(npm: str, package: Package, into: Path) -> Path:
    """The package's archive, held to its hash."""
    into.mkdir()
    asked = f"{package.name}@{package.version}"
    command = [
        npm,
        "pack",
        asked,
        "--pack-destination",
        str(into),
        "--ignore-scripts",
        "--loglevel=error",
        "--no-update-notifier",
    ]
    try:
        done = subprocess.run(
            command,
            cwd=into,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired as problem:
        raise SetupError(
            f"{asked}: npm did not end within {_SECONDS} s", "check the network, then type it again"
        ) from problem
    archives = sorted(into.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        raise SetupError(
            f"{asked}: npm cannot fetch it ({_reason(done.stderr)})", "check the network, then type it again"
        )
    if _integrity(archives[0]) != package.integrity:
        raise SetupError(f"{asked}: the archive has another hash than the one pinned; nothing of it was unpacked",
                         "check which registry npm is set to (npm config get registry)")  # fmt: skip
    return archives[0]


def _reason(said: str) -> str:
    """What npm says went wrong: its error code, or its first line."""
    lines = [
        line.removeprefix("npm").strip().removeprefix("error").removeprefix("ERR!").strip()
        for line in said.splitlines()
    ]
    said_first = next((line for line in lines if line), "it does not say why")
    return printable(said_first.removeprefix("code "))[:120]


def _integrity(archive: Path) -> str:
    with archive.open("rb") as file:
        return "sha512-" + base64.b64encode(hashlib.file_digest(file, "sha512").digest()).decode()


def _unpack(package: Package, archive: Path, into: Path) -> None:
    """Write the needed files, and no others. Paths come from `packages.yaml`, never from the archive."""
    wanted = set(package.files)
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                # npm puts everything into one folder, mostly called `package`.
                name = str(PurePosixPath(*PurePosixPath(member.name).parts[1:]))
                held = tar.extractfile(member) if name in wanted and member.isreg() else None
                if held is None:
                    continue
                target = into / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as file:
                    shutil.copyfileobj(held, file)
                wanted.discard(name)
    except (tarfile.TarError, EOFError) as problem:
        raise SetupError(f"{package.name}: the archive cannot be read ({problem})") from problem
    if wanted:
        raise SetupError(f"{package.name} {package.version}: {min(wanted)} is not in it, or is no plain file")


def _replace(place: Path, new: Path, old: Path) -> None:
    """Put a folder in the place of another one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        place.rename(old)
    new.rename(place)


def _entry(package: Package) -> dict[str, Any]:
    return {
        "version": package.version,
        "licence": package.licence,
        "integrity": package.integrity,
        "files": list(package.files),
    }


def _manifest(folder: Path) -> dict[str, Any]:
    """What was fetched before; an unreadable manifest says nothing, and all is fetched anew."""
    try:
        read = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    new = folder / f".{_MANIFEST}.{os.getpid()}"
    new.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    new.replace(folder / _MANIFEST)
