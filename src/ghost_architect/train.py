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

import torch

from .config import TrainingConfig
from .errors import GhostError
from .multimodal_model.folder import ModelFolder
from .multimodal_model.machine import is_out_of_memory
from .training import checkpoints, models
from .training.bench import Bench, changed, set_up, setting_of
from .training.data import Data, Look, Sources, stretched
from .training.hardware import here
from .training.loop import End, Ended, Loop, brief
from .training.ranks import Ranks, is_restarted, ranks
from .training.recovery import down
from .training.rehearsal.setting import Setting
from .training.runs import AUTO, DONE, NO, RUNNING, STOPPED, Run, begin, resumed
from .training.shapes import model_of
from .training.state import Reached, Taken, deliver, size, take_up
from .training.stopping import Stop, stopping
from .training.watch import Silent, Watch

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
    with ranks() as own, stopping(watch.say) as stop:
        watch = watch if own.first else NOBODY
        sources = Sources.of(config)
        # the first process makes the miniature: transformers writes nothing in the others
        folder, base = own.same(models.base_of(config, sources.learned) if own.first else None)
        # a process that torchrun started anew goes on, whatever the first one was told
        run = _run(config, sources, AUTO if resume == NO and is_restarted() else resume, own)
        try:
            if run.record["state"] == DONE:
                watch.say(f"{run.folder} is done")
                return run.adapter
            if run.setting is None:
                card = here() if own.device.type == "cuda" else None
                run.note(setting=asdict(own.same(setting_of(config, model_of(str(folder.base)), card))))
            return _Road(config, sources, folder, base, run, own, stop, watch).go()
        except GhostError as error:
            run.failed(error.message)
            raise
        finally:
            run.close()


def _run(config: TrainingConfig, sources: Sources, resume: str, own: Ranks) -> Run:
    """The run that goes on, or a new one; all processes have the same."""
    if not own.first:
        folder, record = own.same(None)
        return Run(folder, record, writes=False)
    fingerprint = sources.fingerprint()
    run = resumed(config, fingerprint, resume) or begin(config, fingerprint, sources.names())
    own.same((run.folder, run.record))
    return run


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

    def go(self) -> Path:
        """Attempts, each with less than the one before, until one ends."""
        while True:
            setting = self._run.setting
            assert setting is not None
            ended = self._attempt(setting)
            if ended.end is End.DONE:
                return self._done(ended.reached)
            if ended.end is End.STOPPED:
                self._run.note(state=STOPPED, step=ended.reached.step)
                self._watch.say(f"saved behind step {ended.reached.step}: the same command goes on")
                raise KeyboardInterrupt
            self._descend(setting, ended)

    def _attempt(self, setting: Setting) -> Ended:
        """Set up, try out and go on, as far as the memory suffices."""
        try:
            bench = self._bench or set_up(self._folder, self._config, setting, self._own)
            self._bench = bench
            data = Data(self._sources, bench.chat, bench.eye, self._config, setting.sequence)
            look = data.look()
            self._noted(look, setting)
            self._probe(bench, data, look)
            full = ""
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            full = brief(error)
        if self._own.most(int(bool(full))):
            return Ended(End.FULL, Reached(step=-1), full or "another card's memory does not suffice")
        assert self._bench is not None
        reached = self._taken_up(bench)
        self._watch.say(f"run {self._run.folder}" + (f" goes on behind step {reached.step}" if reached.step else ""))
        loop = Loop(self._run, self._config, self._base, bench, data, data.held(), self._own, self._stop, self._watch)
        return loop.go(reached)

    def _noted(self, look: Look, setting: Setting) -> None:
        """Say and write down what is learned from, and on what."""
        lines = list(look.summary.lines(setting.sequence))
        part = "" if look.whole else f"of the first {look.summary.examples + len(look.summary.dropped):,}: "
        for line in lines:
            self._watch.say(part + line)
        data = {**self._run.record["data"], "summary": lines, "looked_at_all": look.whole}
        self._run.note(state=RUNNING, data=data, device=_device(self._own), processes=self._own.world)

    def _probe(self, bench: Bench, data: Data, look: Look) -> None:
        """A step with the longest row that there may be; nothing of it stays."""
        row = look.longest if look.whole else stretched(look.longest, bench.setting.sequence)
        pixels = data.eye.values(row)
        bench.learner.probe(row, pixels)

    def _taken_up(self, bench: Bench) -> Reached:
        """Where the run goes on: behind its newest checkpoint, as far as the setting can take that over."""
        checkpoint = None
        if self._own.first:
            checkpoint = checkpoints.newest(self._run.folder, self._watch.say)
            checkpoints.room(self._run.folder, size(bench))
        checkpoint = self._own.same(checkpoint)
        if checkpoint is None:
            return Reached()
        taken = take_up(checkpoint, bench)
        if taken.lost:
            self._lost(taken, checkpoint)
        return taken.reached

    def _lost(self, taken: Taken, checkpoint: checkpoints.Checkpoint) -> None:
        self._watch.say(f"lost: {taken.lost}")
        self._run.lost(taken.lost)
        if taken.reached.step < checkpoint.step and self._own.first:
            for old in checkpoints.whole(self._run.folder):
                shutil.rmtree(old.folder, ignore_errors=True)

    def _descend(self, setting: Setting, ended: Ended) -> None:
        """One rung down; the model that is there is used again where that can be done."""
        probing = ended.reached.step < 0
        if not self._config.recover:
            raise models.no_room(ended.why)
        rung = down(setting, None if probing else ended.reached.step, ended.why)
        self._watch.say(f"out of memory{' in the probe' if probing else ''}: {rung.name}")
        self._run.took(rung)
        bench, self._bench = self._bench, None
        known = probing or self._own.same(bool(checkpoints.whole(self._run.folder)))
        if bench is not None and known and changed(bench, self._config, rung.setting):
            self._bench = bench
        del bench
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _done(self, reached: Reached) -> Path:
        assert self._bench is not None
        self._run.note(step=reached.step, tokens=reached.tokens, examples=reached.examples)
        if self._own.first:
            deliver(self._run.adapter, self._bench, self._base, self._run.text(), self._run.settings())
        self._run.note(state=DONE)
        return self._run.adapter


def _device(own: Ranks) -> str:
    return torch.cuda.get_device_name(own.device) if own.device.type == "cuda" else "cpu"
