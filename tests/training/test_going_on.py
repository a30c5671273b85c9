"""Which run goes on, and what is said where one that could be meant does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ghost_architect.errors import InputError
from tests.training.small import Told, settings

pytestmark = pytest.mark.usefixtures("torch_here")


def begun(asked: Any, checkpoint: bool = True) -> Path:
    """The folder of a run that a killed process left."""
    from ghost_architect.training.runs import begin

    run = begin(asked, {})
    run.close()
    if checkpoint:
        (run.folder / "step-000001").mkdir()
        (run.folder / "step-000001" / "manifest.json").write_text('{"files": {}}')
    return run.folder


def found(asked: Any) -> tuple[Path | None, list[str]]:
    """The run that `--resume auto` goes on with, and what it says."""
    from ghost_architect.training.runs import resumed

    told = Told()
    run = resumed(asked, "auto", told.say)
    if run:
        run.close()
    return run.folder if run else None, told.said


def test_a_record_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    from ghost_architect.training.request import Request
    from ghost_architect.training.runs import resumed

    asked = Request(settings(tmp_path), "d", "b")
    folder, early = begun(asked), begun(asked, checkpoint=False)
    for one in (folder, early):
        (one / "run.json").write_text("{")
    assert found(asked) == (
        None, [f"warning: {folder}: passed over: it has checkpoints, and its run.json cannot be read"],
    )  # fmt: skip
    with pytest.raises(InputError, match=r"run\.json cannot be read"):
        resumed(asked, folder.name, pytest.fail)


def test_other_files_of_the_same_names_are_said(tmp_path: Path) -> None:
    from ghost_architect.errors import UsageError
    from ghost_architect.training.request import Request
    from ghost_architect.training.runs import resumed

    asked = Request(settings(tmp_path), "d", "b")
    folder = begun(asked)
    assert found(asked) == (folder, [])
    assert found(replace(asked, base="")) == (folder, [])  # where it is not looked at
    other = replace(asked, base="c")
    said = f"warning: {folder}: passed over: it was begun with another content of the model"
    assert found(other) == (None, [said])
    assert found(replace(other, data="e")) == (None, [said.replace("the model", "data")])
    with pytest.raises(UsageError, match="was begun with another content of the model"):
        resumed(other, folder.name, pytest.fail)


def test_as_many_rows_a_step_on_fewer_processes_is_the_same_run(tmp_path: Path) -> None:
    from ghost_architect.training.request import Request

    two = Request(settings(tmp_path, accumulation=2), "d", "b", processes=2)
    folder = begun(two)
    one = Request(settings(tmp_path, accumulation=4), "d", "b")
    assert found(one) == (folder, [])
    assert one.warning(two.rows) == ""
    assert found(replace(one, config=settings(tmp_path, accumulation=8))) == (None, [])
    fewer = replace(two, processes=1)
    assert found(fewer) == (folder, [])
    assert fewer.warning(two.rows) == (
        "warning: a step has 2 rows on 1 process, and had 4 when the run was begun, at the same learning rate; "
        "accumulation: 4 keeps it"
    )
    assert replace(two, processes=3).warning(two.rows).endswith("no accumulation on 3 processes keeps it")
