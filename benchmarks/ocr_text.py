"""How well text lines are read: own words, drawn by Chromium in the fonts that are installed here.

Every screen is 1280 x 800 with 72 texts on it, each in a style of its own: DejaVu and Liberation,
proportional, narrow, serif and monospaced, 10 to 16 px, regular and bold, as written or in upper
case, letters spaced by 0 to 1.5 px, dark on light or light on dark, some in a frame or underlined,
hinted or not. Printed are, for all texts and for some kinds of them:

    found      texts of which anything was read
    exact      texts read without a fault, of those drawn
    lost       spaces between words that are missing in what was read
    invented   spaces inside words, of all neighbours inside words
    parted     texts that were read as several lines

A space counts only where the characters on both sides of it were read right and next to each other.
Times are per screen, warm: the clock's, and the processor's over all threads, which other work on the
machine disturbs less.

    python benchmarks/ocr_text.py                       # 12 screens
    python benchmarks/ocr_text.py --screens 40 --seed 5
    PYTHONPATH=../other/src python benchmarks/ocr_text.py    # another version, same screens

Needs Chromium and the fonts (Debian: `apt-get install chromium fonts-dejavu fonts-liberation`).
"""

from __future__ import annotations

import argparse
import html
import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from ghost_architect.pages.lines import read_lines
from ghost_architect.pages.page import Line, Pixels

WIDTH, HEIGHT = 1280, 800
COLUMNS, ROW = 3, 32
FONTS = (
    "DejaVu Sans",
    "DejaVu Sans Condensed",
    "DejaVu Serif",
    "DejaVu Sans Mono",
    "Liberation Sans",
    "Liberation Sans",
    "Liberation Sans Narrow",
    "Liberation Serif",
    "Liberation Mono",
)
SPACING = (0, 0, 0, 0.3, 0.5, 0.8, 1, 1.5)
FRAMES = (
    "",
    "",
    "",
    "border:1px solid #9ca3af;padding:1px 5px",
    "border:1px solid;border-radius:3px;padding:0 4px",
    "background:#2563eb22;border-radius:8px;padding:1px 8px",
    "text-decoration:underline",
)
THEMES = (
    ("#ffffff", "#333333"),
    ("#ffffff", "#6b7280"),
    ("#f1f5f9", "#1e293b"),
    ("#fff8e1", "#5d4037"),
    ("#111827", "#d1d5db"),
    ("#1e1e2e", "#ffffff"),
    ("#417690", "#ffffff"),
)
NOUNS = (
    "order customer invoice item ticket vehicle patient course room shift parcel supplier warehouse account contract "
    "task asset member booking payment serial phone unit tax list stock delivery file bill illness wall will allocation"
).split()
HEADS = (
    "number date status total name type code amount price limit line level title time quantity priority reference "
    "address city region notes id no. due filter kit url pin fee"
).split()
VERBS = "add edit delete view show print export import assign close reopen filter sort fill".split()
SMALL = "of to in on by for per at".split()
NAMES = "Ada Ines Olaf Jil Tim Willem Lili Yara Finn Noor Kofi Mei".split()
FAMILIES = "Novak Iyer Holm Tallis Fitzgerald Illich Okafor Ward Li Lopez Ottavi Weiss".split()
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
UNITS = "Km kg pcs EUR USD h min ml GB %".split()
STREETS = "Mill Lane,High Street,Kirk Road,Avenue A,Old Field Way".split(",")


@dataclass(frozen=True, slots=True)
class Text:
    """One text as it was drawn: where its cell is, and what it looks like."""

    x: int
    y: int
    shown: str
    font: str
    size: float
    bold: bool
    spacing: float
    frame: str = ""


@dataclass(slots=True)
class Score:
    """Counts over texts of one kind."""

    texts: int = 0
    found: int = 0
    exact: int = 0
    parted: int = 0
    gaps: int = 0
    lost: int = 0
    inside: int = 0
    invented: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, truth: str, lines: Sequence[Line]) -> None:
        """Count one text."""
        read = " ".join(line.text for line in lines)
        self.texts += 1
        self.found += bool(lines)
        self.exact += read == truth
        self.parted += len(lines) > 1
        for spaced, as_read in _judged(truth, read):
            self.gaps += spaced
            self.lost += spaced and not as_read
            self.inside += not spaced
            self.invented += as_read and not spaced
        if read != truth:
            self.faults.append(f"{truth!r} -> {read!r}")

    def row(self, name: str) -> str:
        """The counts as one line of the table."""
        shares = (
            self.found / max(self.texts, 1),
            self.exact / max(self.texts, 1),
            self.lost / max(self.gaps, 1),
            self.invented / max(self.inside, 1),
            self.parted / max(self.texts, 1),
        )
        percents = "".join(f"{share:>10.2%}" for share in shares)
        return f"{name:<18}{self.texts:>6}{percents}   {self.lost} of {self.gaps}, {self.invented} of {self.inside}"


def _judged(truth: str, read: str) -> Iterable[tuple[bool, bool]]:
    """For all neighbours read right and as neighbours: is there a space between them, and was one read?"""
    letters, spaces = _spaces(truth)
    seen, seen_spaces = _spaces(read)
    for block in SequenceMatcher(None, letters, seen, autojunk=False).get_matching_blocks():
        for i in range(1, block.size):
            yield block.a + i in spaces, block.b + i in seen_spaces


def _spaces(text: str) -> tuple[str, set[int]]:
    """The text without spaces, and before which of its characters there was one."""
    places, count = set(), 0
    for char in text:
        if char == " ":
            places.add(count)
        else:
            count += 1
    return text.replace(" ", ""), places


def _words(rng: random.Random) -> str:
    """Words as they stand on screens: labels, buttons, dates, figures, names, addresses, codes."""
    noun, head = rng.choice(NOUNS), rng.choice(HEADS)
    number = rng.choice([rng.randint(1, 40), rng.randint(100, 999), rng.randint(10_000, 999_999)])
    date = f"{rng.randint(1, 31)} {rng.choice(MONTHS)} {rng.randint(2009, 2031)}"
    name = f"{rng.choice(NAMES)} {rng.choice(FAMILIES)}"
    kinds: tuple[Callable[[], str], ...] = (
        lambda: f"{noun} {head}".capitalize(),
        lambda: f"{noun.capitalize()} {rng.choice(SMALL)} {rng.choice(NOUNS)}",
        lambda: f"{rng.choice(VERBS).capitalize()} {noun} {head}",
        lambda: rng.choice([noun, head, f"{noun}_{head}", f"{noun}-{head}"]),
        lambda: date,
        lambda: f"{date}, {rng.randint(0, 23)}:{rng.randint(0, 59):02}",
        lambda: f"{number} {rng.choice(UNITS)}",
        lambda: f"{number // 7 + 1},{rng.randint(0, 999):03}.{rng.randint(0, 99):02}",
        lambda: f"{number % 100} of {number} {noun}s",
        lambda: name,
        lambda: f"{name[0]}. {name.split()[1]}",
        lambda: f"{name.split()[1]}, {name.split()[0]}",
        lambda: f"{noun}{number}@mail.example",
        lambda: f"+{rng.randint(1, 99)} {rng.randint(10, 999)} {rng.randint(100, 999)} {rng.randint(1000, 9999)}",
        lambda: f"{noun[:2].upper()}-{number:05} {head.capitalize()} ({rng.randint(1, 12)})",
        lambda: f"{rng.randint(1, 211)} {rng.choice(STREETS)}",
        lambda: f"{noun.capitalize()} / {head} & {rng.choice(HEADS)}",
        lambda: f"{rng.choice(NOUNS)} {noun} {rng.choice(SMALL)} {head} {date}".capitalize(),
    )
    return rng.choice(kinds)()


def texts(rng: random.Random) -> list[Text]:
    """The texts of one screen, in a grid wide enough that they do not touch."""
    found = []
    for place in range(COLUMNS * (HEIGHT // ROW - 1)):
        words = _words(rng)
        shown = words.upper() if rng.random() < 0.4 else words
        column, row = place % COLUMNS, place // COLUMNS
        x, y = 16 + column * (WIDTH // COLUMNS) + rng.randint(0, 12), 12 + row * ROW + rng.randint(0, 4)
        size = rng.choice([10, 11, 11, 12, 12, 13, 13, 14, 15, 16])
        style = rng.choice(FONTS), size, rng.random() < 0.35, rng.choice(SPACING), rng.choice(FRAMES)
        fits = int((WIDTH // COLUMNS - 40) / (0.75 * size + style[3]))  # upper case in bold: 0.75 on the mean
        found.append(Text(x, y, shown[:fits].strip(), *style))
    return found


def page(drawn: Sequence[Text], theme: tuple[str, str]) -> str:
    """The screen as HTML."""
    cells = "".join(
        f"<p style=\"left:{t.x}px;top:{t.y}px;font:{'bold' if t.bold else 'normal'} {t.size}px/20px '{t.font}';"
        f'letter-spacing:{t.spacing}px;{t.frame}">{html.escape(t.shown)}</p>'
        for t in drawn
    )
    ground, ink = theme
    style = f"body{{margin:0;background:{ground};color:{ink}}}p{{position:absolute;margin:0;white-space:pre}}"
    return f"<!doctype html><meta charset=utf-8><style>{style}</style>{cells}"


def photograph(source: str, hinting: str, chromium: str) -> Pixels:
    """The page as Chromium shows it."""
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder)
        (there / "page.html").write_text(source, encoding="utf-8")
        call = (
            f"{chromium} --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run"
            f" --font-render-hinting={hinting} --user-data-dir={there / 'profile'} --window-size={WIDTH},{HEIGHT}"
            f" --screenshot={there / 'page.png'} file://{there / 'page.html'}"
        )
        subprocess.run(call.split(), check=True, capture_output=True, timeout=120)
        with Image.open(there / "page.png") as picture:
            return np.asarray(picture.convert("RGB"))


def in_cell(lines: Iterable[Line], text: Text) -> list[Line]:
    """What was read in the cell of a text, from left to right."""
    right, bottom = text.x + WIDTH // COLUMNS - 24, text.y + 20
    inside = [
        line
        for line in lines
        if text.x - 4 <= line.box[0] + line.box[2] / 2 < right and text.y <= line.box[1] + line.box[3] / 2 < bottom
    ]
    return sorted(inside, key=lambda line: line.box[0])


def kinds(text: Text) -> Iterable[str]:
    """The rows of the table that a text counts in."""
    yield "all"
    yield "upper case" if text.shown.isupper() else "mixed case"
    yield "10 and 11 px" if text.size < 12 else "12 and 13 px" if text.size < 14 else "14 to 16 px"
    yield "letters spaced" if text.spacing else "not spaced"
    if text.frame:
        yield "framed, underlined"
    if "Mono" in text.font:
        yield "monospaced"


def main() -> None:
    """Draw, read, count, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--screens", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chromium", default="chromium")
    parser.add_argument("--faults", action="store_true", help="print every text that was not read exactly")
    asked = parser.parse_args()
    scores: dict[str, Score] = {}
    clock, processor = [], []
    for number in range(asked.screens):
        rng = random.Random(f"{asked.seed}/{number}")
        drawn = texts(rng)
        pixels = photograph(page(drawn, rng.choice(THEMES)), rng.choice(["none", "full"]), asked.chromium)
        if not clock:
            read_lines(pixels)
        times = time.perf_counter(), time.process_time()
        lines = read_lines(pixels)
        clock.append(time.perf_counter() - times[0])
        processor.append(time.process_time() - times[1])
        for text in drawn:
            for kind in kinds(text):
                scores.setdefault(kind, Score()).add(text.shown, in_cell(lines, text))
    print(f"{'':<18}{'texts':>6}" + "".join(f"{h:>10}" for h in "found exact lost invented parted".split()))
    for kind, score in sorted(scores.items(), key=lambda item: -item[1].texts):
        print(score.row(kind))
    print(f"per screen: {median(clock):.2f} s by the clock, {median(processor):.2f} s of processor time (medians)")
    if asked.faults:
        print(*scores["all"].faults, sep="\n")


if __name__ == "__main__":
    main()
