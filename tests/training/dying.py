"""What `torchrun` runs in a test: the trainer, of which one process dies once where the test says so."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ghost_architect.cli.main import run
from ghost_architect.training.learner import Learner
from tests.training.small import deadly

if __name__ == "__main__":
    home, dies, *words = sys.argv[1:]
    rank, attempt = os.environ["RANK"], os.environ["TORCHELASTIC_RESTART_COUNT"]
    if (dies, rank, attempt) == ("dies", "1", "0"):
        Learner.update = deadly(Learner.update, 3)  # type: ignore[method-assign]
    code = run(words)
    (Path(home) / f"code-{rank}-{attempt}").write_text(str(code))
    raise SystemExit(code)
