"""Hostile files: each ends in an answer or in one clear line, soon, in little memory, and leaves nothing.

The short form tries a share in this process and a few as real commands. GHOST_HOSTILE=long, as
`make soak` sets it, tries 2,000 of each kind and 50 commands of each.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .command import MEMORY, Ended, command, here, ready, without_recognition
from .forms import LONG
from .fuzzer import DIALECTS, curated, good_scripts
from .mutate import pictures, scripts
from .pictures import special
from .processes import Peak

PICTURES, SCRIPTS, COMMANDS = (2_000, 2_000, 50) if LONG else (84, 120, 3)
_CHANCE = 20260101


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is left behind is ours."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))


def _spread(total: int, count: int) -> set[int]:
    """`count` places, evenly over the whole."""
    return {i * total // count for i in range(count)}


def test_pictures(tmp_path: Path) -> None:
    faults, codes = [], set()
    path = tmp_path / "screen.png"
    with without_recognition(), Peak() as peak:
        for name, data in pictures(PICTURES, _CHANCE):
            path.write_bytes(data)
            ended = here("design", path, "--dialect", "sqlite", "--backend", "rules")
            codes.add(ended.code)
            if ended.faults:
                faults.append(f"{name}: {ended}")
    assert faults == []
    assert peak.bytes < MEMORY
    assert codes == {0, 3}  # some are still read, most are not


@pytest.mark.parametrize("dialect", DIALECTS)
def test_scripts(dialect: str, tmp_path: Path) -> None:
    faults, codes = [], set()
    path = tmp_path / "shop.sql"
    ready(dialect)
    with Peak() as peak:
        for data in scripts((*good_scripts(dialect), *curated(dialect)), SCRIPTS // len(DIALECTS), _CHANCE):
            path.write_bytes(data)
            ended = here("verify", path, "--dialect", dialect)
            codes.add(ended.code)
            if ended.faults:
                faults.append(f"{data[:2000]!r}: {ended}")
    assert faults == []
    assert peak.bytes < MEMORY
    assert codes >= {3, 4}


def test_pictures_as_real_commands(tmp_path: Path) -> None:
    everything = list(pictures(PICTURES, _CHANCE))
    for i in _spread(len(everything), COMMANDS):
        name, data = everything[i]
        path = tmp_path / f"{i}.png"
        path.write_bytes(data)
        ended = command("design", path, "--dialect", "sqlite", "--backend", "rules")
        slow = f"took {ended.seconds:.1f} s"  # the text is really read here, which is not what this asks
        assert [f for f in ended.faults if f != slow] == [], name


def test_scripts_as_real_commands(tmp_path: Path) -> None:
    for i, data in enumerate(scripts((*good_scripts("sqlite"), *curated("sqlite")), COMMANDS, _CHANCE)):
        path = tmp_path / f"{i}.sql"
        path.write_bytes(data)
        ended = command("verify", path, "--dialect", "sqlite")
        assert ended.faults == [], data[:2000]


# --- what is no file at all ---


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _dangling(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere")


def _zeros(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _nothing(path: Path) -> None:
    path.symlink_to("/dev/null")


def _door(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))


def _locked(path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    path.write_bytes(b"x")
    path.chmod(0)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


_ODD = [_pipe, _loop, _dangling, _zeros, _nothing, _door, _locked, _empty, _sparse]


@contextmanager
def _in(folder: Path) -> Iterator[None]:
    """A socket's path has to be short, so the folder is gone into."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
@pytest.mark.parametrize("make", _ODD)
@pytest.mark.parametrize("verb", ["design", "verify"])
def test_what_is_no_ordinary_file_is_refused_and_not_waited_for(
    make: Callable[[Path], None], verb: str, tmp_path: Path
) -> None:
    with _in(tmp_path):
        make(Path("odd.png"))
        ended = command(verb, "odd.png", "--dialect", "sqlite", seconds=60)
    if (make, verb) == (_empty, "verify"):
        assert (ended.code, ended.err) == (0, "odd.png: holds no table\n")
    elif make in (_loop, _dangling) and ended.code == 2:
        assert ended.err == "error: odd.png: there is no such file or folder\n"
    else:
        assert ended.code == 3
        assert ended.faults == []


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
def test_a_folder_of_odd_files_is_read_past_them(tmp_path: Path) -> None:
    folder = tmp_path / "screens"
    folder.mkdir()
    with _in(folder):
        for make in (m for m in _ODD if m is not _locked):
            make(Path(f"{make.__name__}.png"))
        Path("nested.png").mkdir()
        Path("good.png").write_bytes(dict(special())["png and html"])
    with without_recognition():
        ended = here("design", folder, "--dialect", "sqlite", "--backend", "rules")
    assert (ended.code, ended.faults) == (0, [])
    assert "not read, because not PNG, JPEG or WebP" in ended.err
    assert all(f"{make.__name__}.png" in ended.err for make in _ODD if make is not _locked)


@pytest.mark.parametrize("verb", ["design", "verify"])
@pytest.mark.skipif(sys.platform == "win32", reason="there is no such file")
def test_input_without_end_is_not_read_to_its_end(verb: str) -> None:
    ended = command(verb, "-", "--dialect", "sqlite", stdin="/dev/zero", seconds=60)
    assert (ended.code, ended.faults) == (3, [])


_NAMES = (
    "two\nlines.png",
    "\x1b[2J\x1b[31mred.png",
    "\x1b]0;title\x07.png",
    "\u202egnp.exe",
    "bell\x07.png",
    "a\tb\r.png",
    "[bold]markup[blink].png",
    "$(touch x);`id`&.png",
    "-rf.png",
    "é" * 100 + ".png",
    "%s%n%x.png",
    "\udcff\udcfe.png",
    " .png",
    "name with ' and \".png",
)


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be")
@pytest.mark.parametrize("name", _NAMES, ids=ascii)
def test_no_name_of_a_file_steers_the_terminal(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    cases: list[Ended] = []
    with without_recognition():
        cases.append(here("design", path, "--dialect", "sqlite"))
        cases.append(here("verify", path, "--dialect", "sqlite"))
        path.write_bytes(b"CREATE TABLE")
        cases.append(here("design", path, "--dialect", "sqlite"))
        cases.append(here("verify", path, "--dialect", "sqlite"))
        path.write_bytes(dict(special())["png and html"])
        cases.append(here("design", path, "--dialect", "sqlite", "--backend", "rules"))
        cases.append(here("design", tmp_path, "--dialect", "sqlite", "--backend", "rules"))
    assert [c.code for c in cases[:3]] == [2, 2, 3]
    assert [f for c in cases for f in c.faults if f != "exit code 2" and not f.startswith("1 lines")] == []


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "x/" * 3000, "a/../" * 900])
@pytest.mark.parametrize("verb", ["design", "verify"])
def test_a_name_that_cannot_be_is_one_line(verb: str, name: str) -> None:
    ended = here(verb, name, "--dialect", "sqlite")
    assert ended.code in (2, 3)
    assert ended.err.count("\n") == 1
    assert "fault" not in ended.err
