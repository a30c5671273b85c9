"""Recipes beside each other: parts of the rows, rates, seeds, differences, and what `benchmarks/ablation.py` writes."""

from __future__ import annotations

import importlib
import json
import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ghost_architect.config import TrainingConfig
from ghost_architect.errors import GhostError, UsageError
from tests.training.small import lines, screens, settings, texts, wait_for

pytestmark = pytest.mark.usefixtures("torch_here")

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


# --- what the figures allow to say ---


@pytest.mark.parametrize(
    ("freedom", "share", "expected"),  # tables of Student's t, two-sided
    [
        (1, 0.95, 12.706),
        (2, 0.95, 4.303),
        (3, 0.95, 3.182),
        (10, 0.95, 2.228),
        (30, 0.95, 2.042),
        (2, 0.99, 9.925),
        (1000, 0.95, 1.962),
    ],
)
def test_student_s_t_is_that_of_the_tables(freedom: int, share: float, expected: float) -> None:
    from ghost_architect.training.differences import within

    assert within(share, freedom) == pytest.approx(expected, abs=6e-4)


def test_a_difference_is_taken_pair_by_pair() -> None:
    """Seeds that lie far apart hide nothing, where each of them says the same."""
    from ghost_architect.training.differences import Difference

    found = Difference.of([2.9, 4.8, 6.85], [3.0, 5.0, 7.0])
    assert found.each == pytest.approx((-0.1, -0.2, -0.15))
    assert found.mean == pytest.approx(-0.15)
    assert found.half == pytest.approx(4.303 * 0.05 / math.sqrt(3), abs=1e-4)
    assert found.high < 0
    assert found.sentence("LoRA") == "lower than LoRA by 0.1500"
    three = Difference.of([2.9, 4.8, 6.85], [3.0, 5.0, 7.0], comparisons=3)
    assert three.half == pytest.approx(7.649 * 0.05 / math.sqrt(3), abs=1e-4)
    assert (
        three.sentence("LoRA")
        == "no difference from LoRA that these seeds could show: it would have to be 0.2208 or more"
    )


def test_one_seed_says_nothing() -> None:
    from ghost_architect.training.differences import Difference

    found = Difference.of([2.0], [3.0])
    assert (found.mean, found.half) == (-1, math.inf)
    assert found.sentence("LoRA") == "nothing: one seed has no spread"


def test_intervals_hold_as_often_as_they_say() -> None:
    """Of three comparisons without a difference, one in twenty tables finds one at most."""
    from random import Random

    from ghost_architect.training.differences import Difference

    draw, tables, wrong = Random(0), 2000, 0
    for _ in range(tables):
        plain = [draw.gauss(0, 1) for _ in range(3)]
        others = [[p + draw.gauss(0, 1) for p in plain] for _ in range(3)]
        wrong += any(not d.low <= 0 <= d.high for d in (Difference.of(o, plain, 3) for o in others))
    assert 0.02 < wrong / tables < 0.06


# --- rates ---


def tried(best: dict[str, float]) -> tuple[list[Any], Callable[[Any], float]]:
    """Runs whose loss grows with the octaves from a recipe's best rate."""
    seen = []

    def loss(trial: Any) -> float:
        seen.append(trial)
        octaves: float = abs(math.log2(trial.rate / best[trial.recipe]))
        return octaves + float(trial.seed) / 1e6

    return seen, loss


def test_each_recipe_gets_its_best_rate_and_all_are_tried_at_the_same() -> None:
    from ghost_architect.training.ablation import RECIPES, SWEEP_SEED, sweep

    best = {"LoRA": 0.004, "rsLoRA": 0.002, "DoRA": 0.004, "Trinity": 0.002}
    seen, loss = tried(best)
    found = sweep([0.002, 0.001, 0.004], 2, 4, loss)
    assert {recipe: found.chosen(recipe) for recipe in RECIPES} == best
    rates = [0.001, 0.002, 0.004, 0.008]  # one was added, since 0.004 was an end
    assert (found.widened, found.edges()) == (1, {})
    assert all(sorted(found.tried[recipe]) == rates for recipe in RECIPES)
    assert len(seen) == len(set(seen)) == 4 * 4 * 2
    assert {trial.seed for trial in seen} == {SWEEP_SEED, SWEEP_SEED + 1}
    assert [trial.recipe for trial in seen[:4]] == list(RECIPES)


def test_widening_goes_both_ways_and_ends() -> None:
    from ghost_architect.training.ablation import sweep

    _, loss = tried({"LoRA": 1.0, "rsLoRA": 1e-4, "DoRA": 0.1, "Trinity": 0.1})
    found = sweep([0.1, 0.2], 1, 3, loss)
    assert found.widened == 3
    assert found.edges() == {"LoRA": 0.2, "rsLoRA": 0.0125}
    assert sorted(found.tried["LoRA"]) == [0.0125, 0.025, 0.05, 0.1, 0.2]


def test_a_rate_that_overflows_is_not_chosen() -> None:
    from ghost_architect.training.ablation import sweep

    found = sweep([1.0, 2.0, 4.0], 1, 4, lambda t: math.inf if t.rate > 2 else 1 / t.rate)
    assert found.chosen("LoRA") == 2
    assert (found.widened, found.edges()) == (0, {})
    with pytest.raises(GhostError, match="LoRA overflowed at every learning rate"):
        sweep([1.0, 2.0], 1, 0, lambda t: math.inf)


def test_a_single_rate_is_not_tried() -> None:
    from ghost_architect.training.ablation import sweep

    seen, loss = tried({})
    found = sweep([0.1], 1, 4, loss)
    assert (seen, found.chosen("DoRA"), found.edges()) == ([], 0.1, {})


# --- parts ---


def held(home: Path, **changed: Any) -> TrainingConfig:
    """Settings with rows in three parts."""
    from ghost_architect.training.parts import divided

    return divided(settings(home, **changed), home / "output", 0.2)


def outputs(*names: str) -> list[str]:
    return [row["output"] for name in names for row in json.loads(Path(name).read_text())]


def test_no_row_is_in_two_parts(tmp_path: Path) -> None:
    rows = json.loads(texts(tmp_path / "texts.json", 40).read_text())
    (tmp_path / "texts.json").write_text(json.dumps([*rows, rows[3], rows[7]], indent=1))
    config = held(tmp_path)
    found = outputs(*config.data), *map(outputs, config.validation)
    assert [len(part) for part in found] == [32, 4, 4]
    assert sorted(output for part in found for output in part) == sorted(row["output"] for row in rows)
    before = [Path(name).stat().st_mtime_ns for name in config.validation]
    assert held(tmp_path, seed=7) == replace(config, seed=7)
    assert [Path(name).stat().st_mtime_ns for name in config.validation] == before
    Path(config.validation[0]).write_text("[]")
    assert outputs(*held(tmp_path).validation) == found[1] + found[2]


def test_what_cannot_be_divided_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="validation names 1 sets, and an ablation takes two"):
        held(tmp_path, validation=("a.json",))
    assert held(tmp_path, validation=("a.json", "b.json")).validation == ("a.json", "b.json")
    with pytest.raises(UsageError, match="screens of one application share a schema"):
        held(tmp_path, data=(str(screens(tmp_path / "s.tar")),))
    texts(tmp_path / "few.json", 3)
    with pytest.raises(UsageError, match="3 rows cannot be divided, 0.2 of them held out"):
        held(tmp_path, data=(str(tmp_path / "few.json"),))


# --- runs ---


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The script, its runs in this process."""
    import torch

    monkeypatch.syspath_prepend(str(BENCHMARKS))
    made = importlib.import_module("ablation")
    monkeypatch.setattr(made, "apart", lambda threads, work, config: work(config))
    torch.set_num_threads(1)
    yield made
    for name in ("ablation", "ablation_tables", "machine", "record", "warm"):
        sys.modules.pop(name, None)


def arguments(home: Path, *more: str) -> list[str]:
    config = home / "small.yaml"
    config.write_text(
        f"{{model: miniature, data: [{texts(home / 'texts.json')}], sequence: 128, rank: 4, alpha: 8, accumulation: 2}}"
    )
    return ["--config", str(config), "--steps", "2", "--home", str(home / "runs"), "-o", str(home / "out.json"), *more]


def test_the_command_runs_all_four_alike_and_writes_the_table(
    tmp_path: Path, script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And goes on behind an interruption with what is not done yet."""
    options = script.parser().parse_args(arguments(tmp_path, "--seeds", "1", "--learning-rates", "5e-3"))
    real, calls = script.trained, [0]

    def interrupted(config: TrainingConfig) -> str:
        calls[0] += 1
        if calls[0] == 3:
            raise KeyboardInterrupt
        return str(real(config))

    monkeypatch.setattr(script, "trained", interrupted)
    with pytest.raises(KeyboardInterrupt):
        script.ablation(options)
    assert not (tmp_path / "out.json").exists()
    assert script.ablation(options) == 0
    runs = sorted((tmp_path / "runs" / "checkpoints").iterdir())
    assert (len(runs), calls[0]) == (4, 5)

    found = [json.loads((run / "run.json").read_text())["config"] for run in runs]
    assert [(c["rslora"], c["dora"]) for c in found] == [(False, False), (True, False), (False, True), (True, True)]
    own = ("rslora", "dora")
    assert len({json.dumps({k: v for k, v in c.items() if k not in own}) for c in found}) == 1
    assert Path(found[0]["model"]).name.startswith("miniature-")
    assert not found[0]["recover"]
    assert len({tuple(line["tokens"] for line in lines(run) if "loss" in line) for run in runs}) == 1

    said = json.loads((tmp_path / "out.json").read_text())
    tables = {table["title"]: table for table in said["tables"]}
    losses = tables["Loss on rows that are held out"]["rows"]
    assert [row[0] for row in losses] == ["LoRA", "rsLoRA", "DoRA", "Trinity"]
    assert all(row[-1] == "nothing: one seed has no spread" for row in losses[1:])
    last = [[line["validation"] for line in lines(run) if "validation" in line][-1] for run in runs]
    test = next(name for name in last[0] if name.endswith("test.json"))
    assert [row[2] for row in losses] == [f"{each[test]:.4f}" for each in last]
    assert "nothing was tuned" in tables["Learning rates"]["note"]
    firsts = {row[3] for row in tables["Each run"]["rows"]}
    assert len(firsts) == 1
    trained = {row[0]: int(row[7].replace(",", "")) for row in tables["What it cost"]["rows"]}
    assert trained["LoRA"] == trained["rsLoRA"] < trained["DoRA"] == trained["Trinity"]
    assert said["machine"]["Held alike"].startswith("per seed: ")


def test_runs_that_are_not_alike_are_named(tmp_path: Path) -> None:
    from ghost_architect.training.ablation import Outcome, Trial, unequal

    one = Outcome(Trial("LoRA", 0.1, 0), "a", 1, 1, 5, (9, 8), (3, 3), (1, 1), 1, 7, (), {}, "cpu", {"torch": "2"})
    other = replace(one, trial=Trial("DoRA", 0.1, 0), first=5.004)
    assert unequal([one, other]) == []
    assert unequal([one, replace(other, first=5.006)]) == ["seed 0: losses of the first step from 5.00000 to 5.00600"]
    assert "another order" in unequal([one, replace(other, tokens=(8, 9))])[0]
    assert unequal([one, replace(other, device="card", versions={"torch": "3"})]) == [
        "more than one device", "more than one set of versions",
    ]  # fmt: skip
    assert unequal([one, replace(other, trial=Trial("DoRA", 0.1, 1), first=6.0, tokens=(1,))]) == []
    assert one.speed == 8


def test_a_run_of_other_versions_is_done_anew(tmp_path: Path) -> None:
    from ghost_architect.models.trinity.adapters import read_adapter
    from ghost_architect.train import train
    from ghost_architect.training.ablation import Ablation, Trial

    calls = []

    def run(config: TrainingConfig) -> None:
        calls.append(train(config))

    runs = Ablation(held(tmp_path, steps=1), run)
    trial = Trial("rsLoRA", 5e-3, 3)
    first = runs.outcome(trial)
    assert first is not None
    assert runs.outcome(trial) == first
    recipe, tensors = read_adapter(calls[0])
    assert (recipe.rslora, recipe.dora, recipe.rank, recipe.alpha) == (True, False, 4, 8)
    assert first.trained == sum(t.numel() for t in tensors.values())
    record = tmp_path / "output" / "checkpoints" / first.name / "run.json"
    record.write_text(record.read_text().replace('"torch": "', '"torch": "1.'))
    again = runs.outcome(trial)
    assert len(calls) == 2
    assert again is not None
    assert (again.name != first.name, again.test) == (True, first.test)


def test_a_run_that_overflows_is_no_outcome(tmp_path: Path) -> None:
    from ghost_architect.training.ablation import Ablation, Trial
    from ghost_architect.training.finite import NotFiniteError

    def run(config: TrainingConfig) -> None:
        raise NotFiniteError("a gradient is not finite")

    assert Ablation(held(tmp_path), run).outcome(Trial("LoRA", 9.0, 0)) is None
    with pytest.raises(GhostError, match="does not say that it is done"):
        Ablation(held(tmp_path), lambda config: None).outcome(Trial("LoRA", 9.0, 0))


def test_what_an_untrained_model_does_is_what_its_first_evaluation_would_say(tmp_path: Path) -> None:
    """The loss before training is the trainer's own, at a rate that moves nothing."""
    from ghost_architect.train import train
    from ghost_architect.training.ablation import Ablation, Trial, untrained

    config = held(tmp_path, steps=1)
    still = Trial("Trinity", 1e-30, 0)
    found = Ablation(config, train).outcome(still)
    assert found is not None
    sets = untrained(still.settings(config))
    assert [sets[name].rows for name in config.validation] == [4, 4]
    assert [sets[name].loss for name in config.validation] == pytest.approx([found.validation, found.test], rel=1e-6)


def test_a_warm_miniature_has_learned_questions_and_no_answers(tmp_path: Path, script: ModuleType) -> None:
    import numpy as np

    from ghost_architect.training.ablation import untrained

    config = held(tmp_path)
    cold = Path(script.prepared(0, config))
    warm = Path(script.prepared(6, config))
    assert (warm.parent, warm != cold) == (cold.parent, True)
    assert {p.name for p in warm.iterdir()} >= {p.name for p in cold.iterdir()}
    before, after = ([h.loss for h in untrained(replace(config, model=str(m))).values()] for m in (cold, warm))
    assert after[0] < before[0] - 0.1
    stream = script.warm._stream(cold, script.warm.Index(config.data))
    assert stream.dtype == np.int32
    with pytest.raises(UsageError, match="--warm is for the miniature"):
        script.prepared(6, replace(config, model=str(warm)))


# --- a process of its own ---


@pytest.fixture
def apart(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The real one."""
    monkeypatch.undo()
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    sys.modules.pop("ablation")
    made = importlib.import_module("ablation")
    monkeypatch.setattr(made, "PRELOADED", ())  # nothing here trains
    return made.apart  # type: ignore[no-any-return]


def answering(config: TrainingConfig) -> tuple[int, int]:
    return config.seed, os.getpid()


def refusing(config: TrainingConfig) -> None:
    raise UsageError("no", "yes")


def dying(config: TrainingConfig) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def saving(config: TrainingConfig) -> None:
    """As a run does, it takes its time to save."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    Path(config.output, "begun").write_text("")
    assert ended.wait(60)
    Path(config.output, "saved").write_text("")
    raise KeyboardInterrupt


def test_a_run_has_a_process_of_its_own_which_a_stop_reaches(tmp_path: Path, apart: Callable[..., Any]) -> None:
    before = signal.getsignal(signal.SIGINT)  # ignored where a shell runs the tests in the background
    config = TrainingConfig(seed=7, output=str(tmp_path))
    seed, process = apart(1, answering, config)
    assert seed == 7
    assert process != os.getpid()
    with pytest.raises(UsageError, match="no") as refused:
        apart(1, refusing, config)
    assert refused.value.hint == "yes"
    with pytest.raises(GhostError, match=r"a run died \(-9\)"):
        apart(1, dying, config)

    def interrupt() -> None:
        wait_for((tmp_path / "begun").exists)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        apart(1, saving, config)
    assert (tmp_path / "saved").exists()
    assert signal.getsignal(signal.SIGINT) is before
