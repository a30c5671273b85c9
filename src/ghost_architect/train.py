"""The road of a training run: settings -> data and model -> steps -> an adapter's folder.

sources -> run (a new one, or one that goes on) -> bench -> probe -> steps -> output/adapters/RUN
                                                     ^                 |
                                                     +-- one rung down, where the memory does not suffice
"""

from __future__ import annotations

import gc
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import torch

from .config import TrainingConfig
from .errors import GhostError
from .multimodal_model.folder import ModelFolder
from .multimodal_model.machine import is_out_of_memory
from .training import checkpoints, models
from .training.bench import Bench, changed, described, set_up, setting_of
from .training.checkpoints import Checkpoint
from .training.data import Data, Look, Sources, stretched
from .training.hardware import here
from .training.loop import End, Ended, Loop, brief
from .training.ranks import Ranks, is_restarted, ranks
from .training.recovery import down
from .training.rehearsal.setting import Setting
from .training.request import Request
from .training.runs import AUTO, DONE, NO, RUNNING, STOPPED, Run, begin, resumed
from .training.shapes import model_of
from .training.state import Reached, Taken, deliver, sizes, take_up
from .training.stopping import Stop, stopping
from .training.threads import threads
from .training.watch import Lasting, Silent, Watch

NOBODY = Silent()


def train(config: TrainingConfig, resume: str = AUTO, watch: Watch = NOBODY) -> Path:
    """Train a model.

    Args:
        config: what, from what, and how.
        resume: auto goes on with the newest run that has the same settings and data and is not done; no begins a new
            one; else the name or folder of a run.
        watch: is told how it goes.

    Returns:
        the folder of the adapter.

    Raises:
        UsageError: the settings do not go together, or there is no such file, model or run.
        InputError: the data or the model is damaged.
        BackendError: there is no card, or its memory does not suffice however little is done.
        CheckpointError: something cannot be written.
        NotFiniteError: a gradient is not finite.
        KeyboardInterrupt: somebody stopped it; what was learned is saved.
    """
    models.check(config)
    watch = Lasting(watch)
    with threads(config.threads), ranks() as own, stopping(watch.say if own.first else NOBODY.say) as stop:
        watch = watch if own.first else NOBODY
        sources = own.together(lambda: Sources.of(config))
        # the first process makes the miniature: transformers writes nothing in the others
        folder, base = own.led(lambda: models.base_of(config, sources.learned))
        # a process that torchrun started anew goes on, whatever the first one was told
        run = _run(config, sources, folder, AUTO if resume == NO and is_restarted() else resume, own, watch)
        try:
            if run.record["state"] == DONE and run.adapter.is_dir():
                watch.say(f"{run.folder} is done")
                return run.adapter
            return _Road(config, sources, folder, base, run, own, stop, watch).go()
        except GhostError as error:
            run.failed(error.message)
            raise
        finally:
            run.close()


def _run(config: TrainingConfig, sources: Sources, folder: ModelFolder, resume: str, own: Ranks, watch: Watch) -> Run:
    """The run that goes on, or a new one; all processes have the same."""

    def found() -> Run:
        asked = Request(config, sources.fingerprint(), models.fingerprint(folder), own.world)
        run = resumed(asked, resume, watch.say)
        rows = run.record.get("rows", asked.rows) if run and run.record["state"] != DONE else asked.rows
        if warning := asked.warning(rows):
            watch.say(warning)
        return run or begin(asked, sources.names())

    run = own.together(lambda: found() if own.first else None)
    place, record = own.same((run.folder, run.record) if run else None)
    return run or Run(place, record, writes=False)


class _Road:
    """A run, attempt by attempt."""

    def __init__(
        self,
        config: TrainingConfig,
        sources: Sources,
        folder: ModelFolder,
        base: str,
        run: Run,
        own: Ranks,
        stop: Stop,
        watch: Watch,
    ) -> None:
        self._config, self._sources, self._folder, self._base = config, sources, folder, base
        self._run, self._own, self._stop, self._watch = run, own, stop, watch
        self._bench: Bench | None = None
        self._told: list[str] = []

    def go(self) -> Path:
        """Attempts, each with less than the one before, until one ends."""
        if self._run.setting is None:
            self._note(setting=asdict(self._own.led(self._chosen)))
        assert self._run.setting is not None
        on = "the CPU" if self._own.device.type == "cpu" else _device(self._own)
        self._watch.say(f"{self._folder.name} on {on}: {described(self._config, self._run.setting, self._own.world)}")
        while True:
            setting = self._run.setting
            assert setting is not None
            ended = self._attempt(setting)
            if ended.end is End.DONE:
                return self._done(ended.reached)
            if ended.end is End.STOPPED:
                self._stopped(ended.reached.step)
            self._descend(setting, ended)

    def _chosen(self) -> Setting:
        card = here() if self._own.device.type == "cuda" else None
        return setting_of(self._config, model_of(str(self._folder.base)), card)

    def _attempt(self, setting: Setting) -> Ended:
        """Set up, try out and go on, as far as the memory suffices."""
        try:
            bench, data = self._own.together(lambda: self._tried_out(setting))
            checkpoint = self._own.led(lambda: self._newest(bench))
            taken = self._own.together(lambda: take_up(checkpoint, bench) if checkpoint else Taken(Reached()))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return Ended(End.FULL, Reached(step=-1), brief(error))
        if taken.lost:
            self._own.led(lambda: self._lost(taken))
        step = taken.reached.step
        self._watch.say(f"run {self._run.folder}" + (f" goes on behind step {step}" if step else ""))
        held = self._own.together(data.held)
        evaluated = ", ".join(f"{name} ({len(rows):,} row{'s' * (len(rows) != 1)})" for name, rows in held.items())
        self._watch.say(f"evaluated on: {evaluated or f'nothing: {self._sources.unheld}'}")
        loop = Loop(self._run, self._config, self._base, bench, data, held, self._own, self._stop, self._watch)
        return loop.go(taken.reached)

    def _tried_out(self, setting: Setting) -> tuple[Bench, Data]:
        """What learns and what from, behind a step with the longest row that there may be; nothing of it stays."""
        bench, self._bench = self._bench, None
        if bench is None or not changed(bench, self._config, setting):
            bench = None  # before the next one is there
            _free()
            bench = set_up(self._folder, self._config, setting, self._own)
        self._bench = bench
        data = Data(self._sources, bench.chat, bench.eye, self._config, setting.sequence)
        look = data.look()
        self._looked(look, setting)
        row = look.longest if look.whole else stretched(look.longest, setting.sequence)
        bench.learner.probe(row, data.eye.values(row))
        return bench, data

    def _looked(self, look: Look, setting: Setting) -> None:
        """Say and write down what is learned from, and on what."""
        lines = list(look.summary.lines(setting.sequence))
        part = "" if look.whole else f"of the first {look.summary.examples + len(look.summary.dropped):,}: "
        counts = look.summary.json()
        data = {**self._run.record["data"], "summary": lines, "counts": counts, "looked_at_all": look.whole}
        for line in lines:
            if line not in self._told:  # of an attempt before
                self._watch.say(part + line)
        self._told = lines
        self._run.note(state=RUNNING, data=data, device=_device(self._own), processes=self._own.world)

    def _newest(self, bench: Bench) -> Checkpoint | None:
        """The newest checkpoint, where there is room for the next one."""
        checkpoints.room(self._run.folder, sizes(bench))
        return checkpoints.newest(self._run.folder, self._watch.say)

    def _lost(self, taken: Taken) -> None:
        """Say and write down what the last rung lost; where it lost all, checkpoints of before are in the way."""
        self._watch.say(f"lost: {taken.lost}")
        self._run.lost(taken.lost)
        if not taken.reached.step:
            for old in checkpoints.whole(self._run.folder):
                shutil.rmtree(old.folder, ignore_errors=True)

    def _descend(self, setting: Setting, ended: Ended) -> None:
        """One rung down; the model that is there is used again where that can be done."""
        probing = ended.reached.step < 0
        if not self._config.recover:
            raise models.no_room(ended.why)
        rung = down(setting, None if probing else ended.reached.step, ended.why)
        self._watch.say(f"out of memory{' in the probe' if probing else ''}: {rung.name}")
        self._own.together(lambda: self._run.took(rung))
        # what it learned since the last checkpoint is only gone where there is one to take up
        if not probing and not self._own.led(lambda: checkpoints.newest(self._run.folder, self._watch.say)):
            self._bench = None
        _free()

    def _stopped(self, step: int) -> NoReturn:
        self._note(state=STOPPED, step=step)
        saved = f"saved behind step {step}" if step else "no step was done, so nothing is saved"
        self._watch.say(f"{saved}: --resume auto, the default, goes on")
        raise KeyboardInterrupt

    def _done(self, reached: Reached) -> Path:
        bench = self._bench
        assert bench is not None
        self._note(step=reached.step, tokens=reached.tokens, examples=reached.examples)
        run = self._run
        self._own.led(lambda: deliver(run.adapter, bench, self._base, run.text(state=DONE), run.settings()))
        self._note(state=DONE)
        return run.adapter

    def _note(self, **what: Any) -> None:
        self._own.together(lambda: self._run.note(**what))


def _free() -> None:
    """Let go of memory that nothing holds."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _device(own: Ranks) -> str:
    return torch.cuda.get_device_name(own.device) if own.device.type == "cuda" else "cpu"
