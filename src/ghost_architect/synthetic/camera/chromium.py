"""Chromium as a process: found, started without a window, and gone when we are.

    GHOST_CHROMIUM, or PATH -> Program -> Process: a pipe in, a pipe out, a folder of its own

It is spoken to over `--remote-debugging-pipe`, so no port is opened, and it ends with its pipe: also when this
process is killed. (A process forked from this one holds the pipe too: start browsers after forking.) Its
folder is removed by the shell that started it, which outlives us.

A folder that is brought along (`GHOST_CHROMIUM=FOLDER`) holds the program, its libraries and perhaps fonts
anywhere below it, as `dpkg -x` lays them out. chromium-common must be whole (without its libEGL.so pictures never
come); the C library is the machine's own and may not be in it:

    for deb in chromium-headless-shell*.deb chromium-common*.deb libnss3*.deb ... fonts-*.deb; do
        dpkg -x $deb FOLDER
    done
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from ghost_architect.errors import EngineError, printable

NAMES = (
    "chromium-headless-shell",
    "chrome-headless-shell",
    "headless_shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
)
"""Programs that can do it, the fastest first. The headless shell has no window system in it at all."""

_SWITCHES = (
    "--no-sandbox", "--no-zygote", "--in-process-gpu", "--disable-gpu", "--mute-audio", "--no-first-run",
    "--disable-quic", "--allow-file-access-from-files", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-default-apps", "--disable-breakpad",
    "--renderer-process-limit=1",  # a tab is a look: a process for each starts, and learns capture.js, anew
    # the same picture everywhere
    "--hide-scrollbars", "--disable-lcd-text", "--font-render-hinting=none", "--force-color-profile=srgb",
    "--lang=en-US",
    # a whole picture at once
    "--disable-threaded-animation", "--disable-threaded-scrolling", "--disable-checker-imaging",
    "--disable-image-animation-resync",
    "--disable-features=Translate,MediaRouter,OptimizationHints,PaintHolding", "--disable-partial-raster",
    "--default-tile-width=2048", "--default-tile-height=2048", "--remote-debugging-pipe",
)  # fmt: skip
_STEPPED = ("--enable-begin-frame-control", "--run-all-compositor-stages-before-draw")
"""Frames are made when they are asked for, not 60 times a second. Only the headless shell can."""

_SHARED_MEMORY = 256 << 20
"""With less than this many bytes free in /dev/shm (containers have 64 MB) Chromium is told to use files."""

_PIPE = 1 << 20
_F_SETPIPE_SZ = 1031  # fcntl.F_SETPIPE_SZ, which only Linux's module has

_SCRIPT = 'exec 3<&"$1" 4>&"$2"; folder=$3; shift 3; env "$@"; exec 3<&- 4>&-; rm -rf -- "$folder"'


class BrowserError(EngineError):
    """Chromium is not there, does not answer, or has crashed. Start a new one and go on."""


@dataclass(frozen=True, slots=True)
class Program:
    """A Chromium.

    Attributes:
        path: the program.
        libraries: folders that its libraries are looked for in first.
        fonts: folders with fonts to use besides those of the machine.
    """

    path: str
    libraries: tuple[Path, ...] = ()
    fonts: tuple[Path, ...] = ()

    @property
    def is_shell(self) -> bool:
        """Whether it is the headless shell."""
        return "headless" in Path(self.path).name


@dataclass(frozen=True, slots=True)
class Process:
    """A Chromium that runs: `out` is written to, `back` is read from (descriptors)."""

    started: subprocess.Popen[bytes]
    out: int
    back: int
    folder: Path

    def end(self, seconds: float = 3.0) -> None:
        """End it, by force if need be, and remove its folder."""
        os.close(self.out)
        os.close(self.back)
        try:
            self.started.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.started.pid, signal.SIGKILL)  # its own group: `start` made one
            self.started.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def find(told: str | None = None) -> Program:
    """The Chromium to use.

    Args:
        told: a program or a folder; None takes that of `GHOST_CHROMIUM`, or else the first of NAMES on PATH.

    Raises:
        BrowserError: there is none.
    """
    told = told or os.environ.get("GHOST_CHROMIUM")
    if told and Path(told).is_dir():
        return _in_folder(Path(told).resolve())
    for path in [shutil.which(told)] if told else map(shutil.which, NAMES):
        if path:
            return Program(path)
    raise BrowserError(
        f"{printable(told)} is no program" if told else "there is no Chromium to draw screens with",
        hint="apt install chromium-headless-shell, or GHOST_CHROMIUM=/path/to/it",
    )


def _in_folder(folder: Path) -> Program:
    within = sorted(p for p in folder.rglob("*") if p.is_file())
    programs = [p for name in NAMES for p in within if p.name == name and os.access(p, os.X_OK) and _is_binary(p)]
    if not programs:
        raise BrowserError(f"there is no Chromium in {printable(folder)}", hint=f"it would be called {NAMES[0]}")
    libraries = {p.parent: None for p in within if ".so" in p.suffixes}
    fonts = {p.parent: None for p in within if p.suffix in (".ttf", ".otf", ".ttc", ".woff2")}
    return Program(str(programs[0]), tuple(libraries), tuple(fonts))


def _is_binary(path: Path) -> bool:
    """Whether it is the program itself; Debian puts a script of the same name into usr/bin."""
    with path.open("rb") as file:
        return file.read(2) != b"#!"


def start(program: Program) -> Process:
    """Start it, with its ends of the two pipes at descriptors 3 and 4, where it looks for them.

    Raises:
        BrowserError: it cannot be started.
    """
    folder = Path(tempfile.mkdtemp(prefix="ghost-chromium-"))
    theirs_in, out = _pipe()
    back, theirs_out = _pipe()
    command = [
        *_environment(program, folder),
        program.path,
        *_switches(program),
        f"--user-data-dir={folder}",
        "about:blank",
    ]
    try:
        started = subprocess.Popen(
            ["/bin/bash", "-c", _SCRIPT, "chromium", str(theirs_in), str(theirs_out), str(folder), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs_in, theirs_out),
            start_new_session=True,
        )
    except OSError as error:
        os.close(out)
        os.close(back)
        shutil.rmtree(folder, ignore_errors=True)
        raise BrowserError(f"bash cannot be started ({error.strerror})") from error
    finally:
        os.close(theirs_in)
        os.close(theirs_out)
    return Process(started, out, back, folder)


def _switches(program: Program) -> tuple[str, ...]:
    try:
        shared = os.statvfs("/dev/shm")
        roomy = shared.f_bavail * shared.f_frsize >= _SHARED_MEMORY
    except OSError:
        roomy = False
    how = _STEPPED if program.is_shell else ("--headless=new",)
    return (*_SWITCHES, *how, *(() if roomy else ("--disable-dev-shm-usage",)))


def _environment(program: Program, folder: Path) -> list[str]:
    """What `env` is told: nothing of ours but PATH, so that a picture depends on nobody's settings."""
    told = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    told |= {"HOME": str(folder), "TMPDIR": str(folder.parent)}
    if program.libraries:
        told["LD_LIBRARY_PATH"] = os.pathsep.join(map(str, program.libraries))
    if program.fonts:
        told["FONTCONFIG_FILE"] = str(_font_settings(program, folder))
    return ["-i", *(f"{name}={value}" for name, value in told.items())]


def _font_settings(program: Program, folder: Path) -> Path:
    places = "".join(f"<dir>{escape(str(place))}</dir>" for place in program.fonts)
    system = '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
    path = folder / "fonts.conf"
    path.write_text(
        f"<fontconfig>{system}{places}<cachedir>{escape(str(folder))}/fonts</cachedir></fontconfig>", "utf-8"
    )
    return path


def _pipe() -> tuple[int, int]:
    """A pipe with room for a picture, so that nobody waits for the other within one."""
    import fcntl  # Windows has none

    ends = os.pipe()
    try:
        fcntl.fcntl(ends[1], _F_SETPIPE_SZ, _PIPE)
    except OSError:
        return ends  # the system's limit for pipes is lower, or it is not Linux: slower, nothing else
    return ends
