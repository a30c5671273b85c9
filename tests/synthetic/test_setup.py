"""Fetching looks, with an npm of our own that hands out archives of our own."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import tarfile
from pathlib import Path

import pytest

from ghost_architect.synthetic.looks import setup as module
from ghost_architect.synthetic.looks.setup import (
    LICENCES,
    Package,
    SetupError,
    default_folder,
    is_there,
    packages,
    setup,
)

NPM = """#!/bin/sh
# pack NAME@VERSION --pack-destination FOLDER ...
echo "$*" >> "$GHOST_FAKE/calls"
[ "$1" = pack ] || exit 9
name=$(printf '%s' "$2" | tr -d '@' | tr '/' '-')
if [ ! -f "$GHOST_FAKE/$name.tgz" ]; then
    echo "npm error code E404" >&2
    echo "npm error 404 Not Found" >&2
    exit 1
fi
cp "$GHOST_FAKE/$name.tgz" "$4/"
"""


def archive(members: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
    return made.getvalue()


class Registry:
    """What the fake npm can hand out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, data: bytes, files: tuple[str, ...] = ("a.css",)) -> Package:
        package = Package(
            name, "1.0.0", "MIT", "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode(), files
        )
        self.change(package, data)
        return package

    def change(self, package: Package, data: bytes) -> None:
        file = f"{package.name}{package.version}".replace("@", "").replace("/", "-")
        (self.folder / f"{file}.tgz").write_bytes(data)

    @property
    def calls(self) -> list[str]:
        told = self.folder / "calls"
        return told.read_text().splitlines() if told.exists() else []


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / "npm").write_text(NPM)
    (fake / "npm").chmod(0o755)
    monkeypatch.setenv("GHOST_FAKE", str(fake))
    monkeypatch.setenv("PATH", f"{fake}:/usr/bin:/bin")
    return Registry(fake)


def files_in(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_takes_what_it_needs_and_nothing_else(registry: Registry, tmp_path: Path) -> None:
    data = archive(
        {"package/a.css": b"a{}", "package/sub/b.css": b"b{}", "package/evil.js": b"x", "package/package.json": b"{}"}
    )
    package = registry.put("@some/look", data, ("a.css", "sub/b.css"))
    folder = tmp_path / "looks"
    said: list[str] = []
    assert list(setup(folder, [package], said.append)) == [package]
    assert files_in(folder) == {"@some/look/a.css", "@some/look/sub/b.css", "manifest.json"}
    assert (folder / "@some/look/a.css").read_bytes() == b"a{}"
    assert said == ["@some/look 1.0.0 (MIT)"]
    noted = json.loads((folder / "manifest.json").read_text())["@some/look"]
    assert noted == {
        "version": "1.0.0",
        "licence": "MIT",
        "integrity": package.integrity,
        "files": ["a.css", "sub/b.css"],
    }
    assert "--ignore-scripts" in registry.calls[0]


def test_does_not_fetch_twice_and_mends_what_is_missing(registry: Registry, tmp_path: Path) -> None:
    one = registry.put("one", archive({"package/a.css": b"1"}))
    two = registry.put("two", archive({"package/a.css": b"2"}))
    setup(tmp_path / "looks", [one, two])
    assert setup(tmp_path / "looks", [one, two]) == ()
    (tmp_path / "looks/two/a.css").unlink()
    assert list(setup(tmp_path / "looks", [one, two])) == [two]
    assert len(registry.calls) == 3
    (tmp_path / "looks/manifest.json").write_text("{broken")
    assert len(setup(tmp_path / "looks", [one, two])) == 2


def test_goes_on_where_it_broke_off(registry: Registry, tmp_path: Path) -> None:
    one = registry.put("one", archive({"package/a.css": b"1"}))
    gone = Package("gone", "1.0.0", "MIT", "sha512-", ("a.css",))
    with pytest.raises(SetupError, match=r"gone@1\.0\.0: npm cannot fetch it \(E404\)"):
        setup(tmp_path / "looks", [one, gone])
    assert is_there(one, tmp_path / "looks")
    assert list(setup(tmp_path / "looks", [one])) == []
    assert {f for f in files_in(tmp_path / "looks") if f.startswith(".")} == set()


def test_a_new_version_takes_the_place_of_the_old_one(registry: Registry, tmp_path: Path) -> None:
    old = registry.put("one", archive({"package/a.css": b"1", "package/old.css": b"1"}), ("a.css", "old.css"))
    setup(tmp_path / "looks", [old])
    new = registry.put("one", archive({"package/a.css": b"2"}))
    setup(tmp_path / "looks", [new])
    assert files_in(tmp_path / "looks") == {"one/a.css", "manifest.json"}
    assert (tmp_path / "looks/one/a.css").read_bytes() == b"2"


def test_refuses_another_archive_than_the_pinned_one(registry: Registry, tmp_path: Path) -> None:
    package = registry.put("one", archive({"package/a.css": b"good"}))
    registry.change(package, archive({"package/a.css": b"evil"}))
    with pytest.raises(SetupError, match="another hash"):
        setup(tmp_path / "looks", [package])
    assert files_in(tmp_path / "looks") == set()


@pytest.mark.parametrize("name", ["package/../../../escaped.css", "/escaped.css", "../escaped.css", "package/../a.css"])
def test_writes_nothing_outside_its_folder(registry: Registry, tmp_path: Path, name: str) -> None:
    package = registry.put("one", archive({name: b"evil", "package/a.css": b"good"}))
    setup(tmp_path / "looks", [package])
    assert files_in(tmp_path / "looks") == {"one/a.css", "manifest.json"}
    assert (tmp_path / "looks/one/a.css").read_bytes() == b"good"
    assert not list(tmp_path.rglob("escaped.css"))
    assert not Path("/escaped.css").exists()


def test_refuses_a_link_in_the_place_of_a_file(registry: Registry, tmp_path: Path) -> None:
    package = registry.put("one", archive({}, {"package/a.css": "/etc/passwd"}))
    with pytest.raises(SetupError, match="a.css is not in it, or is no plain file"):
        setup(tmp_path / "looks", [package])
    assert files_in(tmp_path / "looks") == set()


def test_refuses_what_is_no_archive(registry: Registry, tmp_path: Path) -> None:
    package = registry.put("one", b"<html>sign in to this network</html>")
    with pytest.raises(SetupError, match="cannot be read"):
        setup(tmp_path / "looks", [package])


def test_says_so_without_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match="no npm") as caught:
        setup(tmp_path / "looks", [Package("one", "1.0.0", "MIT", "sha512-", ("a.css",))])
    assert "our own looks" in caught.value.hint
    assert not (tmp_path / "looks").exists()


def test_says_so_where_it_cannot_write(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "looks").write_text("a file")
    with pytest.raises(SetupError, match="cannot be written") as caught:
        setup(tmp_path / "looks", [registry.put("one", archive({"package/a.css": b""}))])
    assert "\n" not in caught.value.message


def test_a_slow_npm_is_ended(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (registry.folder / "npm").write_text("#!/bin/sh\nexec sleep 20\n")
    monkeypatch.setattr(module, "_SECONDS", 0.2)
    with pytest.raises(SetupError, match="did not end within"):
        setup(tmp_path / "looks", [Package("one", "1.0.0", "MIT", "sha512-", ("a.css",))])


def test_where_looks_lie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GHOST_LOOKS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "ghost-architect/looks"
    monkeypatch.setenv("GHOST_LOOKS", str(tmp_path / "own"))
    assert default_folder() == tmp_path / "own"


@pytest.mark.parametrize("package", packages(), ids=lambda p: str(p.name))
def test_what_is_pinned_is_pinned(package: Package) -> None:
    assert package.licence in LICENCES
    assert re.fullmatch(r"\d+\.\d+\.\d+", package.version)
    digest = package.integrity.removeprefix("sha512-")
    assert len(base64.b64decode(digest, validate=True)) == 64
    assert all(not Path(f).is_absolute() and ".." not in Path(f).parts for f in package.files)
    assert any(f.endswith((".css", ".woff2")) for f in package.files)


def test_enough_is_pinned() -> None:
    fonts = [p for p in packages() if p.family]
    assert len(fonts) >= 20
    assert len(packages()) - len(fonts) >= 12
    assert len({p.name for p in packages()}) == len(packages())
    assert {p.kind for p in fonts} == {"sans", "serif", "mono"}
