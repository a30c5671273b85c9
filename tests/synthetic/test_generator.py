"""The factory as a whole: the same truth whoever makes it, nothing lost or doubled, pairs that hold what they say."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ghost_architect import synthetic_generator
from ghost_architect.errors import EngineError, InputError
from ghost_architect.evaluation.sets import load_set
from ghost_architect.pages.pair import Pair, Visibility, pages_of, read_pairs
from ghost_architect.schema.objects import Schema
from ghost_architect.schema.parse import parse
from ghost_architect.schema.verify import verify
from ghost_architect.synthetic import plan as planning
from ghost_architect.synthetic.apps.mock import app_of
from ghost_architect.synthetic.apps.splits import owned
from ghost_architect.synthetic.camera.window import Window
from ghost_architect.synthetic.domains.catalogue import catalogue
from ghost_architect.synthetic.draw import Painted, Painter
from ghost_architect.synthetic.looks.setup import default_folder
from ghost_architect.synthetic.looks.sheets import available, families
from ghost_architect.synthetic.plan import Plan
from ghost_architect.synthetic.shards import Shard, read_folder, unpack
from ghost_architect.synthetic_generator import Made, Run, draw_schema, generate, make, shards, truths
from tests.outside import program

COUNT = 48

FALLBACKS = ("sans-serif", "serif", "monospace")
"""What a look is drawn in where no installed family suits it."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    program("chromium-headless-shell", "chromium")
    return Run(tmp_path_factory.mktemp("run"), COUNT, seed=3, size=24)


@pytest.fixture(scope="module")
def made(run: Run) -> list[Made]:
    return list(generate(run, workers=2))


@pytest.fixture(scope="module")
def pairs(run: Run, made: list[Made]) -> list[tuple[Pair, dict[str, bytes]]]:
    assert made
    return list(read_folder(run.folder))


def test_every_number_is_drawn_once_or_left_out_and_said(
    run: Run, made: list[Made], pairs: list[tuple[Pair, dict[str, bytes]]]
) -> None:
    ids = [int(pair.id.partition("-")[2]) for pair, _ in pairs]
    skipped = [n for s in shards(run) for n in json.loads(s.manifest.read_text())["skipped"]]
    assert sorted(ids + skipped) == list(range(COUNT))
    assert len(skipped) < COUNT // 8
    assert not any(m.faults for m in made)
    assert sum(m.pairs for m in made) == len(pairs)
    assert sum(m.screens for m in made) == sum(len(p.images) for p, _ in pairs)


def test_pictures_hold_their_lines(pairs: list[tuple[Pair, dict[str, bytes]]], tmp_path: Path) -> None:
    for pair, images in pairs:
        assert list(images) == list(pair.images)
        for name, data in images.items():
            (tmp_path / name).write_bytes(data)
        for page in pages_of(pair, tmp_path):  # raises where a line lies outside its picture
            assert page.width >= 340


def test_truths_say_of_every_column_whether_it_is_seen(pairs: list[tuple[Pair, dict[str, bytes]]]) -> None:
    for pair, _ in pairs:
        visible = {f for f, v in pair.visibility.items() if v is Visibility.VISIBLE}
        assert visible == set(pair.evidence)
        assert verify(pair.schema) == ()
        if pair.schema == Schema(()):
            assert set(pair.screen_kinds) <= {"login", "marketing", "sums", "photograph", "blank", "article"}
        else:
            assert len(visible) >= 2


def test_evidence_is_what_the_column_is_called_or_holds(pairs: list[tuple[Pair, dict[str, bytes]]]) -> None:
    """Most columns bear the words of the line that they cite; the rest cite values, and labels that are no name."""
    shared = total = 0
    for pair, _ in pairs:
        text = {line.n: line.text.lower() for own in pair.lines for line in own}
        for fact, numbers in pair.evidence.items():
            words = fact.partition(".")[2].removesuffix("_id").split("_")
            total += 1
            shared += any(w[:4] in text[n] for n in numbers for w in words)
    assert shared / total > 0.6


def test_one_worker_and_two_give_the_same_truth(run: Run, made: list[Made], tmp_path: Path) -> None:
    assert made
    again = Run(tmp_path, run.count, run.seed, size=run.size)
    make(again, shards(again)[1])
    one, other = (json.loads(shards(r)[1].manifest.read_text()) for r in (run, again))
    assert one["truth_sha256"] == other["truth_sha256"]
    assert one["pairs"] == other["pairs"]


def test_what_is_there_is_not_made_again(run: Run, made: list[Made]) -> None:
    assert made
    before = {s.data: s.data.stat().st_mtime_ns for s in shards(run)}
    again = list(generate(run, workers=1))
    assert all(m.there for m in again)
    assert {s.data: s.data.stat().st_mtime_ns for s in shards(run)} == before


@pytest.mark.parametrize("how", ["cut", "other seed", "other looks", "no manifest"])
def test_a_shard_that_is_not_whole_or_not_of_this_run_is_not_there(
    run: Run, made: list[Made], tmp_path: Path, how: str
) -> None:
    assert made
    there = shards(run)[0]
    shard = replace(there, folder=tmp_path)
    if how == "other seed":
        shard = replace(shard, seed=4)
    if how == "other looks":
        shard = replace(shard, setting="0")
    shard.data.write_bytes(there.data.read_bytes()[: -100 if how == "cut" else None])
    if how != "no manifest":
        shard.manifest.write_bytes(there.manifest.read_bytes())
    assert not shard.is_done()
    assert there.is_done()


_CHILD = """
import sys
from pathlib import Path
from ghost_architect.synthetic_generator import Run, make, shards
run = Run(Path(sys.argv[1]), 48, seed=3, size=24)
for shard in shards(run):
    make(run, shard)
    print("made", flush=True)
"""


def test_kill_9_loses_no_more_than_the_shard_in_hand(run: Run, made: list[Made], tmp_path: Path) -> None:
    assert made
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "made\n"
        until = time.monotonic() + 60
        while not list(tmp_path.glob("shard-000001.tar.*")) and time.monotonic() < until:
            time.sleep(0.02)
        child.kill()
    again = Run(tmp_path, run.count, run.seed, size=run.size)
    first, second = shards(again)
    assert first.is_done()
    assert not second.is_done()
    found = sorted(generate(again, workers=1), key=lambda m: m.number)
    assert [m.there for m in found] == [True, False]
    assert [json.loads(s.manifest.read_text())["truth_sha256"] for s in shards(again)] == [
        json.loads(s.manifest.read_text())["truth_sha256"] for s in shards(run)
    ]
    assert not list(tmp_path.glob("*.partial"))


def _hears_ctrl_c() -> None:
    """What a shell starts in the background (`&`) is born deaf to Ctrl-C, and so are its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupted_run_leaves_no_process(tmp_path: Path) -> None:
    program("chromium-headless-shell", "chromium")
    child = subprocess.Popen(
        [sys.executable, "-m", "ghost_architect", "synth", "-n", "48", "-w", "2", "-o", str(tmp_path)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=_hears_ctrl_c,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not list(tmp_path.glob("*.partial")) and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(child.pid, signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "Traceback" not in said
    until = time.monotonic() + 20  # workers and their browsers end by themselves, a moment later
    while left := subprocess.run(["pgrep", "-g", str(child.pid)], capture_output=True, check=False).stdout:
        assert time.monotonic() < until, left
        time.sleep(0.1)


def test_loose_pairs_are_a_set_that_eval_reads(run: Run, made: list[Made], tmp_path: Path) -> None:
    assert made
    count = unpack(run.folder, tmp_path)
    assert count == sum(m.pairs for m in made)
    assert [p.id for p in read_pairs(tmp_path / "pairs.jsonl")] == [p.id for p, _ in read_folder(run.folder)]
    cases = load_set(tmp_path).cases
    assert len(cases) == count
    assert sum(not c.tables for c in cases) == sum(p.schema == Schema(()) for p, _ in read_folder(run.folder))


def test_a_file_that_is_no_shard_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no shard"):
        list(read_folder(tmp_path))
    (tmp_path / "shard-000000.tar").write_bytes(b"nothing of the kind" * 99)
    with pytest.raises(InputError, match=r"shard-000000.tar: is no shard"):
        list(read_folder(tmp_path))


def test_plans_are_spread_as_they_say() -> None:
    plans = [planning.plan(0, n) for n in range(6000)]
    screens = Counter(p.screens for p in plans)
    assert set(screens) == {1, 2, 3, 4, 5, 6}
    assert 0.65 < screens[1] / 6000 < 0.85
    assert 0.03 < sum(p.empty for p in plans) / 6000 < 0.1
    widths = [w.width for p in plans for w in p.windows]
    assert min(widths) < 400
    assert max(widths) >= 1900
    assert {w.scale for p in plans for w in p.windows} >= {1.0, 1.25, 1.5, 2.0}
    assert Counter(p.split for p in plans)["train"] > 5400


@pytest.mark.parametrize("split", ["test", "test-look", "validation"])
def test_a_split_uses_only_what_is_its_own(split: str, tmp_path: Path) -> None:
    program("chromium-headless-shell", "chromium")
    run = Run(tmp_path, 6, seed=9, split=split, size=6)
    list(generate(run, workers=1))
    rows = [row for s in shards(run) for row in json.loads(s.manifest.read_text())["pairs"]]
    folder = default_folder()
    fonts = owned(split, "font", sorted(families(folder)))
    for row in rows:
        assert row["split"] == split
        assert row["domain"] in owned(split, "domain", sorted(catalogue().domains))
        assert row["look"] in owned(split, "look", sorted(available(folder)))
        assert row["font"].partition(",")[0].strip('"') in {*fonts, *FALLBACKS}
    assert rows


def test_a_truth_that_does_not_hold_is_refused() -> None:
    good = parse("CREATE TABLE orders (id BIGINT PRIMARY KEY, note TEXT);").schema
    bad = parse("CREATE TABLE orders (id BIGINT PRIMARY KEY, price REAL);").schema
    with truths(("sqlite",)) as holds:
        assert holds(good)
        assert not holds(bad)


def test_a_shard_is_made_once_more_where_an_engine_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, failing = Run(tmp_path, 6, size=6), [EngineError("the server has died")]

    def made(of: Run, shard: Shard) -> Made:
        if failing:
            raise failing.pop()
        return Made(shard.number, 6, 6, 0, 0)

    monkeypatch.setattr(synthetic_generator, "_make", made)
    assert make(run, shards(run)[0]).pairs == 6
    failing += [EngineError("it dies each time")] * 2
    with pytest.raises(EngineError):
        make(run, shards(run)[0])


@pytest.mark.parametrize("often", [False, True])
def test_a_fault_of_the_factory_costs_one_pair_and_is_told(
    often: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("chromium-headless-shell", "chromium")
    run, real = Run(tmp_path, 6, seed=3, size=6), Painter.paint

    def paint(painter: Painter, plan: Plan, *rest: Any) -> Painted | None:
        if often or plan.number == 2:
            raise KeyError("a column")
        return real(painter, plan, *rest)

    monkeypatch.setattr(Painter, "paint", paint)
    if often:  # no rare case
        with pytest.raises(KeyError):
            make(run, shards(run)[0])
        assert not shards(run)[0].is_done()
        return
    done = make(run, shards(run)[0])
    said = json.loads(shards(run)[0].manifest.read_text())
    assert done.faults == ("pair 2 of seed 3: KeyError: 'a column'",)
    assert said["faults"] == {"2": "KeyError: 'a column'"}
    assert 2 in said["skipped"]
    assert done.pairs == len(said["pairs"]) == 6 - len(said["skipped"]) > 0


HOSTILE = """
CREATE TABLE "user" (id BIGINT PRIMARY KEY, "name<script>alert(1)</script>" TEXT NOT NULL, "a ""b"" {c}" INTEGER);
CREATE TABLE users (id BIGINT PRIMARY KEY, "select" BOOLEAN NOT NULL, "" TEXT, user_id BIGINT REFERENCES "user" (id));
CREATE TABLE pairs (
    left_id BIGINT REFERENCES users (id), right_id BIGINT REFERENCES users (id), PRIMARY KEY (left_id, right_id)
);
CREATE TABLE lonely (id BIGINT PRIMARY KEY);
"""


def test_tables_that_are_one_word_in_the_singular_stay_two_things() -> None:
    app = app_of(parse(HOSTILE.replace('"" TEXT, ', "")).schema, "Demo")
    assert {t.table for t in app.things.values()} >= {"user", "users", "lonely"}
    users = next(t for t in app.things.values() if t.table == "users")
    (pointing,) = (a for a in users.attributes if a.columns == ("user_id",))
    assert app.things[pointing.targets[0]].table == "user"


def test_a_schema_of_anybodys_names_is_drawn() -> None:
    program("chromium-headless-shell", "chromium")
    schema = parse(HOSTILE.replace('"" TEXT, ', "")).schema
    pictures = list(draw_schema(schema, "<b>Demo</b>", "soft", Window(900, 600), False, 8, 0))
    assert len(pictures) == 8
    for stem, data in pictures:
        assert "/" not in stem
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.size == (900, 600)
            assert len(picture.convert("RGB").resize((90, 60)).getcolors(99999) or ()) > 20
